//! The shipped file in wasmtime, called as the host calls it: epoch interruption on, one buffer that grows with the requests, answers
//! read in place.
//!
//! It measures the file and the way into it; the host's own account of a call's time is the host's.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use colloq_abi::{ABI_VERSION, Open};
use wasmtime::{Config, Engine, Linker, Memory, Module, Store, StoreLimits, StoreLimitsBuilder, TypedFunc, UpdateDeadline};

use super::tape::Target;

/// How often the host looks at calls.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Where requests are written to has this much room at least.
const BUFFER_BYTES: u32 = 1 << 12;

/// The exports of an instance that take bytes and answer with bytes.
type Door = TypedFunc<(u32, u32), u64>;

/// The file, compiled.
pub struct File {
    engine: Engine,
    module: Module,
}

/// One instance of it.
pub struct Instance {
    store: Store<StoreLimits>,
    memory: Memory,
    alloc: TypedFunc<u32, u32>,
    free: TypedFunc<(u32, u32), ()>,
    call: Door,
    /// Where requests are written to, and how much room there is.
    buffer: (u32, u32),
}

impl File {
    /// Compiles the file, and starts the clock of its engine.
    ///
    /// # Panics
    /// If wasmtime does not take it.
    pub fn compile(bytes: &[u8]) -> Self {
        let mut config = Config::new();
        config.epoch_interruption(true);
        let engine = Engine::new(&config).expect("wasmtime takes its settings");
        let module = Module::new(&engine, bytes).expect("wasmtime takes the file");
        let weak = engine.weak();
        std::thread::spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(LOOK_EVERY);
            }
        });
        Self { engine, module }
    }

    /// A fresh instance, opened.
    ///
    /// # Panics
    /// If it lacks an export, or refuses.
    pub fn open(&self, open: &Open<'_>) -> Instance {
        let limits = StoreLimitsBuilder::new().memory_size(open.memory_bytes_max as usize).build();
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits| limits);
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Continue(1)));
        store.set_epoch_deadline(1);
        let mut linker = Linker::new(&self.engine);
        linker.define_unknown_imports_as_traps(&self.module).expect("imports can be traps");
        let instance = linker.instantiate(&mut store, &self.module).expect("nothing is called to instantiate the file");
        let version: TypedFunc<(), u32> = instance.get_typed_func(&mut store, "colloq_abi_version").expect("an export");
        assert_eq!(version.call(&mut store, ()).expect("a version"), ABI_VERSION, "the file is of another version of the envelope");
        let alloc = instance.get_typed_func(&mut store, "colloq_alloc").expect("an export");
        let free = instance.get_typed_func(&mut store, "colloq_free").expect("an export");
        let opener: Door = instance.get_typed_func(&mut store, "colloq_open").expect("an export");
        let call: Door = instance.get_typed_func(&mut store, "colloq_call").expect("an export");
        let memory = instance.get_memory(&mut store, "memory").expect("an export");
        let mut instance = Instance { store, memory, alloc, free, call, buffer: (0, 0) };
        let request = colloq_abi::encode(open);
        assert!(!instance.run(&opener, &request).expect("the file does not trap").is_empty(), "the shard opens");
        instance
    }
}

impl Instance {
    /// Answers a request.
    ///
    /// # Errors
    /// If the instance traps: it has no memory left, say. It is lost then.
    pub fn try_call(&mut self, request: &[u8]) -> Result<&[u8]> {
        let call = self.call.clone();
        self.run(&call, request)
    }

    /// The size of its memory, which never shrinks; not all of it is in use.
    pub fn memory_bytes(&self) -> u64 {
        self.memory.data_size(&self.store) as u64
    }

    fn run(&mut self, door: &Door, request: &[u8]) -> Result<&[u8]> {
        self.store.set_epoch_deadline(1);
        let len = u32::try_from(request.len())?;
        if self.buffer.1 < len {
            self.grow_buffer(len)?;
        }
        let at = self.buffer.0 as usize;
        self.memory.data_mut(&mut self.store)[at..at + request.len()].copy_from_slice(request);
        let place = door.call(&mut self.store, (self.buffer.0, len)).map_err(|trap| anyhow::anyhow!("the file traps: {trap:#}"))?;
        let (at, len) = ((place >> 32) as usize, (place & 0xffff_ffff) as usize);
        self.memory.data(&self.store).get(at..at + len).context("an answer outside of its memory")
    }

    fn grow_buffer(&mut self, len: u32) -> Result<()> {
        let trapped = |trap: wasmtime::Error| anyhow::anyhow!("the file traps: {trap:#}");
        if self.buffer.0 != 0 {
            self.free.call(&mut self.store, self.buffer).map_err(trapped)?;
        }
        let room = len.next_power_of_two().max(BUFFER_BYTES);
        self.buffer = (self.alloc.call(&mut self.store, room).map_err(trapped)?, room);
        ensure!(self.buffer.0 != 0, "the file has no memory for a request");
        Ok(())
    }
}

impl Target for Instance {
    fn call(&mut self, request: &[u8]) -> &[u8] {
        self.try_call(request).expect("the file does not trap")
    }
}
