//! The stamp of a command: every input from outside, set by the host alone.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

use crate::json::{Json, JsonError, Object, Reader, key, shape, words};
use crate::{Id, Limits};

words! {
    /// What somebody is in an app.
    pub enum Role {
        /// Owns sessions.
        User = "user",
        /// Answers in sessions (a language model's back end).
        Agent = "agent",
        /// May do everything in the app.
        Operator = "operator",
        /// The host itself, for what time brings about.
        System = "system",
    }
}

shape! {
    /// Who acts.
    pub struct Actor {
        /// In which role.
        pub role: Role = "role",
        /// The user's, agent's or operator's id.
        pub id: Arc<str> = "id",
        /// A name to show.
        pub name: Option<Box<str>> = "name",
        /// A user whom nobody vouches for: a guest of the page.
        pub anonymous: bool = "anonymous",
        /// The session's `auth.generation` that their token was made for; a session that went on since refuses them.
        pub generation: Option<u32> = "generation",
    }
}

impl Actor {
    /// An actor without a name, known to the app.
    pub fn new(role: Role, id: impl Into<Arc<str>>) -> Self {
        Self { role, id: id.into(), name: None, anonymous: false, generation: None }
    }

    /// The host itself.
    pub fn system() -> Self {
        Self::new(Role::System, "host")
    }
}

/// Sixteen bytes from a secure source, for the ids that a command did not bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entropy([u8; 16]);

impl Entropy {
    /// Wraps bytes of the host's random source.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// What the `nth` command of several that came together makes its ids of.
    #[must_use]
    pub fn of_command(&self, nth: u16) -> Self {
        let mut bytes = self.0;
        let [high, low] = nth.to_be_bytes();
        bytes[9] ^= high;
        bytes[10] ^= low;
        Self(bytes)
    }

    /// The `nth` id that this entropy gives at a time.
    pub fn mint(&self, now: u64, nth: u8) -> Id {
        let mut bytes = self.0;
        bytes[15] ^= nth;
        Id::mint(now, bytes)
    }
}

/// Every outside input of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The host's clock, never below the last entry's; milliseconds since 1970.
    pub now: u64,
    /// Who acts.
    pub actor: Actor,
    /// For the ids that a command did not bring. They are given before it is decided, so the events hold them and an entry does not.
    pub entropy: Option<Entropy>,
    /// The limits of a session that is created without its own. The event names the limits that came of them.
    pub defaults: Limits,
}

impl Json for Stamp {
    fn blank() -> Self {
        Self::new(0, Actor::blank())
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        Recorded::read(reader).map(|recorded| Self::new(recorded.now, recorded.actor))
    }

    fn write(&self, out: &mut String) {
        let mut object = Object::open(out);
        self.now.write(object.begin(key!("now")));
        self.actor.write(object.begin(key!("actor")));
        object.close();
    }
}

/// What an entry keeps of a stamp.
struct Recorded {
    now: u64,
    actor: Actor,
}

crate::json!(Recorded { now: u64 = "now", actor: Actor = "actor" });

impl Stamp {
    /// A stamp without entropy, for commands that bring their ids.
    pub fn new(now: u64, actor: Actor) -> Self {
        Self { now, actor, entropy: None, defaults: Limits::default() }
    }

    /// The same moment and actor, with entropy.
    #[must_use]
    pub fn with_entropy(mut self, entropy: [u8; 16]) -> Self {
        self.entropy = Some(Entropy::new(entropy));
        self
    }
}
