//! A session for the tests of this crate: people say what they want in JSON, a clock stands until it is moved, and every entry is kept.

use std::prelude::v1::*;

use std::format;

use crate::{Actor, Command, Entry, Event, Id, Rejection, Replica, Request, Role, Session, Stamp, Submitted, Upstream};

/// When every scene begins: 2026-01-01T00:00:00Z.
pub(crate) const NOW: u64 = 1_767_225_600_000;

/// The `n`th id.
pub(crate) fn id(n: u8) -> Id {
    Id::mint(NOW, [n; 16])
}

/// The session's user.
pub(crate) fn ada() -> Actor {
    Actor::new(Role::User, "ada")
}

/// An agent.
pub(crate) fn bot() -> Actor {
    Actor::new(Role::Agent, "bot")
}

/// An operator.
pub(crate) fn ops() -> Actor {
    Actor::new(Role::Operator, "ops")
}

/// A command out of JSON, in which `#n` stands for the `n`th id.
pub(crate) fn command(json: &str) -> Command {
    let named = (0..=9).fold(json.to_owned(), |json, n| json.replace(&format!("#{n}"), &id(n).to_string()));
    Request::from_json(&named).unwrap_or_else(|rejection| std::panic!("{named}: {}", rejection.message)).command
}

/// See the module's documentation.
pub(crate) struct Scene {
    pub(crate) replica: Replica<()>,
    pub(crate) log: Vec<Entry>,
    pub(crate) now: u64,
}

impl Scene {
    /// A session that ada has created.
    pub(crate) fn new() -> Self {
        Self::created("")
    }

    /// The same, with these fields.
    pub(crate) fn created(fields: &str) -> Self {
        let replica = Replica::new(Upstream::Store, Session::vacant("default", id(0)));
        let mut scene = Self { replica, log: Vec::new(), now: NOW };
        scene.does(&ada(), &format!("{{\"kind\":\"create\"{fields}}}"));
        scene
    }

    /// The session.
    pub(crate) fn session(&self) -> &Session {
        self.replica.confirmed()
    }

    /// Somebody does something, which is taken.
    pub(crate) fn does(&mut self, actor: &Actor, json: &str) -> &[Event] {
        self.submit(actor, Request::from(command(json))).unwrap_or_else(|rejection| std::panic!("{json}: {rejection:?}"));
        &self.log.last().expect("it made an entry").events
    }

    /// What somebody is told who does something that is not taken: the code, and the place of what is not allowed.
    pub(crate) fn refused(&self, actor: &Actor, json: &str) -> String {
        match crate::decide(self.session(), &command(json), &Stamp::new(self.now, actor.clone())) {
            Ok(events) => format!("accepted: {events:?}"),
            Err(rejection) if rejection.errors.is_empty() => rejection.code.as_str().to_owned(),
            Err(rejection) => format!("{} {}", rejection.errors[0].pointer, rejection.errors[0].code),
        }
    }

    /// Hands a request to the session.
    pub(crate) fn submit(&mut self, actor: &Actor, request: Request) -> Result<Submitted, Rejection> {
        let submitted = self.replica.submit(request, 0, Stamp::new(self.now, actor.clone()), ());
        if self.replica.poll_append().is_some() {
            self.log.extend(self.replica.handle_appended().into_iter().filter_map(|pending| pending.entry));
        }
        submitted
    }
}
