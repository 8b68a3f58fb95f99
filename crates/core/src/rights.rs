//! Who may do what. Decided here for every command and every other operation, so it holds wherever the core runs.

use alloc::string::String;

use crate::code::{Code, Rejection};
use crate::command::Command;
use crate::message::MessageType;
use crate::{Actor, Role, Session};

/// How a role may use an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Not at all.
    Never,
    /// In sessions of its own.
    Own,
    /// In every session of its app (an agent: in those that its token grants).
    All,
}

/// The roles that people and programs have, in the order of the matrix.
const ROLES: [Role; 3] = [Role::User, Role::Agent, Role::Operator];
/// What is done to a session beside commands.
const OTHERS: [&str; 6] = ["read", "presence", "fork", "export", "erase", "private"];
/// What agents may do.
const BY_AGENTS: [&str; 17] = [
    "appendMessage",
    "appendDelta",
    "setPart",
    "reviseMessage",
    "completeMessage",
    "failMessage",
    "takeOver",
    "stopMessage",
    "interruptMessage",
    "patchMetadata",
    "patchData",
    "batch",
    "read",
    "presence",
    "export",
    "private",
    "compact",
];

/// How a role may use an operation, a command's kind or one of the others.
pub(crate) fn access(role: Role, kind: &str) -> Access {
    match (role, kind) {
        (Role::System, "expire" | "end") => Access::All,
        (Role::System, _) | (_, "expire") | (Role::User, "private" | "compact" | "signIn") => Access::Never,
        (Role::User, _) => Access::Own,
        (Role::Agent, kind) if !BY_AGENTS.contains(&kind) => Access::Never,
        (Role::Agent | Role::Operator, _) => Access::All,
    }
}

/// The types of messages that a role may write.
pub(crate) fn may_write(role: Role, kind: MessageType) -> bool {
    match role {
        Role::User => kind == MessageType::User,
        Role::Agent => matches!(kind, MessageType::Assistant | MessageType::Tool),
        Role::Operator => true,
        Role::System => false,
    }
}

/// Whether somebody may know of a session and read it.
pub fn may_read(session: &Session, actor: &Actor) -> bool {
    check_access(session, actor, "read").is_ok()
}

/// Checks an operation (`read`, `fork`, `erase`, `private` ..., or a command's kind) against whoever asks for it.
///
/// # Errors
/// `sessionNotFound`: a session that is not theirs does not exist for them. `unauthenticated`: the session's user signed in or out since
/// their token was made. `forbidden`: their role may not.
pub fn check_access(session: &Session, actor: &Actor, kind: &str) -> Result<(), Rejection> {
    let is_theirs = actor.role != Role::User || session.user_id == actor.id;
    if !session.exists() || !is_theirs {
        return Err(Code::SessionNotFound.into());
    }
    if actor.generation.is_some_and(|generation| generation < session.auth.generation) {
        return Err(Rejection::new(Code::Unauthenticated, "The session's user signed in or out since this token was made."));
    }
    check_role(actor, kind)
}

fn check_role(actor: &Actor, kind: &str) -> Result<(), Rejection> {
    if access(actor.role, kind) == Access::Never { Err(Code::Forbidden.into()) } else { Ok(()) }
}

/// Checks a command against its sender.
pub(crate) fn check(session: &Session, command: &Command, actor: &Actor) -> Result<(), Rejection> {
    match command {
        Command::Create(_) | Command::Restore(_) => check_role(actor, command.kind())?,
        _ => check_access(session, actor, command.kind())?,
    }
    let written = match command {
        Command::AppendMessage(append) => Some(append.message.r#type),
        Command::EditMessage(edit) => Some(edit.replacement.r#type),
        _ => None,
    };
    match written {
        Some(kind) if !may_write(actor.role, kind) => {
            Err(Rejection::new(Code::Forbidden, "This role may not write messages of this type."))
        }
        _ => Ok(()),
    }
}

/// The matrix of rights as a Markdown table.
pub fn matrix() -> String {
    let mut table = String::from("| operation | user | agent | operator |\n|---|---|---|---|\n");
    let commands = Command::KINDS.iter().filter(|kind| !matches!(**kind, "expire" | "batch" | "restore"));
    for kind in commands.chain(&OTHERS) {
        table.push_str("| `");
        table.push_str(kind);
        table.push_str("` |");
        for role in ROLES {
            table.push_str(match access(role, kind) {
                Access::Never => " - |",
                Access::Own => " own |",
                Access::All => " all |",
            });
        }
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Scene, ada};

    #[test]
    fn the_matrix_is_what_is_checked() {
        let matrix = matrix();
        for line in [
            "| `create` | own | - | all |",
            "| `appendMessage` | own | all | all |",
            "| `compact` | - | all | all |",
            "| `signIn` | - | - | all |",
            "| `private` | - | all | all |",
            "| `erase` | own | - | all |",
        ] {
            assert!(matrix.lines().any(|other| other == line), "{line} in {matrix}");
        }
        assert_eq!(matrix.lines().count(), 2 + Command::KINDS.len() - 3 + OTHERS.len(), "every operation has its line");
    }

    #[test]
    fn a_host_does_only_what_time_brings_about() {
        let allowed = |kind: &&&str| access(Role::System, kind) != Access::Never;
        assert_eq!(Command::KINDS.iter().filter(allowed).collect::<std::vec::Vec<_>>(), [&"end", &"expire"]);
        assert!(MessageType::ALL.iter().all(|kind| !may_write(Role::System, *kind)));
        let scene = Scene::new();
        let host = Actor::system();
        assert!(!may_read(scene.session(), &host) && may_read(scene.session(), &ada()));
        assert_eq!(scene.refused(&host, r##"{"kind":"appendMessage","message":{"id":"#1","type":"user","content":""}}"##), "forbidden");
    }
}
