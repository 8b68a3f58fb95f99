//! What a replica owes to whoever owns it: seqs, settlements, and a store that conflicts, cannot tell, or went back.

use std::prelude::v1::*;

use std::{format, vec};

use super::*;
use crate::{Actor, Command, Create, EndReason, Role, SignOut, Time};

const NOW: u64 = 1_767_225_600_000;

fn id(n: u8) -> Id {
    Id::mint(NOW, [n; 16])
}

fn ada() -> Actor {
    Actor::new(Role::User, "ada")
}

fn create() -> Command {
    Create { user_id: None, title: None, context: None, data: None, limits: None }.into()
}

fn command(json: &str) -> Command {
    Request::from_json(json).unwrap().command
}

fn rename(title: &str) -> Command {
    command(&format!("{{\"kind\":\"rename\",\"title\":\"{title}\"}}"))
}

fn say(n: u8) -> Command {
    command(&format!("{{\"kind\":\"appendMessage\",\"message\":{{\"id\":\"{}\",\"type\":\"user\",\"content\":\"{n}\"}}}}", id(n)))
}

fn remove(n: u8) -> Command {
    command(&format!("{{\"kind\":\"removeMessage\",\"message\":\"{}\"}}", id(n)))
}

/// A host's replica of a session that exists, and its log.
fn host(recent_max: usize) -> (Replica<u32>, Vec<(String, Head)>) {
    let mut host = Replica::new(Upstream::Store, Session::vacant("default", id(0))).keeping(recent_max);
    let mut log = Vec::new();
    host.submit(create().into(), 0, Stamp::new(NOW, ada()), 0).unwrap();
    append(&mut host, &mut log);
    (host, log)
}

fn append(host: &mut Replica<u32>, log: &mut Vec<(String, Head)>) {
    let (_, entries) = host.poll_append().unwrap();
    log.extend(entries.into_iter().map(|(text, head)| (text.to_owned(), head)));
    host.handle_appended();
}

/// What several commands make of a copy of a host, as another host's appends.
fn elsewhere(host: &Replica<u32>, commands: &[(Option<CommandId>, Command)]) -> Vec<(String, Head)> {
    let (mut other, mut log) = (host.clone(), Vec::new());
    for (id, command) in commands {
        let request = Request { id: *id, once: None, command: command.clone() };
        other.submit(request, 0, Stamp::new(NOW + 5, ada()), 0).unwrap();
    }
    append(&mut other, &mut log);
    log
}

fn texts(log: &[(String, Head)]) -> Vec<&str> {
    log.iter().map(|(text, _)| text.as_str()).collect()
}

/// A page that knows what the host confirmed.
fn page(host: &Replica<u32>) -> Replica<u32> {
    Replica::new(Upstream::Host, host.confirmed().clone())
}

fn act(page: &mut Replica<u32>, command: Command, note: u32) -> Result<Submitted, Rejection> {
    let id = CommandId(id(99), page.next_seq(id(99)));
    page.submit(Request { id: Some(id), once: None, command }, page.confirmed().head.version, Stamp::new(NOW + 1, ada()), note)
}

#[test]
fn a_seq_that_was_rejected_is_not_given_again() {
    let (host, mut log) = host(0);
    let mut page = page(&host);
    act(&mut page, rename("one"), 1).unwrap();
    assert_eq!(page.next_seq(id(99)), 2);
    // The host says no before its entry comes.
    assert_eq!(page.handle_rejected(CommandId(id(99), 1)).unwrap().note, 1);
    assert!(page.handle_rejected(CommandId(id(99), 1)).is_none());
    assert_eq!((page.next_seq(id(99)), page.next_seq(id(98))), (2, 1));
    act(&mut page, rename("two"), 2).unwrap();
    // The entry settles nothing else, and what was done since stays.
    let from = log.last().unwrap().1;
    let other = elsewhere(&host, &[(Some(CommandId(id(99), 1)), remove(77))]);
    log.extend(other.clone());
    assert_eq!(page.handle_entries(from, &texts(&other)), Ok(vec![]));
    assert_eq!((page.next_seq(id(99)), page.view().title.as_deref()), (3, Some("two")));
}

#[test]
fn a_command_that_is_rejected_by_a_rebase_keeps_its_seq() {
    let (mut host, mut log) = host(0);
    host.submit(say(1).into(), 0, Stamp::new(NOW, ada()), 0).unwrap();
    append(&mut host, &mut log);
    let mut page = page(&host);
    act(&mut page, remove(1), 1).unwrap();
    let other = elsewhere(&host, &[(None, remove(1))]);
    page.handle_entries(log.last().unwrap().1, &texts(&other)).unwrap();
    assert!(page.view().messages.is_empty() && page.pending()[0].entry.is_none(), "the host has the last word");
    act(&mut page, rename("next"), 2).expect("what comes behind it is no gap");
    assert_eq!(page.pending()[1].request.id, Some(CommandId(id(99), 2)));
    assert_eq!(page.view().title.as_deref(), Some("next"));
}

#[test]
fn what_was_settled_before_a_fault_is_told() {
    let (host, log) = host(0);
    let mut page = page(&host);
    act(&mut page, rename("one"), 1).unwrap();
    let from = log[0].1;
    let entries = elsewhere(&host, &[(Some(CommandId(id(99), 1)), rename("one")), (None, rename("two"))]);
    let faulty = [entries[0].0.as_str(), "{}"];
    let settled = page.handle_entries(from, &faulty).unwrap();
    assert_eq!((settled.len(), settled[0].note, settled[0].version, settled[0].id), (1, 1, 2, Some(CommandId(id(99), 1))));
    assert!(matches!(page.handle_entries(from, &faulty), Err(Received::Malformed(_))), "the fault is found again");
    assert_eq!(page.handle_entries(from, &texts(&entries)), Ok(vec![]));
    assert_eq!(page.view().title.as_deref(), Some("two"));
}

#[test]
fn entries_of_another_history_are_not_taken() {
    let (host, log) = host(0);
    let (one, other) = (elsewhere(&host, &[(None, rename("a")), (None, rename("b"))]), elsewhere(&host, &[(None, rename("c"))]));
    let mut page = page(&host);
    page.handle_entries(log[0].1, &texts(&other)).unwrap();
    assert_eq!(page.handle_entries(log[0].1, &texts(&one)), Err(Received::Gap), "what it knows is not among them");
    assert_eq!(page.handle_entries(Head { version: 9, chain: log[0].1.chain }, &[]), Err(Received::Gap));
    assert_eq!(page.handle_entries(log[0].1, &texts(&other)), Ok(vec![]), "what is known is passed over");
    let whole = [texts(&log), texts(&other)].concat();
    assert_eq!(page.handle_entries(Head::ZERO, &whole), Ok(vec![]), "also from the first entry on");
    assert_eq!(page.handle_entries(Head::ZERO, &["{}"; 2]).map_err(|why| why.said().contains("schema")), Err(true));
    let skipped = [texts(&other)[0], &one[1].0.replace("\"version\":3", "\"version\":4")];
    assert_eq!(page.handle_entries(log[0].1, &skipped), Err(Received::Gap), "an entry says its own version");
}

#[test]
fn faults_have_their_words() {
    for (why, word) in [(Received::Gap, "continue"), (Received::Diverged, "differs"), (Received::Outdated(2), "later schema")] {
        assert!(why.said().contains(word));
    }
    let (host, log) = host(0);
    let mut page = page(&host);
    let later = elsewhere(&host, &[(None, rename("a"))])[0].0.replace("\"schema\":1", "\"schema\":2");
    assert_eq!(page.handle_entries(log[0].1, &[later.as_str()]), Err(Received::Outdated(2)));
    let wrong = Entry { digest: Some(crate::Chain::ZERO), ..host.clone().decided(rename("a")) }.encode();
    assert_eq!(page.handle_entries(log[0].1, &[wrong.as_str()]), Err(Received::Diverged));
}

impl Replica<u32> {
    /// The entry that a command would make.
    fn decided(mut self, command: Command) -> Entry {
        self.submit(command.into(), 0, Stamp::new(NOW, ada()), 0).unwrap();
        self.pending.pop_back().and_then(|pending| pending.entry).unwrap()
    }
}

#[test]
fn refused_commands_make_room_for_those_behind() {
    let (host, _) = host(0);
    let mut page = page(&host);
    for note in 1..=3 {
        act(&mut page, rename(&format!("{note}")), note).unwrap();
    }
    assert_eq!(page.handle_refused(CommandId(id(99), 2)).unwrap().note, 2);
    assert!(page.handle_refused(CommandId(id(99), 3)).is_none());
    let seqs: Vec<_> = page.pending().iter().map(|pending| (pending.request.id.unwrap().1, pending.note)).collect();
    assert_eq!((seqs, page.next_seq(id(99))), (vec![(1, 1), (2, 3)], 3));
    assert_eq!(page.view().title.as_deref(), Some("3"));
    assert_eq!(page.abandon().len(), 2);
    assert!(page.view().title.is_none());
}

#[test]
fn before_there_is_a_state_everything_waits() {
    let mut page = Replica::new(Upstream::Host, Session::vacant("default", id(0)));
    assert_eq!(act(&mut page, rename("early"), 7), Ok(Submitted::Pending(0, None)));
    assert!(!page.view().exists() && page.pending()[0].entry.is_none());
    let (host, _) = host(0);
    assert_eq!(page.reset(host.confirmed().clone()), vec![]);
    assert_eq!(page.view().title.as_deref(), Some("early"));
    // A snapshot that knows of it settles it, whatever it became.
    let known = elsewhere(&host, &[(Some(CommandId(id(99), 1)), remove(5))]);
    let mut later = Replica::<()>::new(Upstream::Host, host.confirmed().clone());
    later.handle_entries(host.confirmed().head, &texts(&known)).unwrap();
    let settled = page.reset(later.confirmed().clone());
    assert_eq!((settled.len(), settled[0].note, settled[0].rejected), (1, 7, Some(Code::MessageNotFound)));
}

#[test]
fn a_conflict_settles_what_others_decided_and_decides_the_rest_again() {
    let (mut host, _) = host(0);
    let (own, same, next) = (CommandId(id(1), 1), CommandId(id(2), 1), CommandId(id(3), 2));
    let other = elsewhere(&host, &[(Some(same), rename("same")), (Some(CommandId(id(3), 1)), rename("x"))]);
    let stamp = || Stamp::new(NOW + 9, ada());
    for (id, command, note) in
        [(own, rename("own"), 1), (same, rename("same"), 2), (CommandId(id(3), 1), rename("x"), 3), (next, rename("y"), 4)]
    {
        host.submit(Request { id: Some(id), once: None, command }, 0, stamp(), note).unwrap();
    }
    host.poll_append().unwrap();
    assert!(host.is_in_flight() && host.poll_append().is_none(), "one append at a time");
    let conflict = host.handle_conflict(&texts(&other)).unwrap();
    let notes: Vec<u32> = conflict.settled.iter().map(|settled| settled.note).collect();
    assert_eq!((conflict.appended.len(), notes, conflict.refused.len()), (0, vec![2, 3], 0));
    assert_eq!(host.pending().iter().map(|pending| pending.note).collect::<Vec<_>>(), [1, 4]);
    let view = host.view();
    assert_eq!((view.title.as_deref(), view.head.version), (Some("y"), 5));
}

#[test]
fn an_append_that_landed_after_all_is_confirmed() {
    let (mut host, _) = host(4);
    host.submit(rename("a").into(), 0, Stamp::new(NOW, ada()), 1).unwrap();
    let (_, entries) = host.poll_append().unwrap();
    let own: Vec<(String, Head)> = entries.into_iter().map(|(text, head)| (text.to_owned(), head)).collect();
    assert_eq!(host.append_in_flight().map(|(_, entries)| entries.len()), Some(1), "it can be sent again");
    let conflict = host.handle_conflict(&texts(&own)).unwrap();
    assert_eq!((conflict.appended.len(), host.confirmed().title.as_deref()), (1, Some("a")));
    // The same, with what others appended behind it.
    host.submit(rename("b").into(), 0, Stamp::new(NOW, ada()), 2).unwrap();
    let (_, entries) = host.poll_append().unwrap();
    let mut log: Vec<(String, Head)> = entries.into_iter().map(|(text, head)| (text.to_owned(), head)).collect();
    let mut landed = Replica::new(Upstream::Store, host.confirmed().clone());
    landed.handle_entries(host.confirmed().head, &texts(&log)).unwrap();
    log.extend(elsewhere(&landed, &[(None, rename("c"))]));
    let conflict = host.handle_conflict(&texts(&log)).unwrap();
    assert_eq!((conflict.appended.len(), conflict.appended[0].note, host.confirmed().title.as_deref()), (1, 2, Some("c")));
}

#[test]
fn a_store_that_went_back_is_given_what_it_lost() {
    let (mut host, mut log) = host(2);
    for title in ["a", "b"] {
        host.submit(rename(title).into(), 0, Stamp::new(NOW, ada()), 0).unwrap();
        append(&mut host, &mut log);
    }
    let [zero, first, second, third] = [Head::ZERO, log[0].1, log[1].1, log[2].1];
    let apart = Head { chain: crate::Chain::ZERO, ..third };
    let ahead = Head { version: 9, ..third };
    let standings = [third, second, first, zero, apart, ahead].map(|head| host.standing(head));
    // Only the newest two are kept, and nothing is known of what was before them.
    assert_eq!(standings[..3], [Standing::Current, Standing::Behind, Standing::Apart]);
    assert_eq!(standings[3..], [Standing::Apart, Standing::Apart, Standing::Ahead]);
    assert!(host.poll_restore(first).is_none());
    let (expected, entries) = host.poll_restore(second).unwrap();
    assert_eq!((expected, entries), (second, vec![(log[2].0.as_str(), third)]));
    assert!(host.is_in_flight() && host.poll_append().is_none() && host.append_in_flight().is_some());
    assert!(!host.is_written_over(&[log[2].0.as_str()]) && host.is_written_over(&["x"]) && host.is_written_over(&[]));
    host.handle_appended();
    assert!(!host.is_in_flight() && !host.is_written_over(&[]));
    host.poll_restore(second).unwrap();
    assert_eq!(host.take_unrestored().len(), 1, "what could not be restored is kept aside");
    assert_eq!(host.take_unrestored().len(), 0);
}

#[test]
fn a_store_that_lost_everything_is_given_everything() {
    let (mut host, log) = host(8);
    assert_eq!(host.standing(Head::ZERO), Standing::Behind);
    assert_eq!(host.poll_restore(Head::ZERO).map(|(expected, entries)| (expected, entries.len())), Some((Head::ZERO, 1)));
    // Others were faster.
    let conflict = host.handle_conflict(&texts(&log)).unwrap();
    assert!(conflict.appended.is_empty() && !host.is_in_flight());
    assert_eq!(host.take_lost(0, &[]), vec![(log[0].0.clone().into_boxed_str(), log[0].1)]);
}

#[test]
fn another_history_is_taken_and_what_is_pending_decided_on_it() {
    let (mut host, _) = host(8);
    let (next, gap) = (CommandId(id(1), 1), CommandId(id(2), 1));
    for (id, note) in [(next, 1), (gap, 2), (CommandId(gap.0, 2), 3)] {
        host.submit(Request { id: Some(id), once: None, command: rename("kept") }, 0, Stamp::new(NOW, ada()), note).unwrap();
    }
    host.poll_append().unwrap();
    // The store's history knows the first command of one client as the last thing that happened, and then somebody signed out.
    let mut other = host.clone();
    other.abandon();
    let mut log = Vec::new();
    other.submit(Request { id: Some(next), once: None, command: rename("kept") }, 0, Stamp::new(NOW, ada()), 0).unwrap();
    other.submit(Request::from(Command::from(SignOut {})), 0, Stamp::new(NOW, ada()), 0).unwrap();
    append(&mut other, &mut log);
    let (settled, refused) = host.handle_history(other.clone().into_history());
    assert_eq!(settled.iter().map(|settled| (settled.note, settled.rejected)).collect::<Vec<_>>(), [(1, None)]);
    assert!(refused.is_empty() && !host.is_in_flight());
    assert_eq!(host.pending().len(), 2);
    assert_eq!(host.view().auth.generation, 1);
    assert_eq!(host.last_note_mut(), Some(&mut 3));
}

#[test]
fn deadlines_of_a_session() {
    let (host, _) = host(0);
    let session = host.confirmed();
    assert_eq!(session.expiry(NOW + 10).map(|(at, reason)| (at - NOW, reason)), Some((30 * 60_000 + 10, EndReason::Idle)));
    assert_eq!(session.expiry(u64::MAX).map(|(at, reason)| (at - NOW, reason)), Some((24 * 3_600_000, EndReason::Absolute)));
    assert_eq!((session.retained_until(), session.deadline(NOW)), (None, Some(NOW + 30 * 60_000)));
    let mut ended = session.clone();
    ended.ended = Some(crate::Ended { at: Time(NOW), reason: EndReason::Ended });
    assert_eq!(ended.deadline(NOW), Some(NOW + 30 * 24 * 3_600_000));
    assert_eq!(Session::vacant("default", id(0)).deadline(NOW), None);
}
