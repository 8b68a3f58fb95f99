//! Signing in gives a guest's session to a user whom the app knows: the conversation stays, and from then on it is in their list.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, GUEST, OPS, World};
use serde_json::json;

use super::ada;

scenarios![the_conversation_stays];

fn the_conversation_stays(world: &mut World) {
    let session = world.create(GUEST, json!({ "title": "Cart", "data": { "n": 1 } }));
    world.say(GUEST, session, "Hello");
    let streaming = world.stream(BOT, session);
    let before = world.read(GUEST, session);
    assert_eq!((&before["userId"], &before["auth"]["state"]), (&json!("guest-1"), &json!("anonymous")));
    world.advance(1000);
    let signed = world.post(OPS, session, Op::SignIn, ada()).is(200);
    assert_eq!(signed["userId"], "ada");
    assert_eq!(signed["auth"], json!({ "state": "authenticated", "since": "2026-01-01T00:00:01.000Z", "generation": 1 }));
    for same in ["title", "data", "messages", "createdAt", "limits"] {
        assert_eq!(signed[same], before[same], "{same}");
    }
    assert_eq!(signed["messages"][0]["author"]["id"], "guest-1", "who said it then said it then");
    assert_eq!(world.log(session).events(4), ["signedIn"]);
    assert_eq!(world.log(session).user, "ada", "lists find it under the new user");
    assert_eq!(world.read(ADA, session)["messages"], before["messages"]);
    // An answer that streams goes on.
    assert_eq!(world.delta(BOT, session, &streaming, 0, "Hi"), 2);
    world.say(ADA, session, "It is me");
    assert_eq!(world.twin().read(ADA, session), world.read(ADA, session));
}
