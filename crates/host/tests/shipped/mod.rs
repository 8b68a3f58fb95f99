//! The module that ships, for tests of the engine. It is the built file and nothing that stands in for it.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use colloq_host::engine::EngineOptions;
use colloq_store::Store;

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

/// What an engine of it over a store is made of, where a test has no wish of its own.
#[allow(dead_code, reason = "not every test opens one so")]
pub(crate) fn options(store: Arc<dyn Store>) -> EngineOptions {
    EngineOptions {
        module: module(),
        store,
        shards: 1,
        limits_json: Bytes::new(),
        memory_bytes_max: 64 << 20,
        sessions_max: 1000,
        hibernate_after: None,
    }
}
