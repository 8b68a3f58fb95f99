//! A host that may die: the real engine over a door to the store, and the clock that it looks at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};

use bytes::Bytes;
use colloq_host::engine::{Engine, EngineOptions, Program};

use super::ground::Ground;
use super::outside::{SimOutside, Trapping};
use super::plan::Plan;
use super::random::Random;
use super::store::{Door, SimStore};

/// The most memory of a shard.
const MEMORY_BYTES_MAX: u64 = 64 << 20;

/// See the module's documentation.
pub(crate) struct Machine {
    pub(crate) up: Option<Up>,
    pub(crate) skew_ms: Arc<AtomicI64>,
}

/// A host that is up.
pub(crate) struct Up {
    /// The number of this life of it.
    pub(crate) who: u64,
    pub(crate) engine: Engine,
    pub(crate) outside: Arc<SimOutside>,
    death: Arc<AtomicBool>,
    pub(crate) fuse: Arc<AtomicU32>,
    /// How many losses it reported that were taken note of.
    pub(crate) reported: usize,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self { up: None, skew_ms: Arc::default() }
    }

    /// Starts the host, for the `who`th time that any host is started.
    pub(crate) async fn start(
        &mut self,
        ground: &Arc<Ground>,
        store: &Arc<SimStore>,
        plan: &Plan,
        seed: u64,
        who: u64,
        program: &Arc<dyn Program>,
    ) {
        let fuse = Arc::<AtomicU32>::default();
        let trapping = Trapping::new(Arc::clone(program), Arc::clone(store), who, Arc::clone(&fuse));
        let random = Random::new(seed ^ who.wrapping_mul(0x9e37_79b9), "entropy");
        let outside = SimOutside::new(Arc::clone(ground), Arc::clone(&self.skew_ms), random, trapping);
        let door = Door::new(Arc::clone(store), who, plan.is_shared);
        let death = door.death();
        let options = EngineOptions {
            module: Bytes::new(),
            store: Arc::new(door),
            shards: 1,
            limits_json: Bytes::from(plan.limits.clone()),
            memory_bytes_max: MEMORY_BYTES_MAX,
            sessions_max: 1000,
            hibernate_after: plan.hibernate_after,
        };
        let engine = Engine::open_in(options, Arc::clone(&outside) as Arc<_>).await.expect("the module opens");
        self.up = Some(Up { who, engine, outside, death, fuse, reported: 0 });
    }

    /// The host dies with everything that it had in mind.
    pub(crate) fn die(&mut self, store: &SimStore) {
        if let Some(up) = self.up.take() {
            up.death.store(true, Ordering::Relaxed);
            store.forget_host(up.who);
        }
    }
}
