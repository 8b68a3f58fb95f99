//! What an engine takes from outside: the time, what nobody can foresee, and what runs its module.
//!
//! A host takes all three from its machine. A simulation hands in others, and then the same inputs give the same run; so nothing else in
//! the engine may look at a clock, draw a number, or let the order of a hash table decide.

use std::sync::Arc;

use bytes::Bytes;
use colloq_abi::Open;

use super::module::{ModuleError, ModuleFile};

/// Where an engine runs.
pub trait Outside: Send + Sync + 'static {
    /// The clock: milliseconds since 1970.
    fn now_ms(&self) -> u64;

    /// Fills a place with bytes from a secure source.
    fn fill(&self, bytes: &mut [u8]);

    /// What runs the module's file.
    ///
    /// # Errors
    /// Why the file cannot be used.
    fn program(&self, module: Bytes) -> Result<Arc<dyn Program>, ModuleError> {
        Ok(Arc::new(ModuleFile::compile(module)?))
    }
}

/// A module, ready to be instantiated: once a shard, and anew after each trap.
pub trait Program: Send + Sync + 'static {
    /// The file and its SHA-256 in hex.
    fn file(&self) -> (&Bytes, &str);

    /// A fresh instance, opened, and its manifest as it was encoded.
    ///
    /// # Errors
    /// Why there is none.
    fn instantiate(&self, open: &Open<'_>) -> Result<(Box<dyn Instance>, Vec<u8>), ModuleError>;
}

/// A shard's module.
pub trait Instance: Send + 'static {
    /// Answers an encoded request. The answer stays until the next call.
    ///
    /// # Errors
    /// If the call did not come back; the instance is lost then.
    fn call(&mut self, request: &[u8]) -> Result<&[u8], Trap>;

    /// How large its memory is.
    fn memory_bytes(&self) -> u64;
}

/// A call that did not come back: the instance is lost, and nothing else.
#[derive(Debug, thiserror::Error)]
#[error("the module trapped: {0}")]
pub struct Trap(pub String);

/// The machine that this process runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

impl Outside for Machine {
    fn now_ms(&self) -> u64 {
        crate::clock::now_ms()
    }

    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system's source of randomness works");
    }
}

/// Random bytes.
pub(super) fn entropy<const N: usize>(outside: &dyn Outside) -> [u8; N] {
    let mut bytes = [0; N];
    outside.fill(&mut bytes);
    bytes
}
