//! A bug on one engine alone is seen: the comparison of transcripts fails and names the engine.
//!
//! The bugs are planted into copies of the shipped file, at places that are looked for in it. The scenarios here assert nothing that
//! a bug changes: without the comparison they would pass on every engine, and these tests would fail.

use std::any::Any;
use std::io::Write as _;
use std::panic::catch_unwind;

use colloq_tests::engine::{Kind, Target, module_path};
use colloq_tests::world::{ADA, BOT, MINUTE_MS, OPS, World, run_on};
use serde_json::{Value, json};

#[test]
fn another_letter_in_an_answer() {
    assert_finds(read_a_session, b"isActive", b"isActivo");
}

#[test]
fn another_letter_in_an_entry() {
    // Why a stream that fell silent has failed is on record. The native core says how that is worded.
    let failed = fall_silent(&mut World::new(Kind::Native));
    let sentence = failed["error"]["message"].as_str().expect("a failure has a message");
    let planted = sentence.replacen('e', "o", 1);
    assert_finds(|world| drop(fall_silent(world)), sentence.as_bytes(), planted.as_bytes());
}

#[test]
fn another_deadline_in_the_code() {
    // `i64.const 60000`, the milliseconds after which a stream is silent, and a millisecond more.
    assert_finds(begin_a_stream, &[0x42, 0xe0, 0xd4, 0x03], &[0x42, 0xe1, 0xd4, 0x03]);
}

fn read_a_session(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.read(ADA, session);
}

fn begin_a_stream(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.stream(BOT, session);
}

fn fall_silent(world: &mut World) -> Value {
    let session = world.create(ADA, json!({}));
    let message = world.stream(BOT, session);
    world.advance(MINUTE_MS + 1);
    world.message(OPS, session, &message)
}

/// A scenario that passes on every engine fails as soon as the file of one of them has other bytes where these stand, and says whose.
fn assert_finds(scenario: fn(&mut World), from: &[u8], to: &[u8]) {
    let kinds = Kind::here();
    let targets = |planted: Option<(Kind, &tempfile::NamedTempFile)>| -> Vec<Target> {
        let target = |kind: &Kind| match planted {
            Some((victim, file)) if victim == *kind => Target::with_file(victim, file.path().to_owned()),
            _ => Target::shipped(*kind),
        };
        kinds.iter().map(target).collect()
    };
    run_on(scenario, &targets(None));
    let file = plant(from, to);
    for victim in kinds.iter().filter(|kind| **kind != Kind::Native) {
        let planted = targets(Some((*victim, &file)));
        let failure = catch_unwind(|| run_on(scenario, &planted)).expect_err("a bug on one engine alone has to be found");
        let why = text_of(&*failure);
        assert!(why.starts_with(&format!("{victim:?} answers otherwise at ")), "the comparison names the engine: {why}");
    }
}

/// A copy of the shipped file with other bytes in every place that holds these.
fn plant(from: &[u8], to: &[u8]) -> tempfile::NamedTempFile {
    assert!(from.len() == to.len() && from != to);
    let mut bytes = std::fs::read(module_path()).expect("the file can be read");
    let places: Vec<usize> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    let shown = String::from_utf8_lossy(from);
    assert!(!places.is_empty(), "the file holds {shown:?} ({from:02x?}) nowhere: this test has to plant its bug in another place");
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(&bytes).expect("a temporary file can be written");
    file
}

fn text_of(failure: &(dyn Any + Send)) -> &str {
    let text = failure.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| failure.downcast_ref::<&str>().copied()).unwrap_or_default()
}
