//! Removing takes one message out, whoever wrote it; what answered it stays, and what streams in it is no more.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, HAL, World};
use serde_json::json;

use super::{contents, talk};

scenarios![a_message_is_removed, a_removed_stream_is_no_more];

fn a_message_is_removed(world: &mut World) {
    let (session, messages) = talk(world);
    let removed = world.post(ADA, session, Op::RemoveMessage(&messages[1]), "");
    assert_eq!((removed.status, removed.version, removed.body.len()), (204, 6, 0));
    assert_eq!(world.log(session).events(6), ["messageRemoved"]);
    assert_eq!(contents(world, session), ["What is it?", "A plane?", "No."]);
    world.post(ADA, session, Op::ReadMessage(&messages[1]), "").refused("messageNotFound");
    world.post(ADA, session, Op::RemoveMessage(&messages[1]), "").refused("messageNotFound");
    let page = world.post(ADA, session, Op::ListMessages { before: Some(&messages[2]), limit: 9 }, "").is(200);
    assert_eq!(page["items"][0]["id"], messages[0]);
}

fn a_removed_stream_is_no_more(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let question = world.say(ADA, session, "Why?");
    let answer = |content: &str| json!({ "type": "assistant", "content": content, "replyTo": question });
    let begun = json!({ "type": "assistant", "status": "streaming", "replyTo": question });
    let streaming = world.post(BOT, session, Op::AppendMessage, begun).is(201)["id"].as_str().expect("an id").to_owned();
    world.delta(BOT, session, &streaming, 0, "Because");
    world.post(HAL, session, Op::AppendMessage, answer("42")).refused("alreadyAnswering");
    world.post(ADA, session, Op::RemoveMessage(&streaming), "").is(204);
    world.post(BOT, session, Op::AppendDelta(&streaming), json!({ "offset": 7, "text": "." })).refused("messageNotFound");
    world.post(HAL, session, Op::AppendMessage, answer("42")).is(201);
    assert_eq!(world.twin().read(ADA, session), world.read(ADA, session));
}
