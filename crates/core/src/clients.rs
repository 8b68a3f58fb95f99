//! Exactly once: which commands of which clients a session has decided. Part of the state, so it travels in snapshots.
//!
//! `seq` counts from 1 a client and session without gaps. At or below the last one, the recorded outcome is the answer again; above
//! the next one, a command is missing. A client that was forgotten raises the floor, below which no unknown client is believed.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::code::Code;
use crate::command::CommandId;

/// The most clients that a session remembers.
pub const CLIENTS_MAX: usize = 32;
/// The most commands that a client may have unacknowledged, and the outcomes that are remembered of it.
pub const UNACKNOWLEDGED_MAX: u64 = 64;

/// The version below which an unknown client might be one that was forgotten.
pub type ClientFloor = u64;

/// What is remembered of one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    client: Id,
    /// The last seq that was decided.
    last: u64,
    /// The version of that decision.
    version: u64,
    /// The rejections among the last 64; every other one was accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rejected: Vec<(u64, Code)>,
}

/// The table of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Clients {
    known: Vec<Known>,
    floor: ClientFloor,
}

/// What a command's id says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is the next one.
    Next,
    /// It was accepted before.
    Accepted,
    /// It was rejected before.
    Rejected(Code),
    /// One before it is missing.
    Gap,
    /// The client is not known, and might be one that was forgotten.
    Forgotten,
}

impl Clients {
    /// What a command's id says, of a client that started from version `base`.
    pub(crate) fn turn(&self, id: CommandId, base: u64) -> Turn {
        let CommandId(client, seq) = id;
        let Some(known) = self.known.iter().find(|known| known.client == client) else {
            return match seq {
                1 if base >= self.floor => Turn::Next,
                _ => Turn::Forgotten,
            };
        };
        if seq == known.last + 1 {
            Turn::Next
        } else if seq > known.last {
            Turn::Gap
        } else {
            known.rejected.iter().find(|(at, _)| *at == seq).map_or(Turn::Accepted, |(_, code)| Turn::Rejected(*code))
        }
    }

    /// Records a decision.
    pub(crate) fn record(&mut self, id: CommandId, version: u64, rejected: Option<Code>) {
        let CommandId(client, seq) = id;
        let at = self.known.iter().position(|known| known.client == client).unwrap_or_else(|| {
            self.make_room();
            self.known.push(Known { client, last: 0, version, rejected: Vec::new() });
            self.known.len() - 1
        });
        let known = &mut self.known[at];
        known.last = seq;
        known.version = version;
        known.rejected.retain(|(at, _)| at + UNACKNOWLEDGED_MAX > seq);
        known.rejected.extend(rejected.map(|code| (seq, code)));
    }

    /// The last seq that was decided of a client; 0 of an unknown one.
    pub(crate) fn last_seq(&self, client: Id) -> u64 {
        self.known.iter().find(|known| known.client == client).map_or(0, |known| known.last)
    }

    /// Forgets the client that was quiet the longest, where the table is full.
    fn make_room(&mut self) {
        if self.known.len() < CLIENTS_MAX {
            return;
        }
        if let Some((at, version)) =
            self.known.iter().enumerate().map(|(at, known)| (at, known.version)).min_by_key(|(_, version)| *version)
        {
            self.known.swap_remove(at);
            self.floor = self.floor.max(version);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u8) -> Id {
        Id::mint(u64::from(n), [n; 16])
    }

    #[test]
    fn a_seq_is_taken_once_and_in_order() {
        let mut clients = Clients::default();
        assert_eq!(clients.turn(CommandId(client(1), 1), 0), Turn::Next);
        clients.record(CommandId(client(1), 1), 5, Some(Code::Invalid));
        assert_eq!(clients.turn(CommandId(client(1), 1), 0), Turn::Rejected(Code::Invalid));
        assert_eq!(clients.turn(CommandId(client(1), 2), 0), Turn::Next);
        assert_eq!(clients.turn(CommandId(client(1), 3), 0), Turn::Gap);
        clients.record(CommandId(client(1), 2), 6, None);
        assert_eq!(clients.turn(CommandId(client(1), 2), 0), Turn::Accepted);
    }

    #[test]
    fn a_forgotten_client_cannot_come_back_as_new() {
        let mut clients = Clients::default();
        for n in 0..=CLIENTS_MAX as u8 {
            clients.record(CommandId(client(n), 1), u64::from(n) + 10, None);
        }
        assert_eq!(clients.turn(CommandId(client(0), 2), 100), Turn::Forgotten);
        assert_eq!(clients.turn(CommandId(client(0), 1), 9), Turn::Forgotten);
        assert_eq!(clients.turn(CommandId(client(99), 1), 10), Turn::Next);
    }
}
