//! What becomes of an item of a backup in a store: it is put where nothing is, and otherwise only in the place of what it may replace.

use std::sync::Arc;

use colloq_store::{Archive, Archived, Found, Head, Key, PutError, StoreError};

use super::codec::Item;

/// How often an item is looked at again that somebody changed meanwhile.
const ROUNDS_MAX: usize = 8;

/// What an item may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: only sessions come that are not there.
    Add,
    /// A session whose whole history is the beginning of the item's; nothing is lost.
    Continue,
    /// A session that stands elsewhere, but never one that goes on from where the item ends.
    Replace,
}

/// Why an item was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The session was erased in the store.
    Erased,
    /// The store has the same history, and more of it.
    Newer,
    /// The store has less of the same history.
    Older,
    /// The store has another history.
    Other,
}

impl Why {
    /// The permanent code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Erased => "erased",
            Self::Newer => "newerInStore",
            Self::Older => "olderInStore",
            Self::Other => "otherInStore",
        }
    }
}

/// An item that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The session.
    pub key: Key,
    /// Why.
    pub why: Why,
}

/// What became of the items of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Sessions and tombstones that came where nothing was.
    pub restored: u64,
    /// Those that were there already.
    pub same: u64,
    /// Those that took another's place, and where that one stood.
    pub replaced: Vec<(Key, Head)>,
    /// Those that were left out.
    pub left: Vec<Left>,
}

/// Brings an item into a store.
///
/// # Errors
/// Why the store failed. The same again does no harm.
pub async fn restore_item(store: &Arc<dyn Archive>, item: Item, mode: Mode, report: &mut Report) -> Result<(), StoreError> {
    let Item { key, archived } = item;
    for _ in 0..ROUNDS_MAX {
        let found = store.head(&key).await?;
        if found == archived.found() {
            report.same += 1;
            return Ok(());
        }
        if let Some(why) = refused(store, &key, found, &archived, mode).await? {
            report.left.push(Left { key, why });
            return Ok(());
        }
        match store.put_whole(&key, found, archived.clone()).await {
            Ok(()) => {
                match found {
                    Found::Head(head) => report.replaced.push((key, head)),
                    _ => report.restored += 1,
                }
                return Ok(());
            }
            Err(PutError::Conflict(_)) => {}
            Err(PutError::Store(error)) => return Err(error),
            Err(_) => return Err(StoreError::Unavailable("it did not say what became of a session".into())),
        }
    }
    Err(StoreError::Unavailable("a session changes too fast".into()))
}

/// Why what is there may not be replaced; `None` where it may, or nothing is there.
async fn refused(store: &Arc<dyn Archive>, key: &Key, found: Found, archived: &Archived, mode: Mode) -> Result<Option<Why>, StoreError> {
    let head = match found {
        Found::Nothing => return Ok(None),
        Found::Erased => return Ok(Some(Why::Erased)),
        Found::Head(head) => head,
    };
    Ok(match archived {
        // An id is given once: a tombstone is always later than its session.
        Archived::Erased { .. } => (mode == Mode::Add).then_some(Why::Older),
        Archived::Session(whole) if whole.head_at(head.version) == Some(head) => (mode == Mode::Add).then_some(Why::Older),
        Archived::Session(whole) if store.head_at(key, whole.head().version).await? == Some(whole.head()) => Some(Why::Newer),
        Archived::Session(_) => (mode != Mode::Replace).then_some(Why::Other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use colloq_store::conformance::Script;
    use colloq_store::{MemoryStore, Store};

    async fn of_store(store: &Arc<MemoryStore>, key: &Key) -> Item {
        Item { key: key.clone(), archived: store.whole(key).await.expect("it answers").expect("it is there") }
    }

    /// A store with a session of so many entries; the script goes on from there.
    async fn with(count: usize) -> (Arc<MemoryStore>, Script) {
        let (store, mut log) = (Arc::new(MemoryStore::new()), Script::new(1));
        let subject: Arc<dyn Store> = store.clone();
        log.append(&subject, count, 10).await;
        (store, log)
    }

    async fn bring(item: &Item, into: &Arc<MemoryStore>, mode: Mode) -> Report {
        let (store, mut report): (Arc<dyn Archive>, _) = (into.clone(), Report::default());
        restore_item(&store, item.clone(), mode, &mut report).await.expect("the store works");
        report
    }

    fn left(why: Why) -> Report {
        Report { left: vec![Left { key: Script::new(1).key, why }], ..Report::default() }
    }

    #[tokio::test]
    async fn a_newer_session_is_never_replaced_and_an_erased_one_never_brought_back() {
        let (old, log) = with(5).await;
        let item = of_store(&old, &log.key).await;
        let (newer, _) = with(9).await;
        for mode in [Mode::Add, Mode::Continue, Mode::Replace] {
            assert_eq!(bring(&item, &newer, mode).await, left(Why::Newer));
        }
        newer.erase(&log.key, 20).await.expect("it answers");
        assert_eq!(bring(&item, &newer, Mode::Replace).await, left(Why::Erased));
        let tombstone = of_store(&newer, &log.key).await;
        assert_eq!(bring(&tombstone, &old, Mode::Add).await, left(Why::Older));
        assert_eq!(bring(&tombstone, &old, Mode::Continue).await.replaced.len(), 1, "an erasure is later than what it erased");
        assert_eq!(bring(&tombstone, &old, Mode::Add).await.same, 1);
    }

    #[tokio::test]
    async fn what_is_behind_goes_on_and_what_is_other_is_replaced_only_by_force() {
        let (new, log) = with(9).await;
        let item = of_store(&new, &log.key).await;
        let empty = Arc::new(MemoryStore::new());
        assert_eq!(bring(&item, &empty, Mode::Add).await.restored, 1);
        assert_eq!(bring(&item, &empty, Mode::Add).await.same, 1);
        let (older, at) = with(5).await;
        assert_eq!(bring(&item, &older, Mode::Add).await, left(Why::Older));
        assert_eq!(bring(&item, &older, Mode::Continue).await.replaced, [(log.key.clone(), at.head())]);
        assert_eq!(of_store(&older, &log.key).await, item);
        let (other, mut script) = with(5).await;
        let subject: Arc<dyn Store> = other.clone();
        script.append(&subject, 1, 99).await;
        for mode in [Mode::Add, Mode::Continue] {
            assert_eq!(bring(&item, &other, mode).await, left(Why::Other));
        }
        assert_eq!(bring(&item, &other, Mode::Replace).await.replaced, [(log.key.clone(), script.head())]);
        assert_eq!(of_store(&other, &log.key).await, item);
    }
}
