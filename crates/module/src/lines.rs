//! A stream by lines (`application/x-ndjson`): `{offset?, part?, text}`, `{setPart}`, `{complete}`, `{fail}`.
//!
//! Deltas that follow each other become one: the entry of a run of tokens is one entry.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::{AppendDelta, Command, CompleteMessage, FailMessage, Failure, Free, Id, Part, Rejection, Session, SetPart};

/// The id of the text part that a delta without a part begins.
const FIRST_PART: &str = "0";

struct Line {
    offset: Option<u64>,
    part: Option<Box<str>>,
    text: Option<String>,
    set_part: Option<Part>,
    complete: Option<Free>,
    fail: Option<Failure>,
    epoch: Option<u32>,
}

colloq_core::json!(Line: strict {
    offset: Option<u64> = "offset",
    part: Option<Box<str>> = "part",
    text: Option<String> = "text",
    set_part: Option<Part> = "setPart",
    complete: Option<Free> = "complete",
    fail: Option<Failure> = "fail",
    epoch: Option<u32> = "epoch",
});

/// What `{"complete": {...}}` may hold; `{"complete": true}` holds nothing.
struct Complete {
    metadata: Option<Free>,
}

colloq_core::json!(Complete: strict { metadata: Option<Free> = "metadata", });

/// A run of deltas to one part.
struct Run {
    part: Option<Box<str>>,
    offset: u64,
    text: String,
    epoch: Option<u32>,
}

/// The commands that some lines mean, in their order, up to the first line that is malformed, and what is wrong with that.
pub(crate) fn read(session: &Session, message: Id, body: &[u8]) -> (Vec<Command>, Option<Rejection>) {
    let mut commands = Vec::new();
    let mut run: Option<Run> = None;
    for line in body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        let (line, complete) = match read_line(line) {
            Ok(line) => line,
            Err(rejection) => {
                flush(&mut commands, message, run);
                return (commands, Some(rejection));
            }
        };
        let Line { offset, part, text, set_part, fail, epoch, .. } = line;
        if let Some(text) = text {
            if run.as_ref().is_some_and(|run| run.part != part) {
                flush(&mut commands, message, run.take());
            }
            let known = run.as_ref().map(|run| run.offset + run.text.len() as u64);
            let next = known.unwrap_or_else(|| length(session, message, part.as_deref(), &commands));
            match &mut run {
                Some(run) if run.epoch == epoch && offset.is_none_or(|offset| offset == next) => run.text.push_str(&text),
                _ => {
                    flush(&mut commands, message, run.take());
                    run = Some(Run { part, offset: offset.unwrap_or(next), text, epoch });
                }
            }
        }
        if set_part.is_some() || complete.is_some() || fail.is_some() {
            flush(&mut commands, message, run.take());
        }
        commands.extend(set_part.map(|part| SetPart { message, part, epoch }.into()));
        commands.extend(complete.map(|Complete { metadata }| CompleteMessage { message, metadata, epoch }.into()));
        commands.extend(fail.map(|error| FailMessage { message, error, epoch }.into()));
    }
    flush(&mut commands, message, run);
    (commands, None)
}

/// A line, and what its `complete` means.
fn read_line(line: &[u8]) -> Result<(Line, Option<Complete>), Rejection> {
    let line: Line = crate::door::parse(line)?;
    let complete = match line.complete.as_ref().map(Free::as_str) {
        None | Some("false") => None,
        Some("true") => Some(Complete { metadata: None }),
        Some(json) => Some(crate::door::parse(json.as_bytes())?),
    };
    Ok((line, complete))
}

fn flush(commands: &mut Vec<Command>, message: Id, run: Option<Run>) {
    commands
        .extend(run.map(|run| AppendDelta { message, part: run.part, offset: run.offset, text: run.text.into(), epoch: run.epoch }.into()));
}

/// Where the next delta of a part begins, after the commands that precede it.
fn length(session: &Session, message: Id, part: Option<&str>, commands: &[Command]) -> u64 {
    let draft = session.message(message).and_then(|message| message.open());
    // A delta without a part means the first text part, and it may be named as well.
    let first_text = draft.and_then(|draft| draft.part(None)).map(|part| &*part.id);
    let first_text = first_text.or_else(|| commands.iter().find_map(begun_text)).unwrap_or(FIRST_PART);
    let part = part.unwrap_or(first_text);
    let before = commands.iter().rev().find_map(|command| match command {
        Command::AppendDelta(delta) if delta.part.as_deref().unwrap_or(first_text) == part => Some(delta.offset + delta.text.len() as u64),
        Command::SetPart(set) if *set.part.id == *part => Some(set.part.text.as_ref().map_or(0, String::len) as u64),
        _ => None,
    });
    let text = draft.and_then(|draft| draft.part(Some(part))).and_then(|part| part.text.as_ref());
    before.unwrap_or_else(|| text.map_or(0, String::len) as u64)
}

/// The text part that a command begins, where there was none.
fn begun_text(command: &Command) -> Option<&str> {
    match command {
        Command::AppendDelta(delta) => Some(delta.part.as_deref().unwrap_or(FIRST_PART)),
        Command::SetPart(set) if set.part.is_text() => Some(&set.part.id),
        _ => None,
    }
}
