//! What happened over time: counters of all time, by the hour and by the day, kept by the store beside its sessions.
//!
//! Counters are the module's and opaque here. Twice a minute what the shards counted is taken out of them, and the module adds it to what
//! the store has; hosts of a shared store add to the same. A host that is killed takes what it counted since then along; with a store that
//! keeps nothing over a restart it ends with the process.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use colloq_abi::Request;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use super::{Engine, EngineError, Inner};

/// Under which name the store has it.
const NAME: &str = "analytics";
/// How often the store is given what was counted.
const KEEP_EVERY: Duration = Duration::from_secs(30);
/// How long a host that goes down waits for that.
const LAST_WAIT: Duration = Duration::from_secs(2);
/// So many hosts may be quicker before it waits for the next time.
const ROUNDS_MAX: usize = 8;

const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// The most hours that are told apart: two days.
const HOURS_MAX: usize = 48;
/// The most days: two months.
const DAYS_MAX: usize = 62;

/// What was counted, as far as anybody knows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct History {
    /// All of it: JSON as the module writes it; `None` for nothing.
    pub total: Option<Box<RawValue>>,
    /// By the hour (UTC), the oldest first. An hour without anything is not there.
    pub hours: Vec<Period>,
    /// By the day (UTC), likewise.
    pub days: Vec<Period>,
}

/// What was counted in some time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Period {
    /// When it began, milliseconds since 1970.
    pub from_ms: u64,
    /// JSON as the module writes it.
    pub counters: Box<RawValue>,
}

/// What the store does not have yet.
#[derive(Default)]
pub(super) struct Unkept {
    history: History,
    /// A write of which nobody knows whether it came to be: the version that it would have made, and what it held.
    in_doubt: Option<(u64, Bytes)>,
}

/// Adds counters up.
type Adding<'a> = dyn Fn(Vec<&[u8]>) -> Result<Box<RawValue>, EngineError> + Send + Sync + 'a;

impl History {
    /// Counters of now.
    fn of(now_ms: u64, counters: Box<RawValue>) -> Self {
        let period = |length_ms: u64| vec![Period { from_ms: now_ms - now_ms % length_ms, counters: counters.clone() }];
        Self { hours: period(HOUR_MS), days: period(DAY_MS), total: Some(counters) }
    }

    fn is_empty(&self) -> bool {
        self.total.is_none()
    }

    fn add(&mut self, other: &Self, adding: &Adding<'_>) -> Result<(), EngineError> {
        if let Some(theirs) = &other.total {
            self.total = Some(match &self.total {
                Some(mine) => adding(vec![mine.get().as_bytes(), theirs.get().as_bytes()])?,
                None => theirs.clone(),
            });
        }
        add_periods(&mut self.hours, &other.hours, HOURS_MAX, adding)?;
        add_periods(&mut self.days, &other.days, DAYS_MAX, adding)
    }
}

fn add_periods(mine: &mut Vec<Period>, theirs: &[Period], max: usize, adding: &Adding<'_>) -> Result<(), EngineError> {
    for period in theirs {
        match mine.binary_search_by_key(&period.from_ms, |known| known.from_ms) {
            Ok(at) => {
                let sum = adding(vec![mine[at].counters.get().as_bytes(), period.counters.get().as_bytes()])?;
                mine[at].counters = sum;
            }
            Err(at) => mine.insert(at, period.clone()),
        }
    }
    mine.drain(..mine.len().saturating_sub(max));
    Ok(())
}

/// Keeps what is counted until the engine is gone.
pub(super) fn start(inner: &Arc<Inner>) {
    tokio::spawn(keep_now_and_then(Arc::downgrade(inner)));
}

async fn keep_now_and_then(weak: Weak<Inner>) {
    loop {
        sleep(KEEP_EVERY).await;
        let Some(inner) = weak.upgrade() else { return };
        if let Err(error) = inner.keep_history().await {
            tracing::warn!(%error, "what was counted could not be kept, and is tried again");
        }
    }
}

impl Inner {
    /// For the last time.
    pub(super) async fn keep_history_at_last(&self) {
        match timeout(LAST_WAIT, self.keep_history()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "what was counted last could not be kept"),
            Err(_) => tracing::warn!("the store does not keep in time what was counted last"),
        }
    }

    async fn keep_history(&self) -> Result<(), EngineError> {
        let mut unkept = self.unkept.lock().await;
        if let Some(taken) = self.counted(&Request::Take)? {
            unkept.history.add(&History::of(self.outside.now_ms(), taken), &|counters| self.sum(counters))?;
        }
        for _ in 0..ROUNDS_MAX {
            if unkept.history.is_empty() {
                return Ok(());
            }
            let (version, mut history) = self.kept_history(&mut unkept).await?;
            if unkept.history.is_empty() {
                return Ok(());
            }
            history.add(&unkept.history, &|counters| self.sum(counters))?;
            let bytes = Bytes::from(serde_json::to_vec(&history).map_err(|_| EngineError::Internal)?);
            unkept.in_doubt = Some((version + 1, bytes.clone()));
            let is_kept = self.store.keep(NAME, version, bytes).await?;
            unkept.in_doubt = None;
            if is_kept {
                unkept.history = History::default();
            } else if version == 0 && self.store.kept(NAME).await?.is_none() {
                // A store that keeps nothing.
                return Ok(());
            }
        }
        Ok(())
    }

    /// What the store has, and its version. A write in doubt that turns out to be there leaves nothing to be kept.
    async fn kept_history(&self, unkept: &mut Unkept) -> Result<(u64, History), EngineError> {
        let Some(kept) = self.store.kept(NAME).await? else { return Ok((0, History::default())) };
        if unkept.in_doubt.take().is_some_and(|(version, bytes)| version == kept.version && bytes == kept.bytes) {
            unkept.history = History::default();
        }
        let history = serde_json::from_slice(&kept.bytes).map_err(|error| {
            tracing::error!(%error, "what the store has of analytics cannot be read");
            EngineError::Damaged
        })?;
        Ok((kept.version, history))
    }

    /// What all shards counted, as one; `None` for nothing.
    fn counted(&self, request: &Request<'_>) -> Result<Option<Box<RawValue>>, EngineError> {
        let counted: Vec<Bytes> = self.shards.iter().filter_map(|shard| shard.stats(request).ok()).map(|stats| stats.counters).collect();
        let sum = self.sum(counted.iter().map(AsRef::as_ref).collect())?;
        let nothing = self.sum(Vec::new())?;
        Ok((sum.get() != nothing.get()).then_some(sum))
    }

    fn sum(&self, counters: Vec<&[u8]>) -> Result<Box<RawValue>, EngineError> {
        let first = self.shards.first().ok_or(EngineError::Internal)?;
        let sum = first.stats(&Request::Merge(counters))?.counters;
        serde_json::from_slice(&sum).map_err(|_| EngineError::Internal)
    }
}

impl Engine {
    /// What was counted over time, until now: by this host, by those before it on this store, and by the others that share it.
    ///
    /// # Errors
    /// Why the store or a shard does not say.
    pub async fn history(&self) -> Result<History, EngineError> {
        let inner = &self.inner;
        let mut unkept = inner.unkept.lock().await;
        let (_, mut history) = inner.kept_history(&mut unkept).await?;
        history.add(&unkept.history, &|counters| inner.sum(counters))?;
        if let Some(counted) = inner.counted(&Request::Stats)? {
            history.add(&History::of(inner.outside.now_ms(), counted), &|counters| inner.sum(counters))?;
        }
        if history.is_empty() {
            history.total = Some(inner.sum(Vec::new())?);
        }
        Ok(history)
    }
}

/// What the store does not have yet; held while it is being given.
pub(super) type UnkeptLock = Mutex<Unkept>;

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(count: u64) -> Box<RawValue> {
        serde_json::from_str(&count.to_string()).expect("JSON")
    }

    #[allow(clippy::unnecessary_wraps, reason = "it stands in the place of what may fail")]
    fn sum(counters: Vec<&[u8]>) -> Result<Box<RawValue>, EngineError> {
        let numbers = counters.into_iter().map(|number| std::str::from_utf8(number).expect("text").parse::<u64>().expect("a number"));
        Ok(super::tests::counters(numbers.sum()))
    }

    fn periods(periods: &[Period]) -> Vec<(u64, &str)> {
        periods.iter().map(|period| (period.from_ms, period.counters.get())).collect()
    }

    #[test]
    fn counters_are_added_to_their_hour_and_day() {
        let mut history = History::default();
        assert!(history.is_empty());
        for (now_ms, count) in [(DAY_MS - 1, 1), (DAY_MS, 2), (DAY_MS + HOUR_MS, 3), (DAY_MS + HOUR_MS + 5, 4), (DAY_MS - 2, 5)] {
            history.add(&History::of(now_ms, counters(count)), &sum).expect("they add up");
        }
        assert_eq!(history.total.as_ref().expect("a total").get(), "15");
        assert_eq!(periods(&history.hours), [(DAY_MS - HOUR_MS, "6"), (DAY_MS, "2"), (DAY_MS + HOUR_MS, "7")]);
        assert_eq!(periods(&history.days), [(0, "6"), (DAY_MS, "9")]);
        let copy: History = serde_json::from_slice(&serde_json::to_vec(&history).expect("JSON")).expect("a history");
        assert_eq!((periods(&copy.hours), copy.total.expect("a total").get()), (periods(&history.hours), "15"));
    }

    #[test]
    fn the_oldest_periods_go_and_the_total_stays() {
        let mut history = History::default();
        for day in 0..100 {
            for hour in [0, 12] {
                history.add(&History::of(day * DAY_MS + hour * HOUR_MS, counters(1)), &sum).expect("they add up");
            }
        }
        assert_eq!((history.hours.len(), history.days.len()), (HOURS_MAX, DAYS_MAX));
        assert_eq!((history.hours[0].from_ms, history.days[0].from_ms), (76 * DAY_MS, 38 * DAY_MS));
        assert_eq!(history.total.expect("a total").get(), "200");
    }
}
