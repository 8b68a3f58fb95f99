//! The operations of the whole design at a real host, one topic a file: what each does, who may, and what it leaves alone.

mod analytics;
mod commands;
mod ends;
mod events;
mod fork;
mod history;
mod idempotency;
mod inbox;
mod keys_of_days;
mod lists;
mod messages;
mod presence;
mod private;
mod producers;
mod retention;
mod signing;
mod slow;
mod streams;
mod transfer;
mod users;

use colloq_tests::host::{Host, Http, Link, Place, Reply, new_id};
use serde_json::{Value, json};

/// A host, a user `ada`, an agent `bot`, and the operator that development mode gives.
struct Stage {
    place: Place,
    host: Host,
    ada: Http,
    bot: Http,
    operator: Http,
}

impl Stage {
    async fn new() -> Self {
        let place = Place::new();
        let host = place.start().await;
        let (ada, bot, operator) = (host.http_as("user", "ada").await, host.http_as("agent", "bot").await, host.http());
        Self { place, host, ada, bot, operator }
    }

    /// Ends the host as a power cut would, and starts another on the same file. Tokens are made anew.
    async fn restart(self) -> Self {
        let Self { place, host, .. } = self;
        host.assert_unbroken();
        host.kill().await;
        let host = place.start().await;
        let (ada, bot, operator) = (host.http_as("user", "ada").await, host.http_as("agent", "bot").await, host.http());
        Self { place, host, ada, bot, operator }
    }

    /// A token for some sessions, made for a generation of theirs.
    async fn token_of(&self, role: &str, user: &str, sessions: &[&str], generation: Option<u64>) -> Http {
        let mut asked = json!({"role": role, "userId": user, "sessions": sessions});
        if let Some(generation) = generation {
            asked["generation"] = generation.into();
        }
        let given = self.operator.post("/v1/tokens", &asked).await.expect(201);
        self.host.http().with_token(given["token"].as_str().expect("a token"))
    }
}

/// A link of somebody that follows a session.
async fn follow(stage: &Stage, who: &Http, session: &str) -> Link {
    let mut link = open(stage, who).await;
    link.send(&json!({"kind": "subscribe", "session": id(session)})).await.expect("it is sent");
    link.next_of("subscribed").await.expect("it is subscribed");
    link
}

/// A link of somebody.
async fn open(stage: &Stage, who: &Http) -> Link {
    Link::open(stage.host.address, who.bearer(), &new_id()).await.expect("a link")
}

/// Creates a session; gives its path.
async fn session(http: &Http) -> String {
    let created = http.post("/v1/sessions", &json!({"title": "Hello", "data": {"step": 1}})).await.expect(201);
    format!("/v1/sessions/{}", text(&created["id"]))
}

/// The id at the end of a path.
fn id(path: &str) -> &str {
    path.rsplit('/').next().expect("a path has an end")
}

/// Says something; gives the message's id.
async fn say(http: &Http, session: &str, kind: &str, content: &str) -> String {
    let written = http.post(&format!("{session}/messages"), &json!({"type": kind, "content": content})).await.expect(201);
    text(&written["id"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

async fn read(http: &Http, path: &str) -> Value {
    http.get(path).await.expect(200)
}

/// What was said in a session, in its order.
async fn contents(http: &Http, session: &str) -> Vec<String> {
    let read = read(http, session).await;
    read["messages"].as_array().expect("messages").iter().map(|message| text(&message["content"])).collect()
}

async fn delete(http: &Http, path: &str) -> Reply {
    http.send("DELETE", path, &[], "").await.expect("an answer comes")
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, &*reply.code()), (status, code), "{}", String::from_utf8_lossy(&reply.body));
}
