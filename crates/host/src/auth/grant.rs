//! What a secret opens: who its bearer is, which sessions it covers, and until when.

use std::sync::Arc;

use uuid::Uuid;

use crate::engine::{Covered, Identity, Role};

/// Where a grant comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A server key.
    Key,
    /// A token that a host made.
    Token,
    /// A token of the user's own identity provider.
    Jwt,
    /// No secret at all: development mode.
    Development,
    /// The program that holds the host says so.
    Program,
}

/// What a secret opens.
#[derive(Debug)]
pub struct Grant {
    /// Who its bearer is.
    pub identity: Identity,
    /// The only sessions that it covers; `None` for all that the role may see.
    pub sessions: Option<Box<[Uuid]>>,
    /// When it was made, at the latest; 0 for what does not say.
    pub issued_ms: u64,
    /// When it expires; `None` for never.
    pub expires_ms: Option<u64>,
    /// Where it comes from.
    pub source: Source,
    /// What the secret is called where it is spoken of, which opens nothing.
    pub id: [u8; 16],
}

impl Grant {
    /// Whether it covers a session, as far as the token itself says.
    pub fn covers(&self, session: Uuid) -> bool {
        self.sessions.as_ref().is_none_or(|sessions| sessions.contains(&session))
    }

    /// The sessions that it names, to be handed on.
    pub fn covered(&self) -> Covered {
        self.sessions.as_deref().map(Arc::from)
    }

    /// Whether it is of no use any more.
    pub fn is_expired(&self, now_ms: u64) -> bool {
        self.expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms)
    }

    /// Whether both are the same person in the same role.
    pub fn is_same_actor(&self, other: &Self) -> bool {
        let (mine, theirs) = (&self.identity, &other.identity);
        mine.app == theirs.app && mine.role == theirs.role && mine.id == theirs.id
    }
}

/// A role by its name in JSON.
pub(crate) fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Agent => "agent",
        Role::Operator => "operator",
    }
}
