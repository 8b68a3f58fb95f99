//! A page cuts an answer at once when its user talks over it, and what the agent sends meanwhile changes nothing.

use colloq_abi::Op;
use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{BOT, World};
use serde_json::json;

use super::{begin, delta};

scenarios![a_page_cuts_an_answer_at_once];

fn a_page_cuts_an_answer_at_once(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "One, two");
    let mut page = Page::open(world, session);
    page.act(world, json!({ "kind": "interruptMessage", "message": message, "heardOffset": 4 })).expect("the page takes it");
    assert_eq!(page.contents(), ["One,"]);
    // The agent does not know yet; its host does not either.
    world.delta(BOT, session, &message, 8, ", three");
    let from = page.replica.confirmed().head;
    page.replica.handle_entries(from, &[world.log(session).text(4)]).expect("it continues");
    assert_eq!(page.contents(), ["One,"]);
    page.send(world);
    delta(world, session, &message, 15, ", four").refused("messageStopped");
    page.receive(world);
    assert_eq!(page.contents(), ["One,"]);
    assert_eq!(world.post(BOT, session, Op::ReadMessage(&message), "").is(200)["content"], "One,");
}
