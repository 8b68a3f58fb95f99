//! What a store knows of a session, as the module takes it: at a load, and where an append met another head.

use colloq_abi::{Conflicted, Load, Request};
use colloq_store::{AppendError, Head, Key, Loaded, Store, StoreError};

use super::encode;
use crate::engine::RECENT_MAX;

pub(super) fn abi_head(head: Head) -> colloq_abi::Head {
    colloq_abi::Head { version: head.version, chain: head.chain }
}

pub(super) fn load<'a>(key: &'a Key, loaded: &'a Loaded, entries: Vec<&'a [u8]>) -> Load<'a> {
    let snapshot = loaded.snapshot.as_ref();
    let snapshot = snapshot.map(|snapshot| colloq_abi::Snapshot { head: abi_head(snapshot.head), bytes: &snapshot.bytes });
    Load { app: &key.app, session: key.session, snapshot, entries, head: abi_head(loaded.head()), touched_ms: loaded.touched_ms }
}

/// Whether what was missed follows the head that was expected; otherwise it is a whole other history.
pub(super) fn continues(expected: Head, loaded: &Loaded) -> bool {
    let first = loaded.records.first().map(|record| record.head.version);
    loaded.snapshot.is_none() && first == Some(expected.version + 1) && expected.version > 0
}

pub(super) fn conflicted(key: &Key, expected: Head, loaded: &Loaded, in_doubt: bool) -> Vec<u8> {
    let continues = continues(expected, loaded);
    let entries = loaded.records.iter().map(|record| record.bytes.as_ref()).collect();
    encode(&Request::Conflicted(Conflicted { load: load(key, loaded, entries), continues, in_doubt }))
}

/// Another history than the one whose head is `known`, with the store's entries below its snapshot as far as the module may have others
/// in their place: only so can be told what the store lost. Where the store has them no more, or goes on meanwhile, it stays as it is.
///
/// # Errors
/// Where the store does not answer.
pub(in crate::engine) async fn with_older(store: &dyn Store, key: &Key, known: Head, loaded: Loaded) -> Result<Loaded, StoreError> {
    let Some(snapshot) = loaded.snapshot.as_ref().filter(|_| known.version > 0) else { return Ok(loaded) };
    // How far back the store's log goes it does not say.
    let windows = std::iter::successors(Some(u64::from(RECENT_MAX)), |window| Some(window / 2).filter(|window| *window > 0));
    for from in windows.map(|window| known.version.saturating_sub(window)).filter(|from| *from < snapshot.head.version) {
        let start = if from == 0 { Some(Head::ZERO) } else { store.head_at(key, from).await? };
        let Some(start) = start else { continue };
        let Some(records) = store.entries_after(key, start, usize::MAX).await? else { continue };
        let is_same = records.last().is_some_and(|last| last.head == loaded.head());
        return Ok(if is_same { Loaded { records, ..loaded } } else { loaded });
    }
    Ok(loaded)
}

/// What is said of an append that did not happen.
pub(super) fn drop_code(error: &AppendError, created: bool) -> &'static str {
    match error {
        AppendError::Erased if created => "idTaken",
        AppendError::Erased | AppendError::Conflict(_) => "sessionNotFound",
        AppendError::Store(colloq_store::StoreError::Full(_)) => "storeFull",
        _ => "storeUnavailable",
    }
}
