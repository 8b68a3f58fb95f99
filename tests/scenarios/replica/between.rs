//! What others did meanwhile is put before the page's own pending commands.

use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::{confirmed, shown};

scenarios![what_comes_between_is_put_before_the_pending];

fn what_comes_between_is_put_before_the_pending(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    let mine = page.say(world, "mine");
    world.say(BOT, session, "between");
    page.send(world);
    let from = page.replica.confirmed().head;
    page.replica.handle_entries(from, &[world.log(session).text(2)]).expect("it continues");
    assert_eq!(page.contents(), ["between", "mine"]);
    assert_eq!(page.replica.pending().len(), 1);
    page.receive(world);
    assert_eq!(page.contents(), ["between", "mine"]);
    assert_eq!(shown(&mut page, mine), confirmed(&page, mine));
}
