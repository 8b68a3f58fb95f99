//! Nobody edits what they may not write, and what cannot be said takes nothing back.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{BOT, OPS, World};
use serde_json::json;

use super::{command, contents, talk};

scenarios![an_edit_is_checked];

fn an_edit_is_checked(world: &mut World) {
    let (session, messages) = talk(world);
    let edit = |message: &str, kind: &str, content: &str| json!({ "kind": "editMessage", "message": message, "replacement": { "type": kind, "content": content } });
    command(world, session, edit(&messages[1], "user", "A bee.")).refused("forbidden");
    command(world, session, edit(&messages[2], "assistant", "A bee.")).refused("forbidden");
    command(world, session, edit(&messages[2], "user", &"x".repeat(300_000))).refused("tooLarge");
    let nothing = json!({ "kind": "editMessage", "message": messages[2], "replacement": { "type": "user" } });
    command(world, session, nothing).invalid("/message/content", "required");
    let own = json!({ "commands": [edit(&messages[3], "assistant", "Yes.")] });
    world.post(BOT, session, Op::Commands, &own).refused("forbidden");
    assert_eq!(contents(world, session).len(), 4, "nothing was taken back");
    world.post(OPS, session, Op::Commands, own).is(200);
    assert_eq!(contents(world, session)[3], "Yes.");
}
