//! A page shows its own commands at once, before its host has them; they are confirmed later, without a change in what is shown.

use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![a_page_shows_its_own_commands_at_once];

fn a_page_shows_its_own_commands_at_once(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    page.say(world, "Hello");
    assert_eq!(page.contents(), ["Hello"]);
    assert!(page.replica.confirmed().messages.is_empty());
    assert_eq!(page.send(world), [json!(null); 0]);
    let settled = page.receive(world);
    assert_eq!((settled.len(), settled[0].version, settled[0].rejected), (1, 2, None));
    assert!(page.replica.pending().is_empty());
    assert_eq!(page.contents(), ["Hello"]);
}
