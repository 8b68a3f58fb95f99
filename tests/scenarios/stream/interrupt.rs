//! Barge-in: whoever talks over an answer cuts it to what was heard, and its producer is told that it is stopped.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::{begin, delta};

scenarios![an_answer_is_talked_over, an_answer_that_is_whole_is_talked_over];

fn an_answer_is_talked_over(world: &mut World) {
    let (session, message) = begin(world);
    world.delta(BOT, session, &message, 0, "The quick brown fox");
    let heard = json!({ "heardOffset": 9, "playedMs": 700 });
    let cut = world.post(ADA, session, Op::Interrupt(&message), heard).is(200);
    assert_eq!(
        (&cut["status"], &cut["content"], &cut["metadata"]),
        (&json!("interrupted"), &json!("The quick"), &json!({ "playedMs": 700 }))
    );
    assert_eq!(world.log(session).events(4), ["messageInterrupted"]);
    delta(world, session, &message, 19, " jumps").refused("messageStopped");
    world.post(BOT, session, Op::Complete(&message), "").refused("messageStopped");
    assert_eq!(world.twin().message(ADA, session, &message), cut);
}

fn an_answer_that_is_whole_is_talked_over(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let message = world.say(BOT, session, "It is complete and is being spoken.");
    let cut = world.post(ADA, session, Op::Interrupt(&message), json!({ "heardOffset": 14 })).is(200);
    assert_eq!((&cut["status"], &cut["content"], cut.get("metadata")), (&json!("interrupted"), &json!("It is complete"), None));
    // Nobody knows how much was heard: all of it stays.
    let message = world.say(BOT, session, "Unheard of");
    let cut = world.post(BOT, session, Op::Interrupt(&message), "").is(200);
    assert_eq!((&cut["status"], &cut["content"]), (&json!("interrupted"), &json!("Unheard of")));
}
