//! The shipped file in wasmtime, through its raw exports alone. Every import is a trap that names itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use colloq_abi::{ABI_VERSION, Open};
use wasmtime::{Linker, Memory, Module, Store, TypedFunc};

use super::Engine;

/// A file is compiled once for all its instances.
static MODULES: Mutex<BTreeMap<PathBuf, Module>> = Mutex::new(BTreeMap::new());

/// The exports of an instance that take bytes and answer with bytes.
type Door = TypedFunc<(u32, u32), u64>;

/// One instance of the file.
pub(super) struct Wasmtime {
    store: Store<()>,
    memory: Memory,
    alloc: TypedFunc<u32, u32>,
    free: TypedFunc<(u32, u32), ()>,
    open: Door,
    call: Door,
}

impl Wasmtime {
    /// A fresh instance of a file.
    pub(super) fn start(file: &Path) -> Self {
        let module = compiled(file);
        let mut store = Store::new(module.engine(), ());
        let mut linker = Linker::new(module.engine());
        linker.define_unknown_imports_as_traps(&module).expect("imports can be traps");
        let instance = linker.instantiate(&mut store, &module).expect("nothing is called to instantiate the file");
        let version = instance.get_typed_func::<(), u32>(&mut store, "colloq_abi_version").expect("an export");
        assert_eq!(version.call(&mut store, ()).expect("a version"), ABI_VERSION);
        Self {
            memory: instance.get_memory(&mut store, "memory").expect("an export"),
            alloc: instance.get_typed_func(&mut store, "colloq_alloc").expect("an export"),
            free: instance.get_typed_func(&mut store, "colloq_free").expect("an export"),
            open: instance.get_typed_func(&mut store, "colloq_open").expect("an export"),
            call: instance.get_typed_func(&mut store, "colloq_call").expect("an export"),
            store,
        }
    }

    fn run(&mut self, door: &Door, request: &[u8]) -> Vec<u8> {
        let len = request.len() as u32;
        let at = self.alloc.call(&mut self.store, len).expect("memory for a request");
        self.memory.write(&mut self.store, at as usize, request).expect("the memory that was given");
        let place = door.call(&mut self.store, (at, len)).unwrap_or_else(|trap| panic!("wasmtime: {trap:#}"));
        assert_ne!(place, 0, "the module answers");
        let (start, size) = ((place >> 32) as usize, (place & 0xffff_ffff) as usize);
        let answer = self.memory.data(&self.store)[start..start + size].to_vec();
        self.free.call(&mut self.store, (at, len)).expect("memory is taken back");
        answer
    }
}

impl Engine for Wasmtime {
    fn open(&mut self, open: &Open<'_>) -> Vec<u8> {
        let request = colloq_abi::encode(open);
        self.run(&self.open.clone(), &request)
    }

    fn call(&mut self, request: &[u8]) -> Vec<u8> {
        self.run(&self.call.clone(), request)
    }
}

fn compiled(file: &Path) -> Module {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = modules.get(file) {
        return module.clone();
    }
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let module = Module::new(&wasmtime::Engine::default(), bytes).unwrap_or_else(|error| panic!("wasmtime refuses the file: {error:#}"));
    modules.insert(file.to_owned(), module.clone());
    module
}
