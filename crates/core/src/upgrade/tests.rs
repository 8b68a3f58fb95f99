//! Schema 0 is brought up, whatever stands in it; what cannot be is left for the reader behind to say.

use std::prelude::v1::*;

use std::format;

use crate::scene::{Scene, ada};
use crate::{Chain, Entry, EntryError, Head, Received, Replica, Session, Upstream};

/// The same entry as schema 0 would have written it.
fn older(entry: &Entry) -> String {
    entry.encode().replace("\"schema\":1", "\"schema\":0").replace("messageAppended", "messageAdded")
}

#[test]
fn an_older_log_makes_the_same_state() {
    let mut scene = Scene::created(r#","title":"messageAdded""#);
    scene.does(&ada(), r##"{"kind":"appendMessage","message":{"id":"#1","type":"user","content":"\"kind\":\"messageAdded\""}}"##);
    scene.does(&ada(), r#"{"kind":"rename"}"#);
    let mut log: Vec<String> = scene.log.iter().map(older).collect();
    // A digest is that of a state as its schema writes it, which no later core can compare.
    let digest = format!(",\"digest\":\"{}\"}}", Chain([7; 32]));
    log[2].pop();
    log[2].push_str(&digest);
    let mut replica = Replica::<()>::new(Upstream::Host, Session::vacant("default", crate::scene::id(0)));
    let texts: Vec<&str> = log.iter().map(String::as_str).collect();
    assert_eq!(replica.handle_entries(Head::ZERO, &texts), Ok(Vec::new()));
    assert_eq!(replica.confirmed().digest(), scene.session().digest());
    assert_ne!(replica.confirmed().head, scene.session().head, "the chain is over the bytes as they are stored");
    // In this schema the same digest is a divergence.
    let same = scene.log[2].encode();
    let present = format!("{}{digest}", &same[..same.len() - 1]);
    let mut replica = Replica::<()>::new(Upstream::Host, Session::vacant("default", crate::scene::id(0)));
    let texts = [scene.log[0].encode(), scene.log[1].encode(), present];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(replica.handle_entries(Head::ZERO, &texts), Err(Received::Diverged));
}

#[test]
fn what_is_no_entry_of_any_schema_is_malformed() {
    for (text, what) in [
        ("", "a schema is expected"),
        ("[]", "a schema is expected"),
        (r#"{"schema":-1}"#, "a whole number is expected"),
        (r#"{"schema":0}"#, "the field is missing"),
        (r#"{"schema":0,"events":{}}"#, "the field is missing"),
        (r#"{"schema":0,"version""#, "the field is missing"),
        (r#"{"schema":1,"version":1,"stamp":{"now":0,"actor":{"role":"user","id":"u"}},"outcome":"maybe","events":[]}"#, "not an outcome"),
    ] {
        assert!(matches!(Entry::decode(text), Err(EntryError::Malformed(said)) if said.contains(what)), "{text}");
    }
    assert_eq!(Entry::decode(r#"{"schema":3}"#), Err(EntryError::Outdated(3)));
}
