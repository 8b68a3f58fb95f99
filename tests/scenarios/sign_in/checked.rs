//! Only an operator vouches for somebody; users sign out of what is theirs, agents of nothing; and a user's id has a form.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, BOT, GUEST, OPS, World};
use serde_json::json;

use super::ada;

scenarios![only_an_operator_signs_somebody_in];

fn only_an_operator_signs_somebody_in(world: &mut World) {
    let session = world.create(GUEST, json!({}));
    world.post(GUEST, session, Op::SignIn, ada()).refused("forbidden");
    world.post(ADA, session, Op::SignIn, ada()).refused("sessionNotFound");
    world.post(BOT, session, Op::SignIn, ada()).refused("forbidden");
    world.post(BOT, session, Op::SignOut, "").refused("forbidden");
    world.post(BEN, session, Op::SignOut, "").refused("sessionNotFound");
    for user in ["", "a\nb", &"x".repeat(257)] {
        world.post(OPS, session, Op::SignIn, json!({ "userId": user })).invalid("/userId", "userId");
    }
    for body in [json!({}), json!({ "user": "ada" }), json!({ "userId": 7 })] {
        world.post(OPS, session, Op::SignIn, body).refused("malformed");
    }
    assert_eq!(world.log(session).entries.len(), 1);
    assert_eq!(world.post(OPS, session, Op::SignIn, json!({ "userId": "x".repeat(256) })).is(200)["auth"]["generation"], 1);
    assert_eq!(world.post(OPS, session, Op::SignIn, ada()).is(200)["auth"]["generation"], 2);
    assert_eq!(world.post(OPS, session, Op::SignOut, "").is(200)["auth"]["generation"], 3);
}
