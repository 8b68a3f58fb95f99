//! `decide`: answers a command with the events that it brings about, or with a rejection. Every rule is here or one call away.

mod messages;

use alloc::vec::Vec;

use crate::code::{Code, Rejection};
use crate::command::{Command, Create, End, Expire, SetLimits};
use crate::context::{TEXT_BYTES_MAX, valid_text};
use crate::event::{
    DataPatched, Event, IssueRecorded, IssueRemoved, LimitsSet, MessageFailed, MessageStopped, PreferencesSet, ProjectSet, Renamed,
    SessionCreated, SessionEnded,
};
use crate::message::Failure;
use crate::session::EndReason;
use crate::{Free, Id, Limits, LimitsPatch, Role, Session, Stamp, rights};

/// The most bytes that free JSON of a session (`data`) may take.
pub(crate) const DATA_BYTES_MAX: usize = 256 * 1024;
/// The most commands in a batch.
const BATCH_MAX: usize = 64;
/// How long after its making an id may still create a session: as long as tombstones are kept.
const CREATE_WITHIN_MS: u64 = 30 * 24 * 3_600_000;
/// How far ahead of the host a client's clock may be.
const CLOCK_AHEAD_MS: u64 = 60_000;
/// What no limit exceeds, not even an operator's.
const MESSAGES_HARD_MAX: u32 = 100_000;
const CONTENT_HARD_MAX: u32 = 64 << 20;

/// The events of an accepted command, or why it is rejected.
pub type Decision = Result<Vec<Event>, Rejection>;

/// Decides a command on a session. It changes nothing and looks at nothing else.
///
/// # Errors
/// The rejection, with its permanent code.
pub fn decide(session: &Session, command: &Command, stamp: &Stamp) -> Decision {
    if let Command::Batch(batch) = command {
        return decide_batch(session, &batch.commands, stamp);
    }
    rights::check(session, command, &stamp.actor)?;
    if session.ended.is_some() && !matches!(command, Command::Create(_)) {
        return Err(Code::SessionEnded.into());
    }
    match command {
        Command::Create(create) => decide_create(session, create, stamp),
        Command::AppendMessage(append) => messages::append(session, &append.message, stamp),
        Command::AppendDelta(delta) => messages::delta(session, delta, stamp),
        Command::SetPart(set) => messages::set_part(session, set, stamp),
        Command::CompleteMessage(complete) => messages::complete(session, complete, stamp),
        Command::StopMessage(stop) => messages::stop(session, stop),
        Command::FailMessage(fail) => messages::fail(session, fail, stamp),
        Command::SetLimits(set) => decide_limits(session, set, stamp),
        Command::End(end) => decide_end(session, end, stamp),
        Command::Expire(expire) => Ok(decide_expiry(session, expire, stamp)),
        _ => decide_context(session, command),
    }
}

/// Each on what those before it brought about; the first rejection is the batch's.
fn decide_batch(session: &Session, commands: &[Command], stamp: &Stamp) -> Decision {
    if commands.is_empty() || commands.len() > BATCH_MAX {
        return Err(Rejection::invalid("/commands", "length"));
    }
    let mut session = session.clone();
    let mut events = Vec::new();
    for command in commands {
        let decided = decide(&session, command, stamp)?;
        for event in &decided {
            session.fold(event, stamp);
        }
        // A batch that begins with `create` goes on in the session that it created, before that has a version.
        session.head.version = session.head.version.max(1);
        events.extend(decided);
    }
    Ok(events)
}

fn decide_create(session: &Session, create: &Create, stamp: &Stamp) -> Decision {
    if session.exists() {
        // To somebody else its existence is not told apart from a taken id, and says nothing more.
        return Err(Code::IdTaken.into());
    }
    check_new_id(session.id, stamp.now)?;
    let user_id = match (stamp.actor.role, &create.user_id) {
        (Role::User, Some(named)) if *named != stamp.actor.id => return Err(Code::Forbidden.into()),
        (Role::Operator, Some(named)) => named.clone(),
        _ => stamp.actor.id.clone(),
    };
    if !valid_user_id(&user_id) {
        return Err(Rejection::invalid("/userId", "userId"));
    }
    check_title(create.title.as_deref())?;
    if let Some(pointer) = create.context.as_ref().and_then(crate::Context::first_invalid) {
        return Err(Rejection::invalid(alloc::format!("/context{pointer}"), "context"));
    }
    if let Some(data) = &create.data {
        check_data(data)?;
    }
    let limits = check_limits(&stamp.defaults, create.limits.as_ref().unwrap_or(&LimitsPatch::default()), stamp)?;
    let created = SessionCreated {
        app: session.app.clone(),
        id: session.id,
        user_id,
        title: create.title.clone(),
        context: create.context.clone(),
        data: create.data.clone(),
        limits,
    };
    Ok(alloc::vec![created.into()])
}

/// Only an id that no tombstone can have been dropped for creates a session.
fn check_new_id(id: Id, now: u64) -> Result<(), Rejection> {
    let made = id.time_ms();
    if made > now.saturating_add(CLOCK_AHEAD_MS) || made.saturating_add(CREATE_WITHIN_MS) < now {
        return Err(Rejection::invalid("/id", "idTime"));
    }
    Ok(())
}

fn decide_limits(session: &Session, set: &SetLimits, stamp: &Stamp) -> Decision {
    let limits = check_limits(&session.limits, &set.limits, stamp)?;
    Ok(alloc::vec![LimitsSet { limits }.into()])
}

fn check_limits(current: &Limits, patch: &LimitsPatch, stamp: &Stamp) -> Result<Limits, Rejection> {
    let limits = current.patched(patch);
    if limits.max_messages == 0 || limits.max_messages > MESSAGES_HARD_MAX {
        return Err(Rejection::invalid("/limits/maxMessages", "range"));
    }
    if limits.max_content_bytes < 1024 || limits.max_content_bytes > CONTENT_HARD_MAX {
        return Err(Rejection::invalid("/limits/maxContentBytes", "range"));
    }
    if stamp.actor.role != Role::Operator && !limits.within(current) {
        return Err(Rejection::new(Code::Forbidden, "Limits may only be lowered."));
    }
    Ok(limits)
}

fn decide_end(session: &Session, end: &End, stamp: &Stamp) -> Decision {
    let reason = end.reason.unwrap_or(EndReason::Ended);
    if stamp.actor.role == Role::User && !matches!(reason, EndReason::Ended | EndReason::SignedOut) {
        return Err(Rejection::invalid("/reason", "reason"));
    }
    Ok(ending(session, reason))
}

/// The end of a session: nothing streams in it any more.
fn ending(session: &Session, reason: EndReason) -> Vec<Event> {
    let stopped = session.streams.open_messages().map(|message| MessageStopped { message }.into());
    stopped.chain([SessionEnded { reason }.into()]).collect()
}

/// What time brought about: dead streams fail, and a session past its deadline ends. Nothing, where somebody was active since.
fn decide_expiry(session: &Session, expire: &Expire, stamp: &Stamp) -> Vec<Event> {
    if let Some((_, reason)) = session.expiry(expire.touched_at).filter(|(at, _)| *at <= stamp.now) {
        return ending(session, reason);
    }
    let silent = || Failure { code: "producerSilent".into(), message: "The producer fell silent.".into() };
    session.streams.dead(stamp.now).map(|message| MessageFailed { message, error: silent() }.into()).collect()
}

fn decide_context(session: &Session, command: &Command) -> Decision {
    let event: Event = match command {
        Command::SetActiveProject(set) => {
            if set.project.as_ref().is_some_and(|project| !project.is_valid()) {
                return Err(Rejection::invalid("/project", "text"));
            }
            ProjectSet { project: set.project.clone() }.into()
        }
        Command::RecordIssue(record) => {
            if !record.issue.is_valid() {
                return Err(Rejection::invalid("/issue", "text"));
            }
            IssueRecorded { issue: record.issue.clone() }.into()
        }
        Command::RemoveIssue(remove) => {
            if !session.context.recent_issues.iter().any(|issue| issue.id == remove.issue) {
                return Ok(Vec::new());
            }
            IssueRemoved { issue: remove.issue.clone() }.into()
        }
        Command::SetPreferences(set) => {
            if set.preferences.language.as_deref().is_some_and(|language| !valid_text(language)) {
                return Err(Rejection::invalid("/preferences/language", "text"));
            }
            PreferencesSet { preferences: set.preferences.clone() }.into()
        }
        Command::Rename(rename) => {
            check_title(rename.title.as_deref())?;
            Renamed { title: rename.title.clone() }.into()
        }
        Command::PatchData(patch) => {
            check_data(&patch.patch)?;
            check_data(&session.data.merged(&patch.patch))?;
            DataPatched { patch: patch.patch.clone() }.into()
        }
        _ => return Err(Code::Malformed.into()),
    };
    Ok(alloc::vec![event])
}

fn check_title(title: Option<&str>) -> Result<(), Rejection> {
    match title {
        Some(title) if title.len() > TEXT_BYTES_MAX => Err(Rejection::invalid("/title", "tooLong")),
        _ => Ok(()),
    }
}

fn check_data(data: &Free) -> Result<(), Rejection> {
    if !data.is_object() {
        return Err(Rejection::invalid("/data", "object"));
    }
    if data.as_str().len() > DATA_BYTES_MAX {
        return Err(Rejection::new(Code::TooLarge, "data takes more than 256 KiB"));
    }
    Ok(())
}

/// 1 to 256 bytes without control characters.
fn valid_user_id(id: &str) -> bool {
    (1..=256).contains(&id.len()) && !id.chars().any(char::is_control)
}
