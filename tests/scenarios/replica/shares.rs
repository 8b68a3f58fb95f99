//! What a page's pending commands do not change it does not copy: the view shows the very messages that are confirmed, before and after
//! a command is settled.

use std::borrow::Cow;

use colloq_core::Id;
use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![what_did_not_change_is_shared];

/// Whether the view and the confirmed state show a message out of the same place in memory.
#[track_caller]
fn is_shared(page: &mut Page, id: Id) -> bool {
    let view = page.replica.view().clone();
    let shown = view.message(id).expect("the view has it").json();
    let confirmed = page.replica.confirmed().message(id).expect("it is confirmed").json();
    assert!(matches!((&shown, &confirmed), (Cow::Borrowed(_), Cow::Borrowed(_))));
    shown.as_ptr() == confirmed.as_ptr()
}

fn what_did_not_change_is_shared(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let ids: Vec<Id> = (0..100).map(|n| world.say(BOT, session, &n.to_string()).parse().expect("an id")).collect();
    let mut page = Page::open(world, session);
    let mine = page.say(world, "mine");
    page.act(world, json!({ "kind": "patchMetadata", "message": ids[50].to_string(), "metadata": { "n": 1 } })).expect("the page takes it");
    assert!((0..100).filter(|n| *n != 50).all(|n| is_shared(&mut page, ids[n])));
    assert!(!is_shared(&mut page, ids[50]), "one is changed, and only in the view");
    page.send(world);
    page.receive(world);
    assert!(ids.iter().chain([&mine]).all(|id| is_shared(&mut page, *id)));
}
