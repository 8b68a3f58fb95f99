//! Engines: the ways in which the one core is run. Each takes the raw bytes of the envelope and answers with raw bytes.
//!
//! An engine never looks into what it carries; whoever compares engines compares bytes.

mod native;
mod program;
mod wasmtime;

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use colloq_abi::Open;

use native::Native;
use program::{CHROMIUM, Instance, NODE};
use wasmtime::Wasmtime;

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
    /// The shipped file in a page of a real Chromium.
    Chromium,
}

impl Kind {
    /// All of them; the first one is what the others are compared with.
    pub const ALL: [Self; 4] = [Self::Native, Self::Wasmtime, Self::Node, Self::Chromium];

    /// Those that this run has: all, or all but Chromium where `COLLOQ_CHROMIUM` is `none`, which is then said aloud.
    pub fn here() -> &'static [Self] {
        static HERE: LazyLock<&[Kind]> = LazyLock::new(|| {
            let (chromium, others) = Kind::ALL.split_last().expect("there are engines");
            assert_eq!(*chromium, Kind::Chromium);
            if env::var_os("COLLOQ_CHROMIUM").is_none_or(|program| program != "none") {
                return &Kind::ALL;
            }
            // Not by `eprintln`, which a test that passes keeps to itself.
            let _ = writeln!(std::io::stderr(), "\nLEFT OUT: nothing is played in Chromium, because COLLOQ_CHROMIUM is `none`\n");
            others
        });
        *HERE
    }
}

/// An engine and the wasm file that it is to run.
#[derive(Clone, Debug)]
pub struct Target {
    /// The engine.
    pub kind: Kind,
    file: PathBuf,
}

impl Target {
    /// An engine with the shipped file.
    pub fn shipped(kind: Kind) -> Self {
        Self::with_file(kind, module_path())
    }

    /// An engine with another file. The native core is what it was compiled to, whatever the file.
    pub fn with_file(kind: Kind, file: PathBuf) -> Self {
        Self { kind, file }
    }

    /// A fresh instance, not opened yet.
    pub fn start(&self) -> Box<dyn Engine> {
        match self.kind {
            Kind::Native => Box::new(Native::default()),
            Kind::Wasmtime => Box::new(Wasmtime::start(&self.file)),
            Kind::Node => Box::new(Instance::start(&NODE, &self.file)),
            Kind::Chromium => Box::new(Instance::start(&CHROMIUM, &self.file)),
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
