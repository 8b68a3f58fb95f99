//! What a page has pending when its user signs out elsewhere is refused without a trace, and goes through once it has a newer token.

use colloq_abi::Op;
use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![a_page_keeps_what_its_old_token_could_not_send];

fn a_page_keeps_what_its_old_token_could_not_send(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::opened_by(ADA.of_generation(0), world, session);
    page.say(world, "Hello");
    world.post(ADA, session, Op::SignOut, "").is(200);
    assert_eq!(page.send(world)[0]["code"], "unauthenticated");
    page.receive(world);
    assert_eq!((page.replica.pending().len(), page.replica.view().auth.generation), (1, 1));
    page.become_who(ADA.of_generation(1));
    assert_eq!(page.send(world), [json!(null); 0]);
    assert_eq!(page.receive(world).len(), 1);
    assert_eq!(page.contents(), ["Hello"]);
}
