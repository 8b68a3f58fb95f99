//! People and programs who act in scenarios.

use colloq_abi::Role;
use colloq_core::Actor;

/// Somebody who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who {
    pub(super) role: Role,
    pub(super) id: &'static str,
    pub(super) anonymous: bool,
    pub(super) generation: Option<u32>,
}

/// A user.
pub const ADA: Who = Who::known(Role::User, "ada");
/// Another user.
pub const BEN: Who = Who::known(Role::User, "ben");
/// A guest of the page, whom nobody vouches for.
pub const GUEST: Who = Who { anonymous: true, ..Who::known(Role::User, "guest-1") };
/// An agent.
pub const BOT: Who = Who::known(Role::Agent, "bot");
/// Another agent.
pub const HAL: Who = Who::known(Role::Agent, "hal");
/// An operator.
pub const OPS: Who = Who::known(Role::Operator, "ops");

impl Who {
    const fn known(role: Role, id: &'static str) -> Self {
        Self { role, id, anonymous: false, generation: None }
    }

    /// The same one with a token that was made for a generation of the session.
    #[must_use]
    pub const fn of_generation(self, generation: u32) -> Self {
        Self { generation: Some(generation), ..self }
    }

    /// The same one as a page knows itself.
    pub(crate) fn actor(self) -> Actor {
        let role = match self.role {
            Role::User => colloq_core::Role::User,
            Role::Agent => colloq_core::Role::Agent,
            Role::Operator => colloq_core::Role::Operator,
        };
        Actor { anonymous: self.anonymous, generation: self.generation, ..Actor::new(role, self.id) }
    }
}
