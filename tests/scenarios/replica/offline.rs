//! A page begins a session offline and talks in it; once it is heard, the host's clock counts.

use colloq_core::Submitted;
use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![a_page_begins_a_session_offline];

fn a_page_begins_a_session_offline(world: &mut World) {
    let session = world.new_id();
    let mut page = Page::new(world, session);
    let created = page.act(world, json!({ "kind": "create", "title": "Offline" }));
    assert_eq!(created, Ok(Submitted::Pending(1, None)));
    page.say(world, "Hello");
    assert_eq!(page.contents(), ["Hello"]);
    assert_eq!(page.replica.view().title.as_deref(), Some("Offline"));
    world.advance(60_000);
    assert_eq!(page.send(world), [json!(null); 0]);
    assert_eq!(page.receive(world).len(), 2);
    assert_eq!(page.replica.view().created_at, world.now, "the host's clock counts");
    assert_eq!(world.read(ADA, session)["messages"][0]["content"], "Hello");
}
