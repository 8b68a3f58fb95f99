//! A page that knows nothing of the session yet keeps commands until it does.

use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![a_page_that_knows_nothing_yet_keeps_commands];

fn a_page_that_knows_nothing_yet_keeps_commands(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.say(BOT, session, "before");
    let mut page = Page::new(world, session);
    page.say(world, "early");
    assert_eq!(page.contents(), [""; 0], "there is no state to show it on");
    page.reset(world);
    assert_eq!(page.contents(), ["before", "early"]);
    page.send(world);
    assert_eq!(page.receive(world).len(), 1);
    assert_eq!(page.contents(), ["before", "early"]);
}
