//! How an uplink stands with its host.

use colloq_core::Id;

/// The first pause after a failure, and the longest.
const PAUSE_FIRST_MS: u64 = 100;
const PAUSE_LONGEST_MS: u64 = 10_000;

/// How long the answer to a create is waited for.
pub(super) const ANSWER_MAX_MS: u64 = 5_000;

/// The longest that a host may ask for.
pub(super) const LEAST_MAX_MS: u64 = 45_000;
/// A pause that is longer than this was made by a clock that went back since, and is over.
const PAUSE_CREDIBLE_MS: u64 = 60_000;

/// Whether a pause until a time is over.
pub(super) fn is_over(until: u64, now: u64) -> bool {
    until <= now || until - now > PAUSE_CREDIBLE_MS
}

/// ARCHITECTURE.md draws what leads from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No link is up.
    Away,
    /// Commands are sent before the subscription, for the host does not know the session yet. It is looked for at a time.
    Creating { until: Option<u64> },
    /// A catch-up was asked for. One that did not fit is followed by another, afresh.
    Subscribing { is_astray: bool },
    /// What the host confirms arrives here, and commands are sent as they are made.
    Live,
    /// The host has no room, or what it sent did not fit: it is asked again at a time.
    Waiting { until: u64, then: Then },
    /// The host writes what this file cannot read.
    Outdated,
    /// The session cannot be had.
    Closed,
}

/// What comes after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// As on a new link.
    Begin,
    /// A catch-up from what is confirmed.
    Onwards,
    /// A catch-up from nothing.
    Afresh,
}

/// The pause after so many failures in a row: it doubles, and pages differ so that they do not come back together.
pub(super) fn pause_ms(failures: u32, client: Id) -> u64 {
    let ceiling = (PAUSE_FIRST_MS << failures.min(20)).min(PAUSE_LONGEST_MS);
    let spread = client.as_bytes()[8..].iter().fold(u64::from(failures), |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    ceiling / 2 + spread % (ceiling / 2 + 1)
}
