//! Rewinding takes back everything after a message, or everything there is.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, OPS, World};
use serde_json::json;

use super::{contents, talk};

scenarios![everything_after_a_message_is_taken_back];

fn everything_after_a_message_is_taken_back(world: &mut World) {
    let (session, messages) = talk(world);
    let rewound = world.post(ADA, session, Op::Rewind, json!({ "through": messages[1] })).is(200);
    assert_eq!(rewound["messages"].as_array().map(Vec::len), Some(2));
    assert_eq!(rewound["hasEarlier"], false, "what is taken back is not what left for want of room");
    assert_eq!(world.log(session).events(6), ["rewound"]);
    assert_eq!(contents(world, session), ["What is it?", "A bird."]);
    world.post(ADA, session, Op::ReadMessage(&messages[2]), "").refused("messageNotFound");
    world.say(ADA, session, "Superman?");
    assert_eq!(contents(world, session), ["What is it?", "A bird.", "Superman?"]);
    world.post(OPS, session, Op::Rewind, json!({ "through": null })).is(200);
    assert_eq!(contents(world, session), [""; 0]);
}
