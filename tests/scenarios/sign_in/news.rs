//! Whoever signs in or out changes what tokens are worth: the host is told, and whose session it was, so that nobody goes on following.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, GUEST, OPS, World};
use serde_json::json;

use super::ada;

scenarios![signing_is_news];

fn signing_is_news(world: &mut World) {
    let session = world.create(GUEST, json!({}));
    assert_eq!(world.log(session).news, (false, None, false), "whoever creates a session did not take it from anybody");
    let guest = world.log(session).user.clone();
    world.post(OPS, session, Op::SignIn, ada()).is(200);
    let (_, former, signed) = &world.log(session).news;
    assert_eq!((former.as_deref(), *signed), (Some(&*guest), true));
    world.say(ADA, session, "Hello");
    assert_eq!(world.log(session).news, (true, None, false));
    world.post(ADA, session, Op::SignOut, "").is(200);
    assert!(world.log(session).news.2);
}
