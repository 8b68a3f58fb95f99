//! `colloq import`: sessions out of JSON Lines, as an export wrote them. Each line stands for itself; a session that is there already is
//! left as it is, so that an import which was interrupted is begun again.

use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use colloq_host::config::ImportOptions;
use colloq_host::engine::{CallSpec, Engine, Identity, Op, Role};
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

use super::Failure;
use super::bar::Bar;
use super::restore::{engine, refusal};
use super::stores::{At, Must, place};

/// So many lines are dealt with at a time; a store that gathers commits has something to gather.
const AT_ONCE: usize = 32;
/// So many failures are named.
const NAMED_MAX: usize = 20;
const PIECE_BYTES: usize = 256 << 10;

/// What became of the lines, as a host says it too.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Imported {
    #[serde(rename = "imported")]
    taken: u64,
    pub(crate) failed: Vec<Failed>,
    #[serde(default)]
    more_failed: u64,
}

/// A line that brought no session.
#[derive(Deserialize)]
pub(crate) struct Failed {
    line: u64,
    pub(crate) code: String,
}

pub(crate) async fn run(options: ImportOptions) -> Result<String, Failure> {
    let ImportOptions { file, place: at, app } = options;
    // Before a store is made for it.
    let opened = File::open(&file).await.map_err(|error| Failure::of_file(&file, &error))?;
    let imported = match place(&at, Must::MayBegin).await? {
        At::Store(store) => {
            let engine = engine(store).await?;
            let imported = lines(&file, opened, &engine, &app).await;
            engine.shutdown(Duration::from_secs(10)).await;
            imported?
        }
        At::Host(host) => {
            let body = body_of(&file, Bar::open("bytes sent")).await?;
            read_answer(&host.post("/v1/import", "application/x-ndjson", body).await?)?
        }
    };
    told(&imported)
}

async fn lines(path: &Path, file: File, engine: &Engine, app: &str) -> Result<Imported, Failure> {
    let identity = Identity::new(app, Role::Operator, "colloq");
    let (identity, bar) = (&identity, Bar::open("lines"));
    let lines = stream::unfold((BufReader::new(file), 0_u64), async |(mut reader, number)| {
        let mut line = Vec::new();
        match reader.read_until(b'\n', &mut line).await {
            Ok(0) => None,
            Ok(_) => Some((Ok((number + 1, Bytes::from(line))), (reader, number + 1))),
            Err(error) => Some((Err(error), (reader, number + 1))),
        }
    });
    let filled = lines.filter(|line| std::future::ready(line.as_ref().map_or(true, |(_, text)| !text.trim_ascii().is_empty())));
    let taken = filled.map(|line| async move {
        let (number, text) = line.map_err(|error| Failure::of_file(path, &error))?;
        Ok::<_, Failure>((number, take(engine, identity, text).await?))
    });
    let (mut taken, mut all) = (pin!(taken.buffer_unordered(AT_ONCE)), Imported::default());
    while let Some(result) = taken.next().await {
        match result? {
            (_, None) => all.taken += 1,
            (line, Some(code)) => all.failed.push(Failed { line, code }),
        }
        bar.step(1);
    }
    all.failed.sort_by_key(|failed| failed.line);
    Ok(all)
}

/// Takes a line; gives why not. What is not the line's fault ends the import.
async fn take(engine: &Engine, identity: &Identity, line: Bytes) -> Result<Option<String>, Failure> {
    #[derive(Deserialize)]
    struct Named {
        id: uuid::Uuid,
    }
    let named: Named = match serde_json::from_slice(&line) {
        Ok(named) => named,
        Err(error) => return Ok(Some(if error.is_data() { "invalid" } else { "malformed" }.into())),
    };
    let answer = engine.call(CallSpec::new(identity, named.id, Op::Restore, line)).await?;
    Ok(refusal(answer.status, &answer.body))
}

/// What a host says became of the lines.
pub(crate) fn read_answer(answer: &Bytes) -> Result<Imported, Failure> {
    serde_json::from_slice(answer).map_err(|error| Failure::new("unreachable", format!("the answer is none of a host: {error}")))
}

/// A file as a body, read as it is sent.
pub(crate) async fn body_of(path: &Path, bar: Bar) -> Result<Body, Failure> {
    let file = File::open(path).await.map_err(|error| Failure::of_file(path, &error))?;
    Ok(Body::from_stream(stream::try_unfold((file, bar), |(mut file, bar)| async move {
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        bar.step(read as u64);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), (file, bar))))
    })))
}

fn told(imported: &Imported) -> Result<String, Failure> {
    let Imported { taken, failed, more_failed } = imported;
    let there = failed.iter().filter(|failed| failed.code == "idTaken").count();
    let bad: Vec<&Failed> = failed.iter().filter(|failed| failed.code != "idTaken").collect();
    for Failed { line, code } in bad.iter().take(NAMED_MAX) {
        eprintln!("colloq: line {line}: {code}");
    }
    let failures = bad.len() as u64 + more_failed;
    let said = format!("imported {taken} sessions, {there} were there already or erased, {failures} lines failed");
    if failures == 0 { Ok(said) } else { Err(Failure::new("linesFailed", said)) }
}
