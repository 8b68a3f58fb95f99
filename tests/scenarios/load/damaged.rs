//! A history with an entry missing, replaced or changed by a letter is not used: nobody is answered from it, and the host is told.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![a_damaged_history_is_not_used];

fn a_damaged_history_is_not_used(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.say(ADA, session, "one");
    world.say(ADA, session, "two");
    let damages: [fn(&mut World, Id); 3] = [
        |twin, session| drop(twin.log_mut(session).entries.remove(1)),
        |twin, session| twin.log_mut(session).entries[1] = b"{}".to_vec(),
        |twin, session| {
            let text = twin.log(session).text(2).replace("\"one\"", "\"won\"");
            twin.log_mut(session).entries[1] = text.into_bytes();
        },
    ];
    for damage in damages {
        let mut twin = world.twin();
        damage(&mut twin, session);
        let read = twin.send(ADA, session, Op::Read { messages: None }, "");
        assert_eq!(twin.take(read), [], "it is not answered from what cannot be trusted");
        assert_eq!(std::mem::take(&mut twin.damaged).len(), 1);
    }
}
