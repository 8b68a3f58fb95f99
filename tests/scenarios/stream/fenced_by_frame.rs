//! A delta by frame from a producer who was fenced off is rejected on record: its number is used up, and sent again it is rejected again.

use colloq_abi::Op;
use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{BOT, HAL, World};
use serde_json::json;

use super::begin;

scenarios![a_fenced_delta_is_on_record];

fn a_fenced_delta_is_on_record(world: &mut World) {
    let (session, message) = begin(world);
    let mut page = Page::opened_by(BOT, world, session);
    let delta = |offset: u64, text: &str| json!({ "kind": "appendDelta", "message": message, "offset": offset, "text": text });
    page.act(world, delta(0, "Hello")).expect("the page takes it");
    world.post(HAL, session, Op::TakeOver(&message), "").is(200);
    page.act(world, delta(5, " you")).expect("the page has not heard of it");
    assert_eq!(page.contents(), ["Hello you"]);
    let frames = page.send(world);
    assert_eq!(frames.iter().map(|frame| &frame["code"]).collect::<Vec<_>>(), ["producerFenced", "producerFenced"]);
    assert_eq!(world.log(session).entry(4)["outcome"], "producerFenced");
    assert_eq!(page.send(world), frames, "again the same, without another entry");
    assert_eq!(world.log(session).entries.len(), 5);
    assert_eq!(page.receive(world).len(), 2);
    assert_eq!((page.contents(), page.replica.next_seq(page.client)), (vec![String::new()], 3));
}
