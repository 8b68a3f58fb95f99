//! `cargo xtask bench core`: the module in wasmtime against the same module native (C1), and the size of the file (B1).
//!
//! Both are asked the very same bytes, and must give the same bytes before anything is measured.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use colloq_tests::bench::native::Native;
use colloq_tests::bench::row::{self, Row};
use colloq_tests::bench::series::Series;
use colloq_tests::bench::tape::{self, Tape, Target};
use colloq_tests::bench::wasm::File;
use colloq_tests::bench::{Side, alternate, standard};
use colloq_tests::engine::module_path;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

/// In how many sessions messages are appended.
const SESSIONS: usize = 400;
/// How many messages each of them comes to: past the version that carries a digest, far from the limit.
const MESSAGES: usize = 100;
/// How often a session is read in a round.
const READS: usize = 20_000;
/// What brotli does at its best.
const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW: u32 = 24;

fn main() -> Result<()> {
    let path = module_path();
    let bytes = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let file = File::compile(&bytes);
    let appends = Tape::record(SESSIONS, MESSAGES);
    check(&file, &appends)?;
    let rows = [append(&file, &appends)?, read(&file)?, size(&bytes)?];
    row::print(&rows, &["wasmtime", "brotli"]);
    Ok(())
}

/// Both targets give the same, and what is measured is what it is taken for.
fn check(file: &File, tape: &Tape) -> Result<()> {
    let (mut wasm, mut native) = (file.open(&tape::open()), Native::open(&tape::open()));
    for write in tape.creates.iter().chain(&tape.appends) {
        write.check(&mut wasm);
        write.check(&mut native);
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
    alternate(|side| match side {
        Side::Ours => append_round(&mut file.open(&tape::open()), tape, &mut wasm),
        Side::Theirs => append_round(&mut Native::open(&tape::open()), tape, &mut native),
    })?;
    let what = format!("decide, apply and encode one message of {} bytes, and settle it", standard::CONTENT_BYTES);
    let more = json!({ "appends": tape.appends.len() });
    let against = [("native", &native)];
    let row = Row { row: "C1-append", what, unit: "us", value: &wasm, against: &against, target: "<= 1.5x", more };
    Ok(row.json(row.ratio() <= 1.5))
}

fn append_round(target: &mut dyn Target, tape: &Tape, series: &mut Series) -> Result<()> {
    tape.creates.iter().for_each(|create| create.run(target));
    let begin = thread_time();
    tape.appends.iter().for_each(|append| append.run(target));
    series.push(each_us(begin, tape.appends.len())?);
    Ok(())
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
    alternate(|side| match side {
        Side::Ours => read_round(&mut wasm, &tape.reads[0], &mut ours),
        Side::Theirs => read_round(&mut native, &tape.reads[0], &mut theirs),
    })?;
    let what = format!("read of the standard session, {bytes} bytes");
    let (against, target) = ([("native", &theirs)], "<= 1.5x and under 3 us");
    let row = Row { row: "C1-read", what, unit: "us", value: &ours, against: &against, target, more: json!({ "bytes": bytes }) };
    Ok(row.json(row.ratio() <= 1.5 && ours.median() < 3.0))
}

fn read_round(target: &mut dyn Target, request: &[u8], series: &mut Series) -> Result<()> {
    let begin = thread_time();
    for _ in 0..READS {
        std::hint::black_box(target.call(request));
    }
    series.push(each_us(begin, READS)?);
    Ok(())
}

fn each_us(begin: Duration, times: usize) -> Result<f64> {
    Ok(thread_time().saturating_sub(begin).as_secs_f64() * 1e6 / f64::from(u32::try_from(times)?))
}

/// The CPU time of this thread: nothing here waits, and what else the machine does meanwhile is no part of it.
fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("a thread's time is not negative")
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
        "target": "<= 100 KB",
        "met": packed <= 100_000,
    }))
}
