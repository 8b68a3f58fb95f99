//! The module that ships, for tests of the engine. It is the built file and nothing that stands in for it.

use std::path::PathBuf;

use bytes::Bytes;

/// The module's file, as `cargo xtask build` leaves it.
pub(crate) fn module() -> Bytes {
    let default = || {
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
        target.join("module/colloq_bg.wasm")
    };
    let path = std::env::var_os("COLLOQ_MODULE").map_or_else(default, PathBuf::from);
    Bytes::from(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build`", path.display())))
}
