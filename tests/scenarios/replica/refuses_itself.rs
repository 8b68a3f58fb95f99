//! A page refuses by itself what its host would refuse; such a command is never sent and takes no number.

use colloq_core::Code;
use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![a_page_says_no_by_itself];

fn a_page_says_no_by_itself(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    let message = json!({ "type": "assistant", "content": "I am a bot" });
    let refused = page.act(world, json!({ "kind": "appendMessage", "message": message }));
    assert_eq!(refused.map_err(|rejection| rejection.code), Err(Code::Forbidden));
    assert_eq!(page.replica.next_seq(page.client), 1, "it is told at once and never sent");
    assert!(page.replica.pending().is_empty());
}
