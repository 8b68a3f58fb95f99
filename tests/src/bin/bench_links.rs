//! `cargo xtask bench links`: what 10,000 idle links take (M2), and what links that do not read do to those that do (F8).
//!
//! Links are held by processes of their own, because one process has too few files for both ends. What the host takes is what the
//! system says is resident; every round has a fresh host.

#![allow(clippy::cast_precision_loss, reason = "what is counted here is far below 2^52")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use colloq_tests::bench::links::{self, HOLD, Holder};
use colloq_tests::bench::memory;
use colloq_tests::bench::program::Program;
use colloq_tests::bench::row;
use colloq_tests::bench::series::Series;
use colloq_tests::bench::{rounds, take_turns};
use colloq_tests::host::{Follower, Link, Told};
use futures_util::SinkExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

const LINKS: usize = 10_000;
const TOTAL_MAX: f64 = 100e6;
/// Those that follow sessions share so many of them.
const SESSIONS: usize = 100;

const READING: usize = 1_000;
const NOT_READING: usize = 100;
/// What a link that does not read lets the system keep for it.
const NARROW_BYTES: u32 = 4096;
/// How often a message is said to all of them, and for how long.
const SAY_EVERY: Duration = Duration::from_millis(200);
const SAY_FOR: Duration = Duration::from_secs(20);
/// What is said at once so that no buffer is left for those who do not read.
const FLOOD: u64 = 200;
const FLOOD_BYTES: usize = 50_000;
const FLOOD_REST: Duration = Duration::from_secs(2);
const CLOSED_WITHIN: f64 = 10.0;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().is_some_and(|first| first == HOLD) {
        return links::hold(arguments);
    }
    let mut rows = idle()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    rows.extend(runtime.block_on(slow())?);
    row::print(&rows, &["tokio-tungstenite", "mimalloc"]);
    Ok(())
}

/// M2: links that say nothing, alone and as followers of sessions; and all of them coming back at once.
fn idle() -> Result<Vec<Value>> {
    let mut total = [Series::default(), Series::default()];
    let mut again = Series::default();
    take_turns(2, |which| {
        let host = Program::colloq()?;
        let sessions = memory::fill(&host, SESSIONS, &[])?;
        let sessions: Vec<String> = sessions.iter().filter_map(|path| path.rsplit('/').next()).map(ToOwned::to_owned).collect();
        let before = host.resident_bytes_at_rest()?;
        let mut holder = Holder::start(&host.address, LINKS, if which == 1 { &sessions } else { &[] })?;
        holder.open_all()?;
        let added = host.resident_bytes_at_rest()? - before;
        eprintln!("{LINKS} links, {}: {} bytes each", if which == 1 { "following" } else { "idle" }, added / LINKS as u64);
        total[which].push(added as f64);
        if which == 1 {
            again.push(holder.open_all()?);
        }
        anyhow::Ok(())
    })?;
    let row = |name: &str, what: &str, total: &Series| {
        json!({
            "row": name,
            "what": what,
            "value": total.median(),
            "min": total.min(),
            "max": total.max(),
            "unit": "bytes",
            "target": "<= 100 MB",
            "met": total.median() <= TOTAL_MAX,
            "rounds": total.rounds(),
            "bytesEach": total.median() / LINKS as f64,
        })
    };
    Ok(vec![
        row("M2", "host: 10,000 idle links, all that they add", &total[0]),
        row("M2-following", "host: 10,000 idle links that follow a session, all that they add", &total[1]),
        json!({
            "row": "F8-reconnect",
            "what": "10,000 links close and come back at once: until the last one follows its session",
            "value": again.median(),
            "unit": "s",
            "target": "",
            "rounds": again.rounds(),
        }),
    ])
}

/// F8: links that never read beside links that do.
async fn slow() -> Result<Vec<Value>> {
    let (mut alone, mut beside, mut closed) = (Series::default(), Series::default(), Series::default());
    for _ in 0..rounds() {
        alone.push(round(0, None).await?);
        beside.push(round(NOT_READING, Some(&mut closed)).await?);
    }
    let ratio = beside.median() / alone.median();
    Ok(vec![
        json!({
            "row": "F8-p99",
            "what": "from a message's saying to its sight by 1,000 links, beside 100 that never read: 99th of 100",
            "value": beside.median(),
            "unit": "ms",
            "against": [{"name": "without those", "value": alone.median(), "rounds": alone.rounds()}],
            "ratio": ratio,
            "target": "<= 1.5",
            "met": ratio <= 1.5,
            "rounds": beside.rounds(),
        }),
        json!({
            "row": "F8-closed",
            "what": "links that never read: from the last write that fills their buffers until the host closed the last one",
            "value": closed.median(),
            "unit": "s",
            "target": "<= 10",
            "met": closed.median() <= CLOSED_WITHIN,
            "rounds": closed.rounds(),
        }),
    ])
}

/// One host with links that read and some that do not; gives the 99th of 100 of how long a message takes to those that read.
async fn round(not_reading: usize, closed: Option<&mut Series>) -> Result<f64> {
    let host = Program::colloq()?;
    // What fills the buffers of those who do not read is said where nobody else is.
    let sessions = tokio::task::block_in_place(|| memory::fill(&host, 2, &[]))?;
    let id = |nth: usize| sessions[nth].rsplit('/').next().unwrap_or_default();
    let (id, flooded_id) = (id(0), id(1));
    let mut dull = Vec::new();
    for _ in 0..not_reading {
        let mut link = Link::open_narrow(host.address.parse()?, NARROW_BYTES).await?;
        link.send(&json!({"kind": "subscribe", "session": id})).await?;
        link.next_of("subscribed").await?;
        let mut follower = Follower::new(flooded_id);
        follower.subscribe(&mut link).await?;
        dull.push((link, follower));
    }
    let started = Instant::now();
    let mut readers = Vec::new();
    for _ in 0..READING {
        let mut link = links::open(&host.address).await?;
        links::subscribe(&mut link, id).await?;
        readers.push(tokio::spawn(read(link, started)));
    }
    let mut writer = links::open(&host.address).await?;
    if not_reading > 0 {
        for nth in 1..=FLOOD {
            say(&mut writer, flooded_id, nth, &"x".repeat(FLOOD_BYTES), started).await?;
        }
    }
    let mut seq = 0;
    let (flooded, before) = (Instant::now(), host.files()?);
    // What takes its time is to be those who do not read, and not that their buffers are filled.
    tokio::time::sleep(FLOOD_REST).await;
    let until = Instant::now() + SAY_FOR;
    let mut gone = None;
    while Instant::now() < until {
        tokio::time::sleep(SAY_EVERY).await;
        seq += 1;
        say(&mut writer, id, seq, "", started).await?;
        if gone.is_none() && host.files()? + not_reading <= before {
            gone = Some(flooded.elapsed().as_secs_f64());
        }
    }
    say(&mut writer, id, seq + 1, "stop", started).await?;
    if let Some(closed) = closed {
        closed.push(gone.context("those that do not read were not closed in time")?);
        for (link, follower) in dull {
            resume(link, follower, host.address.parse()?).await?;
        }
    }
    let mut times = Vec::new();
    for reader in readers {
        times.extend(reader.await??);
    }
    times.sort_by(f64::total_cmp);
    ensure!(!times.is_empty(), "messages were seen");
    Ok(times[times.len() * 99 / 100])
}

/// Says a message that holds the time at which it was said.
async fn say(link: &mut links::Link, session: &str, seq: u64, what: &str, started: Instant) -> Result<()> {
    let client = "01900000-0000-7000-8000-000000000001";
    let now = started.elapsed().as_micros();
    let message = json!({"type": "user", "content": format!("@{now}@{what}")});
    let command = json!({"id": [client, seq], "kind": "appendMessage", "message": message});
    let frame = json!({"kind": "submit", "session": session, "base": 1, "commands": [command]});
    link.send(Message::text(frame.to_string())).await?;
    links::next(link, "entries").await.map(drop)
}

/// Reads until it is told to stop; gives how long each short message took, in milliseconds.
async fn read(mut link: links::Link, started: Instant) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    loop {
        let frame = links::next(&mut link, "entries").await?;
        let now = started.elapsed().as_secs_f64() * 1e6;
        let mut parts = frame.split('@').skip(1);
        let (said, what) = (parts.next().context("a time")?.parse::<f64>()?, parts.next().context("a text")?);
        if what.starts_with("stop") {
            return Ok(times);
        }
        if what.starts_with('"') {
            times.push((now - said) / 1000.0);
        }
    }
}

/// Takes what the system kept for a link that did not read, comes back with where it stands, and gets the rest without a gap.
async fn resume(mut link: Link, mut follower: Follower, address: SocketAddr) -> Result<()> {
    while let Ok(Told::Frame(frame)) = link.next().await {
        follower.receive(&frame, link.text());
    }
    let stood = follower.version();
    let mut again = Link::open(address, None, "bench").await?;
    follower.subscribe(&mut again).await?;
    ensure!(stood < follower.version(), "it missed something");
    Ok(())
}
