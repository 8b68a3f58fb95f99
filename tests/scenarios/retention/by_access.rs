//! Whoever asks for a session whose retention is over finds nothing, and it is erased.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, OPS, World, command};
use serde_json::json;

use super::{RETAIN_MS, ended};

scenarios![whoever_asks_later_finds_nothing, so_does_another_host];

fn whoever_asks_later_finds_nothing(world: &mut World) {
    for (who, op) in
        [(ADA, Op::Read { messages: None }), (BOT, Op::Subscribe { since: None }), (OPS, Op::Export), (ADA, Op::Update), (ADA, Op::Erase)]
    {
        let session = ended(world);
        world.advance(RETAIN_MS);
        world.post(who, session, op, json!({})).refused("sessionNotFound");
        assert!(world.is_erased(session), "{op:?}");
        world.post(who, session, Op::Read { messages: None }, "").refused("sessionNotFound");
    }
    // Its id is taken all the same.
    let session = ended(world);
    world.advance(RETAIN_MS - 1);
    world.read(ADA, session);
    world.advance(1);
    world.post(ADA, session, Op::Create, "").refused("idTaken");
    assert!(world.is_erased(session));
    let session = ended(world);
    world.advance(RETAIN_MS);
    let rename = command(world.new_id(), 1, json!({ "kind": "rename", "title": "T" }));
    assert_eq!(world.submit(ADA, session, 3, &[rename])[0]["code"], "sessionNotFound");
    assert!(world.is_erased(session));
}

fn so_does_another_host(world: &mut World) {
    let session = ended(world);
    let mut twin = world.twin();
    twin.advance(RETAIN_MS);
    twin.post(ADA, session, Op::Read { messages: None }, "").refused("sessionNotFound");
    assert!(twin.is_erased(session));
}
