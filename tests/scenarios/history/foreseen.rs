//! A page shows an edit, a removal, a rewind and a note at once, and keeps showing the same once they are confirmed.

use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::World;
use serde_json::json;

use super::talk;

scenarios![a_page_foresees_what_is_taken_back];

fn a_page_foresees_what_is_taken_back(world: &mut World) {
    let (session, messages) = talk(world);
    let mut page = Page::open(world, session);
    let replacement = json!({ "id": world.new_id().to_string(), "type": "user", "content": "A kite?" });
    for (what, shown) in [
        (json!({ "kind": "editMessage", "message": messages[2], "replacement": replacement }), &["What is it?", "A bird.", "A kite?"][..]),
        (json!({ "kind": "patchMetadata", "message": messages[0], "metadata": { "n": 1 } }), &["What is it?", "A bird.", "A kite?"]),
        (json!({ "kind": "removeMessage", "message": messages[1] }), &["What is it?", "A kite?"]),
        (json!({ "kind": "rewind", "through": messages[0] }), &["What is it?"]),
    ] {
        page.act(world, what).expect("the page takes it");
        assert_eq!(page.contents(), shown);
    }
    assert_eq!(page.replica.confirmed().messages.len(), 4);
    let foreseen = page.replica.view().messages.clone();
    assert_eq!(page.send(world), [json!(null); 0]);
    assert_eq!(page.receive(world).len(), 4);
    assert_eq!(page.replica.view().messages, foreseen);
    assert_eq!(page.replica.confirmed().messages, foreseen);
}
