//! The module compiled for this machine, called with the bytes that the file is called with.

use colloq_abi::Open;
use colloq_module::Shard;

use super::tape::Target;

/// A shard of this program.
pub struct Native {
    shard: Shard,
    /// The last answer; its memory is used again, as in the file.
    answer: Vec<u8>,
}

impl Native {
    /// A fresh one.
    ///
    /// # Panics
    /// If the shard does not open.
    pub fn open(open: &Open<'_>) -> Self {
        Self { shard: Shard::open(open, || 0).expect("the shard opens"), answer: Vec::new() }
    }
}

impl Target for Native {
    fn call(&mut self, request: &[u8]) -> &[u8] {
        let answer = std::mem::take(&mut self.answer);
        self.answer = self.shard.call(request, answer);
        &self.answer
    }
}
