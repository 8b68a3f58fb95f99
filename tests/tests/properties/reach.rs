//! How far the sequences reach: every kind of event, every kind of command and most codes come about, or the properties prove little.

use std::collections::BTreeMap;

use colloq_core::{Command, Event};
use colloq_tests::properties::{Scribe, Step};

/// Sequences that are always the same (splitmix64).
fn sequences(count: u64) -> impl Iterator<Item = Vec<Step>> {
    let mut state = 0_u64;
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    (0..count).map(move |_| (0..30).map(|_| next()).map(|word| [word as u16, (word >> 16) as u16, (word >> 32) as u16]).collect())
}

#[test]
fn sequences_reach_every_kind() {
    let mut met: BTreeMap<&'static str, u32> = BTreeMap::new();
    for steps in sequences(400) {
        let scribe = Scribe::play(&steps);
        for entry in scribe.history.entries() {
            *met.entry(entry.outcome.rejected().map_or("accepted", |code| code.as_str())).or_default() += 1;
            entry.events.iter().for_each(|event| *met.entry(event.kind()).or_default() += 1);
        }
        scribe.met.iter().for_each(|(name, count)| *met.entry(name).or_default() += count);
    }
    let rejections = ["invalid", "forbidden", "messageNotFound", "messageStopped", "offsetGap", "offsetMismatch", "producerFenced"];
    let more = ["alreadyAnswering", "conflict", "tooLarge", "sessionEnded", "idTaken", "idempotencyMismatch"];
    let commands = Command::KINDS.iter().filter(|kind| !matches!(**kind, "restore" | "expire"));
    let events = Event::KINDS.iter().filter(|kind| **kind != "sessionRestored");
    let missed: Vec<&&str> = commands.chain(events).chain(&rejections).chain(&more).filter(|name| !met.contains_key(**name)).collect();
    assert!(missed.is_empty(), "never met: {missed:?}; met: {met:?}");
    assert!(met["accepted"] > 4000, "most of it is decided well: {met:?}");
}
