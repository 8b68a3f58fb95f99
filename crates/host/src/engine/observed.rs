//! What an engine tells its gauges.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::{Answer, Engine, EngineError, Op};
use crate::gauges::{Gauges, Standing, op_name};
use crate::problem;
use crate::spans::Spans;

impl Engine {
    /// The gauges of this engine and of the doors before it.
    pub(crate) fn gauges(&self) -> &Arc<Gauges> {
        &self.inner.gauges
    }

    /// From now on spans are handed on by these, if none are yet.
    pub fn export_spans(&self, spans: Arc<Spans>) {
        let _ = self.inner.spans.set(spans);
    }

    pub(crate) fn spans(&self) -> Option<&Spans> {
        self.inner.spans.get().map(AsRef::as_ref)
    }

    /// All gauges as Prometheus reads them. Asks every shard.
    ///
    /// # Errors
    /// If a shard does not say.
    pub fn metrics(&self) -> Result<String, EngineError> {
        let mut standing = Standing::default();
        for shard in self.analytics()?.shards {
            standing.shards.push((shard.sessions, shard.memory_bytes));
        }
        for shard in &self.inner.shards {
            let busy = shard.busy();
            standing.followed += busy.followed;
            standing.in_flight += busy.in_flight;
            standing.waiting += busy.waiting;
        }
        Ok(self.inner.gauges.write(&standing))
    }

    /// Notes what came of a call. A submit's time is noted when it is durable.
    pub(super) fn note(&self, op: &Op<'_>, result: &Result<Answer, EngineError>, took: Duration) {
        let kind = op_name(op);
        let (gauges, outcome) = (&self.inner.gauges, self.outcome(result));
        if let Some(spans) = self.spans() {
            spans.note_command(kind, &outcome, took);
        }
        gauges.note_command(kind, outcome);
        if !matches!(op, Op::Submit) {
            gauges.note_command_time(kind, took);
        }
    }

    /// `ok`, or a code of the module's table.
    fn outcome(&self, result: &Result<Answer, EngineError>) -> Cow<'static, str> {
        match result {
            Err(error) => error.code().into(),
            Ok(answer) if answer.status < 400 => "ok".into(),
            Ok(answer) => problem::code(answer).filter(|code| self.code(code).is_some()).map_or("unknown".into(), Cow::Owned),
        }
    }
}
