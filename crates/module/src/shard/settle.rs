//! What stores report: loaded sessions, appends that succeeded or met another head, deadlines.

use alloc::string::String;
use alloc::vec::Vec;

use colloq_abi::{Conflicted, Head as AbiHead, Load};
use colloq_core::{
    Chain, Code, CommandId, Conflict, Head, Id, Pending, Recent, Rejection, Replica, Session, Slot, SlotId, Standing, Upstream,
};

use super::out::{Out, Row};
use super::{Shard, rejected_frame};
use crate::note::{Note, Ready, Shape};
use crate::{body, frame};

/// A store is given a snapshot each time a session has this many more entries, or more where the snapshot before was large.
const SNAPSHOT_EVERY: u64 = 256;
/// About what an entry takes: so many entries follow a snapshot as take about as many bytes as it has, or writing a long session down
/// again and again would be most of what a store writes.
const ENTRY_BYTES: u64 = 256;

/// The version at which a snapshot is due after one of so many bytes.
fn snapshot_due(version: u64, bytes: usize) -> u64 {
    version + SNAPSHOT_EVERY.max(bytes as u64 / ENTRY_BYTES)
}

/// Makes the reply to the newest pending command, as its sender will see it.
pub(super) fn make_reply(slot: &mut Slot<Note>) {
    let touched_at = slot.touched_at;
    let Some(pending) = slot.replica.pending().back() else { return };
    let (version, rejection, id) = (pending.entry.as_ref().map_or(0, |entry| entry.version), pending.rejection.clone(), pending.request.id);
    let Some(origin) = pending.note.origin.clone() else { return };
    let ready = reply(origin, version, rejection, id, slot.replica.view(), touched_at);
    if let Some(note) = slot.replica.last_note_mut() {
        note.ready = Some(ready);
    }
}

/// Gives the append in flight, with the replies that wait for it.
pub(super) fn give_append(slot: &mut Slot<Note>, replies: &[Ready], out: &mut Out) {
    let touched_at = slot.touched_at;
    let (confirmed, view) = slot.replica.states();
    let row = Row::of(confirmed, view, touched_at);
    if let Some((expected, entries)) = slot.replica.append_in_flight() {
        out.append(&row, expected, &entries, replies);
    }
}

fn reply(
    origin: (u64, Shape, u16),
    version: u64,
    rejection: Option<Rejection>,
    id: Option<CommandId>,
    view: &Session,
    touched_at: u64,
) -> Ready {
    let (ticket, shape, status) = origin;
    match (rejection, shape) {
        (Some(rejection), Shape::Frame) => rejected_frame(ticket, view.id, id, &rejection),
        (Some(rejection), _) => Ready { version, ..Ready::problem(ticket, &rejection) },
        (None, shape) => Ready { ticket, status, version, body: body::shaped(&shape, view, touched_at) },
    }
}

/// After a conflict, replies are made anew where the decision that they were made from fell.
pub(super) fn rebuild_replies(slot: &mut Slot<Note>) {
    if slot.replica.is_in_flight()
        || slot.replica.pending().iter().all(|pending| pending.note.origin.is_none() || pending.note.ready.is_some())
    {
        return;
    }
    let touched_at = slot.touched_at;
    let view = slot.replica.view().clone();
    let remade: Vec<Option<Ready>> = slot.replica.pending().iter().map(|pending| remake(pending, &view, touched_at)).collect();
    for (note, ready) in slot.replica.notes_mut().zip(remade) {
        note.ready = note.ready.take().or(ready);
    }
}

fn remake(pending: &Pending<Note>, view: &Session, touched_at: u64) -> Option<Ready> {
    let version = pending.entry.as_ref().map_or(0, |entry| entry.version);
    let origin = pending.note.origin.clone()?;
    Some(reply(origin, version, pending.rejection.clone(), pending.request.id, view, touched_at))
}

impl Shard {
    pub(super) fn handle_load(&mut self, load: &Load<'_>, out: &mut Out) {
        let Some(id) = Id::from_bytes(load.session) else { return };
        if self.directory.find(load.app, id).is_some() {
            return;
        }
        if self.is_full() {
            self.make_room(out);
        }
        match replay(load, 0) {
            Ok((session, _)) if session.id == id && *session.app == *load.app => {
                let touched_at = load.touched_ms.max(session.created_at);
                let at = self.directory.insert_keeping(session, touched_at, self.recent_max);
                let due = load.snapshot.as_ref().map(|snapshot| snapshot_due(snapshot.head.version, snapshot.bytes.len()));
                self.directory.slot_mut(at).snapshot_due = due.unwrap_or(SNAPSHOT_EVERY);
            }
            Ok(_) => out.damaged = Some("the history is another session's".into()),
            Err(why) => out.damaged = Some(why),
        }
    }

    pub(super) fn handle_appended(&mut self, app: &str, session: &[u8; 16], out: &mut Out) {
        let Some(at) = self.find(app, session) else { return };
        let slot = self.directory.slot_mut(at);
        if !slot.replica.is_in_flight() {
            return;
        }
        let settled = slot.replica.handle_appended();
        let confirmed = slot.replica.confirmed();
        for pending in &settled {
            pending.entry.iter().for_each(|entry| self.counters.count(entry, confirmed));
        }
        // What was decided while the append was on its way rests on it as well.
        for follower in settled.iter().flat_map(|pending| &pending.note.followers).filter(|follower| !follower.handed_out) {
            out.answer(&follower.ready);
        }
        // A session that began here was never given one.
        if confirmed.head.version >= slot.snapshot_due.max(SNAPSHOT_EVERY) {
            slot.snapshot_due = snapshot_due(confirmed.head.version, out.snapshot(confirmed));
        }
        self.directory.reschedule(at);
        self.poll_append(at, out);
    }

    pub(super) fn handle_conflicted(&mut self, conflicted: &Conflicted<'_>, out: &mut Out) {
        let load = &conflicted.load;
        let Some(at) = self.find(load.app, &load.session) else { return };
        let store = core_head(&load.head);
        if self.directory.slot(at).replica.standing(store) == Standing::Current {
            // What it was to be given again it has: others were quicker, or it never went back.
            return self.handle_appended(load.app, &load.session, out);
        }
        if self.restore(at, store, out) {
            return;
        }
        let slot = self.directory.slot_mut(at);
        if conflicted.continues && texts(load).is_ok_and(|entries| slot.replica.is_written_over(&entries)) {
            // What the store has instead is loaded by whoever tries again.
            return self.drop_session(at, Code::StoreUnavailable, out);
        }
        if conflicted.in_doubt {
            // Nothing is decided anew that may come yet, nor is anybody told that it came to nothing.
            if let (Ok((session, _)), Ok(entries)) = (replay(load, 0), texts(load)) {
                out.lose(&session, &slot.replica.take_lost(begins_after(load), &entries));
            }
            return self.drop_session(at, Code::OutcomeUnknown, out);
        }
        for note in slot.replica.notes_mut() {
            note.ready = None;
            // The decisions that they rested on fell.
            for follower in note.followers.drain(..) {
                if follower.is_frame { out.answer(&follower.ready) } else { out.again(follower.ready.ticket) }
            }
        }
        let settled = if conflicted.continues {
            texts(load).and_then(|entries| slot.replica.handle_conflict(&entries).map_err(|why| why.said()))
        } else {
            replay(load, self.recent_max).and_then(|history| {
                out.lose(&history.0, &slot.replica.take_lost(begins_after(load), &texts(load)?));
                let (settled, refused) = slot.replica.handle_history(history);
                Ok(Conflict { appended: Vec::new(), settled, refused })
            })
        };
        slot.touched_at = slot.touched_at.max(load.touched_ms);
        match settled {
            Ok(conflict) => self.settle_conflict(at, conflict, out),
            Err(why) => {
                self.drop_session(at, Code::Internal, out);
                out.damaged = Some(why);
            }
        }
    }

    /// Answers whoever a conflict settled, and goes on with the rest.
    fn settle_conflict(&mut self, at: SlotId, conflict: Conflict<Note>, out: &mut Out) {
        let slot = self.directory.slot_mut(at);
        let session = slot.replica.confirmed().id;
        let (confirmed, touched_at) = (slot.replica.confirmed(), slot.touched_at);
        for pending in &conflict.appended {
            pending.entry.iter().for_each(|entry| self.counters.count(entry, confirmed));
            if let Some(ready) = remake(pending, confirmed, touched_at) {
                out.answer(&ready);
            }
        }
        for settled in conflict.settled {
            match (settled.note.origin, settled.rejected) {
                (Some((ticket, Shape::Frame, _)), Some(code)) => out.answer(&rejected_frame(ticket, session, settled.id, &code.into())),
                (Some((ticket, shape, _)), Some(code)) if !matches!(shape, Shape::Frame) => {
                    out.answer(&Ready::problem(ticket, &code.into()));
                }
                (Some((ticket, shape, status)), None) if !matches!(shape, Shape::Frame) => {
                    let body = body::again(shape, settled.message, settled.version, confirmed, touched_at);
                    out.answer(&Ready { ticket, status, version: settled.version, body });
                }
                _ => {}
            }
        }
        for (pending, rejection) in conflict.refused {
            refuse_pending(&pending, session, &rejection, out);
        }
        self.directory.reschedule(at);
        self.poll_append(at, out);
        // A store that lost a session altogether leaves nothing of it.
        self.forget_vacant(at);
    }

    /// A store that went back to a place in the log is given again what it lost. `true` where it is.
    fn restore(&mut self, at: SlotId, store: Head, out: &mut Out) -> bool {
        let slot = self.directory.slot_mut(at);
        if slot.replica.standing(store) != Standing::Behind {
            return false;
        }
        let touched_at = slot.touched_at;
        let row = Row::of(slot.replica.confirmed(), slot.replica.confirmed(), touched_at);
        let Some((expected, entries)) = slot.replica.poll_restore(store) else { return false };
        out.append(&row, expected, &entries, &[]);
        true
    }

    /// Nobody knows what became of the append in flight: it is given again, to the byte.
    pub(super) fn handle_unknown(&mut self, app: &str, session: &[u8; 16], out: &mut Out) {
        let Some(at) = self.find(app, session) else { return };
        let slot = self.directory.slot_mut(at);
        if slot.replica.is_in_flight() {
            give_append(slot, &[], out);
        }
    }

    /// The store's head was read: where it went back, it is given what it lost; where others wrote, or it holds another history, the
    /// session has to be loaded.
    pub(super) fn handle_head(&mut self, app: &str, session: &[u8; 16], head: &AbiHead, out: &mut Out) {
        let Some(at) = self.find(app, session) else { return out.load(0) };
        let replica = &self.directory.slot(at).replica;
        if replica.is_in_flight() || replica.standing(core_head(head)) == Standing::Current {
            return;
        }
        let known = replica.confirmed().head;
        if !self.restore(at, core_head(head), out) {
            out.load_after(known);
        }
    }

    /// A link is gone; whoever is left is told who is still there.
    pub(super) fn handle_unlinked(&mut self, now: u64, app: &str, session: &[u8; 16], link: u64, out: &mut Out) {
        let Some(at) = self.find(app, session) else { return };
        let slot = self.directory.slot_mut(at);
        slot.presence.remove(link);
        out.answer(&frame::presence(0, slot, now));
    }

    pub(super) fn handle_dropped(&mut self, app: &str, session: &[u8; 16], code: &str, out: &mut Out) {
        let code = Code::from_text(code).unwrap_or(Code::Internal);
        let Some(at) = self.find(app, session) else { return };
        match code {
            Code::StoreUnavailable | Code::StoreFull if !self.directory.slot(at).replica.is_restoring() => {
                self.refuse_append(at, code, out);
            }
            _ => self.drop_session(at, code, out),
        }
    }

    /// The append in flight came to nothing, and what is confirmed is so still. It is not forgotten: a store that was not there may come
    /// back without it, and is given it again then.
    fn refuse_append(&mut self, at: SlotId, code: Code, out: &mut Out) {
        let replica = &mut self.directory.slot_mut(at).replica;
        let session = replica.confirmed().id;
        for pending in replica.abandon() {
            refuse_pending(&pending, session, &code.into(), out);
        }
        self.directory.reschedule(at);
        self.forget_vacant(at);
    }

    pub(super) fn handle_tick(&mut self, now: u64, limit: u32, out: &mut Out) {
        for _ in 0..limit {
            let Some(at) = self.directory.poll_due(now) else { return };
            if !self.erase_if_due(at, now, out) {
                self.expire_if_due(at, now, out);
            }
        }
    }

    pub(super) fn handle_due(&mut self, now: u64, app: &str, session: &[u8; 16], out: &mut Out) {
        let Some(at) = self.find(app, session) else { return out.load(0) };
        self.directory.mark_used(at, now);
        let has_pending = !self.directory.slot(at).replica.pending().is_empty();
        if !self.erase_if_due(at, now, out) && !self.expire_if_due(at, now, out) && !has_pending {
            let slot = self.directory.slot_mut(at);
            slot.touch_saved_at = slot.touched_at;
            out.touch(slot);
        }
    }

    fn find(&self, app: &str, session: &[u8; 16]) -> Option<SlotId> {
        self.directory.find(app, Id::from_bytes(*session)?)
    }

    fn drop_session(&mut self, at: SlotId, code: Code, out: &mut Out) {
        let Some(mut slot) = self.directory.remove(at) else { return };
        let lost = slot.replica.take_unrestored();
        out.lose(slot.replica.confirmed(), &lost);
        let session = slot.replica.confirmed().id;
        for pending in slot.replica.abandon() {
            refuse_pending(&pending, session, &code.into(), out);
        }
    }
}

/// Answers whoever waits for a pending command that came to nothing, and those whose answers rested on it.
fn refuse_pending(pending: &Pending<Note>, session: Id, rejection: &Rejection, out: &mut Out) {
    match &pending.note.origin {
        Some((ticket, Shape::Frame, _)) => out.answer(&rejected_frame(*ticket, session, pending.request.id, rejection)),
        Some((ticket, _, _)) => out.answer(&Ready::problem(*ticket, rejection)),
        None => {}
    }
    for follower in &pending.note.followers {
        if follower.is_frame {
            out.answer(&follower.ready);
        } else {
            out.answer(&Ready::problem(follower.ready.ticket, rejection));
        }
    }
}

fn texts<'a>(load: &Load<'a>) -> Result<Vec<&'a str>, String> {
    let text = |bytes: &&'a [u8]| core::str::from_utf8(bytes).map_err(|_| "an entry is not UTF-8".into());
    load.entries.iter().map(text).collect()
}

fn core_head(head: &AbiHead) -> Head {
    Head { version: head.version, chain: Chain(head.chain) }
}

/// The version behind which the entries begin: that of the snapshot, or an earlier one, where those below it are there to be compared.
fn begins_after(load: &Load<'_>) -> u64 {
    load.head.version.saturating_sub(load.entries.len() as u64)
}

/// What a snapshot and its tail make, with its newest entries at hand; the head must be the one that the store names.
fn replay(load: &Load<'_>, recent_max: usize) -> Result<(Session, Recent), String> {
    let start = match &load.snapshot {
        Some(snapshot) => {
            let text = core::str::from_utf8(snapshot.bytes).map_err(|_| "the snapshot is not UTF-8")?;
            Session::from_snapshot(text, Chain(snapshot.head.chain)).map_err(|error| error.said())?
        }
        None => Session::vacant(load.app, Id::from_bytes(load.session).ok_or("not a session's id")?),
    };
    let from = start.head;
    let older = from.version.saturating_sub(begins_after(load)) as usize;
    let mut replica = Replica::<Note>::new(Upstream::Host, start).keeping(recent_max);
    replica.handle_entries(from, texts(load)?.get(older..).unwrap_or_default()).map_err(|why| why.said())?;
    if replica.confirmed().head != core_head(&load.head) {
        return Err("the history does not make the head that the store names".into());
    }
    Ok(replica.into_history())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_followed_by_about_as_many_bytes_of_entries_as_it_has() {
        assert_eq!(snapshot_due(256, 1_000), 512);
        assert_eq!(snapshot_due(1_000, 1 << 20), 1_000 + 4_096);
    }
}
