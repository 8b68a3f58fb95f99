//! What a key's message became shows in the answer to the same request: grown, removed or taken back, it is not said again.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![what_a_message_became_is_the_answer];

fn what_a_message_became_is_the_answer(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let begin = json!({ "type": "assistant", "status": "streaming" });
    let id = world.post_once(BOT, session, "a", Op::AppendMessage, &begin).is(201)["id"].as_str().expect("an id").to_owned();
    let delta = json!({ "offset": 0, "text": "Hello" });
    let offset = world.post_once(BOT, session, "b", Op::AppendDelta(&id), &delta).is(200);
    assert_eq!(world.post_once(BOT, session, "b", Op::AppendDelta(&id), &delta).is(200)["nextOffset"], offset["nextOffset"]);
    let again = world.post_once(BOT, session, "a", Op::AppendMessage, &begin).is(201);
    assert_eq!((&again["id"], &again["content"], &again["status"]), (&json!(id), &json!("Hello"), &json!("streaming")));
    world.post(ADA, session, Op::Rewind, json!({ "through": null })).is(200);
    assert_eq!(world.post_once(BOT, session, "a", Op::AppendMessage, &begin).is(201), json!({ "id": id }));
    assert_eq!(world.read(ADA, session)["messages"], json!([]));
}
