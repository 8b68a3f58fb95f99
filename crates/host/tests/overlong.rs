//! A module that never comes back: its call is interrupted, and the host goes on.

mod other;

use std::sync::Arc;

use bytes::Bytes;
use colloq_abi::ABI_VERSION;
use colloq_host::engine::{CallSpec, Engine, EngineError, EngineOptions, Identity, ModuleError, Op, Role};
use colloq_store::MemoryStore;

async fn open(module: Bytes) -> Result<Engine, ModuleError> {
    let store = Arc::new(MemoryStore::new());
    let (limits_json, memory_bytes_max, sessions_max) = (Bytes::new(), 1 << 20, 10);
    Engine::open(EngineOptions { module, store, shards: 1, limits_json, memory_bytes_max, sessions_max, hibernate_after: None }).await
}

#[tokio::test]
async fn a_call_that_never_ends_is_interrupted_and_set_aside() {
    let engine = open(other::overlong(ABI_VERSION)).await.unwrap();
    let identity = Identity::new("default", Role::User, "ada");
    let call = CallSpec::new(&identity, uuid::Uuid::from_u128(7), Op::Create, Bytes::new());
    // Each takes three seconds of a processor.
    let times = if std::env::var_os("COLLOQ_FULL").is_some() { 20 } else { 1 };
    for nth in 1..=times {
        let answer = engine.call(call.clone()).await;
        assert!(matches!(answer, Err(EngineError::Overloaded(_))), "{answer:?}");
        assert_eq!(engine.rebuilds(), 3 * nth, "each try cost one instance");
    }
}

#[tokio::test]
async fn a_module_of_another_version_is_not_run() {
    let refused = open(other::overlong(ABI_VERSION + 1)).await.err();
    assert!(matches!(refused, Some(ModuleError::Version(version)) if version == ABI_VERSION + 1), "{refused:?}");
}
