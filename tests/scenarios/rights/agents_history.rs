//! Agents sum up and annotate, but take nothing back that people said, change no settings, and neither fork, erase nor sign anybody out.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World, command};
use serde_json::json;

scenarios![agents_take_nothing_back];

fn agents_take_nothing_back(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let message = world.say(ADA, session, "Hello");
    let issue = json!({ "id": "LIN-1", "title": "t", "status": "s" });
    let replacement = json!({ "type": "assistant", "content": "x" });
    for what in [
        json!({ "kind": "create" }),
        json!({ "kind": "rewind", "through": null }),
        json!({ "kind": "removeMessage", "message": message }),
        json!({ "kind": "editMessage", "message": message, "replacement": replacement }),
        json!({ "kind": "rename", "title": "x" }),
        json!({ "kind": "setLimits", "limits": {} }),
        json!({ "kind": "setActiveProject", "project": null }),
        json!({ "kind": "recordIssue", "issue": issue }),
        json!({ "kind": "removeIssue", "issue": "LIN-1" }),
        json!({ "kind": "setPreferences", "preferences": {} }),
        json!({ "kind": "signIn", "userId": "bot" }),
        json!({ "kind": "signOut" }),
        json!({ "kind": "end" }),
    ] {
        let frames = world.submit(BOT, session, 0, &[command(world.new_id(), 1, what.clone())]);
        assert_eq!((frames.len(), &frames[0]["code"]), (1, &json!("forbidden")), "{what}");
        world.post(BOT, session, Op::Commands, json!({ "commands": [what] })).refused("forbidden");
    }
    for op in [Op::Fork, Op::Erase] {
        world.post(BOT, session, op, "").refused("forbidden");
    }
    assert_eq!(world.read(ADA, session)["messages"][0]["content"], "Hello");
    for what in [
        json!({ "kind": "patchMetadata", "message": message, "metadata": { "intent": "greet" } }),
        json!({ "kind": "patchData", "patch": { "n": 1 } }),
        json!({ "kind": "compact", "through": message, "summary": "They said hello." }),
    ] {
        world.post(BOT, session, Op::Commands, json!({ "commands": [what] })).is(200);
    }
}
