//! `cargo xtask bench stores`: durable appends against a Redis that syncs always (W3), appends over Redis against a Redis that is asked
//! itself (W4), a restart with 100,000 sessions, reopening at 100,000 entries, and the waking of sessions that lie idle.
//!
//! Both sides are asked by the same clients: 32 of them, each with a connection of its own and so many commands on the way, an answer
//! counted when it is there. Every round has fresh servers over fresh files, on the disk of the temporary folder.

#![allow(clippy::cast_precision_loss, reason = "what is counted here is far below 2^52")]

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use colloq_tests::bench::http::{Connection, request};
use colloq_tests::bench::program::Program;
use colloq_tests::bench::restart::{Filled, store};
use colloq_tests::bench::row::{self, Row};
use colloq_tests::bench::series::Series;
use colloq_tests::bench::speech::{Setting, Submitting};
use colloq_tests::bench::window::{Outcome, Window};
use colloq_tests::bench::{Side, alternate, disk, memory, standard, take_turns};
use colloq_tests::host::{Follower, Link, new_id};
use serde_json::{Value, json};
use servers::Server;

#[allow(dead_code, unreachable_pub, reason = "tests of the store use it as well")]
#[path = "../../../crates/store-redis/tests/redis/servers.rs"]
mod servers;

/// How long a round counts; the variable is for those who only want to look.
const ROUND_SECONDS: u64 = 3;
const ROUND_SECONDS_VARIABLE: &str = "COLLOQ_BENCH_SECONDS";
/// Only rows whose names begin so; for those who only want to look.
const ONLY_VARIABLE: &str = "COLLOQ_BENCH_ONLY";
const CLIENTS: usize = 32;
/// What a `SET` has beside its value, about.
const SET_BYTES: usize = 48;
const DEPTHS: [usize; 2] = [1, 16];
const ALWAYS: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];
const SESSIONS: usize = 100_000;
/// So many standard sessions have a hundred thousand entries.
const STANDARD: usize = 2_000;

fn main() -> Result<()> {
    let seconds = std::env::var(ROUND_SECONDS_VARIABLE).map_or(Ok(ROUND_SECONDS), |seconds| seconds.parse())?;
    let time = Duration::from_secs(seconds);
    let only = std::env::var(ONLY_VARIABLE).unwrap_or_default();
    let is_wanted = |row: &str| row.starts_with(&only);
    let mut rows = Vec::new();
    for depth in DEPTHS.into_iter().filter(|depth| is_wanted(&format!("W3-depth{depth}"))) {
        rows.push(durable(Window { depth, time })?);
    }
    for depth in DEPTHS.into_iter().filter(|depth| is_wanted(&format!("W4-depth{depth}"))) {
        rows.push(over_redis(Window { depth, time })?);
    }
    if is_wanted("restart") {
        rows.push(restart()?);
    }
    if is_wanted("reopen") || is_wanted("wake") {
        rows.extend(reopen_and_wake()?);
    }
    row::print(&rows, &["rusqlite", "redis", "tokio-tungstenite"]);
    Ok(())
}

/// What a side came to in all rounds.
#[derive(Default)]
struct Tally {
    per_second: Series,
    p50_us: Series,
    p99_us: Series,
}

impl Tally {
    fn take(&mut self, outcome: &Outcome) {
        self.per_second.push(outcome.per_second);
        self.p50_us.push(outcome.p50_us);
        self.p99_us.push(outcome.p99_us);
    }

    fn json(&self) -> Value {
        json!({ "p50Us": self.p50_us.median(), "p99Us": self.p99_us.median() })
    }
}

/// W3.
fn durable(window: Window) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let syncs = disk::syncs_per_second(folder.path())?;
    let entry_bytes = entry_bytes()?;
    let (mut ours, mut theirs, mut cpu) = (Tally::default(), Tally::default(), Series::default());
    alternate(|side| match side {
        Side::Ours => {
            let folder = tempfile::tempdir()?;
            let host = Program::colloq_over(&store(folder.path()), &[])?;
            let outcome = submit(&host, window)?;
            let used = host.cpu_seconds().unwrap_or_default();
            cpu.push(used * 1e6 / outcome.acknowledged as f64);
            ours.take(&outcome);
            anyhow::Ok(())
        }
        Side::Theirs => {
            let server = Server::start(&ALWAYS);
            theirs.take(&set(&server, window, SET_BYTES + entry_bytes)?);
            Ok(())
        }
    })?;
    let Window { depth, .. } = window;
    let row = Row {
        row: &format!("W3-depth{depth}"),
        what: format!("durable append of a message over a link, SQLite, {CLIENTS} clients with {depth} on the way each"),
        unit: "per second",
        value: &ours.per_second,
        against: &[("redis-server, appendfsync always, SET of the entry's bytes", &theirs.per_second)],
        target: ">= 1.00",
        more: json!({
            "ours": ours.json(), "peer": theirs.json(), "entryBytes": entry_bytes, "diskSyncsPerSecond": syncs,
            "serverCpuUs": cpu.median(),
        }),
    };
    eprintln!("W3 at depth {depth}: {:.2}", row.ratio());
    Ok(row.json(row.ratio() >= 1.0))
}

/// W4.
fn over_redis(window: Window) -> Result<Value> {
    let cost = Cost::of_message(window)?;
    let (mut ours, mut theirs, mut at_once) = (Tally::default(), Tally::default(), Tally::default());
    take_turns(3, |which| {
        let server = Server::start(&[]);
        match which {
            0 => ours.take(&submit(&Program::colloq_over(&server.url(), &[])?, window)?),
            1 => {
                let mut outcome = set(&server, window, cost.bytes / cost.requests)?;
                outcome.per_second /= cost.requests_each();
                theirs.take(&outcome);
            }
            _ => at_once.take(&set(&server, window, cost.bytes / cost.messages)?),
        }
        anyhow::Ok(())
    })?;
    let Window { depth, .. } = window;
    let row = Row {
        row: &format!("W4-depth{depth}"),
        what: format!("append of a message over a link, store on Redis, {CLIENTS} clients with {depth} on the way each"),
        unit: "per second",
        value: &ours.per_second,
        against: &[
            ("redis-server itself: SETs, as many requests and bytes as the host sends for a message", &theirs.per_second),
            ("redis-server itself: one SET of all those bytes", &at_once.per_second),
        ],
        target: ">= 0.50",
        more: json!({ "ours": ours.json(), "peer": theirs.json(), "bytesToServer": cost.bytes / cost.messages, "requestsToServer": cost.requests_each() }),
    };
    eprintln!("W4 at depth {depth}: {:.2}", row.ratio());
    Ok(row.json(row.ratio() >= 0.5))
}

/// What a host sends to the server, and for how many messages.
struct Cost {
    messages: usize,
    bytes: usize,
    requests: usize,
}

/// What changes rows and sessions; what a script asks for itself is none of it.
const REQUESTS: [&str; 3] = ["evalsha", "zadd", "zrem"];

impl Cost {
    fn of_message(window: Window) -> Result<Self> {
        let server = Server::start(&[]);
        let host = Program::colloq_over(&server.url(), &[])?;
        let ask = |section: &str, field: &str| -> Result<usize> {
            let info = server.ask(&["INFO", section]);
            let line = info.lines().find_map(|line| line.strip_prefix(field)).with_context(|| format!("{field} in {info}"))?;
            let number: String = line.chars().take_while(char::is_ascii_digit).collect();
            Ok(number.parse()?)
        };
        let messages = submit(&host, Window { time: Duration::from_secs(1), ..window })?.acknowledged;
        let mut requests = 0;
        for name in REQUESTS {
            requests += ask("commandstats", &format!("cmdstat_{name}:calls="))?;
        }
        Ok(Self { messages: usize::try_from(messages)?, bytes: ask("stats", "total_net_input_bytes:")?, requests })
    }

    fn requests_each(&self) -> f64 {
        self.requests as f64 / self.messages as f64
    }
}

/// Has clients append to a session each, and looks at what is there afterwards.
fn submit(host: &Program, window: Window) -> Result<Outcome> {
    let paths = memory::fill(host, CLIENTS, &[])?;
    let client = |(nth, path): (usize, &String)| Submitting::new(&host.address, path.rsplit('/').next().unwrap_or_default(), nth);
    let outcome = window.run(&host.address, paths.iter().enumerate().map(client).collect())?;
    let versions = run(async {
        let (mut connection, mut versions) = (Connection::open(&host.address).await?, 0);
        for path in &paths {
            let answer = connection.exchange(&request("GET", path, &host.address, None)).await?;
            let session: Value = serde_json::from_slice(answer.body)?;
            ensure!(session["messages"].as_array().is_some_and(|messages| !messages.is_empty()), "messages are there");
            versions += session["version"].as_u64().context("a version")? - 1;
        }
        Ok(versions)
    })?;
    ensure!(versions == outcome.acknowledged, "{versions} messages are there, {} were acknowledged", outcome.acknowledged);
    Ok(outcome)
}

/// Has clients set keys; each request has so many bytes.
fn set(server: &Server, window: Window, bytes: usize) -> Result<Outcome> {
    let value_bytes = bytes.saturating_sub(SET_BYTES);
    let outcome = window.run(&format!("127.0.0.1:{}", server.port), (0..CLIENTS).map(|nth| Setting::new(nth, value_bytes)).collect())?;
    let keys: u64 = server.ask(&["DBSIZE"]).parse()?;
    ensure!(keys == outcome.acknowledged, "{keys} keys are there, {} were acknowledged", outcome.acknowledged);
    Ok(outcome)
}

/// How many bytes a message's entry has.
fn entry_bytes() -> Result<usize> {
    let host = Program::colloq()?;
    let path = memory::fill(&host, 1, &[])?.remove(0);
    run(async {
        let session = path.rsplit('/').next().unwrap_or_default();
        let mut link = Link::open(host.address.parse()?, None, &new_id()).await?;
        Follower::new(session).subscribe(&mut link).await?;
        let message: Value = serde_json::from_str(&standard::message(0))?;
        let command = json!({"id": [new_id(), 1], "kind": "appendMessage", "message": message});
        link.send(&json!({"kind": "submit", "session": session, "base": 1, "commands": [command]})).await?;
        link.next_of("entries").await?;
        let entries = link.text().split_once(r#""entries":["#).context("entries")?.1;
        Ok(entries.strip_suffix("]}").context("its end")?.len())
    })
}

fn restart() -> Result<Value> {
    let file = Filled::make(SESSIONS, 0)?;
    let started = file.restarts()?;
    let (bytes, listening) = (file.bytes()?, started.listening.median());
    eprintln!("restart with {SESSIONS} sessions: {:.0} ms", started.read.median());
    Ok(json!({
        "row": "restart",
        "what": format!("SQLite file of {SESSIONS} sessions: from the start of the process to the first session read"),
        "value": started.read.median(),
        "min": started.read.min(),
        "max": started.read.max(),
        "unit": "ms",
        "target": "< 3 s",
        "met": started.read.median() < 3_000.0,
        "rounds": started.read.rounds(),
        "listeningMs": listening,
        "fileBytes": bytes,
    }))
}

fn reopen_and_wake() -> Result<Vec<Value>> {
    let file = Filled::make(STANDARD, standard::MESSAGES)?;
    let started = file.restarts()?;
    let entries = STANDARD * (standard::MESSAGES + 1);
    eprintln!("reopening at {entries} entries: {:.0} ms", started.listening.median());
    let woken = file.wake()?;
    eprintln!("waking a session: 99 of 100 within {:.0} us", woken.p99.median());
    Ok(vec![
        json!({
            "row": "reopen",
            "what": format!("SQLite file of {entries} entries, after a kill: from the start of the process to where it listens"),
            "value": started.listening.median(),
            "min": started.listening.min(),
            "max": started.listening.max(),
            "unit": "ms",
            "target": "< 2 s",
            "met": started.listening.median() < 2_000.0,
            "rounds": started.listening.rounds(),
            "fileBytes": file.bytes()?,
        }),
        json!({
            "row": "wake-p99",
            "what": "read of a standard session that hibernates, SQLite, one after the other: 99 of 100",
            "value": woken.p99.median(),
            "min": woken.p99.min(),
            "max": woken.p99.max(),
            "unit": "us",
            "against": [{"name": "the same sessions read again", "value": woken.again_p99.median(), "rounds": woken.again_p99.rounds()}],
            "ratio": woken.p99.median() / woken.again_p99.median(),
            "target": "< 5 ms",
            "met": woken.p99.median() < 5_000.0,
            "rounds": woken.p99.rounds(),
            "p50Us": woken.p50.median(),
        }),
    ])
}

fn run<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
