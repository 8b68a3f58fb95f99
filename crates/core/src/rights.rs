//! Who may do what. Decided here for every command, so it holds wherever the core runs.

use alloc::string::String;
use core::fmt::Write;

use crate::code::{Code, Rejection};
use crate::command::Command;
use crate::message::MessageType;
use crate::{Actor, Role, Session};

/// How a role may use a kind of command.
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

/// How a role may use a kind of command.
pub(crate) fn access(role: Role, kind: &str) -> Access {
    let written_by_agents =
        matches!(kind, "appendMessage" | "appendDelta" | "setPart" | "completeMessage" | "stopMessage" | "failMessage" | "patchData");
    match role {
        Role::System if kind == "expire" || kind == "end" => Access::All,
        Role::Agent if written_by_agents => Access::All,
        _ if kind == "expire" => Access::Never,
        Role::User => Access::Own,
        Role::Operator => Access::All,
        Role::Agent | Role::System => Access::Never,
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
    match actor.role {
        Role::User => session.user_id == actor.id,
        Role::Agent | Role::Operator | Role::System => true,
    }
}

/// Checks a command against its sender. A session that is not theirs does not exist for them.
pub(crate) fn check(session: &Session, command: &Command, actor: &Actor) -> Result<(), Rejection> {
    let is_create = matches!(command, Command::Create(_));
    let is_there = session.exists() && may_read(session, actor);
    if !is_create && !is_there {
        return Err(Code::SessionNotFound.into());
    }
    if access(actor.role, command.kind()) == Access::Never {
        return Err(Code::Forbidden.into());
    }
    match command {
        Command::AppendMessage(append) if !may_write(actor.role, append.message.r#type) => {
            Err(Rejection::new(Code::Forbidden, "This role may not write messages of this type."))
        }
        _ => Ok(()),
    }
}

/// The matrix of rights as a Markdown table.
pub fn matrix() -> String {
    let mut table = String::from("| command | user | agent | operator |\n|---|---|---|---|\n");
    for kind in Command::KINDS.iter().filter(|kind| !matches!(**kind, "expire" | "batch")) {
        let cells = ROLES.map(|role| match access(role, kind) {
            Access::Never => "-",
            Access::Own => "own",
            Access::All => "all",
        });
        let _ = writeln!(table, "| `{kind}` | {} | {} | {} |", cells[0], cells[1], cells[2]);
    }
    table
}
