//! A store that does not know who waits, because an older host wrote its file, has every session looked at once.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::waits;

scenarios![a_session_that_is_due_is_looked_at];

fn a_session_that_is_due_is_looked_at(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let question = world.say(ADA, session, "Who?");
    let mut twin = world.twin();
    let log = twin.log_mut(session);
    let deadline = log.deadline_ms.replace(0);
    log.unanswered = None;
    twin.due(session);
    assert_eq!((waits(&twin, session), twin.log(session).deadline_ms), (Some(question), deadline));
}
