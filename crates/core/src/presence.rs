//! Presence: who is linked to a session and doing what. It is state beside the log: never logged, never durable, and bounded.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::code::{Code, Rejection};
use crate::json::{Json, shape};
use crate::stamp::Role;
use crate::time::Time;
use crate::{Actor, Free};

/// The most links of a session whose presence is shown.
const LINKS_MAX: usize = 256;
/// The most bytes of what an application adds.
const DATA_BYTES_MAX: usize = 1024;
/// How long somebody types without saying so again.
const TYPING_MS: u64 = 10_000;

shape! {
    /// What somebody does.
    #[derive(Default)]
    pub struct PresenceState: strict {
        /// They are typing (or speaking); it lapses after ten seconds.
        pub typing: bool = "typing",
        /// They look elsewhere.
        pub away: bool = "away",
        /// What the application adds: a cursor, a selection.
        pub data: Option<Free> = "data",
    }
}

shape! {
    /// Somebody who is linked to a session.
    pub struct Present {
        /// Their link: one a tab or device.
        pub link: u64 = "link",
        /// In which role.
        pub role: Role = "role",
        /// Who.
        pub id: Arc<str> = "id",
        /// A name to show.
        pub name: Option<Box<str>> = "name",
        /// Since when they do what they do.
        pub since: Time = "since",
        /// What they do.
        pub state: PresenceState = "state",
    }
}

/// Who is present in one session.
#[derive(Clone, Debug, Default)]
pub struct Presence(Vec<Present>);

impl Presence {
    /// Somebody is there by a link, and does something.
    ///
    /// # Errors
    /// `tooLarge` for data of more than 1 KiB, `limitReached` beyond 256 links.
    pub fn set(&mut self, link: u64, actor: &Actor, state: PresenceState, now: u64) -> Result<(), Rejection> {
        if state.data.as_ref().is_some_and(|data| data.as_str().len() > DATA_BYTES_MAX) {
            return Err(Rejection::new(Code::TooLarge, "presence takes at most 1 KiB of data"));
        }
        let present = Present { link, role: actor.role, id: actor.id.clone(), name: actor.name.clone(), since: Time(now), state };
        let known = self.0.iter().position(|known| known.link == link);
        match known {
            Some(at) => self.0[at] = present,
            None if self.0.len() == LINKS_MAX => {
                return Err(Rejection::new(Code::LimitReached, "a session shows at most 256 links"));
            }
            None => self.0.push(present),
        }
        Ok(())
    }

    /// A link is gone; `false` where it was not there.
    pub fn remove(&mut self, link: u64) -> bool {
        let before = self.0.len();
        self.0.retain(|present| present.link != link);
        self.0.len() < before
    }

    /// Whether nobody is there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When somebody's typing lapses next, after a time.
    pub fn lapses_at(&self, now: u64) -> Option<u64> {
        let typing = self.0.iter().filter(|present| present.state.typing);
        typing.map(|present| present.since.0.saturating_add(TYPING_MS)).filter(|at| *at > now).min()
    }

    /// Who is there at a time, as a JSON list. Whoever typed long ago no longer types.
    pub fn to_json(&self, now: u64) -> String {
        let mut list = self.0.clone();
        list.iter_mut().filter(|present| present.since.0.saturating_add(TYPING_MS) <= now).for_each(|present| present.state.typing = false);
        Json::to_json(&list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_typed_long_ago_no_longer_types() {
        let mut presence = Presence::default();
        let typing = || PresenceState { typing: true, ..PresenceState::default() };
        presence.set(1, &Actor::new(Role::User, "ada"), typing(), 1000).unwrap();
        presence.set(2, &Actor::new(Role::User, "ben"), typing(), 9000).unwrap();
        assert_eq!(presence.lapses_at(9000), Some(11_000));
        assert_eq!((presence.lapses_at(11_000), presence.lapses_at(19_000)), (Some(19_000), None));
        assert_eq!(presence.to_json(10_999).matches("typing").count(), 2);
        assert_eq!(presence.to_json(11_000).matches("typing").count(), 1);
        presence.set(1, &Actor::new(Role::User, "ada"), PresenceState::default(), 12_000).unwrap();
        assert!(presence.remove(2) && !presence.remove(2) && !presence.is_empty());
        assert!(presence.remove(1) && presence.is_empty());
    }

    #[test]
    fn it_is_bounded() {
        let mut presence = Presence::default();
        let ada = Actor::new(Role::User, "ada");
        (0..256).for_each(|link| presence.set(link, &ada, PresenceState::default(), 0).unwrap());
        assert_eq!(presence.set(256, &ada, PresenceState::default(), 0).unwrap_err().code, Code::LimitReached);
        presence.set(255, &ada, PresenceState::default(), 0).unwrap();
        let data = Free::from_json(&std::format!("{{\"a\":\"{}\"}}", "x".repeat(1024))).unwrap();
        let state = PresenceState { data: Some(data), ..PresenceState::default() };
        assert_eq!(presence.set(1, &ada, state, 0).unwrap_err().code, Code::TooLarge);
    }
}
