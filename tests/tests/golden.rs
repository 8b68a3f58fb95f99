//! Old logs and snapshots under the present core: what was written once in a released schema reads to the same state for ever.
//!
//! `tests/golden/schema-N/NAME.log` holds a session's entries, one a line, `NAME.snapshot` its snapshot, and `NAME.state` what they come to:
//! the chain and the digest. The files are append-only: `SHA256` names what each of them was, and none is ever written again. A new one
//! is made by `cargo run -p colloq-tests --example write_golden`.

use std::collections::BTreeSet;
use std::fs;

use colloq_core::{Chain, Event, Head, Id, Received, Replica, Session, SnapshotError, Upstream};
use colloq_tests::golden::{NAMES, files, folder, replay, sha256, state_of};
use colloq_tests::world::APP;
use serde_json::Value;

fn read(schema: u32, name: &str) -> String {
    let path = folder(schema).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn logs_of_schema_1_come_to_the_same_state() {
    for name in NAMES {
        let session = replay(&read(1, &format!("{name}.log")));
        let kept: Value = serde_json::from_str(&read(1, &format!("{name}.state"))).expect("a state is JSON");
        assert_eq!(state_of(&session), kept, "{name}");
    }
}

#[test]
fn snapshots_of_schema_1_come_to_the_same_state() {
    for name in NAMES {
        let kept: Value = serde_json::from_str(&read(1, &format!("{name}.state"))).expect("a state is JSON");
        let chain = kept["chain"].as_str().and_then(Chain::from_text).expect("a chain");
        let text = read(1, &format!("{name}.snapshot"));
        let session = Session::from_snapshot(&text, chain).expect("the snapshot is one");
        assert_eq!(state_of(&session), kept, "{name}");
        assert_eq!(session.to_snapshot(), text, "what is written of it is what was");
    }
}

#[test]
fn every_kind_of_event_is_among_them() {
    let mut kinds = BTreeSet::new();
    for name in NAMES {
        for line in read(1, &format!("{name}.log")).lines() {
            let entry: Value = serde_json::from_str(line).expect("an entry is JSON");
            let events = entry["events"].as_array().expect("an entry has events");
            kinds.extend(events.iter().map(|event| event["kind"].as_str().expect("a kind").to_owned()));
        }
    }
    let missing: Vec<&str> = Event::KINDS.iter().copied().filter(|kind| !kinds.contains(*kind)).collect();
    assert_eq!(missing, [""; 0]);
}

/// Schema 0 was never released: it was made by hand, to show that an older schema is brought up and that a chain holds over old bytes.
#[test]
fn an_older_schema_is_brought_up() {
    let session = replay(&read(0, "talk.log"));
    let kept: Value = serde_json::from_str(&read(0, "talk.state")).expect("a state is JSON");
    assert_eq!(state_of(&session), kept);
    assert_eq!(session.messages.iter().map(|message| message.to_draft().content().into_owned()).collect::<Vec<_>>(), ["Hello?", "Hello!"]);

    let snapshot = read(0, "talk.snapshot");
    assert!(snapshot.contains("\"schema\":0") && snapshot.contains("\"created\":"));
    let read = Session::from_snapshot(&snapshot, session.head.chain).expect("an older snapshot is brought up");
    assert_eq!(read, session);
    assert!(read.to_snapshot().contains("\"schema\":1"), "what is written anew is of the present schema");
    let tampered = snapshot.replace("\"title\":\"Tea\"", "\"title\":\"Sea\"");
    assert_eq!(Session::from_snapshot(&tampered, session.head.chain), Err(SnapshotError::Digest), "an older one is checked as well");
}

#[test]
fn a_later_schema_is_told_apart_from_what_is_damaged() {
    let log = read(1, "talk.log").lines().next().expect("an entry").replace("\"schema\":1", "\"schema\":2");
    let mut replica: Replica<()> = Replica::new(Upstream::Host, Session::vacant(APP, Id::mint(0, [0; 16])));
    assert_eq!(replica.handle_entries(Head::ZERO, &[&log]), Err(Received::Outdated(2)));
    let snapshot = read(1, "talk.snapshot").replacen("\"schema\":1", "\"schema\":2", 1);
    assert_eq!(Session::from_snapshot(&snapshot, Chain::ZERO), Err(SnapshotError::Outdated(2)));
}

#[test]
fn no_golden_file_was_ever_changed() {
    let listed = fs::read_to_string(folder(1).join("../SHA256")).expect("the list of hashes is there");
    let mut names = BTreeSet::new();
    for line in listed.lines() {
        let (hash, name) = line.split_once("  ").expect("a hash and a name");
        let bytes = fs::read(folder(1).join("..").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(sha256(&bytes), hash, "{name} was changed");
        names.insert(name.to_owned());
    }
    assert_eq!(files(), names, "every file is listed");
}
