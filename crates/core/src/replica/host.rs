//! A replica whose upstream is a host: what it refused, what another page left behind, and who the host says we are.
//!
//! The seqs of a client follow from each other without a gap, whatever happens here; a number that was given to a command that may have
//! taken effect is never given to another one.

use alloc::boxed::Box;

use super::{Pending, Replica, Settled};
use crate::clients::Turn;
use crate::command::{CommandId, Request};
use crate::{Actor, Id, Stamp};

impl<T> Replica<T> {
    /// The upstream refused a command without a trace: it is taken out, and those behind it move up by one seq.
    pub fn handle_refused(&mut self, id: CommandId) -> Option<Pending<T>> {
        let at = self.pending.iter().position(|pending| pending.request.id == Some(id))?;
        let refused = self.pending.remove(at)?;
        for pending in self.pending.iter_mut().skip(at) {
            if let Some(CommandId(client, seq)) = &mut pending.request.id {
                *seq -= u64::from(*client == id.0);
            }
        }
        self.stale = true;
        Some(refused)
    }

    /// The upstream rejected a command on record, and its entry is still to come: it is taken out.
    pub fn handle_rejected(&mut self, id: CommandId) -> Option<Pending<T>> {
        let at = self.pending.iter().position(|pending| pending.request.id == Some(id))?;
        self.stale = true;
        self.rejected = Some(Box::new(id));
        self.pending.remove(at)
    }

    /// The next seq of a client: one above those decided and those pending.
    pub fn next_seq(&self, client: Id) -> u64 {
        // The seqs of a client ascend, so its newest pending command has the highest.
        let newest = self.pending.iter().rev().filter_map(|pending| pending.request.id).find(|id| id.0 == client);
        let used = newest.into_iter().chain(self.rejected.as_deref().copied()).filter(|id| id.0 == client).map(|id| id.1);
        used.max().unwrap_or(0).max(self.confirmed.last_seq(client)) + 1
    }

    /// Takes over a command that another client left behind, with its id. One that the confirmed state knows is settled.
    pub fn adopt(&mut self, request: Request, base: u64, stamp: Stamp, note: T) -> Option<Settled<T>> {
        let turn = request.id.map(|id| self.confirmed.clients.turn(id, base));
        let rejected = match turn {
            Some(Turn::Accepted) => None,
            Some(Turn::Rejected(code)) => Some(code),
            _ => {
                self.pending.push_back(Pending { request, base, stamp, entry: None, rejection: None, encoded: None, note });
                self.stale = true;
                return None;
            }
        };
        Some(Settled { id: request.id, version: self.confirmed.head.version, rejected, message: None, note })
    }

    /// The host says who we are: what is pending is decided anew under that name.
    pub fn restamp(&mut self, actor: &Actor) {
        for pending in self.pending.iter_mut().filter(|pending| pending.stamp.actor != *actor) {
            pending.stamp.actor = actor.clone();
            self.stale = true;
        }
    }

    /// A client goes on under another id, which counts from 1, from what is confirmed. None of its commands from that seq on may have
    /// taken effect before.
    pub fn rename(&mut self, client: Id, from: u64, other: Id) {
        for pending in &mut self.pending {
            if let Some(CommandId(of, seq)) = &mut pending.request.id
                && *of == client
                && *seq >= from
            {
                *of = other;
            }
        }
        self.renumber(other);
    }

    /// The host forgot a client: its commands begin anew, from what is confirmed. None of them may have taken effect before.
    pub fn renumber(&mut self, client: Id) {
        let (last_seq, base) = (self.confirmed.last_seq(client), self.confirmed.head.version);
        self.renumber_after(client, last_seq, base);
    }

    /// A client's commands, none of which was sent, follow its last one in a state that is just being known.
    pub fn renumber_after(&mut self, client: Id, last_seq: u64, base: u64) {
        self.rejected = self.rejected.take().filter(|id| id.0 != client);
        let mut next = last_seq + 1;
        for pending in &mut self.pending {
            if let Some(CommandId(of, seq)) = &mut pending.request.id
                && *of == client
            {
                (*seq, pending.base) = (next, base);
                next += 1;
            }
        }
        self.stale = true;
    }
}
