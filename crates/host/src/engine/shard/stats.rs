//! What a shard counted, in the module's own words.

use std::sync::Arc;

use colloq_abi::Request;
use colloq_store::Key;

use super::{Outcome, Shard};
use crate::engine::answer::EngineError;
use crate::engine::effects::OwnedStats;

impl Shard {
    /// Asks the module for counters: `Stats`, or `Merge` of several.
    pub(in crate::engine) fn stats(self: &Arc<Self>, request: &Request<'_>) -> Result<OwnedStats, EngineError> {
        let nobody = Key { app: Arc::from(""), session: [0; 16] };
        match self.request(request, &nobody, 0) {
            Outcome::Stats(stats) => Ok(stats),
            _ => Err(EngineError::Internal),
        }
    }
}
