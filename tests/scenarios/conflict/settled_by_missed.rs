//! A command whose id is among the missed entries is settled by them, as accepted or as rejected, and never decided a second time.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command, frame};
use serde_json::json;

use super::{contents, hello, two_hosts};

scenarios![a_command_among_the_missed_is_settled, a_rejected_command_among_the_missed_is_settled];

fn a_command_among_the_missed_is_settled(world: &mut World) {
    let (session, mut other) = two_hosts(world);
    let client = world.new_id();
    let append = |seq, content: &str| command(client, seq, json!({ "kind": "appendMessage", "message": hello(content) }));
    // A page that lost its host came back to another one, and sent again what it had no word of.
    other.submit(ADA, session, 1, &[append(1, "one")]);
    world.hold_appends();
    let submitted = world.send(ADA, session, Op::Submit, frame(session, 1, &[append(1, "one"), append(2, "two")]));
    world.conflict_with(&other, session);
    world.release();
    assert_eq!(world.frames(submitted), [json!(null); 0]);
    assert_eq!(contents(world, session), ["one", "two"]);
    assert_eq!(world.log(session).entry(3)["command"], json!([client.to_string(), 2]));
}

fn a_rejected_command_among_the_missed_is_settled(world: &mut World) {
    let (session, mut other) = two_hosts(world);
    let client = world.new_id();
    let end = command(client, 1, json!({ "kind": "rename", "title": "T" }));
    other.post(ADA, session, Op::End, "").is(200);
    other.submit(ADA, session, 1, std::slice::from_ref(&end));
    world.hold_appends();
    let submitted = world.send(ADA, session, Op::Submit, frame(session, 1, &[end]));
    world.conflict_with(&other, session);
    world.release();
    let frames = world.frames(submitted);
    assert_eq!((frames.len(), &frames[0]["code"]), (1, &json!("sessionEnded")));
    assert_eq!(world.log(session).entries.len(), 3, "it is on record once");
}
