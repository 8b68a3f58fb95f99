//! What a simulated host takes from outside: a clock that may jump, choices of the seed, and a module that traps now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use bytes::Bytes;
use colloq_abi::Open;
use colloq_host::engine::{Instance, ModuleError, Outside, Program, Trap};
use colloq_module::Shard;
use parking_lot::Mutex;

use super::ground::{BEGIN_MS, Ground};
use super::random::Random;
use super::store::SimStore;
use super::tally::Count;

/// See the module's documentation.
pub(crate) struct SimOutside {
    ground: Arc<Ground>,
    /// How far the host's clock is ahead.
    skew_ms: Arc<AtomicI64>,
    random: Mutex<Random>,
    program: Arc<dyn Program>,
}

impl SimOutside {
    pub(crate) fn new(ground: Arc<Ground>, skew_ms: Arc<AtomicI64>, random: Random, program: Arc<dyn Program>) -> Arc<Self> {
        Arc::new(Self { ground, skew_ms, random: Mutex::new(random), program })
    }
}

impl Outside for SimOutside {
    fn now_ms(&self) -> u64 {
        (BEGIN_MS + self.ground.now()).saturating_add_signed(self.skew_ms.load(Ordering::Relaxed))
    }

    fn fill(&self, bytes: &mut [u8]) {
        let mut random = self.random.lock();
        for byte in bytes {
            *byte = random.next() as u8;
        }
    }

    fn program(&self, _: Bytes) -> Result<Arc<dyn Program>, ModuleError> {
        Ok(Arc::clone(&self.program))
    }
}

/// A module that traps when it is told to.
pub(crate) struct Trapping {
    inner: Arc<dyn Program>,
    ground: Arc<Ground>,
    store: Arc<SimStore>,
    who: u64,
    /// In how many calls it traps; 0 never.
    fuse: Arc<AtomicU32>,
    opened: AtomicU32,
}

impl Trapping {
    pub(crate) fn new(inner: Arc<dyn Program>, store: Arc<SimStore>, who: u64, fuse: Arc<AtomicU32>) -> Arc<Self> {
        Arc::new(Self { inner, ground: Arc::clone(&store.ground), store, who, fuse, opened: AtomicU32::new(0) })
    }
}

impl Program for Trapping {
    fn file(&self) -> (&Bytes, &str) {
        self.inner.file()
    }

    fn instantiate(&self, open: &Open<'_>) -> Result<(Box<dyn Instance>, Vec<u8>), ModuleError> {
        let (inner, manifest) = self.inner.instantiate(open)?;
        if self.opened.fetch_add(1, Ordering::Relaxed) > 0 {
            self.ground.count(Count::Rebuilt);
        }
        let (ground, store) = (Arc::clone(&self.ground), Arc::clone(&self.store));
        Ok((Box::new(TrappingInstance { inner, ground, store, who: self.who, fuse: Arc::clone(&self.fuse) }), manifest))
    }
}

struct TrappingInstance {
    inner: Box<dyn Instance>,
    ground: Arc<Ground>,
    store: Arc<SimStore>,
    who: u64,
    fuse: Arc<AtomicU32>,
}

impl Instance for TrappingInstance {
    fn call(&mut self, request: &[u8]) -> Result<&[u8], Trap> {
        let left = self.fuse.load(Ordering::Relaxed);
        if left > 0 {
            self.fuse.store(left - 1, Ordering::Relaxed);
        }
        if left != 1 {
            return self.inner.call(request);
        }
        self.ground.count(Count::Trap);
        self.ground.note(format_args!("host {} traps", self.who));
        self.store.forget_host(self.who);
        Err(Trap("the simulation pulled the fuse".into()))
    }

    fn memory_bytes(&self) -> u64 {
        self.inner.memory_bytes()
    }
}

/// The module's code as it is compiled for this machine, in the place of its file: for faults that are planted in it, which no file has.
pub struct Native {
    file: Bytes,
}

impl Native {
    /// A program without a file.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { file: Bytes::from_static(b"native") })
    }
}

impl Program for Native {
    fn file(&self) -> (&Bytes, &str) {
        (&self.file, "native")
    }

    fn instantiate(&self, open: &Open<'_>) -> Result<(Box<dyn Instance>, Vec<u8>), ModuleError> {
        let shard = Shard::open(open, || 0).map_err(|_| ModuleError::Refused)?;
        let manifest = shard.manifest();
        Ok((Box::new(NativeInstance { shard, answer: Vec::new() }), manifest))
    }
}

struct NativeInstance {
    shard: Shard,
    answer: Vec<u8>,
}

impl Instance for NativeInstance {
    fn call(&mut self, request: &[u8]) -> Result<&[u8], Trap> {
        let buffer = std::mem::take(&mut self.answer);
        self.answer = self.shard.call(request, buffer);
        Ok(&self.answer)
    }

    fn memory_bytes(&self) -> u64 {
        0
    }
}
