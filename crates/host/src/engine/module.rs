//! The module's file in wasmtime: compiled once, instantiated once a shard.
//!
//! The file's imports belong to its other face, for browsers; here each is a trap that names itself. An instance's memory is capped,
//! and a call that takes a second of its thread's time is interrupted.

use std::time::Duration;

use bytes::Bytes;
use colloq_abi::{ABI_VERSION, Manifest, Open};
use sha2::{Digest, Sha256};
use wasmtime::{
    Config, Engine, Instance as WasmInstance, Linker, Memory, Module, Store, StoreLimits, StoreLimitsBuilder, TypedFunc, UpdateDeadline,
};

use super::outside::{Instance, Program, Trap};

/// How often calls are looked at; the least that a limit of time can be seen in.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The most of its thread's CPU time that a call may take.
const CALL_MAX: Duration = Duration::from_secs(1);

/// Why a module cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleError {
    /// There is none: the host was built without.
    #[error("this host was built without a module; build it with `cargo xtask build`")]
    Missing,
    /// Not a module that wasmtime takes, or without the raw exports.
    #[error("the module cannot be used: {0}")]
    Unusable(#[source] wasmtime::Error),
    /// Of another version of the envelope.
    #[error("the module speaks version {0} of the envelope, this host {ABI_VERSION}")]
    Version(u32),
    /// It refused to open.
    #[error("the module refused its settings")]
    Refused,
}

/// The file, compiled.
pub struct ModuleFile {
    bytes: Bytes,
    sha256: String,
    engine: Engine,
    module: Module,
}

impl ModuleFile {
    /// Compiles a file.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn compile(bytes: Bytes) -> Result<Self, ModuleError> {
        if bytes.is_empty() {
            return Err(ModuleError::Missing);
        }
        let mut config = Config::new();
        config.epoch_interruption(true);
        let engine = Engine::new(&config).map_err(ModuleError::Unusable)?;
        let module = Module::new(&engine, &bytes).map_err(ModuleError::Unusable)?;
        let sha256 = Sha256::digest(&bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        start_clock(&engine);
        Ok(Self { bytes, sha256, engine, module })
    }
}

impl Program for ModuleFile {
    fn file(&self) -> (&Bytes, &str) {
        (&self.bytes, &self.sha256)
    }

    fn instantiate(&self, open: &Open<'_>) -> Result<(Box<dyn Instance>, Vec<u8>), ModuleError> {
        let limits = StoreLimitsBuilder::new().memory_size(open.memory_bytes_max as usize).build();
        let mut store = Store::new(&self.engine, Context { limits, started: None });
        store.limiter(|context| &mut context.limits);
        store.epoch_deadline_callback(|mut context| {
            // The clock is read only in calls that take that long; most end before they are looked at once.
            let now = thread_time();
            let started = *context.data_mut().started.get_or_insert(now);
            if now.saturating_sub(started) >= CALL_MAX {
                return Err(wasmtime::Error::msg("the call took a second of its thread's time"));
            }
            Ok(UpdateDeadline::Continue(1))
        });
        let mut linker = Linker::new(&self.engine);
        linker.define_unknown_imports_as_traps(&self.module).map_err(ModuleError::Unusable)?;
        store.set_epoch_deadline(1);
        let wasm = linker.instantiate(&mut store, &self.module).map_err(ModuleError::Unusable)?;
        FileInstance::open(store, &wasm, open)
    }
}

/// Counts time for all calls of this engine, until the engine is gone.
fn start_clock(engine: &Engine) {
    let weak = engine.weak();
    std::thread::Builder::new()
        .name("colloq-clock".into())
        .spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(LOOK_EVERY);
            }
        })
        .expect("a thread can be started when the host starts");
}

/// The CPU time of this thread: a call that waits for its turn on a busy machine is not late.
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

struct Context {
    limits: StoreLimits,
    /// The thread's time when the call in progress was first looked at.
    started: Option<Duration>,
}

/// One instance of the file: a shard's memory.
struct FileInstance {
    store: Store<Context>,
    memory: Memory,
    alloc: TypedFunc<u32, u32>,
    free: TypedFunc<(u32, u32), ()>,
    call: TypedFunc<(u32, u32), u64>,
    /// Memory of the instance that requests are written to.
    buffer: (u32, u32),
}

/// A manifest without borrows.
#[derive(Clone, Debug)]
pub(crate) struct OwnedManifest {
    pub(crate) schema: u32,
    pub(crate) limits: Bytes,
    pub(crate) codes: Vec<CodeRow>,
}

/// One row of the table of errors.
#[derive(Clone, Debug)]
pub(crate) struct CodeRow {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) retryable: bool,
    pub(crate) title: String,
}

impl FileInstance {
    fn open(mut store: Store<Context>, wasm: &WasmInstance, open: &Open<'_>) -> Result<(Box<dyn Instance>, Vec<u8>), ModuleError> {
        let unusable = ModuleError::Unusable;
        let version = wasm.get_typed_func::<(), u32>(&mut store, "colloq_abi_version").map_err(unusable)?;
        let version = version.call(&mut store, ()).map_err(unusable)?;
        if version != ABI_VERSION {
            return Err(ModuleError::Version(version));
        }
        let memory = wasm.get_memory(&mut store, "memory").ok_or_else(|| unusable(wasmtime::Error::msg("no memory is exported")))?;
        let alloc = wasm.get_typed_func(&mut store, "colloq_alloc").map_err(unusable)?;
        let free = wasm.get_typed_func(&mut store, "colloq_free").map_err(unusable)?;
        let opener = wasm.get_typed_func::<(u32, u32), u64>(&mut store, "colloq_open").map_err(unusable)?;
        let call = wasm.get_typed_func(&mut store, "colloq_call").map_err(unusable)?;
        let mut instance = Self { store, memory, alloc, free, call, buffer: (0, 0) };
        let request = colloq_abi::encode(open);
        let refused = |Trap(why)| ModuleError::Unusable(wasmtime::Error::msg(why));
        instance.begin(&request).map_err(refused)?;
        let place = opener.call(&mut instance.store, (instance.buffer.0, request.len() as u32)).map_err(unusable)?;
        let manifest = instance.answer(place).map_err(refused)?.to_vec();
        Ok((Box::new(instance), manifest))
    }

    /// Writes a request into the instance's memory and starts its time.
    fn begin(&mut self, request: &[u8]) -> Result<(), Trap> {
        self.store.set_epoch_deadline(1);
        self.store.data_mut().started = None;
        let len = request.len() as u32;
        if self.buffer.1 < len {
            if self.buffer.0 != 0 {
                self.free.call(&mut self.store, self.buffer).map_err(trapped)?;
            }
            let room = len.next_power_of_two().max(4096);
            self.buffer = (self.alloc.call(&mut self.store, room).map_err(trapped)?, room);
            if self.buffer.0 == 0 {
                return Err(Trap("no memory for a request".into()));
            }
        }
        let at = self.buffer.0 as usize;
        let data = self.memory.data_mut(&mut self.store);
        data.get_mut(at..at + request.len()).ok_or_else(|| Trap("memory outside the instance".into()))?.copy_from_slice(request);
        Ok(())
    }

    fn answer(&self, place: u64) -> Result<&[u8], Trap> {
        let (at, len) = ((place >> 32) as usize, (place & 0xffff_ffff) as usize);
        self.memory.data(&self.store).get(at..at + len).ok_or_else(|| Trap("an answer outside the instance".into()))
    }
}

impl Instance for FileInstance {
    /// The answer lies in the instance's memory until the next call.
    fn call(&mut self, request: &[u8]) -> Result<&[u8], Trap> {
        self.begin(request)?;
        let place = self.call.call(&mut self.store, (self.buffer.0, request.len() as u32)).map_err(trapped)?;
        self.answer(place)
    }

    fn memory_bytes(&self) -> u64 {
        self.memory.data_size(&self.store) as u64
    }
}

#[allow(clippy::needless_pass_by_value, reason = "`map_err` hands it over")]
fn trapped(error: wasmtime::Error) -> Trap {
    Trap(format!("{error:#}"))
}

/// Reads what a module says of itself.
pub(super) fn read_manifest(answer: &[u8]) -> Option<OwnedManifest> {
    let manifest: Manifest<'_> = colloq_abi::decode(answer).ok()?;
    let row = |row: &colloq_abi::Code<'_>| CodeRow {
        code: row.code.into(),
        status: row.status,
        retryable: row.retryable,
        title: row.title.into(),
    };
    Some(OwnedManifest {
        schema: manifest.schema,
        limits: Bytes::copy_from_slice(manifest.limits),
        codes: manifest.codes.iter().map(row).collect(),
    })
}
