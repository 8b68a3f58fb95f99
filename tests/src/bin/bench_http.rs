//! `cargo xtask bench http`: the real binary under the same load as axum (R1, W1) and as Express with express-session and connect-redis over
//! a real redis-server (R2, W2), reads of the standard session and appends; and the latency at half of saturation (L1), against axum's at
//! the same rate.
//!
//! D1 is what the host's doors cost: the same read by a token, against the engine behind axum without any of them.
//!
//! With the argument `peer` this program is the axum server, with `bare` the engine behind it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use colloq_tests::bench::express::Express;
use colloq_tests::bench::http::{Connection, request};
use colloq_tests::bench::load::{CONNECTIONS, Plan};
use colloq_tests::bench::peer::{self, Fixed, Script};
use colloq_tests::bench::program::Program;
use colloq_tests::bench::restart::store;
use colloq_tests::bench::row::{self, Row};
use colloq_tests::bench::series::Series;
use colloq_tests::bench::{Side, alternate, bare, disk, standard};
use serde_json::{Value, json};
use servers::Server;

#[allow(dead_code, unreachable_pub, reason = "tests of the store use it as well")]
#[path = "../../../crates/store-redis/tests/redis/servers.rs"]
mod servers;

const PEER: &str = "peer";
const BARE: &str = "bare";
/// A server key, and limits that are looked at and never reached.
const KEY: &str = "a-server-key-that-only-this-bench-knows";
const RATE: &str = "4000000000";
const EXPRESS: &str = "Express with express-session and connect-redis";
/// How long a round counts; the variable is for those who only want to look.
const ROUND_SECONDS: u64 = 3;
const ROUND_SECONDS_VARIABLE: &str = "COLLOQ_BENCH_SECONDS";
/// Over how many sessions appends are spread: enough that none comes to more than about a hundred messages in a round.
const SESSIONS: usize = 2560;
/// The sessions that already have their fifty messages, and keep no more: as many as there are connections.
const FULL_SESSIONS: usize = CONNECTIONS;
/// Over how many sessions durable appends are spread: each is created durably, too.
const DURABLE_SESSIONS: usize = 512;
/// Only rows whose names begin so; for those who only want to look.
const ONLY_VARIABLE: &str = "COLLOQ_BENCH_ONLY";

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some(PEER) => return peer::serve(),
        Some(BARE) => return bare::serve(),
        _ => {}
    }
    let setup = Setup::new()?;
    let only = std::env::var(ONLY_VARIABLE).unwrap_or_default();
    let is_wanted = |row: &str| row.starts_with(&only);
    let mut rows = Vec::new();
    if is_wanted("R1") {
        rows.push(read(&setup)?);
    }
    if is_wanted("D1") {
        rows.push(doors(&setup)?);
    }
    if is_wanted("W1") {
        rows.push(append(&setup)?);
    }
    if is_wanted("R2") || is_wanted("W2") {
        rows.extend(against_express(&setup)?);
    }
    for kind in [Kind::Read, Kind::Write, Kind::Durable].into_iter().filter(|kind| is_wanted(kind.row())) {
        rows.push(latency(&setup, kind)?);
    }
    row::print(&rows, &["axum", "hyper", "tokio", "wasmtime"]);
    Ok(())
}

/// Both servers, and how they answer.
struct Setup {
    colloq: Program,
    axum: Program,
    /// The standard session's path.
    path: String,
    /// That session as it is read.
    session: String,
    read_bytes: usize,
    write_bytes: usize,
    time: Duration,
}

impl Setup {
    fn new() -> Result<Self> {
        let colloq = Program::colloq()?;
        let (path, script) = run(standard_session(&colloq.address, ""))?;
        let (read_bytes, write_bytes) = (script.read.bytes(), script.write.bytes());
        let axum = Program::peer(PEER, &serde_json::to_string(&script)?)?;
        let seconds = std::env::var(ROUND_SECONDS_VARIABLE).map_or(Ok(ROUND_SECONDS), |seconds| seconds.parse())?;
        Ok(Self { colloq, axum, path, session: script.read.body().to_owned(), read_bytes, write_bytes, time: Duration::from_secs(seconds) })
    }

    fn plan(&self, address: &str, requests: Vec<Vec<u8>>, status: u16, body_bytes: usize) -> Plan {
        Plan { address: address.to_owned(), requests: Arc::from(requests), status, body_bytes, time: self.time }
    }
}

/// What a side came to in all rounds.
#[derive(Default)]
struct Tally {
    per_second: Series,
    p50_us: Series,
    p99_us: Series,
    /// The server's CPU time an answer.
    cpu_us: Series,
}

impl Tally {
    fn take(&mut self, program: &Program, plan: &Plan) -> Result<()> {
        let before = program.cpu_seconds();
        let outcome = plan.run()?;
        if let (Some(before), Some(after)) = (before, program.cpu_seconds()) {
            self.cpu_us.push((after - before) * 1e6 / f64::from(outcome.answers));
        }
        self.per_second.push(outcome.per_second);
        self.p50_us.push(outcome.p50_us);
        self.p99_us.push(outcome.p99_us);
        Ok(())
    }

    fn json(&self) -> Value {
        let cpu = (!self.cpu_us.rounds().is_empty()).then(|| self.cpu_us.median());
        json!({ "p50Us": self.p50_us.median(), "p99Us": self.p99_us.median(), "serverCpuUs": cpu })
    }
}

fn read(setup: &Setup) -> Result<Value> {
    let (mut ours, mut theirs) = (Tally::default(), Tally::default());
    alternate(|side| {
        let (program, tally) = match side {
            Side::Ours => (&setup.colloq, &mut ours),
            Side::Theirs => (&setup.axum, &mut theirs),
        };
        let request = request("GET", &setup.path, &program.address, None);
        tally.take(program, &setup.plan(&program.address, vec![request], 200, setup.read_bytes))
    })?;
    let what = format!("read of the standard session, {} bytes, {CONNECTIONS} connections", setup.read_bytes);
    Ok(row("R1", what, ("axum, a constant of the same size", 0.80), (&ours, &theirs)))
}

/// What the doors cost: a host with keys, whose user brings a token, under limits that are looked at and never reached, against the engine
/// without any of that.
fn doors(setup: &Setup) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let keys = folder.path().join("keys");
    std::fs::write(&keys, format!("bench:{KEY}\n"))?;
    let keys = keys.to_str().context("a path of this machine is text")?;
    let host = Program::colloq_with(&["--keys", keys, "--rate-user", RATE, "--rate-key", RATE, "--rate-address", RATE])?;
    let token = run(token(&host.address))?;
    let (path, script) = run(standard_session(&host.address, &token))?;
    let bare = Program::peer(BARE, &serde_json::to_string(&script)?)?;
    let (mut ours, mut theirs) = (Tally::default(), Tally::default());
    alternate(|side| {
        let (program, tally, credential) = match side {
            Side::Ours => (&host, &mut ours, &*token),
            Side::Theirs => (&bare, &mut theirs, ""),
        };
        let request = by(request("GET", &path, &program.address, None), credential);
        tally.take(program, &setup.plan(&program.address, vec![request], 200, script.read.bytes()))
    })?;
    let what = "read of the standard session with a token, rate limits, metrics and tracing".to_owned();
    Ok(row("D1", what, ("the engine behind axum, without any of them", 0.90), (&ours, &theirs)))
}

/// A user's token.
async fn token(address: &str) -> Result<String> {
    let wanted = by(request("POST", "/v1/tokens", address, Some(r#"{"userId":"user-0"}"#)), KEY);
    let mut connection = Connection::open(address).await?;
    let answer: Value = serde_json::from_slice(connection.exchange(&wanted).await?.body)?;
    Ok(answer["token"].as_str().context("a token is given")?.to_owned())
}

/// A request with a credential, where there is one.
fn by(request: Vec<u8>, credential: &str) -> Vec<u8> {
    if credential.is_empty() {
        return request;
    }
    let text = String::from_utf8(request).expect("a request is text");
    text.replacen("accept:", &format!("authorization: Bearer {credential}\r\naccept:"), 1).into_bytes()
}

fn append(setup: &Setup) -> Result<Value> {
    let (mut ours, mut theirs) = (Tally::default(), Tally::default());
    alternate(|side| match side {
        Side::Ours => {
            // A fresh host for every round: what the rounds before have left behind is no part of this one.
            let program = Program::colloq()?;
            let paths = run(create(&program.address, SESSIONS))?;
            ours.take(&program, &setup.plan(&program.address, appends(&program.address, &paths), 201, setup.write_bytes))
        }
        Side::Theirs => {
            let paths = vec![setup.path.clone(); SESSIONS];
            let requests = appends(&setup.axum.address, &paths);
            theirs.take(&setup.axum, &setup.plan(&setup.axum.address, requests, 201, setup.write_bytes))
        }
    })?;
    let what = format!(
        "append of a message of {} bytes, store in memory, {CONNECTIONS} connections, {SESSIONS} sessions",
        standard::CONTENT_BYTES
    );
    Ok(row("W1", what, ("axum, parses the same JSON", 0.60), (&ours, &theirs)))
}

fn row(name: &str, what: String, (peer, target): (&str, f64), (ours, theirs): (&Tally, &Tally)) -> Value {
    let more = json!({ "ours": ours.json(), "peer": theirs.json() });
    let (against, words) = ([(peer, &theirs.per_second)], format!(">= {target:.2}"));
    let row = Row { row: name, what, unit: "per second", value: &ours.per_second, against: &against, target: &words, more };
    row.json(row.ratio() >= target)
}

/// R2 and W2. Each visitor of Express, and each session of ours that is written to, has its fifty messages and keeps no more.
fn against_express(setup: &Setup) -> Result<[Value; 2]> {
    let redis = Server::start(&[]);
    let express = run(Express::start(&redis.url(), FULL_SESSIONS, &setup.session))?;
    let (reads, writes) = (express.reads(), express.writes());
    let (read_bytes, write_bytes) = (run(express.body_bytes(&reads[0]))?, run(express.body_bytes(&writes[0]))?);
    let (mut ours, mut theirs) = (Tally::default(), Tally::default());
    alternate(|side| match side {
        Side::Ours => {
            let request = request("GET", &setup.path, &setup.colloq.address, None);
            ours.take(&setup.colloq, &setup.plan(&setup.colloq.address, vec![request], 200, setup.read_bytes))
        }
        Side::Theirs => theirs.take(&express.program, &setup.plan(&express.program.address, reads.clone(), 200, read_bytes)),
    })?;
    let what = format!("read of the standard session, {CONNECTIONS} connections");
    let read = row("R2", what, (EXPRESS, 25.0), (&ours, &theirs));
    let (mut ours, mut theirs) = (Tally::default(), Tally::default());
    alternate(|side| match side {
        Side::Ours => {
            let program = Program::colloq()?;
            let paths = run(full(&program.address, FULL_SESSIONS))?;
            ours.take(&program, &setup.plan(&program.address, appends(&program.address, &paths), 201, setup.write_bytes))
        }
        Side::Theirs => theirs.take(&express.program, &setup.plan(&express.program.address, writes.clone(), 201, write_bytes)),
    })?;
    let what = format!("append of a message to sessions of 50 messages that keep 50, store in memory, {CONNECTIONS} connections");
    Ok([read, row("W2", what, (EXPRESS, 25.0), (&ours, &theirs))])
}

/// What the latency is of (L1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
    Durable,
}

impl Kind {
    fn row(self) -> &'static str {
        match self {
            Self::Read => "L1-read",
            Self::Write => "L1-write",
            Self::Durable => "L1-durable",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Read => "read of the standard session",
            Self::Write => "append, store in memory",
            Self::Durable => "append, SQLite, after it is on disk",
        }
    }
}

/// L1: as many requests a second as are half of what our side answers at most, for both sides.
fn latency(setup: &Setup, kind: Kind) -> Result<Value> {
    let disk_folder = tempfile::tempdir()?;
    let sync_us = if kind == Kind::Durable { 1e6 / disk::syncs_per_second(disk_folder.path())? } else { 0.0 };
    let rate = ours(setup, kind, |_, plan| Ok(plan.run()?.per_second))? / 2.0;
    let (mut mine, mut theirs) = (Latency::default(), Latency::default());
    alternate(|side| match side {
        Side::Ours => ours(setup, kind, |_, plan| mine.take(plan, rate)),
        Side::Theirs => {
            let address = &setup.axum.address;
            let plan = match kind {
                Kind::Read => setup.plan(address, vec![request("GET", &setup.path, address, None)], 200, setup.read_bytes),
                Kind::Write | Kind::Durable => {
                    setup.plan(address, appends(address, &vec![setup.path.clone(); SESSIONS]), 201, setup.write_bytes)
                }
            };
            theirs.take(&plan, rate)
        }
    })?;
    let met = mine.p99_us.median() <= 2.0 * theirs.p99_us.median() + sync_us;
    let row = Row {
        row: kind.row(),
        what: format!("p99 of a {}, {rate:.0} a second: half of saturation, {CONNECTIONS} connections", kind.what()),
        unit: "microseconds",
        value: &mine.p99_us,
        against: &[("axum, a constant, p99 at the same rate", &theirs.p99_us)],
        target: if kind == Kind::Durable { "<= 2.00 and one sync of the disk" } else { "<= 2.00" },
        more: json!({
            "ratePerSecond": rate, "answeredPerSecond": mine.per_second.median(), "syncUs": sync_us,
            "p50Us": mine.p50_us.median(), "peerP50Us": theirs.p50_us.median(),
        }),
    };
    Ok(row.json(met))
}

/// What came of rounds at a fixed rate.
#[derive(Default)]
struct Latency {
    per_second: Series,
    p50_us: Series,
    p99_us: Series,
}

impl Latency {
    fn take(&mut self, plan: &Plan, per_second: f64) -> Result<()> {
        let outcome = plan.run_at(per_second)?;
        self.per_second.push(outcome.per_second);
        self.p50_us.push(outcome.p50_us);
        self.p99_us.push(outcome.p99_us);
        Ok(())
    }
}

/// Does something with our side, and what is asked of it; a host that is written to is a fresh one.
fn ours<T>(setup: &Setup, kind: Kind, mut work: impl FnMut(&Program, &Plan) -> Result<T>) -> Result<T> {
    let folder = tempfile::tempdir()?;
    let (fresh, sessions) = match kind {
        Kind::Read => {
            let address = &setup.colloq.address;
            let request = request("GET", &setup.path, address, None);
            return work(&setup.colloq, &setup.plan(address, vec![request], 200, setup.read_bytes));
        }
        Kind::Write => (Program::colloq()?, SESSIONS),
        Kind::Durable => (Program::colloq_over(&store(folder.path()), &[])?, DURABLE_SESSIONS),
    };
    let paths = run(create(&fresh.address, sessions))?;
    work(&fresh, &setup.plan(&fresh.address, appends(&fresh.address, &paths), 201, setup.write_bytes))
}

fn appends(address: &str, paths: &[String]) -> Vec<Vec<u8>> {
    let append = |(nth, path): (usize, &String)| request("POST", &format!("{path}/messages"), address, Some(&standard::message(nth)));
    paths.iter().enumerate().map(append).collect()
}

/// Makes the standard session; gives its path, and how a read and a write are answered.
async fn standard_session(address: &str, credential: &str) -> Result<(String, Script)> {
    let path = create_with(address, 1, "", credential).await?.remove(0);
    let mut connection = Connection::open(address).await?;
    let mut write = None;
    for nth in 0..standard::MESSAGES {
        let posted = by(request("POST", &format!("{path}/messages"), address, Some(&standard::message(nth))), credential);
        let answer = connection.exchange(&posted).await?;
        ensure!(answer.status == 201, "a message is taken, not answered with {}", answer.status);
        write = Some(Fixed::of(&answer)?);
    }
    let answer = connection.exchange(&by(request("GET", &path, address, None), credential)).await?;
    let session: Value = serde_json::from_slice(answer.body)?;
    ensure!(session["messages"].as_array().is_some_and(|messages| messages.len() == standard::MESSAGES), "every message is there");
    Ok((path, Script { read: Fixed::of(&answer)?, write: write.context("something was written")? }))
}

/// Creates sessions that have the standard session's messages, and keep no more.
async fn full(address: &str, count: usize) -> Result<Vec<String>> {
    let paths = create_with(address, count, &format!(r#","limits":{{"maxMessages":{}}}"#, standard::MESSAGES), "").await?;
    let mut connection = Connection::open(address).await?;
    for path in &paths {
        for nth in 0..standard::MESSAGES {
            let posted = request("POST", &format!("{path}/messages"), address, Some(&standard::message(nth)));
            ensure!(connection.exchange(&posted).await?.status == 201, "a message is taken");
        }
    }
    Ok(paths)
}

/// Creates sessions, each of another user; gives their paths.
async fn create(address: &str, count: usize) -> Result<Vec<String>> {
    create_with(address, count, "", "").await
}

async fn create_with(address: &str, count: usize, more: &str, credential: &str) -> Result<Vec<String>> {
    let mut connection = Connection::open(address).await?;
    let mut paths = Vec::with_capacity(count);
    for nth in 0..count {
        let posted = by(request("POST", "/v1/sessions", address, Some(&format!(r#"{{"userId":"user-{nth}"{more}}}"#))), credential);
        let answer = connection.exchange(&posted).await?;
        ensure!(answer.status == 201, "a session is created, not answered with {}", answer.status);
        let session: Value = serde_json::from_slice(answer.body)?;
        paths.push(format!("/v1/sessions/{}", session["id"].as_str().context("a session has an id")?));
    }
    Ok(paths)
}

fn run<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(work)
}
