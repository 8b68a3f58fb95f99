//! `cargo xtask bench memory`: what sessions that lie idle take beyond their own JSON (M1), in a real host and in the module alone.
//!
//! A host's memory is what the system says is resident; every round has a fresh host. Idle are sessions that nobody used until they
//! hibernated: the hosts are told to let that happen after five seconds in the place of a minute, and nothing is measured before no session
//! is at hand any more. When a host starts it compiles its module, and its allocator keeps tens of megabytes of that, which the first
//! sessions may be given. So a host is filled twice: what the first add is said, and what as many more add is what they take.
//! The module's memory is what it says is in use, with all sessions at hand.

#![allow(clippy::cast_precision_loss, reason = "what is counted here is far below 2^52")]

use anyhow::{Context as _, Result, ensure};
use colloq_abi::{Op, Open, Role};
use colloq_tests::bench::program::Program;
use colloq_tests::bench::series::Series;
use colloq_tests::bench::tape::{self, Ask, BEGIN_MS};
use colloq_tests::bench::wasm::File;
use colloq_tests::bench::{memory, row, standard, take_turns};
use colloq_tests::engine::module_path;
use serde_json::{Value, json};

/// All that an instance can address.
const MEMORY_BYTES_MAX: u64 = 4 << 30;
/// What a session may take beyond its JSON: this, and a share of the JSON.
const BEYOND_BYTES: f64 = 400.0;
const BEYOND_SHARE: f64 = 0.5;
/// What a short message says.
const SHORT: &str = r#"{"type":"user","content":"Hello"}"#;

/// Sessions of one kind.
struct Case {
    name: &'static str,
    what: &'static str,
    sessions: usize,
    messages: Vec<String>,
    /// What all of them together may take, where that is said.
    total_max: Option<f64>,
}

/// What a case came to in a host.
#[derive(Default)]
struct Taken {
    /// The host without sessions.
    empty: Series,
    /// What the first sessions added, all of them.
    first: Series,
    /// What as many after them added, all of them.
    total: Series,
    /// A session's JSON.
    json: Series,
    /// One of the latter, beyond its JSON.
    beyond: Series,
    /// The most that was resident at any time, beyond the empty host: with sessions at hand, and the store's not packed yet.
    peak: Series,
}

fn main() -> Result<()> {
    let cases = cases();
    let mut taken: Vec<Taken> = cases.iter().map(|_| Taken::default()).collect();
    take_turns(cases.len(), |which| taken[which].take(&cases[which]))?;
    let mut rows: Vec<Value> = cases.iter().zip(&taken).flat_map(|(case, taken)| in_host(case, taken)).collect();
    let path = module_path();
    let file = File::compile(&std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?);
    for case in &cases {
        rows.push(in_module(&file, case)?);
    }
    row::print(&rows, &["wasmtime", "mimalloc"]);
    Ok(())
}

fn cases() -> [Case; 3] {
    let conversation = (0..standard::MESSAGES).map(standard::message).collect();
    [
        Case { name: "smallest", what: "empty sessions", sessions: 100_000, messages: Vec::new(), total_max: Some(100e6) },
        Case { name: "message", what: "sessions of one short message", sessions: 100_000, messages: vec![SHORT.into()], total_max: None },
        Case { name: "standard", what: "standard sessions", sessions: 1_000, messages: conversation, total_max: Some(25e6) },
    ]
}

impl Taken {
    fn take(&mut self, case: &Case) -> Result<()> {
        let host = Program::colloq_with(&["--hibernate", memory::HIBERNATE])?;
        let empty = host.resident_bytes_at_rest()? as f64;
        memory::fill(&host, case.sessions, &case.messages)?;
        memory::rest(&host)?;
        let before = host.resident_bytes_at_rest()? as f64;
        self.peak.push(host.peak_bytes()? as f64 - empty);
        let paths = memory::fill(&host, case.sessions, &case.messages)?;
        memory::rest(&host)?;
        let total = host.resident_bytes_at_rest()? as f64 - before;
        let json = memory::json_bytes(&host, &paths, case.messages.len())?;
        self.empty.push(empty);
        self.first.push(before - empty);
        self.total.push(total);
        self.json.push(json);
        self.beyond.push(total / case.sessions as f64 - json);
        Ok(())
    }
}

/// A session beyond its JSON, and all of them.
fn in_host(case: &Case, taken: &Taken) -> Vec<Value> {
    let json_bytes = taken.json.median();
    let most = BEYOND_BYTES + BEYOND_SHARE * json_bytes;
    let (count, what) = (case.sessions, case.what);
    let each = json!({
        "row": format!("M1-{}", case.name),
        "what": format!("host: one of {count} idle {what}, resident beyond its JSON of {json_bytes:.0} bytes"),
        "value": taken.beyond.median(),
        "min": taken.beyond.min(),
        "max": taken.beyond.max(),
        "unit": "bytes",
        "target": format!("<= {most:.0} (400 + half of its JSON)"),
        "met": taken.beyond.median() <= most,
        "rounds": taken.beyond.rounds(),
        "jsonBytes": json_bytes,
        "emptyHostBytes": taken.empty.median(),
        "firstBytes": taken.first.median(),
        "peakBytes": taken.peak.median(),
    });
    let all = |row: &str, which: &str, series: &Series| {
        case.total_max.map(|most| {
            json!({
                "row": format!("M1-{}-{row}", case.name),
                "what": format!("host: {which} {count} idle {what}, all that they add (at most {:.1} MB at any time)", taken.peak.median() / 1e6),
                "value": series.median(),
                "min": series.min(),
                "max": series.max(),
                "unit": "bytes",
                "target": format!("<= {:.0} MB", most / 1e6),
                "met": series.median() <= most,
                "rounds": series.rounds(),
            })
        })
    };
    [Some(each), all("all", "another", &taken.total), all("first", "the first", &taken.first)].into_iter().flatten().collect()
}

/// The same sessions in one instance: what it says is in use. It is the same in every round, so there is one.
fn in_module(file: &File, case: &Case) -> Result<Value> {
    let sessions_max = u32::try_from(case.sessions)?;
    let open = Open { seed: 1, sessions_max, memory_bytes_max: MEMORY_BYTES_MAX, limits: b"", recent_max: 0 };
    let mut instance = file.open(&open);
    let empty = (tape::stats(&mut instance).1, instance.memory_bytes());
    let ask = |session: usize, nth: usize, op, body| {
        let (now, user) = (BEGIN_MS + nth as u64, format!("user-{session:07}"));
        Ask { session: tape::id(session), user, role: Role::User, now, nth: session * 1000 + nth, op, body }
    };
    for session in 0..case.sessions {
        ask(session, 0, Op::Create, b"{}").write().run(&mut instance);
        for (nth, message) in (1..).zip(&case.messages) {
            ask(session, nth, Op::AppendMessage, message.as_bytes()).write().run(&mut instance);
        }
    }
    let (there, used) = tape::stats(&mut instance);
    ensure!(there == case.sessions as u64, "every session is at hand: {there}");
    let each = (used - empty.0) as f64 / case.sessions as f64;
    let grown = (instance.memory_bytes() - empty.1) as f64 / case.sessions as f64;
    let last = ask(case.sessions - 1, case.messages.len(), Op::Read { messages: None }, b"").call();
    let read = tape::read(&mut instance, &last);
    let session: Value = serde_json::from_slice(&read)?;
    ensure!(session["messages"].as_array().map(Vec::len) == Some(case.messages.len()), "every message is there");
    let json_bytes = read.len() as f64;
    let (most, beyond) = (BEYOND_BYTES + BEYOND_SHARE * json_bytes, each - json_bytes);
    Ok(json!({
        "row": format!("M1-{}-module", case.name),
        "what": format!("module alone: one of {} idle {}, in use beyond its JSON of {json_bytes:.0} bytes", case.sessions, case.what),
        "value": beyond,
        "unit": "bytes",
        "target": format!("<= {most:.0} (400 + half of its JSON)"),
        "met": beyond <= most,
        "rounds": [beyond],
        "jsonBytes": json_bytes,
        "memoryBytesEach": grown,
    }))
}
