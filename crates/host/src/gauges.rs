//! What an operator sees: counters, gauges and histograms, in the text that Prometheus reads.
//!
//! Each engine has its own, so that an embedded host meets no other's. A label's value comes out of a fixed set (routes, codes, reasons,
//! shards), never from a client: nothing that was said, no id and no secret can be in one, and there are never many.

mod labels;
mod process;

pub(crate) use labels::{CommandLabels, RequestLabels, op_name};

use std::borrow::Cow;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

use labels::{BuildLabels, Kind, Reason, ShardLabel, State, Store};

/// The media type of what [`Gauges::write`] writes.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From what is at hand in memory to what waited for a failover.
const SECONDS: [f64; 15] = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 10.0];
/// Entries that go together.
const ENTRIES: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 256.0];

type Durations<L> = Family<L, Histogram, fn() -> Histogram>;

fn durations() -> Histogram {
    Histogram::new(SECONDS)
}

/// See the module's documentation.
pub(crate) struct Gauges {
    registry: Registry,
    commands: Family<CommandLabels, Counter>,
    command_seconds: Durations<Kind>,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Histogram,
    frames: Family<Kind, Counter>,
    refusals: Family<Reason, Counter>,
    links: Family<Kind, Gauge>,
    links_closed: Family<Reason, Counter>,
    connections: Gauge,
    append_seconds: Durations<Store>,
    append_entries: Histogram,
    conflicts: Counter,
    store_failures: Family<Reason, Counter>,
    sessions: Family<State, Gauge>,
    created: Counter,
    ended: Family<Reason, Counter>,
    erased: Counter,
    hibernations: Counter,
    pub(crate) divergences: Counter,
    lost: Counter,
    rebuilds: Counter,
    renewals: Counter,
    in_flight: Gauge,
    waiting: Gauge,
    shard_bytes: Family<ShardLabel, Gauge>,
    shard_sessions: Family<ShardLabel, Gauge>,
    tokens: Counter,
    revocations: Counter,
    resident_bytes: Gauge,
}

/// What is counted only when somebody looks.
#[derive(Default)]
pub(crate) struct Standing {
    /// By shard: sessions at hand, and bytes of memory.
    pub(crate) shards: Vec<(u64, u64)>,
    /// Sessions that links follow.
    pub(crate) followed: u64,
    /// Appends on their way to the store.
    pub(crate) in_flight: u64,
    /// Requests whose answers wait for them.
    pub(crate) waiting: u64,
}

impl Gauges {
    /// All of them, at zero. `store`, `module` and `schema` say what is run.
    #[allow(clippy::too_many_lines, reason = "one line a gauge: its name and what it says")]
    pub(crate) fn new(store: &'static str, module: &str, schema: u32) -> Self {
        let mut registry = Registry::default();
        let all = &mut registry;
        let build = BuildLabels { version: env!("CARGO_PKG_VERSION"), module: module.into(), schema, store };
        all.register("colloq_build", "What runs here", Info::new(build));
        let gauges = Self {
            commands: add(all, "colloq_commands", "What was asked of sessions, by kind and outcome", Family::default()),
            command_seconds: add(
                all,
                "colloq_command_duration_seconds",
                "From a request's or frame's last byte until its answer rests on what is durable",
                Durations::new_with_constructor(durations),
            ),
            requests: add(all, "colloq_http_requests", "HTTP requests, by route, method and status", Family::default()),
            request_seconds: add(
                all,
                "colloq_http_request_duration_seconds",
                "From a request's head until its answer's head; of streams as well",
                durations(),
            ),
            frames: add(all, "colloq_frames_received", "Frames of WebSocket links, by kind", Family::default()),
            refusals: add(all, "colloq_refusals", "Who was turned away at a door, by reason", Family::default()),
            links: add(all, "colloq_links", "Links that are open, by door", Family::default()),
            links_closed: add(all, "colloq_links_closed", "WebSocket links that ended, by reason", Family::default()),
            connections: add(all, "colloq_connections", "Connections that are open", Gauge::default()),
            append_seconds: add(
                all,
                "colloq_store_append_duration_seconds",
                "How long the store took for an append, as a caller saw it",
                Durations::new_with_constructor(durations),
            ),
            append_entries: add(all, "colloq_store_append_entries", "How many entries went in one append", Histogram::new(ENTRIES)),
            conflicts: add(all, "colloq_store_conflicts", "Appends that met what another host wrote", Counter::default()),
            store_failures: add(all, "colloq_store_failures", "What the store could not do, by reason", Family::default()),
            sessions: add(all, "colloq_sessions", "Sessions, by where they are: in memory, followed by links", Family::default()),
            created: add(all, "colloq_sessions_created", "Sessions that began, by this host", Counter::default()),
            ended: add(all, "colloq_sessions_ended", "Sessions that ended, by this host, by reason", Family::default()),
            erased: add(all, "colloq_sessions_erased", "Sessions whose retention was over", Counter::default()),
            hibernations: add(all, "colloq_sessions_hibernated", "Sessions that left the memory while unused", Counter::default()),
            divergences: add(all, "colloq_divergences", "Clients that found another state than this host's", Counter::default()),
            lost: add(all, "colloq_store_lost_entries", "Confirmed entries that the store lost for good", Counter::default()),
            rebuilds: add(all, "colloq_shard_rebuilds", "Traps of the module, each with a fresh instance after it", Counter::default()),
            renewals: add(all, "colloq_shard_renewals", "Instances that gave way because they had become too large", Counter::default()),
            in_flight: add(all, "colloq_appends_in_flight", "Appends on their way to the store", Gauge::default()),
            waiting: add(all, "colloq_requests_waiting", "Requests whose answers wait for an append", Gauge::default()),
            shard_bytes: add(all, "colloq_shard_memory_bytes", "Memory that a shard's sessions take", Family::default()),
            shard_sessions: add(all, "colloq_shard_sessions", "Sessions at hand in a shard", Family::default()),
            tokens: add(all, "colloq_tokens_issued", "Tokens that were made", Counter::default()),
            revocations: add(
                all,
                "colloq_revocations",
                "Tokens and users that were signed out everywhere, by this host",
                Counter::default(),
            ),
            resident_bytes: add(all, "process_resident_memory_bytes", "Resident memory", Gauge::default()),
            registry,
        };
        gauges.begin();
        gauges
    }

    /// What never happened is zero and not absent: whoever asks for a rate meets a number from the first moment on.
    fn begin(&self) {
        for reason in ["idle", "absolute", "evicted", "signedOut", "ended"] {
            drop(self.ended.get_or_create(&Reason { reason: Cow::Borrowed(reason) }));
        }
        for reason in ["unauthenticated", "forbidden", "rateLimited"] {
            drop(self.refusals.get_or_create(&Reason { reason: Cow::Borrowed(reason) }));
        }
        for reason in ["full", "unavailable", "damaged"] {
            drop(self.store_failures.get_or_create(&Reason { reason: Cow::Borrowed(reason) }));
        }
        for reason in ["left", "gone", "slow", "restart", "unauthenticated"] {
            drop(self.links_closed.get_or_create(&Reason { reason: Cow::Borrowed(reason) }));
        }
        for kind in ["websocket", "events"] {
            drop(self.links.get_or_create(&Kind { kind }));
        }
        for kind in ["hello", "subscribe", "submit"] {
            drop(self.frames.get_or_create(&Kind { kind }));
        }
    }

    /// All of them as text, with what stands now.
    pub(crate) fn write(&self, standing: &Standing) -> String {
        for (at, (sessions, bytes)) in standing.shards.iter().enumerate() {
            let shard = ShardLabel { shard: at as u32 };
            self.shard_sessions.get_or_create(&shard).set(signed(*sessions));
            self.shard_bytes.get_or_create(&shard).set(signed(*bytes));
        }
        let at_hand = standing.shards.iter().map(|(sessions, _)| sessions).sum();
        self.sessions.get_or_create(&State { state: "memory" }).set(signed(at_hand));
        self.sessions.get_or_create(&State { state: "followed" }).set(signed(standing.followed));
        self.in_flight.set(signed(standing.in_flight));
        self.waiting.set(signed(standing.waiting));
        self.resident_bytes.set(signed(process::resident_bytes().unwrap_or(0)));
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// Something was asked of a session, and this came of it.
    pub(crate) fn note_command(&self, kind: &'static str, outcome: Cow<'static, str>) {
        self.commands.get_or_create(&CommandLabels { kind, outcome }).inc();
    }

    /// How long that took.
    pub(crate) fn note_command_time(&self, kind: &'static str, took: Duration) {
        self.command_seconds.get_or_create(&Kind { kind }).observe(took.as_secs_f64());
    }

    /// A request was answered.
    pub(crate) fn note_request(&self, labels: &RequestLabels, took: Duration) {
        self.requests.get_or_create(labels).inc();
        self.request_seconds.observe(took.as_secs_f64());
    }

    /// A frame came.
    pub(crate) fn note_frame(&self, kind: &'static str) {
        self.frames.get_or_create(&Kind { kind }).inc();
    }

    /// Somebody was turned away.
    pub(crate) fn note_refusal(&self, reason: &'static str) {
        self.refusals.get_or_create(&Reason { reason: Cow::Borrowed(reason) }).inc();
    }

    /// A link is open from here on.
    pub(crate) fn note_link(&self, door: &'static str) {
        self.links.get_or_create(&Kind { kind: door }).inc();
    }

    /// It is not any more.
    pub(crate) fn note_link_gone(&self, door: &'static str) {
        self.links.get_or_create(&Kind { kind: door }).dec();
    }

    /// Why a WebSocket link ended.
    pub(crate) fn note_close(&self, reason: &'static str) {
        self.links_closed.get_or_create(&Reason { reason: Cow::Borrowed(reason) }).inc();
    }

    /// A connection came, or went.
    pub(crate) fn note_connections(&self, change: i64) {
        self.connections.inc_by(change);
    }

    /// An append is settled.
    pub(crate) fn note_append(&self, outcome: &'static str, entries: usize, took: Duration) {
        self.append_seconds.get_or_create(&Store { outcome }).observe(took.as_secs_f64());
        self.append_entries.observe(f64::from(u32::try_from(entries).unwrap_or(u32::MAX)));
        if outcome == "conflict" {
            self.conflicts.inc();
        }
    }

    /// What an append that succeeded brought about.
    pub(crate) fn note_news(&self, created: bool, ended: Option<&str>) {
        if created {
            self.created.inc();
        }
        if let Some(reason) = ended {
            self.ended.get_or_create(&Reason { reason: Cow::Owned(reason.to_owned()) }).inc();
        }
    }

    /// The store could not do something.
    pub(crate) fn note_store_failure(&self, reason: &'static str) {
        self.store_failures.get_or_create(&Reason { reason: Cow::Borrowed(reason) }).inc();
    }

    /// Sessions left the memory.
    pub(crate) fn note_hibernations(&self, sessions: usize) {
        self.hibernations.inc_by(sessions as u64);
    }

    /// A session is being erased because its time is over.
    pub(crate) fn note_erasure(&self) {
        self.erased.inc();
    }

    /// The store lost entries.
    pub(crate) fn note_losses(&self, entries: usize) {
        self.lost.inc_by(entries as u64);
    }

    /// A module trapped.
    pub(crate) fn note_rebuild(&self) {
        self.rebuilds.inc();
    }

    /// A fresh instance came into the place of one that was too large.
    pub(crate) fn note_renewal(&self) {
        self.renewals.inc();
    }

    /// A token was made.
    pub(crate) fn note_token(&self) {
        self.tokens.inc();
    }

    /// Somebody was signed out everywhere.
    pub(crate) fn note_revocation(&self) {
        self.revocations.inc();
    }
}

/// Registers a metric and keeps a handle of it.
fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_written() {
        let gauges = Gauges::new("memory", "ab12", 3);
        gauges.note_command("read", "ok".into());
        gauges.note_command_time("read", Duration::from_millis(3));
        gauges.note_append("ok", 2, Duration::from_millis(3));
        gauges.note_news(true, Some("idle"));
        let text = gauges.write(&Standing { shards: vec![(7, 4096)], ..Standing::default() });
        for line in [
            "colloq_build_info{version=\"0.1.0\",module=\"ab12\",schema=\"3\",store=\"memory\"} 1",
            "colloq_commands_total{kind=\"read\",outcome=\"ok\"} 1",
            "colloq_command_duration_seconds_bucket{le=\"0.005\",kind=\"read\"} 1",
            "colloq_sessions_ended_total{reason=\"idle\"} 1",
            "colloq_sessions_created_total 1",
            "colloq_shard_memory_bytes{shard=\"0\"} 4096",
            "colloq_store_append_entries_bucket{le=\"2.0\"} 1",
            "colloq_divergences_total 0",
            "# EOF",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn two_engines_count_apart() {
        let (one, other) = (Gauges::new("memory", "", 1), Gauges::new("memory", "", 1));
        one.note_rebuild();
        assert!(one.write(&Standing::default()).contains("colloq_shard_rebuilds_total 1"));
        assert!(other.write(&Standing::default()).contains("colloq_shard_rebuilds_total 0"));
    }
}
