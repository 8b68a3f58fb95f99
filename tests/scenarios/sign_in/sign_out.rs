//! Signing out makes the tokens of before void and keeps the conversation: whoever is vouched for anew finds it as it was.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::signed_in;

scenarios![signing_out_makes_tokens_void];

fn signing_out_makes_tokens_void(world: &mut World) {
    let session = signed_in(world);
    let token = ADA.of_generation(1);
    world.advance(1000);
    let signed = world.post(token, session, Op::SignOut, "").is(200);
    assert_eq!(signed["auth"], json!({ "state": "anonymous", "since": "2026-01-01T00:00:01.000Z", "generation": 2 }));
    assert_eq!((&signed["userId"], &signed["isActive"]), (&json!("ada"), &json!(true)));
    assert_eq!(world.log(session).events(4), ["signedOut"]);
    world.post(token, session, Op::Read { messages: None }, "").refused("unauthenticated");
    world.post(token, session, Op::SignOut, "").refused("unauthenticated");
    let token = ADA.of_generation(2);
    assert_eq!(world.read(token, session)["messages"], signed["messages"]);
    world.say(token, session, "Back");
    world.post(token, session, Op::SignOut, json!({ "everywhere": true })).refused("malformed");
}
