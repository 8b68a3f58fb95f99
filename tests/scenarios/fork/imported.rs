//! An operator imports what was exported, under its old id and with its old times; users do not.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, OPS, Settings, World};
use serde_json::json;

use super::{importable, talk};

scenarios![an_export_is_imported, an_old_session_is_imported];

fn an_export_is_imported(world: &mut World) {
    let (session, _) = talk(world);
    let state = importable(&world.post(ADA, session, Op::Export, ""));
    let mut there = world.apart(Settings::default());
    there.post(ADA, session, Op::Restore, &state).refused("forbidden");
    there.post(BOT, session, Op::Restore, &state).refused("forbidden");
    there.post(OPS, session, Op::Restore, &state).is(201);
    let (mut here, mut copy) = (world.read(ADA, session), there.read(ADA, session));
    for own in ["version", "lastActivity"] {
        here[own] = json!(null);
        copy[own] = json!(null);
    }
    assert_eq!(copy, here);
    there.say(ADA, session, "Back again");
    there.post(OPS, session, Op::Restore, &state).refused("idTaken");
    assert_eq!(importable(&there.post(ADA, session, Op::Export, ""))["createdAt"], state["createdAt"]);
}

fn an_old_session_is_imported(world: &mut World) {
    let (session, _) = talk(world);
    world.post(ADA, session, Op::End, "").is(200);
    let state = importable(&world.post(ADA, session, Op::Export, ""));
    let mut there = world.apart(Settings::default());
    // Older than any tombstone: users create nothing by such an id, an operator brings it back.
    there.advance(40 * 24 * 60 * 60_000);
    there.post(ADA, session, Op::Create, json!({})).invalid("/id", "idTime");
    let mut lasting = state.clone();
    lasting["limits"]["retainMs"] = json!(null);
    let restored = there.post(OPS, session, Op::Restore, &lasting).is(201);
    assert_eq!((&restored["isActive"], &restored["ended"]), (&json!(false), &state["ended"]));
    assert_eq!(there.read(ADA, session)["createdAt"], state["createdAt"]);
    there.post(ADA, session, Op::AppendMessage, json!({ "type": "user", "content": "x" })).refused("sessionEnded");
}
