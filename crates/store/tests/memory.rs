//! The store in memory under the conformance suite, twice: as it is, and with every session packed whenever something is asked. And what
//! is its own: tombstones that go by age.
//!
//! It must never reach into the store's parts.

mod resting;

use std::sync::Arc;

use colloq_store::conformance::{Script, Subject};
use colloq_store::{MemoryStore, Store};

async fn open() -> (Subject, ()) {
    std::future::ready((Arc::new(MemoryStore::new()) as Subject, ())).await
}

colloq_store::conformance!(open);

mod at_rest {
    use super::{Arc, Subject, resting::Resting};

    async fn open() -> (Subject, ()) {
        std::future::ready((Arc::new(Resting::default()) as Subject, ())).await
    }

    colloq_store::conformance!(open);
}

mod archive {
    use super::{Arc, MemoryStore};
    use colloq_store::conformance::ArchiveSubject;

    async fn open() -> (ArchiveSubject, ()) {
        std::future::ready((Arc::new(MemoryStore::new()) as ArchiveSubject, ())).await
    }

    colloq_store::conformance_archive!(open);
}

#[tokio::test]
async fn answers_are_ready_at_the_first_poll() {
    let store = MemoryStore::new();
    let mut answer = store.append(Script::new(1).next(2, 10));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(matches!(answer.as_mut().poll(&mut context), std::task::Poll::Ready(Ok(()))));
}

#[tokio::test]
async fn tombstone_goes_after_30_days() {
    let (store, ()) = open().await;
    let mut log = Script::new(1);
    log.append(&store, 1, 10).await;
    assert!(store.erase(&log.key, 20).await.unwrap());
    let month_ms = 30 * 24 * 60 * 60 * 1000;
    assert!(store.due(19 + month_ms, 10).await.unwrap().is_empty());
    assert!(store.append(log.next_on(colloq_store::Head::ZERO, 1, 30)).await.is_err());
    assert!(store.due(20 + month_ms, 10).await.unwrap().is_empty());
    let mut again = Script::new(1);
    again.append(&store, 1, 30 + month_ms).await;
    assert_eq!(again.loaded(&store).await.records, again.records);
}
