//! `cargo xtask bench http`: the real binary against axum under the same load: reads of the standard session (R1) and appends (W1).
//!
//! With the argument `peer` this program is the axum server.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use colloq_tests::bench::http::{Connection, request};
use colloq_tests::bench::load::{CONNECTIONS, Plan};
use colloq_tests::bench::peer::{self, Fixed, Script};
use colloq_tests::bench::program::Program;
use colloq_tests::bench::row::{self, Row};
use colloq_tests::bench::series::Series;
use colloq_tests::bench::{Side, alternate, standard};
use serde_json::{Value, json};

const PEER: &str = "peer";
/// How long a round counts; the variable is for those who only want to look.
const ROUND_SECONDS: u64 = 3;
const ROUND_SECONDS_VARIABLE: &str = "COLLOQ_BENCH_SECONDS";
/// Over how many sessions appends are spread: enough that none comes to more than about a hundred messages in a round.
const SESSIONS: usize = 2560;

fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some(PEER) {
        return peer::serve();
    }
    let setup = Setup::new()?;
    let rows = [read(&setup)?, append(&setup)?];
    row::print(&rows, &["axum", "hyper", "tokio", "wasmtime"]);
    Ok(())
}

/// Both servers, and how they answer.
struct Setup {
    colloq: Program,
    axum: Program,
    /// The standard session's path.
    path: String,
    read_bytes: usize,
    write_bytes: usize,
    time: Duration,
}

impl Setup {
    fn new() -> Result<Self> {
        let colloq = Program::colloq()?;
        let (path, script) = run(standard_session(&colloq.address))?;
        let (read_bytes, write_bytes) = (script.read.bytes(), script.write.bytes());
        let axum = Program::peer(PEER, &serde_json::to_string(&script)?)?;
        let seconds = std::env::var(ROUND_SECONDS_VARIABLE).map_or(Ok(ROUND_SECONDS), |seconds| seconds.parse())?;
        Ok(Self { colloq, axum, path, read_bytes, write_bytes, time: Duration::from_secs(seconds) })
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

fn appends(address: &str, paths: &[String]) -> Vec<Vec<u8>> {
    let append = |(nth, path): (usize, &String)| request("POST", &format!("{path}/messages"), address, Some(&standard::message(nth)));
    paths.iter().enumerate().map(append).collect()
}

/// Makes the standard session; gives its path, and how a read and a write are answered.
async fn standard_session(address: &str) -> Result<(String, Script)> {
    let path = create(address, 1).await?.remove(0);
    let mut connection = Connection::open(address).await?;
    let mut write = None;
    for nth in 0..standard::MESSAGES {
        let posted = request("POST", &format!("{path}/messages"), address, Some(&standard::message(nth)));
        let answer = connection.exchange(&posted).await?;
        ensure!(answer.status == 201, "a message is taken, not answered with {}", answer.status);
        write = Some(Fixed::of(&answer)?);
    }
    let answer = connection.exchange(&request("GET", &path, address, None)).await?;
    let session: Value = serde_json::from_slice(answer.body)?;
    ensure!(session["messages"].as_array().is_some_and(|messages| messages.len() == standard::MESSAGES), "every message is there");
    Ok((path, Script { read: Fixed::of(&answer)?, write: write.context("something was written")? }))
}

/// Creates sessions, each of another user; gives their paths.
async fn create(address: &str, count: usize) -> Result<Vec<String>> {
    let mut connection = Connection::open(address).await?;
    let mut paths = Vec::with_capacity(count);
    for nth in 0..count {
        let posted = request("POST", "/v1/sessions", address, Some(&format!(r#"{{"userId":"user-{nth}"}}"#)));
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
