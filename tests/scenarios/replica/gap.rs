//! Entries that do not continue what the page knows are seen as a gap and change nothing.

use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![a_gap_is_seen];

fn a_gap_is_seen(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    world.say(BOT, session, "missed");
    let behind = world.log(session).head();
    world.say(BOT, session, "heard");
    let from = colloq_core::Head { version: behind.version, chain: colloq_core::Chain(behind.chain) };
    let text = world.log(session).text(3).to_owned();
    assert_eq!(page.replica.handle_entries(from, &[&text]), Err(colloq_core::Received::Gap));
    assert_eq!(page.contents(), [""; 0]);
    page.receive(world);
    assert_eq!(page.contents(), ["missed", "heard"]);
}
