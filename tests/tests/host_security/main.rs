//! What a host owes to those who trust it, at the real binary. A test's name begins with the row that it shows, where it shows one.

mod cookies;
mod gauges;
mod headers;
mod jwt;
mod keys;
mod limits;
mod outside;
mod revoked;
mod spans;
mod tls;

use std::time::{Duration, Instant};

use colloq_tests::host::{Host, Http, Link, Place, new_id};
use serde_json::json;

const KEY: &str = "key-of-the-tests-0123456789";
/// What must be known everywhere is known within this; whoever waits longer than that has found a fault.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A host with a server key, and the key's client.
async fn keyed(place: &Place, flags: &[(&str, &str)]) -> (Host, Http) {
    let setup = place.setup().env("COLLOQ_KEYS", &format!("web:{KEY}"));
    let host = flags.iter().fold(setup, |setup, (name, value)| setup.flag(name, value)).start().await;
    let key = host.http().with_token(KEY);
    (host, key)
}

/// A user's client, with a token that the key makes.
async fn user(host: &Host, name: &str) -> Http {
    let token = host.http().with_token(KEY).token("user", name).await;
    host.http().with_token(&token)
}

/// Creates a session; gives its path.
async fn session(http: &Http) -> String {
    let created = http.post("/v1/sessions", &json!({})).await.expect(201);
    format!("/v1/sessions/{}", created["id"].as_str().expect("an id"))
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().expect("a path has an end")
}

/// A link of somebody.
async fn link(host: &Host, http: &Http) -> Link {
    Link::open(host.address, http.bearer(), &new_id()).await.expect("a link")
}

/// A link that follows a session.
async fn follow(host: &Host, http: &Http, path: &str) -> Link {
    let mut link = link(host, http).await;
    link.send(&json!({"kind": "subscribe", "session": id(path)})).await.expect("it is sent");
    link.next_of("subscribed").await.expect("it is subscribed");
    link
}

/// Waits until something holds that must hold soon.
async fn soon(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(Instant::now() < until, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
