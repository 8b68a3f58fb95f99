//! A stream by lines (`application/x-ndjson`): `{offset?, part?, text}`, `{setPart}`, `{complete}`, `{fail}`.
//!
//! Deltas that follow each other become one: the entry of a run of tokens is one entry.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use colloq_core::{AppendDelta, Command, CompleteMessage, Draft, FailMessage, Failure, Free, Id, Part, Rejection, Session, SetPart, Stamp};

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
    let mut places = Places::of(session.message(message).and_then(|message| message.open()));
    let mut run: Option<Run> = None;
    for line in body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        let (line, complete) = match read_line(line) {
            Ok(line) => line,
            Err(rejection) => {
                commands.extend(run.map(|run| run.delta(message, &mut places)));
                return (commands, Some(rejection));
            }
        };
        let Line { offset, part, text, set_part, fail, epoch, .. } = line;
        if let Some(text) = text {
            if run.as_ref().is_some_and(|run| run.part != part) {
                commands.extend(run.take().map(|run| run.delta(message, &mut places)));
            }
            let known = run.as_ref().map(|run| run.offset + run.text.len() as u64);
            let next = known.unwrap_or_else(|| *places.next(part.as_deref()));
            match &mut run {
                Some(run) if run.epoch == epoch && offset.is_none_or(|offset| offset == next) => run.text.push_str(&text),
                _ => {
                    commands.extend(run.take().map(|run| run.delta(message, &mut places)));
                    run = Some(Run { part, offset: offset.unwrap_or(next), text, epoch });
                }
            }
        }
        if set_part.is_some() || complete.is_some() || fail.is_some() {
            commands.extend(run.take().map(|run| run.delta(message, &mut places)));
        }
        commands.extend(set_part.map(|part| {
            places.set(&part);
            SetPart { message, part, epoch }.into()
        }));
        commands.extend(complete.map(|Complete { metadata }| CompleteMessage { message, metadata, epoch }.into()));
        commands.extend(fail.map(|error| FailMessage { message, error, epoch }.into()));
    }
    commands.extend(run.map(|run| run.delta(message, &mut places)));
    (commands, None)
}

/// Whether whoever sends such lines may still write the stream of a message. The epoch is that of the last line.
pub(crate) fn check(session: &Session, message: Id, body: &[u8], stamp: &Stamp) -> Result<(), Rejection> {
    let mut lines = body.rsplit(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let epoch = lines.next().and_then(|line| read_line(line).ok()).and_then(|(line, _)| line.epoch);
    let renewal = AppendDelta { message, part: None, offset: 0, text: "".into(), epoch }.into();
    colloq_core::decide(session, &renewal, stamp).map(drop)
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

impl Run {
    /// The run as one command.
    fn delta(self, message: Id, places: &mut Places) -> Command {
        *places.next(self.part.as_deref()) = self.offset + self.text.len() as u64;
        AppendDelta { message, part: self.part, offset: self.offset, text: self.text.into(), epoch: self.epoch }.into()
    }
}

/// Where the next delta of each part begins, after the commands so far.
struct Places(Vec<Place>);

struct Place {
    id: Box<str>,
    is_text: bool,
    next: u64,
}

impl Places {
    fn of(draft: Option<&Draft>) -> Self {
        let mut places = Self(Vec::new());
        draft.into_iter().flat_map(|draft| &draft.parts).for_each(|part| places.set(part));
        places
    }

    /// A part is there, or is now another one.
    fn set(&mut self, part: &Part) {
        let (id, is_text, next) = (part.id.clone(), part.is_text(), part.text.as_ref().map_or(0, String::len) as u64);
        match self.0.iter_mut().find(|place| place.id == id) {
            Some(place) => (place.is_text, place.next) = (is_text, next),
            None => self.0.push(Place { id, is_text, next }),
        }
    }

    /// Where the next delta of a part begins; without its id it is the first text part's.
    fn next(&mut self, part: Option<&str>) -> &mut u64 {
        let is_meant = |place: &Place| part.map_or(place.is_text, |id| *place.id == *id);
        let at = self.0.iter().position(is_meant).unwrap_or_else(|| {
            let ids: Vec<&str> = self.0.iter().map(|place| &*place.id).collect();
            let id = part.map_or_else(|| Draft::fresh_part_id(&ids).into(), Into::into);
            self.0.push(Place { id, is_text: true, next: 0 });
            self.0.len() - 1
        });
        &mut self.0[at].next
    }
}
