//! Nobody knows what became of an append, and then the store goes back behind the head that it expected, further than this host can mend.
//! An earlier try may yet come, once another host has given the store its tail again: so nothing of it is decided a second time, and
//! whoever waits is told that the outcome is not known.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command, frame};
use serde_json::json;

use super::{contents, hello, keeping};

scenarios![what_may_come_yet_is_not_decided_anew];

fn what_may_come_yet_is_not_decided_anew(world: &mut World) {
    let (mut host, session) = keeping(world, 1);
    let whole = host.twin();
    let client = host.new_id();
    host.hold_appends();
    let said = host.send(ADA, session, Op::AppendMessage, hello("four"));
    host.lose_outcome();
    let renamed = host.send(ADA, session, Op::Submit, frame(session, 4, &[command(client, 1, json!({ "kind": "rename", "title": "T" }))]));
    host.log_mut(session).go_back(2);
    host.release();
    assert_eq!(host.log(session).entries.len(), 2, "nothing was appended behind it");
    host.answer(said).refused("outcomeUnknown");
    assert_eq!(host.frames(renamed)[0]["code"], "outcomeUnknown");
    assert_eq!(host.losses[0].versions, [4], "what it had at hand is reported");
    // The other host mends it, and the link sends again what it was not told of.
    host.conflict_with(&whole, session);
    host.submit(ADA, session, 4, &[command(client, 1, json!({ "kind": "rename", "title": "T" }))]);
    assert_eq!(contents(&mut host, session), ["one", "two", "three"]);
    assert_eq!(host.read(ADA, session)["title"], "T");
}
