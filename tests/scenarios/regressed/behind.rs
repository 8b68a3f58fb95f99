//! A store that went back to a place in the log is given the identical entries again before anything else, and whoever waits does not
//! notice.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::json;

use super::{contents, hello, keeping};

scenarios![what_was_lost_is_given_again];

fn what_was_lost_is_given_again(world: &mut World) {
    let (mut host, session) = keeping(world, 8);
    let before = host.log(session).entries.clone();
    host.log_mut(session).go_back(2);
    let client = host.new_id();
    host.hold_appends();
    let said = host.send(ADA, session, Op::AppendMessage, hello("four"));
    let refused = host.send(ADA, session, Op::RemoveMessage(&client.to_string()), "");
    let frame = colloq_tests::world::frame(session, 4, &[command(client, 1, json!({ "kind": "rename", "title": "T" }))]);
    let renamed = host.send(ADA, session, Op::Submit, frame);
    // The conflict is met, and the lost entries go first, alone.
    assert!(host.release_one());
    assert_eq!(host.held(), [2]);
    let during = host.send(ADA, session, Op::AppendMessage, hello("five"));
    assert_eq!(host.held(), [2]);
    assert!(host.release_one());
    assert_eq!(host.log(session).entries, before, "to the byte");
    assert_eq!(host.held(), [3]);
    host.release();
    assert_eq!((host.answer(said).version, host.answer(during).version), (5, 7));
    host.answer(refused).refused("messageNotFound");
    assert_eq!(host.frames(renamed), [json!(null); 0]);
    assert_eq!(contents(&mut host, session), ["one", "two", "three", "four", "five"]);
    assert_eq!((host.losses.len(), host.damaged.len()), (0, 0));
    assert_eq!(host.twin().read(ADA, session), host.read(ADA, session));
}
