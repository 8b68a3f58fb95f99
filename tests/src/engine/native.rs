//! The core and its module as a crate of this program.

use colloq_abi::Open;
use colloq_module::Shard;

use super::Engine;

/// The shard as it is compiled for this machine.
#[derive(Default)]
pub(super) struct Native {
    shard: Option<Shard>,
}

impl Engine for Native {
    fn open(&mut self, open: &Open<'_>) -> Vec<u8> {
        let shard = Shard::open(open, || 0).expect("the shard opens");
        self.shard.insert(shard).manifest()
    }

    fn call(&mut self, request: &[u8]) -> Vec<u8> {
        self.shard.as_mut().expect("a shard is opened before it is called").call(request, Vec::new())
    }
}
