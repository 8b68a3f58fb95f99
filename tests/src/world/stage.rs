//! Plays a scenario on every engine, and compares the transcripts to the byte.

use colloq_abi::{Op, Response};
use colloq_core::json::Json;
use colloq_core::{Id, Limits};
use serde_json::{Value, json};

use super::{Transcript, Who, World};
use crate::engine::{Kind, Target};

/// Makes a test of every scenario that it is given.
#[macro_export]
macro_rules! scenarios {
    ($($scenario:ident),* $(,)?) => {
        mod on_every_engine {
            $(#[test]
            fn $scenario() {
                $crate::world::run(super::$scenario);
            })*
        }
    };
}

/// Plays a scenario on every engine there is, with the shipped file.
///
/// # Panics
/// As [`run_on`] does.
pub fn run(scenario: fn(&mut World)) {
    let targets: Vec<Target> = Kind::here().iter().copied().map(Target::shipped).collect();
    run_on(scenario, &targets);
}

/// Plays a scenario on these targets, one after another.
///
/// # Panics
/// If it fails on one, or if one answers with other bytes than the first.
pub fn run_on(scenario: impl Fn(&mut World), targets: &[Target]) {
    let mut first: Option<Transcript> = None;
    for target in targets {
        let kind = target.kind;
        eprintln!("on {kind:?}:");
        let mut world = World::on(target);
        scenario(&mut world);
        assert_eq!(world.damaged, [""; 0], "no history was damaged, or the scenario takes note of it");
        let transcript = world.transcript();
        match &first {
            None => first = Some(transcript),
            Some(first) => compare(first, &transcript, kind),
        }
    }
}

fn compare(first: &Transcript, other: &Transcript, kind: Kind) {
    for (at, ((request, answer), (other_request, other_answer))) in first.iter().zip(other).enumerate() {
        let decoded = colloq_abi::decode::<colloq_abi::Request<'_>>(request);
        assert_eq!(request, other_request, "{kind:?} is asked something else at {at}: {decoded:?}");
        let responses = [answer, other_answer].map(|bytes| colloq_abi::decode::<Response<'_>>(bytes));
        assert!(
            answer == other_answer,
            "{kind:?} answers otherwise at {at} (is the file older than the sources?): {decoded:?}: {responses:#?}"
        );
    }
    assert_eq!(first.len(), other.len(), "{kind:?} is asked as much");
}

/// What scenarios do all the time.
impl World {
    /// Creates a session.
    #[track_caller]
    pub fn create(&mut self, who: Who, body: impl ToString) -> Id {
        let session = self.new_id();
        self.post(who, session, Op::Create, body).is(201);
        session
    }

    /// Reads a session.
    #[track_caller]
    pub fn read(&mut self, who: Who, session: Id) -> Value {
        self.post(who, session, Op::Read { messages: None }, "").is(200)
    }

    /// Says something; gives the message's id.
    #[track_caller]
    pub fn say(&mut self, who: Who, session: Id, content: &str) -> String {
        let kind = if who.role == colloq_abi::Role::User { "user" } else { "assistant" };
        id_of(&self.post(who, session, Op::AppendMessage, json!({ "type": kind, "content": content })).is(201))
    }

    /// Begins a stream; gives the message's id.
    #[track_caller]
    pub fn stream(&mut self, who: Who, session: Id) -> String {
        id_of(&self.post(who, session, Op::AppendMessage, json!({ "type": "assistant", "status": "streaming" })).is(201))
    }

    /// Adds text to a stream at an offset; gives the next offset.
    #[track_caller]
    pub fn delta(&mut self, who: Who, session: Id, message: &str, offset: u64, text: &str) -> u64 {
        let answer = self.post(who, session, Op::AppendDelta(message), json!({ "offset": offset, "text": text })).is(200);
        answer["nextOffset"].as_u64().expect("an answer to a delta says where the next one begins")
    }

    /// Reads a message.
    #[track_caller]
    pub fn message(&mut self, who: Who, session: Id, message: &str) -> Value {
        self.post(who, session, Op::ReadMessage(message), "").is(200)
    }

    /// The digest of a session's state, as a snapshot of it says.
    #[track_caller]
    pub fn read_digest(&mut self, session: Id) -> String {
        let snapshot = self.post(super::OPS, session, Op::Subscribe { since: None }, "").is(200);
        snapshot["state"]["digest"].as_str().expect("a state has a digest").to_owned()
    }

    /// Submits commands by a frame; gives the frames that came back at once.
    pub fn submit(&mut self, who: Who, session: Id, base: u64, commands: &[Value]) -> Vec<Value> {
        let ticket = self.send(who, session, Op::Submit, frame(session, base, commands));
        self.frames(ticket)
    }

    /// The frames that a submit has had since they were last taken.
    pub fn frames(&mut self, ticket: super::Ticket) -> Vec<Value> {
        let answers = self.take(ticket);
        answers.iter().filter(|answer| !answer.body.is_empty()).map(super::Answer::json).collect()
    }
}

/// A `submit` frame.
pub fn frame(session: Id, base: u64, commands: &[Value]) -> Value {
    json!({ "kind": "submit", "session": session.to_string(), "base": base, "commands": commands })
}

/// The limits that a session has when nobody says otherwise.
pub fn default_limits() -> Value {
    serde_json::from_str(&Limits::default().to_json()).expect("limits are JSON")
}

#[track_caller]
fn id_of(message: &Value) -> String {
    message["id"].as_str().expect("a message has an id").to_owned()
}
