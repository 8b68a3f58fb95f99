//! What is on its way to the store, what streams, and where somebody is present stays in memory.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, MINUTE_MS, World};
use serde_json::json;

scenarios![what_is_on_its_way_stays, where_somebody_is_present_it_stays, what_streams_stays];

fn what_is_on_its_way_stays(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.hold_appends();
    let held = world.send(ADA, session, Op::Update, json!({ "title": "Held" }));
    world.advance(MINUTE_MS);
    assert_eq!(world.rest(0), []);
    world.release();
    assert_eq!(world.answer(held).is(200)["title"], "Held");
    assert_eq!(world.rest(0), [session]);
}

fn where_somebody_is_present_it_stays(world: &mut World) {
    let [present, other] = [(); 2].map(|()| world.create(ADA, json!({})));
    world.post(ADA, present, Op::Presence { link: 1 }, json!({})).is(200);
    world.advance(MINUTE_MS);
    assert_eq!(world.rest(MINUTE_MS), [other]);
    world.unlink(present, 1).expect("a frame for those who are left");
    assert_eq!(world.rest(MINUTE_MS), [], "it was looked at a moment ago");
    world.advance(MINUTE_MS);
    assert_eq!(world.rest(MINUTE_MS), [present]);
}

fn what_streams_stays(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let message = world.stream(BOT, session);
    world.delta(BOT, session, &message, 0, "An ans");
    world.advance(MINUTE_MS / 2);
    assert_eq!(world.rest(0), []);
    world.delta(BOT, session, &message, 6, "wer");
    world.post(BOT, session, Op::Complete(&message), json!({})).is(200);
    assert_eq!(world.rest(0), [session]);
    assert_eq!(world.message(ADA, session, &message)["content"], "An answer");
}
