//! A module that never comes back: its call is interrupted, and the host goes on. It is another module than ours, with the same raw
//! exports, which is all that a host asks of one.

use std::sync::Arc;

use bytes::Bytes;
use colloq_abi::{ABI_VERSION, Manifest};
use colloq_host::engine::{CallSpec, Engine, EngineError, EngineOptions, Identity, ModuleError, Op, Role};
use colloq_store::MemoryStore;

/// Where the manifest lies in the module's memory.
const MANIFEST_AT: u64 = 1024;

/// A module of a version of the envelope whose every call runs for ever.
fn module(version: u32) -> Bytes {
    let manifest = colloq_abi::encode(&Manifest { schema: 1, limits: b"{}", codes: Vec::new() }).unwrap();
    let data = manifest.iter().fold(String::new(), |data, byte| data + &format!("\\{byte:02x}"));
    let place = MANIFEST_AT << 32 | manifest.len() as u64;
    let text = format!(
        r#"(module
            (memory (export "memory") 1)
            (data (i32.const {MANIFEST_AT}) "{data}")
            (func (export "colloq_abi_version") (result i32) (i32.const {version}))
            (func (export "colloq_alloc") (param i32) (result i32) (i32.const 8192))
            (func (export "colloq_free") (param i32 i32))
            (func (export "colloq_open") (param i32 i32) (result i64) (i64.const {place}))
            (func (export "colloq_call") (param i32 i32) (result i64) (loop (br 0)) (unreachable)))"#
    );
    Bytes::from(wat::parse_str(text).unwrap())
}

async fn open(module: Bytes) -> Result<Engine, ModuleError> {
    let store = Arc::new(MemoryStore::new());
    Engine::open(EngineOptions { module, store, shards: 1, limits_json: Bytes::new(), memory_bytes_max: 1 << 20, sessions_max: 10 }).await
}

#[tokio::test]
async fn a_call_that_never_ends_is_interrupted_and_set_aside() {
    let engine = open(module(ABI_VERSION)).await.unwrap();
    let identity = Identity { app: "default".into(), role: Role::User, id: "ada".into(), name: None, anonymous: false };
    let call = CallSpec { identity: &identity, session: uuid::Uuid::from_u128(7), op: Op::Create, condition: None, body: Bytes::new() };
    let answer = engine.call(call).await;
    assert!(matches!(answer, Err(EngineError::Overloaded(_))), "{answer:?}");
    assert_eq!(engine.rebuilds(), 3, "each try cost one instance");
}

#[tokio::test]
async fn a_module_of_another_version_is_not_run() {
    let refused = open(module(ABI_VERSION + 1)).await.err();
    assert!(matches!(refused, Some(ModuleError::Version(version)) if version == ABI_VERSION + 1), "{refused:?}");
}
