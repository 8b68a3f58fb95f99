//! A store with another history is believed, however long that is: what it does not have is reported as lost, and only that.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::{contents, hello, keeping};

scenarios![only_what_the_store_does_not_have_is_lost];

fn only_what_the_store_does_not_have_is_lost(world: &mut World) {
    let (mut host, session) = keeping(world, 8);
    // The store goes back, and another host goes on from there before this one hears of it.
    let mut other = host.twin();
    other.log_mut(session).go_back(2);
    for content in ["2b", "3b", "4b"] {
        other.say(BOT, session, content);
    }
    let client = host.new_id();
    host.hold_appends();
    let said = host.send(ADA, session, Op::AppendMessage, hello("five"));
    let frame =
        colloq_tests::world::frame(session, 4, &[colloq_tests::world::command(client, 1, json!({ "kind": "rename", "title": "T" }))]);
    let renamed = host.send(ADA, session, Op::Submit, frame);
    host.conflict_with(&other, session);
    host.release();
    assert_eq!(host.answer(said).version, 6);
    assert_eq!(host.frames(renamed), [json!(null); 0]);
    assert_eq!(contents(&mut host, session), ["one", "2b", "3b", "4b", "five"]);
    assert_eq!(host.losses.iter().map(|lost| &lost.versions[..]).collect::<Vec<_>>(), [[3, 4]]);
    // From here on it keeps what the store has.
    host.log_mut(session).go_back(6);
    host.say(ADA, session, "six");
    assert_eq!(host.losses.len(), 1);
    assert_eq!(contents(&mut host, session).len(), 6);
}
