//! Forks, exports and imports: sessions that begin with what another one held.

mod chain;
mod checked;
mod copied;
mod ended;
mod exported;
mod forged;
mod import_checked;
mod imported;
mod more_than_fits;
mod of_a_fork;
mod on_its_own;
mod once;
mod streams;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::world::{ADA, Answer, BOT, Who, World};
use serde_json::{Value, json};

/// What another session is to begin with: as hosts do it, the parent's answer goes into the fork's creation.
fn state(world: &mut World, who: Who, parent: Id, body: Value) -> String {
    let answer = world.post(who, parent, Op::Fork, body);
    answer.is(200);
    String::from_utf8(answer.body).expect("a state is text")
}

/// Forks a session; gives the fork's id.
fn fork(world: &mut World, who: Who, parent: Id, body: Value) -> (Id, Answer) {
    let state = state(world, who, parent, body);
    let session = world.new_id();
    (session, world.post(who, session, Op::Restore, state))
}

/// A session with a bit of everything, and its three messages.
fn talk(world: &mut World) -> (Id, [String; 3]) {
    let session = world.create(ADA, json!({ "title": "Birds", "data": { "n": 1 }, "limits": { "maxMessages": 100 } }));
    let messages = [world.say(ADA, session, "What is it?"), world.say(BOT, session, "A bird."), world.say(ADA, session, "A plane?")];
    world.post(ADA, session, Op::SetPreferences, json!({ "language": "de" })).is(200);
    (session, messages)
}

/// A line of an export without what names the session: what an import takes.
fn importable(line: &Answer) -> Value {
    let mut state = line.is(200);
    let fields = state.as_object_mut().expect("a line is an object");
    for key in ["kind", "schema", "id"] {
        fields.remove(key).expect("a line names its session");
    }
    state
}
