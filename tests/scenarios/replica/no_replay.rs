//! An entry that says what the page foresaw settles the command without replay: the others are not decided anew.

use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{confirmed, shown};

scenarios![what_was_foreseen_is_settled_without_replay];

fn what_was_foreseen_is_settled_without_replay(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    // So that the page's clock, which is a little behind, shows.
    world.advance(1000);
    let (first, second) = (page.say(world, "one"), page.say(world, "two"));
    let second_shown = shown(&mut page, second);
    page.send(world);
    let from = page.replica.confirmed().head;
    let settled = page.replica.handle_entries(from, &[world.log(session).text(2)]).expect("it continues");
    assert_eq!(settled.len(), 1);
    // The first one is now the host's, also in the view; the second one was not decided anew.
    assert_eq!(shown(&mut page, first), confirmed(&page, first));
    assert_eq!(shown(&mut page, second), second_shown, "it still has the page's time");

    let from = page.replica.confirmed().head;
    page.replica.handle_entries(from, &[world.log(session).text(3)]).expect("it continues");
    assert_eq!(shown(&mut page, second), confirmed(&page, second));
}
