//! `cargo xtask bench core`: the module in wasmtime against the same module native (C1), among few and many sessions (C2), in two threads
//! (S1), how costs grow (G), and the size of the file (B1).
//!
//! What is compared is asked the very same bytes, and every effect is looked at outside of what is timed. With arguments only the rows
//! are measured whose names begin with one of them.

#![allow(clippy::cast_precision_loss, reason = "what is counted here is far below 2^52")]

use std::io::Write as _;

use anyhow::{Context as _, Result, ensure};
use colloq_tests::bench::clock::{each_us, thread_time};
use colloq_tests::bench::crowd::{self, Crowd};
use colloq_tests::bench::curve::Curve;
use colloq_tests::bench::depth::{self, Depth};
use colloq_tests::bench::native::Native;
use colloq_tests::bench::nodes::{self, Nodes};
use colloq_tests::bench::row::{self, Row};
use colloq_tests::bench::series::Series;
use colloq_tests::bench::tape::{self, Tape, Target};
use colloq_tests::bench::threads::{Pair, Work};
use colloq_tests::bench::wasm::File;
use colloq_tests::bench::{Side, alternate, standard, take_turns};
use colloq_tests::engine::module_path;
use serde_json::{Value, json};

/// In how many sessions messages are appended.
const SESSIONS: usize = 400;
/// How many messages each of them comes to: past the version that carries a digest, far from the limit.
const MESSAGES: usize = 100;
/// How often a session is read in a round.
const READS: usize = 20_000;
/// Among how many sessions.
const CROWDS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// With how many messages.
const DEPTHS: [usize; 4] = [10, 100, 1_000, 10_000];
/// Behind how much text of a stream.
const STREAMS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// What brotli does at its best.
const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW: u32 = 24;
/// 100 KB.
const SIZE_BYTES_MAX: usize = 100 << 10;

fn main() -> Result<()> {
    let path = module_path();
    let bytes = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let file = File::compile(&bytes);
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let is_chosen = |group: &str| chosen.is_empty() || chosen.iter().any(|name| name == group);
    let mut rows = Vec::new();
    if is_chosen("C1") {
        let appends = Tape::record(SESSIONS, MESSAGES);
        check(&file, &appends)?;
        rows.extend([append(&file, &appends)?, read(&file)?]);
    }
    if is_chosen("B1") {
        rows.push(size(&bytes)?);
    }
    if is_chosen("S1") {
        rows.extend(shards(&file));
    }
    if is_chosen("C2") {
        rows.extend(crowds(&file)?);
        rows.extend(nodes_visited());
    }
    if is_chosen("G") {
        rows.extend(depths(&file)?);
        rows.push(streams(&file)?);
    }
    row::print(&rows, &["wasmtime", "brotli"]);
    Ok(())
}

/// Both targets give the same, and what is measured is what it is taken for.
fn check(file: &File, tape: &Tape) -> Result<()> {
    let (mut wasm, mut native) = (file.open(&tape::open()), Native::open(&tape::open()));
    for write in tape.creates.iter().chain(&tape.appends) {
        write.check(&mut wasm, 201);
        write.check(&mut native, 201);
    }
    for request in &tape.reads {
        let session = tape::read(&mut wasm, request);
        ensure!(session == tape::read(&mut native, request), "the file and the sources differ: build first");
        let session: Value = serde_json::from_slice(&session)?;
        ensure!(session["messages"].as_array().is_some_and(|messages| messages.len() == MESSAGES), "every message is there");
    }
    Ok(())
}

fn append(file: &File, tape: &Tape) -> Result<Value> {
    let (mut wasm, mut native) = (Series::default(), Series::default());
    alternate(|side| -> Result<()> {
        match side {
            Side::Ours => append_round(&mut file.open(&tape::open()), tape, &mut wasm),
            Side::Theirs => append_round(&mut Native::open(&tape::open()), tape, &mut native),
        }
        Ok(())
    })?;
    let what = format!("decide, apply and encode one message of {} bytes, and settle it", standard::CONTENT_BYTES);
    let more = json!({ "appends": tape.appends.len() });
    let against = [("native", &native)];
    let row = Row { row: "C1-append", what, unit: "us", value: &wasm, against: &against, target: "<= 1.5x", more };
    Ok(row.json(row.ratio() <= 1.5))
}

fn append_round(target: &mut dyn Target, tape: &Tape, series: &mut Series) {
    tape.creates.iter().for_each(|create| create.run(target));
    let begin = thread_time();
    tape.appends.iter().for_each(|append| append.run(target));
    series.push(each_us(begin, tape.appends.len()));
}

fn read(file: &File) -> Result<Value> {
    let tape = Tape::record(1, standard::MESSAGES);
    let (mut wasm, mut native) = (file.open(&tape::open()), Native::open(&tape::open()));
    for write in tape.creates.iter().chain(&tape.appends) {
        write.run(&mut wasm);
        write.run(&mut native);
    }
    let bytes = tape::read(&mut wasm, &tape.reads[0]).len();
    let (mut ours, mut theirs) = (Series::default(), Series::default());
    alternate(|side| -> Result<()> {
        match side {
            Side::Ours => read_round(&mut wasm, &tape.reads[0], &mut ours),
            Side::Theirs => read_round(&mut native, &tape.reads[0], &mut theirs),
        }
        Ok(())
    })?;
    let what = format!("read of the standard session, {bytes} bytes");
    let (against, target) = ([("native", &theirs)], "<= 1.5x and under 3 us");
    let row = Row { row: "C1-read", what, unit: "us", value: &ours, against: &against, target, more: json!({ "bytes": bytes }) };
    Ok(row.json(row.ratio() <= 1.5 && ours.median() < 3.0))
}

fn read_round(target: &mut dyn Target, request: &[u8], series: &mut Series) {
    let begin = thread_time();
    for _ in 0..READS {
        std::hint::black_box(target.call(request));
    }
    series.push(each_us(begin, READS));
}

/// Two shards against one.
fn shards(file: &File) -> [Value; 2] {
    let tape = Tape::record(SESSIONS, standard::MESSAGES);
    let row = |row: &str, what: &str, work: Work| {
        let pair = Pair::measure(file, &tape, work);
        let quiet = format!("{} of {} rounds were quiet", pair.quiet, pair.ratios.rounds().len());
        let what = format!("{what}, two threads with a shard each ({quiet}; two loops that share nothing: {:.2}x)", pair.free.median());
        let more = json!({
            "machineRatio": pair.free.median(),
            "quietRounds": pair.quiet,
            "allRatios": pair.ratios.rounds(),
            "cpuRatio": pair.cpu.median(),
        });
        let (against, target) = ([("one thread", &pair.one)], ">= 1.7x");
        let row = Row { row, what, unit: "per second", value: &pair.two, against: &against, target, more };
        row.json(row.ratio() >= 1.7 && pair.quiet > 0)
    };
    [row("S1-append", "appends", Work::Append), row("S1-read", "reads of the standard session", Work::Read)]
}

/// Few sessions and many.
fn crowds(file: &File) -> Result<Vec<Value>> {
    let mut crowds: Vec<Crowd<'_>> = CROWDS.iter().map(|sessions| Crowd::new(file, *sessions)).collect();
    let (wanted, mut fit) = (CROWDS[CROWDS.len() - 1], 0);
    if let Some(largest) = crowds.last_mut() {
        fit = largest.fit()?;
        if fit < wanted {
            // Room is left for what is appended; a fifth of them is used for each operation.
            *largest = Crowd::new(file, fit / 10 * 9 / 5 * 5);
        }
    }
    take_turns(crowds.len(), |which| crowds[which].round())?;
    crowds.iter_mut().try_for_each(Crowd::find_moved)?;
    let ([small, ..], [.., large]) = (&*crowds, &*crowds) else { anyhow::bail!("there are crowds") };
    let many = if fit < wanted { format!("{}, because of {wanted} only {fit} fit into 4 GiB", large.sessions) } else { wanted.to_string() };
    let more = json!({ "sessions": large.sessions, "fit": fit, "moduleBytesEach": large.memory_bytes as f64 / large.sessions as f64 });
    let against = format!("with {}", small.sessions);
    let row = |row: &str, what: &str, pick: fn(&crowd::Costs) -> &Series, most: f64| {
        let (what, against) = (format!("{what}, live sessions: {many}"), [(&*against, pick(&small.costs))]);
        let (value, target) = (pick(&large.costs), format!("<= {most}x with {wanted}"));
        let row = Row { row, what, unit: "us", value, against: &against, target: &target, more: more.clone() };
        row.json(row.ratio() <= most && fit == wanted)
    };
    let mut rows = vec![
        row("C2-append", "one append", |costs| &costs.append, 1.5),
        row("C2-expiry", "one expiry", |costs| &costs.expiry, 4.0),
        row("C2-eviction", "one eviction (a creation that evicts, without what a creation alone takes)", |costs| &costs.eviction, 4.0),
    ];
    let curve = |row: &str, what: &str, label: &str, pick: fn(&crowd::Costs) -> &Series| {
        let points = crowds.iter().map(|crowd| (crowd.sessions, pick(&crowd.costs))).collect();
        Curve { row, what, label, of: "live sessions", points }.json()
    };
    rows.extend([
        curve("G-append-sessions", "an append", "append", |costs| &costs.append),
        curve("G-read-sessions", "a read of a session without messages", "read", |costs| &costs.read),
        curve("G-create-sessions", "a creation", "create", |costs| &costs.create),
        curve("G-create-worst-sessions", "the creation that took longest, of all of them from none on", "create, worst", |costs| {
            &costs.create_worst
        }),
        curve("G-create-full-sessions", "a creation that evicts", "create and evict", |costs| &costs.create_full),
        curve("G-expiry-sessions", "an expiry", "expiry", |costs| &costs.expiry),
        curve(
            "G-moved-sessions",
            "the longest tick until all deadlines are found moved, and nothing due",
            "tick, deadlines moved",
            |costs| &costs.moved,
        ),
    ]);
    Ok(rows)
}

/// How many nodes operations look at: they grow by no more than the logarithm.
fn nodes_visited() -> [Value; 4] {
    let counted = CROWDS.map(nodes::count);
    let row = |name: &str, what: &str, pick: fn(&Nodes) -> f64, most: f64| {
        let (few, many) = (pick(&counted[0]), pick(&counted[CROWDS.len() - 1]));
        let series = CROWDS.iter().zip(&counted).map(|(x, nodes)| json!({ "x": x, "value": pick(nodes) }));
        json!({
            "row": format!("C2-nodes-{name}"),
            "what": format!("nodes that {what} looks at among {} sessions", CROWDS[CROWDS.len() - 1]),
            "value": many,
            "unit": "nodes",
            "against": [{ "name": format!("with {}", CROWDS[0]), "value": few }],
            "target": format!("<= {most} more, for a thousand times as many"),
            "met": many <= few + most,
            "nodes": series.collect::<Vec<_>>(),
        })
    };
    // A thousand times as many are five levels more of a heap with four children a node.
    [
        row("find", "finding a session", |nodes| nodes.find, 1.0),
        row("touch", "noting an activity", |nodes| nodes.touch, 1.0),
        row("expiry", "finding what is due", |nodes| nodes.expiry, 25.0),
        row("eviction", "letting the least recent go", |nodes| nodes.eviction, 25.0),
    ]
}

/// Few messages and many.
fn depths(file: &File) -> Result<Vec<Value>> {
    let mut depths = DEPTHS.iter().map(|messages| Depth::new(file, *messages)).collect::<Result<Vec<_>>>()?;
    take_turns(depths.len(), |which| depths[which].round())?;
    let curve = |row: &str, what: &str, label: &str, pick: fn(&depth::Costs) -> &Series| {
        let points = depths.iter().map(|depth| (depth.messages, pick(&depth.costs))).collect();
        Curve { row, what, label, of: "messages in the session", points }.json()
    };
    Ok(vec![
        curve("G-append-messages", "an append (the mean, digests and snapshots included)", "append", |costs| &costs.append),
        curve("G-append-worst-messages", "the append that took longest of some 500", "append, worst", |costs| &costs.append_worst),
        curve("G-read-messages", "a read of all messages", "read all", |costs| &costs.read),
        curve("G-page-messages", "a read of the newest 50 messages", "read 50", |costs| &costs.page),
        curve("G-delta-messages", "a delta of a stream (the mean, digests and snapshots included)", "delta", |costs| &costs.delta),
        curve("G-load-messages", "a load from a snapshot and 32 entries", "load", |costs| &costs.load),
    ])
}

/// A short stream and a long one.
fn streams(file: &File) -> Result<Value> {
    let mut costs = vec![Series::default(); STREAMS.len()];
    take_turns(costs.len(), |which| -> Result<()> {
        costs[which].push(depth::time_stream(file, STREAMS[which])?);
        Ok(())
    })?;
    let points = STREAMS.into_iter().zip(&costs).collect();
    let what = "a delta at the end of a stream's text (the mean, digests and snapshots included)";
    Ok(Curve { row: "G-delta-bytes", what, label: "delta", of: "bytes of text in the stream", points }.json())
}

fn size(bytes: &[u8]) -> Result<Value> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 1 << 16, BROTLI_QUALITY, BROTLI_WINDOW);
    writer.write_all(bytes)?;
    let packed = writer.into_inner().len();
    Ok(json!({
        "row": "B1",
        "what": format!("the file, brotli (quality {BROTLI_QUALITY}); unpacked {} bytes", bytes.len()),
        "value": packed,
        "unit": "bytes",
        "against": [{ "name": "Automerge, measured before", "value": 793_000 }, { "name": "Loro, measured before", "value": 841_000 }],
        "target": "<= 100 KB (102,400 bytes)",
        "met": packed <= SIZE_BYTES_MAX,
    }))
}
