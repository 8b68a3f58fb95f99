//! Engines: the ways in which the one core is run. Each takes the raw bytes of the envelope and answers with raw bytes.
//!
//! An engine never looks into what it carries; whoever compares engines compares bytes.

mod native;
mod node;
mod wasmtime;

use std::env;
use std::path::{Path, PathBuf};

use colloq_abi::Open;

pub use native::Native;
pub use node::Node;
pub use wasmtime::Wasmtime;

/// One shard, wherever it runs. What cannot be answered panics: a trap is a bug.
pub trait Engine {
    /// Opens the shard; gives its manifest.
    fn open(&mut self, open: &Open<'_>) -> Vec<u8>;

    /// Answers a request.
    fn call(&mut self, request: &[u8]) -> Vec<u8>;
}

/// The engines there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The crate, compiled for this machine.
    Native,
    /// The shipped file in wasmtime, as hosts run it.
    Wasmtime,
    /// The shipped file in Node.
    Node,
}

impl Kind {
    /// All of them; the first one is what the others are compared with.
    pub const ALL: [Self; 3] = [Self::Native, Self::Wasmtime, Self::Node];

    /// A fresh instance, not opened yet.
    pub fn start(self) -> Box<dyn Engine> {
        match self {
            Self::Native => Box::new(Native::default()),
            Self::Wasmtime => Box::new(Wasmtime::start()),
            Self::Node => Box::new(Node::start()),
        }
    }
}

/// The folder that cargo builds into.
pub fn target_folder() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => repository().join(folder),
        None => repository().join("target"),
    }
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the repository").to_owned()
}

/// The shipped wasm file: `COLLOQ_MODULE` names it, or it lies where `cargo xtask build` puts it.
pub fn module_path() -> PathBuf {
    let path = env::var_os("COLLOQ_MODULE").map_or_else(|| target_folder().join("module/colloq_bg.wasm"), PathBuf::from);
    assert!(path.is_file(), "{} is missing: run `cargo xtask build`", path.display());
    path
}
