//! The unknown outcome of an append: the identical bytes are sent again until the store says what became of them. Nothing of the
//! session is decided anew before that.

use std::time::Duration;

use colloq_store::{Append, AppendError, Pending, Store};
use tokio::time::{Instant, sleep};

/// After this long whoever waits is told that the outcome is unknown; the session stays blocked.
const DEADLINE: Duration = Duration::from_secs(10);
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_LAST: Duration = Duration::from_secs(2);

/// What became of an append, however long it takes, and whether that is still in doubt: then an earlier try may have been done, or come
/// yet. `overdue` is called once when the deadline passes.
pub(super) async fn settle(
    store: &dyn Store,
    append: &Append,
    first: Pending<Result<(), AppendError>>,
    overdue: impl Fn(),
) -> (Result<(), AppendError>, bool) {
    let mut result = first.await;
    let mut in_doubt = matches!(result, Err(AppendError::Unknown(_)));
    #[cfg(feature = "planted")]
    if in_doubt && colloq_store::planted::is_planted(colloq_store::planted::Planted::DecidesAnew) {
        return (Err(AppendError::Store(colloq_store::StoreError::Unavailable("planted".into()))), false);
    }
    let deadline = Instant::now() + DEADLINE;
    let (mut pause, mut told) = (RETRY_FIRST, false);
    while in_doubt {
        if !told && Instant::now() >= deadline {
            told = true;
            overdue();
        }
        sleep(pause).await;
        pause = (pause * 2).min(RETRY_LAST);
        result = store.append(append.clone()).await;
        in_doubt = match &result {
            // Not this time, but an earlier try may have succeeded.
            Err(AppendError::Unknown(_) | AppendError::Store(_)) => true,
            Err(AppendError::Conflict(loaded)) if was_appended(append, loaded.as_ref()) => return (Ok(()), false),
            Err(AppendError::Conflict(loaded)) if !shows_what_followed(append, loaded.as_ref()) => return (result, true),
            _ => false,
        };
    }
    (result, false)
}

/// Whether a store says what came behind the head that an append expected. What is not there then was not done, and never will be; a store
/// that went back behind that head may yet take it, once somebody has given it what it lost.
fn shows_what_followed(append: &Append, loaded: &colloq_store::Loaded) -> bool {
    let expected = append.expected.version;
    let first = loaded.records.first().map_or(u64::MAX, |record| record.head.version);
    first <= expected + 1 && loaded.head().version > expected
}

/// Whether the log holds what an earlier try sent, to the byte.
fn was_appended(append: &Append, loaded: &colloq_store::Loaded) -> bool {
    let Some(last) = append.records.last() else { return false };
    loaded.head() == last.head || loaded.records.iter().any(|record| record.head == last.head)
}
