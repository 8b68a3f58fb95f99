//! The stamp of a command: every input from outside, set by the host alone.

use alloc::boxed::Box;

use serde::{Deserialize, Serialize};

use crate::{Id, Limits};

/// What somebody is in an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Owns sessions.
    User,
    /// Answers in sessions (a language model's back end).
    Agent,
    /// May do everything in the app.
    Operator,
    /// The host itself, for what time brings about.
    System,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Actor {
    /// In which role.
    pub role: Role,
    /// The user's, agent's or operator's id.
    pub id: Box<str>,
    /// A name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// A user whom nobody vouches for: a guest of the page.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub anonymous: bool,
}

impl Actor {
    /// An actor without a name, known to the app.
    pub fn new(role: Role, id: impl Into<Box<str>>) -> Self {
        Self { role, id: id.into(), name: None, anonymous: false }
    }

    /// The host itself.
    pub fn system() -> Self {
        Self::new(Role::System, "host")
    }
}

/// Sixteen bytes from a secure source, for the ids that a command did not bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entropy([u8; 16]);

impl Entropy {
    /// Wraps bytes of the host's random source.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The `nth` id that this entropy gives at a time.
    pub(crate) fn mint(&self, now: u64, nth: u8) -> Id {
        let mut bytes = self.0;
        bytes[15] ^= nth;
        Id::mint(now, bytes)
    }
}

/// Every outside input of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The host's clock, never below the last entry's; milliseconds since 1970.
    pub now: u64,
    /// Who acts.
    pub actor: Actor,
    /// For ids that the command did not bring; absent where it brought all, so that entries stay small.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entropy: Option<Entropy>,
    /// The limits of a session that is created without its own. Not recorded: the event names the limits that came of them.
    #[serde(skip)]
    pub defaults: Limits,
}

impl Stamp {
    /// A stamp without entropy, for commands that bring their ids.
    pub fn new(now: u64, actor: Actor) -> Self {
        Self { now, actor, entropy: None, defaults: Limits::default() }
    }

    /// The `nth` id that its entropy gives. Without entropy it is the same for every stamp of a moment, so bring some.
    pub fn mint_id(&self, nth: u8) -> Id {
        self.entropy.unwrap_or(Entropy([0; 16])).mint(self.now, nth)
    }

    /// The same moment and actor, with entropy.
    #[must_use]
    pub fn with_entropy(mut self, entropy: [u8; 16]) -> Self {
        self.entropy = Some(Entropy::new(entropy));
        self
    }
}
