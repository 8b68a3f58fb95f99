//! Limits are set by a command as well, in one entry that names all of them; agents set none.

use colloq_abi::Op;
use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::set;

scenarios![limits_are_set_by_a_command];

fn limits_are_set_by_a_command(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    page.act(world, json!({ "kind": "setLimits", "limits": { "maxMessages": 1 } })).expect("the page takes it");
    let raised = page.act(world, json!({ "kind": "setLimits", "limits": { "maxMessages": 2 } }));
    assert_eq!(raised.map_err(|rejection| rejection.code), Err(colloq_core::Code::Forbidden));
    page.say(world, "one");
    page.say(world, "two");
    assert_eq!(page.contents(), ["two"], "it counts at once");
    page.send(world);
    page.receive(world);
    assert_eq!(page.contents(), ["two"]);
    let event = &world.log(session).entry(2)["events"][0];
    assert_eq!(
        (&event["kind"], &event["limits"]["maxMessages"], &event["limits"]["idleMs"]),
        (&json!("limitsSet"), &json!(1), &json!(1_800_000))
    );
    set(world, BOT, session, json!({ "maxMessages": 1 })).refused("forbidden");
    world.post(ADA, session, Op::End, "").is(200);
    set(world, ADA, session, json!({ "maxMessages": 1 })).refused("sessionEnded");
}
