//! A store with another history from the beginning, a restored one say, is believed: its history replaces the one at hand, and links
//! that are ahead of it are reset.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{contents, hello};

scenarios![a_whole_other_history_is_taken];

fn a_whole_other_history_is_taken(world: &mut World) {
    let mut other = world.twin();
    let session = world.create(ADA, json!({ "title": "Lost" }));
    world.say(ADA, session, "lost");
    let lost = world.log(session).head();
    other.post(ADA, session, Op::Create, json!({ "title": "Restored" })).is(201);
    other.say(ADA, session, "restored");
    world.hold_appends();
    let mine = world.send(ADA, session, Op::AppendMessage, hello("mine"));
    world.conflict_with(&other, session);
    world.release();
    assert_eq!(world.answer(mine).version, 3);
    assert_eq!(world.read(ADA, session)["title"], "Restored");
    assert_eq!(contents(world, session), ["restored", "mine"]);
    let ahead = colloq_abi::Head { version: 3, ..lost };
    let snapshot = world.post(ADA, session, Op::Subscribe { since: Some(ahead) }, "").is(200);
    assert_eq!(snapshot["reset"], true);
}
