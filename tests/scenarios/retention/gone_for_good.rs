//! What was erased does not come back: its id creates nothing, by whatever way, and what was on its way to the store comes to nothing.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, OPS, World, command};
use serde_json::json;

use super::{RETAIN_MS, ended};

scenarios![an_erased_id_creates_nothing, what_is_erased_meanwhile_comes_to_nothing];

fn an_erased_id_creates_nothing(world: &mut World) {
    let session = ended(world);
    world.post(ADA, session, Op::Erase, "").is(204);
    world.erase(session);
    world.post(ADA, session, Op::Create, json!({})).refused("idTaken");
    world.post(OPS, session, Op::Create, json!({ "userId": "ada" })).refused("idTaken");
    let create = command(world.new_id(), 1, json!({ "kind": "create" }));
    assert_eq!(world.submit(ADA, session, 0, &[create])[0]["code"], "idTaken");
    world.post(ADA, session, Op::AppendMessage, json!({ "type": "user", "content": "x" })).refused("sessionNotFound");
    // When the tombstone lapses, the id is too old.
    world.advance(RETAIN_MS + 1);
    world.post(ADA, session, Op::Create, json!({})).invalid("/id", "idTime");
}

fn what_is_erased_meanwhile_comes_to_nothing(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.hold_appends();
    let said = world.send(ADA, session, Op::AppendMessage, json!({ "type": "user", "content": "x" }));
    let renamed = world.send(ADA, session, Op::Update, json!({ "title": "x" }));
    world.erase_unheard(session);
    world.release();
    world.answer(said).refused("sessionNotFound");
    world.answer(renamed).refused("sessionNotFound");
    world.post(ADA, session, Op::Read { messages: None }, "").refused("sessionNotFound");
}
