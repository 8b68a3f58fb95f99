//! The newest message of a user waits, since it was said; an older one waits no more.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{turned, waits};

scenarios![the_newest_message_waits];

fn the_newest_message_waits(world: &mut World) {
    let session = world.create(ADA, json!({}));
    assert_eq!(waits(world, session), None);
    world.advance(1000);
    let first = world.say(ADA, session, "Who?");
    assert_eq!((waits(world, session), turned(world, session)), (Some(first), true));
    let since = world.now;
    assert_eq!(world.log(session).unanswered.map(|(_, at)| at), Some(since));
    world.advance(1000);
    world.post(ADA, session, Op::Update, json!({ "title": "Later" })).is(200);
    assert_eq!((world.log(session).unanswered.map(|(_, at)| at), turned(world, session)), (Some(since), false));
    let second = world.say(ADA, session, "And why?");
    assert_eq!((waits(world, session), turned(world, session)), (Some(second), true));
}
