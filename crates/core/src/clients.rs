//! Exactly once: which commands of which clients a session has decided. Part of the state, so it travels in snapshots.
//!
//! `seq` counts from 1 a client and session without gaps. At or below the last one, the recorded outcome is the answer again; above
//! the next one, a command is missing. A client that was forgotten raises the floor, below which no unknown client is believed.

use alloc::vec::Vec;

use crate::Id;
use crate::code::Code;
use crate::command::CommandId;
use crate::snapshot::COUNT_MAX;

/// The most clients that a session remembers.
pub const CLIENTS_MAX: usize = 32;
/// The most commands that a client may have unacknowledged, and the outcomes that are remembered of it.
pub const UNACKNOWLEDGED_MAX: u64 = 64;

/// The version below which an unknown client might be one that was forgotten.
pub type ClientFloor = u64;

/// What is remembered of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    client: Id,
    /// The last seq that was decided.
    last: u64,
    /// The version of that decision.
    version: u64,
    /// The rejections among the last 64; every other one was accepted.
    rejected: Vec<Rejected>,
}

crate::json!(Known: strict {
    client: Id = "client",
    last: u64 = "last",
    version: u64 = "version",
    rejected: Vec<Rejected> = "rejected",
});

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rejected {
    seq: u64,
    code: Code,
}

crate::json!(Rejected: strict { seq: u64 = "seq", code: Code = "code", });

/// The table of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clients {
    known: Vec<Known>,
    floor: ClientFloor,
}

crate::json!(Clients: strict { known: Vec<Known> = "known", floor: ClientFloor = "floor", });

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
        #[cfg(feature = "planted")]
        if seq > known.last && crate::planted::is_planted(crate::planted::Planted::SeqGap) {
            return Turn::Next;
        }
        if seq == known.last + 1 {
            Turn::Next
        } else if seq > known.last {
            Turn::Gap
        } else {
            known.rejected.iter().find(|rejected| rejected.seq == seq).map_or(Turn::Accepted, |rejected| Turn::Rejected(rejected.code))
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
        known.rejected.retain(|rejected| rejected.seq + UNACKNOWLEDGED_MAX > seq);
        known.rejected.extend(rejected.map(|code| Rejected { seq, code }));
    }

    /// The last seq that was decided of a client; 0 of an unknown one.
    pub(crate) fn last_seq(&self, client: Id) -> u64 {
        self.known.iter().find(|known| known.client == client).map_or(0, |known| known.last)
    }

    /// The first thing in it that cannot be, as a JSON Pointer below the table, in a state at a version.
    pub(crate) fn first_invalid(&self, version: u64) -> Option<&'static str> {
        let known = &self.known;
        let twice = known.iter().enumerate().any(|(at, one)| known[..at].iter().any(|other| other.client == one.client));
        let is_wrong = |one: &Known| {
            let outside = |rejected: &Rejected| rejected.seq > one.last || rejected.seq + UNACKNOWLEDGED_MAX <= one.last;
            let twice = one.rejected.windows(2).any(|pair| pair[0].seq >= pair[1].seq);
            !(1..=COUNT_MAX).contains(&one.last) || one.version > version || twice || one.rejected.iter().any(outside)
        };
        if known.len() > CLIENTS_MAX || twice || known.iter().any(is_wrong) {
            return Some("/known");
        }
        (self.floor > version).then_some("/floor")
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
