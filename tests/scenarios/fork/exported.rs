//! An export is one line of JSON that holds everything but what belongs to one store: the log, clients, keys and streams.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BEN, BOT, World};
use serde_json::json;

use super::talk;

scenarios![a_session_is_exported];

fn a_session_is_exported(world: &mut World) {
    let (session, _) = talk(world);
    world.stream(BOT, session);
    world.post(ADA, session, Op::End, "").is(200);
    let exported = world.post(ADA, session, Op::Export, "");
    let line = exported.is(200);
    assert!(!exported.body.contains(&b'\n'));
    let read = world.read(ADA, session);
    assert_eq!((&line["kind"], &line["id"]), (&json!("session"), &json!(session.to_string())));
    for same in ["userId", "title", "createdAt", "context", "data", "auth", "limits", "ended", "messages"] {
        assert_eq!(line[same], read[same], "{same}");
    }
    for absent in ["app", "version", "clients", "keys", "streams", "parent"] {
        assert_eq!(line.get(absent), None, "{absent}");
    }
    assert_eq!(world.post(BOT, session, Op::Export, ""), exported);
    world.post(BEN, session, Op::Export, "").refused("sessionNotFound");
    assert_eq!(world.log(session).entries.len(), 7);
}
