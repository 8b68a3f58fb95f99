//! The suite that every store runs: each rule of the contract is one test, written once against [`Store`].
//!
//! [`conformance!`](crate::conformance!) turns it into one `#[tokio::test]` a behaviour. It must never know which store it runs on,
//! nor depend on what a contract leaves open (such as how soon a touch shows before a flush).
//!
//! The opener is an async function without arguments that answers a fresh, empty `Arc<dyn Store>` and a guard, which is dropped
//! after the test (a temporary folder, a server ...; `()` where there is nothing to keep).
//!
//! ```ignore
//! async fn open() -> (Arc<dyn Store>, ()) {
//!     (Arc::new(MemoryStore::new()), ())
//! }
//! colloq_store::conformance!(open);
//! ```

mod appends;
mod archive;
mod concurrency;
mod doors;
mod erasing;
mod lists;
mod privates;
mod reads;
mod script;
mod waiting;

use std::sync::Arc;

pub use appends::*;
pub use archive::*;
pub use concurrency::*;
pub use doors::*;
pub use erasing::*;
pub use lists::*;
pub use privates::*;
pub use reads::*;
pub use script::{Script, chain_after, records};
pub use waiting::*;

use crate::Store;

/// The store under test.
pub type Subject = Arc<dyn Store>;

/// Expands to one test a behaviour of the contract; see [`conformance`](mod@crate::conformance).
#[macro_export]
macro_rules! conformance {
    ($open:path) => {
        $crate::conformance!(@each $open:
            create_starts_at_zero
            create_on_an_existing_log_conflicts
            append_on_a_missing_log_conflicts_with_nothing
            append_on_another_chain_conflicts_with_the_whole_history
            append_above_the_head_conflicts_with_the_whole_history
            conflict_brings_exactly_the_missed_entries
            conflict_below_the_trim_brings_snapshot_and_tail
            conflict_changes_nothing
            batches_append_whole
            user_follows_the_latest_append
            load_answers_every_byte
            load_of_nothing_is_none
            head_says_what_is_there
            snapshot_and_tail_are_loaded
            older_snapshot_changes_nothing
            snapshot_of_another_chain_changes_nothing
            trimming_keeps_the_newest_256
            entries_continue_from_a_trimmed_snapshot
            entries_after_answers_the_tail
            entries_after_a_foreign_head_is_none
            entries_after_respects_the_size
            touch_moves_forward_only
            touch_sets_the_deadline
            append_never_moves_activity_back
            lists_are_newest_first
            lists_page_through_ties
            lists_keep_users_apart
            lists_keep_apps_apart
            lists_show_the_latest_summary
            due_is_ordered_and_limited
            due_follows_the_latest_deadline
            unanswered_is_oldest_first
            unanswered_follows_the_latest_append
            unanswered_keeps_apps_apart
            head_at_is_a_place_in_the_log
            erased_session_is_gone
            erased_session_takes_no_append
            erased_session_takes_no_touch_and_no_snapshot
            erased_session_is_neither_listed_nor_due
            erase_of_nothing_is_false
            tombstone_outlives_29_days
            private_values_are_kept_by_name
            private_value_is_every_byte_that_was_given
            private_value_is_removed
            private_values_of_sessions_stay_apart
            private_value_of_no_session_is_not_found
            private_values_are_at_most_64
            private_values_are_erased_with_their_session
            private_values_are_not_in_the_log
            the_secret_is_the_first_one
            revocations_are_told_since_a_moment
            revocations_stay_as_long_as_tokens_live
            values_by_name_are_replaced_by_whoever_read_them
            dropped_answer_still_does_the_work
            one_of_many_appends_wins
            many_sessions_at_once_are_all_kept
            readers_see_what_was_acknowledged
        );
    };
    (@each $open:path: $($behaviour:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $behaviour() {
                let (store, guard) = $open().await;
                $crate::conformance::$behaviour(store).await;
                drop(guard);
            }
        )+
    };
}

/// The same for [`Archive`](crate::Archive): the opener answers an `Arc<dyn Archive>` and a guard.
#[macro_export]
macro_rules! conformance_archive {
    ($open:path) => {
        $crate::conformance!(@each $open:
            every_key_is_told
            whole_is_every_byte
            what_is_put_is_there
            put_is_compare_and_swap
            put_leaves_nothing_of_what_was
            tombstones_move_and_stay
            schema_min_only_rises
        );
    };
}
