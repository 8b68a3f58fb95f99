//! A snapshot settles the commands that it holds; the others stay pending on top of it.

use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![a_snapshot_settles_what_it_holds];

fn a_snapshot_settles_what_it_holds(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    page.say(world, "heard");
    page.send(world);
    // The page went through a tunnel and missed the entry; meanwhile it went on.
    page.say(world, "not heard");
    let settled = page.reset(world);
    assert_eq!((settled.len(), page.replica.pending().len()), (1, 1));
    assert_eq!(page.contents(), ["heard", "not heard"]);
    assert_eq!(page.send(world), [json!(null); 0]);
    page.receive(world);
    assert_eq!(page.contents(), ["heard", "not heard"]);
    assert_eq!(world.log(session).entries.len(), 3);
}
