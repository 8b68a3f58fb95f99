//! What the shards counted: each one's own, and all of them as one.
//!
//! Counters are the module's and opaque here; it adds them up as well.

use bytes::Bytes;
use colloq_abi::Request;

use super::{Engine, EngineError};

/// What the shards counted since that was last added to the [`History`](super::History).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analytics {
    /// The counters of all shards as one: JSON.
    pub counters: Bytes,
    /// The shards.
    pub shards: Vec<ShardAnalytics>,
}

/// What one shard holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardAnalytics {
    /// Sessions at hand; the others are in the store.
    pub sessions: u64,
    /// Bytes of memory in use.
    pub memory_bytes: u64,
    /// How many times it was rebuilt after a trap; its counters began anew each time.
    pub rebuilds: u64,
}

impl Engine {
    /// Asks every shard what it counted, and what it holds.
    ///
    /// # Errors
    /// If a shard does not say.
    pub fn analytics(&self) -> Result<Analytics, EngineError> {
        let (mut counters, mut shards) = (Vec::new(), Vec::new());
        for shard in &self.inner.shards {
            let stats = shard.stats(&Request::Stats)?;
            let rebuilds = shard.traps.load(std::sync::atomic::Ordering::Relaxed);
            shards.push(ShardAnalytics { sessions: stats.sessions, memory_bytes: stats.memory_bytes, rebuilds });
            counters.push(stats.counters);
        }
        let all = counters.iter().map(AsRef::as_ref).collect();
        let merged = self.inner.shards.first().ok_or(EngineError::Internal)?.stats(&Request::Merge(all))?;
        Ok(Analytics { counters: merged.counters, shards })
    }
}
