//! `decide`: answers a command with the events that it brings about, or with a rejection. Every rule is here or one call away.

mod context;
mod history;
mod messages;
mod streams;

use alloc::vec::Vec;

use crate::code::{Code, Rejection};
use crate::command::{Command, Create, End, Expire, FailMessage, Restore, SetLimits, SignIn, SignOut, StopMessage};
use crate::context::TEXT_BYTES_MAX;
use crate::event::{Event, LimitsSet, SessionCreated, SessionEnded, SessionRestored};
use crate::message::Failure;
use crate::restored::Restored;
use crate::session::EndReason;
use crate::snapshot::COUNT_MAX;
use crate::time::Time;
use crate::{Free, Id, Limits, LimitsPatch, Role, Session, Stamp, rights};

/// The most bytes that free JSON of a session (`data`) may take.
pub(crate) const DATA_BYTES_MAX: usize = 256 * 1024;
/// The most commands in a batch.
const BATCH_MAX: usize = 64;
/// How long after its making an id may still create a session: as long as tombstones are kept.
pub(crate) const CREATE_WITHIN_MS: u64 = 30 * 24 * 3_600_000;
/// How far ahead of the host a client's clock may be.
const CLOCK_AHEAD_MS: u64 = 60_000;

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
    if session.ended.is_some() && !command.begins() {
        return Err(Code::SessionEnded.into());
    }
    match command {
        Command::Create(create) => decide_create(session, create, stamp),
        Command::Restore(restore) => decide_restore(session, restore, stamp),
        Command::AppendMessage(append) => messages::append(session, &append.message),
        Command::AppendDelta(delta) => streams::delta(session, delta, stamp),
        Command::SetPart(set) => streams::set_part(session, set, stamp),
        Command::ReviseMessage(revise) => streams::revise(session, revise, stamp),
        Command::CompleteMessage(complete) => streams::complete(session, complete, stamp),
        Command::FailMessage(fail) => streams::fail(session, fail, stamp),
        Command::TakeOver(take) => streams::take_over(session, take, stamp),
        Command::StopMessage(stop) => streams::stop(session, stop),
        Command::InterruptMessage(interrupt) => streams::interrupt(session, interrupt),
        Command::EditMessage(edit) => history::edit(session, edit, stamp),
        Command::RemoveMessage(remove) => history::remove(session, remove),
        Command::PatchMetadata(patch) => history::patch_metadata(session, patch),
        Command::Rewind(rewind) => history::rewind(session, rewind),
        Command::Compact(compact) => history::compact(session, compact),
        Command::SetLimits(set) => decide_limits(session, set, stamp),
        Command::SignIn(sign_in) => decide_sign_in(sign_in),
        Command::SignOut(_) => Ok(alloc::vec![SignOut {}.into()]),
        Command::End(end) => decide_end(session, end, stamp),
        Command::Expire(expire) => Ok(decide_expiry(session, expire, stamp)),
        _ => context::decide(session, command),
    }
}

/// Each on what those before it brought about; the first rejection is the batch's.
fn decide_batch(session: &Session, commands: &[Command], stamp: &Stamp) -> Decision {
    if commands.is_empty() || commands.len() > BATCH_MAX {
        return Err(Rejection::invalid("/commands", "length"));
    }
    if commands.iter().any(|command| matches!(command, Command::Batch(_))) {
        return Err(Rejection::new(Code::Malformed, "a batch holds no batch"));
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
    check_new_id(session.id, stamp, false)?;
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
        return Err(Rejection::invalid(["/context", pointer].concat(), "context"));
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

/// A copy of a session begins. Users may copy what is theirs, out of a fork; operators whatever an export holds.
fn decide_restore(session: &Session, restore: &Restore, stamp: &Stamp) -> Decision {
    let state = &restore.state;
    if session.exists() {
        return Err(Code::IdTaken.into());
    }
    let is_operator = stamp.actor.role == Role::Operator;
    check_new_id(session.id, stamp, is_operator && state.parent.is_none())?;
    if !is_operator && (state.user_id != stamp.actor.id || state.parent.is_none()) {
        return Err(Code::Forbidden.into());
    }
    if let Some(key) = state.first_invalid().or_else(|| first_unsound(state, stamp.now)) {
        return Err(Rejection::invalid(["/state/", key].concat(), "state"));
    }
    let mut restored = SessionRestored { app: session.app.clone(), id: session.id, state: state.clone() };
    restored.state.trim();
    Ok(alloc::vec![restored.into()])
}

/// The first thing in a state from elsewhere that no command brings about at a time, by its key: it could not be read again.
fn first_unsound(state: &Restored, now: u64) -> Option<&'static str> {
    let is_late = |at: Time| at.0 > now;
    let checks = [
        ("userId", valid_user_id(&state.user_id)),
        ("title", check_title(state.title.as_deref()).is_ok()),
        ("createdAt", !state.created_at.is_some_and(is_late)),
        ("trimmed", state.trimmed <= COUNT_MAX),
        ("auth", state.auth.is_none_or(|auth| auth.is_valid(now))),
        ("ended", !state.ended.is_some_and(|ended| is_late(ended.at))),
        ("messages", state.messages.iter().all(messages::is_sound)),
    ];
    checks.iter().find(|(_, is_sound)| !is_sound).map(|(key, _)| *key)
}

/// Only an id that no tombstone can have been dropped for creates a session, unless an operator brings an old one back.
fn check_new_id(id: Id, stamp: &Stamp, may_be_old: bool) -> Result<(), Rejection> {
    let made = id.time_ms();
    let is_old = made.saturating_add(CREATE_WITHIN_MS) < stamp.now;
    if made > stamp.now.saturating_add(CLOCK_AHEAD_MS) || (is_old && !may_be_old) {
        return Err(Rejection::invalid("/id", "idTime"));
    }
    Ok(())
}

fn decide_limits(session: &Session, set: &SetLimits, stamp: &Stamp) -> Decision {
    let limits = check_limits(&session.limits, &set.limits, stamp)?;
    Ok(messages::with_trim(session, &limits, LimitsSet { limits }.into(), 0, 0))
}

fn check_limits(current: &Limits, patch: &LimitsPatch, stamp: &Stamp) -> Result<Limits, Rejection> {
    let limits = current.patched(patch);
    if let Some(key) = limits.first_invalid() {
        return Err(Rejection::invalid(["/limits/", key].concat(), "range"));
    }
    if stamp.actor.role != Role::Operator && !limits.within(current) {
        return Err(Rejection::new(Code::Forbidden, "Limits may only be lowered."));
    }
    Ok(limits)
}

fn decide_sign_in(sign_in: &SignIn) -> Decision {
    if !valid_user_id(&sign_in.user_id) {
        return Err(Rejection::invalid("/userId", "userId"));
    }
    Ok(alloc::vec![sign_in.clone().into()])
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
    let stopped = session.streams.open_messages().map(|message| StopMessage { message }.into());
    stopped.chain([SessionEnded { reason }.into()]).collect()
}

/// What time brought about: dead streams fail, and a session past its deadline ends. Nothing, where somebody was active since.
fn decide_expiry(session: &Session, expire: &Expire, stamp: &Stamp) -> Vec<Event> {
    if let Some((_, reason)) = session.expiry(expire.touched_at).filter(|(at, _)| *at <= stamp.now) {
        return ending(session, reason);
    }
    let silent = || Failure { code: "producerSilent".into(), message: "The producer fell silent.".into() };
    session.streams.dead(stamp.now).map(|message| FailMessage { message, error: silent(), epoch: None }.into()).collect()
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

#[cfg(test)]
mod tests;
