//! Each thing that must not be is found, and a history in which nothing is wrong is passed.

use colloq_core::{Actor, Id, Replica, Request, Role, Session, Stamp, Upstream, session_json};
use serde_json::json;

use super::*;

const NOW: u64 = 1_767_225_600_000;

/// A log of a creation and three messages that bear marks, and what the session looks like then.
struct Sample {
    session: String,
    log: Vec<String>,
    view: Value,
}

fn sample() -> Sample {
    let id = Id::mint(NOW, [1; 16]);
    let mut replica = Replica::<()>::new(Upstream::Store, Session::vacant("default", id));
    let client = Id::mint(NOW, [2; 16]);
    let mut log = Vec::new();
    for seq in 1..=4_u64 {
        let command = match seq {
            1 => json!({ "id": [client.to_string(), seq], "kind": "create" }),
            _ => json!({ "id": [client.to_string(), seq], "kind": "appendMessage", "message": {
                "id": Id::mint(NOW, [seq as u8 + 2; 16]).to_string(), "type": "user", "content": format!("~{seq}~"),
            } }),
        };
        let request = Request::from_json(&command.to_string()).expect("a command");
        replica.submit(request, 0, Stamp::new(NOW, Actor::new(Role::User, "ada")), ()).expect("it is accepted");
        let (_, entries) = replica.poll_append().expect("there is something to append");
        log.extend(entries.into_iter().map(|(text, _)| text.to_owned()));
        replica.handle_appended();
    }
    let view = serde_json::from_str(&session_json(replica.confirmed(), 0, None)).expect("a session is JSON");
    Sample { session: id.to_string(), log, view }
}

fn invoke(sample: &Sample, op: u64, want: Want) -> Event {
    let mark = (want == Want::Write).then(|| format!("~{op}~"));
    Event::Invoke { at: 0, op, session: sample.session.clone(), want, mark }
}

fn ok(op: u64, version: u64) -> Event {
    Event::Ok { at: 0, op, version, id: None, code: None, view: None }
}

fn log(sample: &Sample, entries: &[String]) -> Event {
    Event::Log { session: sample.session.clone(), entries: entries.to_vec(), erased: false }
}

/// What is wrong with a history whose log is the sample's.
fn wrong(sample: &Sample, mut events: Vec<Event>) -> Vec<String> {
    events.push(log(sample, &sample.log));
    check(&events).wrong
}

fn finds(sample: &Sample, events: Vec<Event>, what: &str) {
    let found = wrong(sample, events);
    assert!(found.len() == 1 && found[0].contains(what), "{what}: {found:?}");
}

#[test]
fn a_history_in_which_nothing_is_wrong_is_passed() {
    let sample = sample();
    let read = Event::Ok { at: 1, op: 9, version: 4, id: None, code: None, view: Some(sample.view.clone()) };
    let events = vec![
        invoke(&sample, 2, Want::Write),
        ok(2, 2),
        invoke(&sample, 3, Want::Write),
        invoke(&sample, 4, Want::Write),
        ok(4, 4),
        Event::Unknown { at: 1, op: 3 },
        invoke(&sample, 9, Want::Read),
        read,
        log(&sample, &sample.log),
    ];
    let verdict = check(&events);
    assert_eq!((verdict.wrong, verdict.kept, verdict.reads, verdict.unknown), (vec![], 2, 1, 1));
    assert_eq!(from_lines(&to_lines(&events)), Ok(events), "it is the same when it is written down and read");
}

#[test]
fn what_was_acknowledged_is_there_as_it_was_told() {
    let sample = sample();
    finds(&sample, vec![invoke(&sample, 7, Want::Write), ok(7, 3)], "is not in the log");
    finds(&sample, vec![invoke(&sample, 3, Want::Write), ok(3, 4)], "stands at 3");
    let rejected = Event::Ok { at: 0, op: 3, version: 3, id: Some((client_of(&sample), 3)), code: Some("invalid".into()), view: None };
    finds(&sample, vec![invoke(&sample, 3, Want::Write), rejected], "was told");
    let other = Event::Ok { at: 0, op: 3, version: 4, id: Some((client_of(&sample), 4)), code: None, view: None };
    finds(&sample, vec![invoke(&sample, 3, Want::Write), other], "where something else stands");
}

fn client_of(sample: &Sample) -> String {
    let entry: Value = serde_json::from_str(&sample.log[0]).expect("an entry is JSON");
    entry["command"][0].as_str().expect("it has a client").to_owned()
}

#[test]
fn what_was_refused_is_not_there() {
    let sample = sample();
    let refused = Event::Fail { at: 0, op: 3, code: "storeUnavailable".into() };
    finds(&sample, vec![invoke(&sample, 3, Want::Write), refused], "was refused");
}

#[test]
fn order_is_that_of_time() {
    let sample = sample();
    finds(&sample, vec![invoke(&sample, 4, Want::Write), ok(4, 4), invoke(&sample, 2, Want::Write), ok(2, 2)], "though 4 was acknowledged");
    let stale = Event::Ok { at: 0, op: 9, version: 2, id: None, code: None, view: None };
    finds(&sample, vec![invoke(&sample, 4, Want::Write), ok(4, 4), invoke(&sample, 9, Want::Read), stale], "read version 2");
}

#[test]
fn a_read_is_a_prefix_of_the_log() {
    let sample = sample();
    let mut view = sample.view.clone();
    view["messages"][0]["content"] = json!("~other~");
    let read = Event::Ok { at: 0, op: 9, version: 4, id: None, code: None, view: Some(view) };
    finds(&sample, vec![invoke(&sample, 9, Want::Read), read], "and the log says");
}

#[test]
fn a_log_has_no_gap_and_no_command_twice() {
    let sample = sample();
    let gap = check(&[log(&sample, &[&sample.log[..1], &sample.log[2..]].concat())]).wrong;
    assert!(gap.iter().any(|wrong| wrong.contains("says that it is 3")), "{gap:?}");
    let twice = check(&[invoke(&sample, 3, Want::Write), log(&sample, &[&sample.log[..], &sample.log[2..3]].concat())]).wrong;
    assert!(twice.iter().any(|wrong| wrong.contains("is there twice")) && twice.iter().any(|wrong| wrong.contains("took effect 2 times")));
}

#[test]
fn a_loss_is_reported_or_mended() {
    let sample = sample();
    let lost = |held| Event::Lost { at: 0, session: sample.session.clone(), after: 2, entries: sample.log[2..].to_vec(), held };
    let events = |more: Vec<Event>, left: usize| {
        let mut events = vec![invoke(&sample, 3, Want::Write), ok(3, 3)];
        events.extend(more);
        events.push(log(&sample, &sample.log[..left]));
        check(&events)
    };
    let silent = events(vec![lost(2)], 2);
    assert!(silent.wrong.len() == 1 && silent.wrong[0].contains("nobody reported it"), "{silent:?}");
    assert_eq!(silent.lost, 1);
    let reported = Event::Reported { at: 0, session: sample.session.clone(), entries: sample.log[2..].to_vec() };
    assert_eq!(events(vec![lost(2), reported], 2).wrong, [""; 0]);
    assert_eq!(events(vec![lost(2)], 4).wrong, [""; 0], "the store was given them again");
    assert_eq!(events(vec![lost(0)], 2).wrong, [""; 0], "nobody was left who could have known");
}
