//! A page: the real uplinks of the sessions that it has open, the connection that they share, and what it would leave behind if it were
//! closed now.

use std::collections::BTreeMap;

use colloq_core::{Actor, Id, Role};
use colloq_host::engine::Identity;
use colloq_module::Uplink;

use super::ground::BEGIN_MS;

/// See the module's documentation.
pub(crate) struct Page {
    pub(crate) who: Person,
    pub(crate) client: Id,
    /// How many sessions it has opened, the same ones again among them.
    openings: u16,
    /// By the session's id as text.
    pub(crate) uplinks: BTreeMap<String, Uplink>,
    pub(crate) wire: Option<u64>,
    /// The host has said who we are.
    pub(crate) is_welcome: bool,
    pub(crate) skew_ms: i64,
    /// What is kept of each session: its state, its queue, and the numbers of the queue's commands.
    pub(crate) kept: BTreeMap<String, Kept>,
    /// Commands that wait, by session, in their order, and whose they are: this page's, or those of one that it took over.
    pub(crate) waiting: BTreeMap<String, Vec<(Id, u64)>>,
    /// When it is woken next, so that it is not woken twice.
    pub(crate) wake_at: Option<u64>,
    pub(crate) tries: u32,
}

/// Who sits at a page, or calls without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) id: &'static str,
    pub(crate) role: Role,
}

pub(crate) const ADA: Person = Person { id: "ada", role: Role::User };
pub(crate) const BOT: Person = Person { id: "bot", role: Role::Agent };
pub(crate) const HAL: Person = Person { id: "hal", role: Role::Agent };
pub(crate) const OPS: Person = Person { id: "ops", role: Role::Operator };

/// What outlives a page: the queues of the clients that it sent for, and what their commands are to the history.
pub(crate) type Kept = Vec<(Id, String, Vec<u64>)>;

impl Person {
    pub(crate) fn actor(self) -> Actor {
        Actor::new(self.role, self.id)
    }

    pub(crate) fn identity(self) -> Identity {
        let role = match self.role {
            Role::User => colloq_host::engine::Role::User,
            Role::Agent => colloq_host::engine::Role::Agent,
            _ => colloq_host::engine::Role::Operator,
        };
        Identity::new("default", role, self.id)
    }
}

impl Page {
    pub(crate) fn new(who: Person, client: Id) -> Self {
        Self {
            who,
            client,
            openings: 0,
            uplinks: BTreeMap::new(),
            wire: None,
            is_welcome: false,
            skew_ms: 0,
            kept: BTreeMap::new(),
            waiting: BTreeMap::new(),
            wake_at: None,
            tries: 0,
        }
    }

    /// What its clock shows at a virtual time.
    pub(crate) fn clock(&self, now: u64) -> u64 {
        (BEGIN_MS + now).saturating_add_signed(self.skew_ms)
    }

    /// Opens a session, if it is not open.
    pub(crate) fn open(&mut self, session: &str) -> &mut Uplink {
        let (client, who, openings) = (self.client, self.who, &mut self.openings);
        self.uplinks.entry(session.to_owned()).or_insert_with(|| {
            let id = session.parse().expect("a session has an id");
            *openings += 1;
            Uplink::new(client, id, who.actor()).opened(*openings)
        })
    }

    /// Keeps what a page that is closed leaves behind. That comes before anything is sent.
    pub(crate) fn keep(&mut self) {
        for (session, uplink) in &self.uplinks {
            let waiting = self.waiting.get(session).map(Vec::as_slice).unwrap_or_default();
            let mut kept: Kept = Vec::new();
            for (client, op) in waiting {
                match kept.iter_mut().find(|(other, ..)| other == client) {
                    Some((_, _, ops)) => ops.push(*op),
                    None => kept.push((*client, uplink.queue(*client).unwrap_or_default(), vec![*op])),
                }
            }
            self.kept.insert(session.clone(), kept);
        }
    }

    /// A command was settled.
    pub(crate) fn settled(&mut self, session: &str, op: u64) {
        if let Some(waiting) = self.waiting.get_mut(session) {
            waiting.retain(|(_, other)| *other != op);
        }
    }

    /// Whether it hears of everything that happens in its sessions.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_welcome && self.uplinks.values().all(|uplink| uplink.is_live() || !uplink.confirmed().exists())
    }

    /// How many commands wait.
    pub(crate) fn pending(&self) -> usize {
        self.uplinks.values().map(Uplink::pending).sum()
    }
}
