//! A store that refuses an append may be a store that went back: what was confirmed before is remembered, and given again once it answers.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};

use super::{contents, hello, keeping};

scenarios![what_was_confirmed_is_remembered_through_a_refusal];

fn what_was_confirmed_is_remembered_through_a_refusal(world: &mut World) {
    for code in ["storeUnavailable", "storeFull"] {
        let (mut host, session) = keeping(world, 8);
        let before = host.log(session).entries.clone();
        host.hold_appends();
        let ticket = host.send(ADA, session, Op::AppendMessage, hello("four"));
        host.drop_append(session, code);
        host.answer(ticket).refused(code);
        host.release();
        host.log_mut(session).go_back(4);
        host.read_head(session);
        assert_eq!((&host.log(session).entries, &*host.losses), (&before, &[][..]), "it is given again what it lost");
        host.say(ADA, session, "four");
        assert_eq!(contents(&mut host, session), ["one", "two", "three", "four"]);
    }
    // A session that never came to be leaves nothing.
    let mut host = world.twin();
    host.hold_appends();
    let id = colloq_core::Id::mint(host.now, [9; 16]);
    let ticket = host.send(ADA, id, Op::Create, serde_json::json!({}));
    host.drop_append(id, "storeUnavailable");
    host.answer(ticket).refused("storeUnavailable");
    host.release();
    host.post(ADA, id, Op::Read { messages: None }, "").refused("sessionNotFound");
}
