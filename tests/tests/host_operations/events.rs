//! Server-Sent Events of a session: what a link gets, with places to go on from.

use colloq_tests::host::{Events, Follower, Host, Http};
use serde_json::json;

use crate::{Stage, assert_refused, delete, id, read, say, session};

async fn open(http: &Http, session: &str, since: Option<&str>) -> Events {
    let headers: Vec<_> = since.iter().map(|since| ("last-event-id", *since)).collect();
    Events::open(http, &format!("{session}/events"), &headers).await.expect("a stream")
}

/// Reads until a follower knows a version; gives the last event's id.
async fn until(events: &mut Events, follower: &mut Follower, version: u64) -> String {
    let mut last = String::new();
    while follower.version() < version {
        let event = events.next().await.expect("it goes on").expect("it does not end");
        follower.receive(&event.frame, &event.text);
        last = event.id.unwrap_or(last);
        if event.kind == "entries" {
            assert_eq!(last.split_once('.').map(|(version, _)| version), Some(&*follower.version().to_string()));
        }
    }
    last
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_followed_from_where_its_reader_stands() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    say(&stage.ada, &path, "user", "one").await;
    let mut follower = Follower::new(id(&path));
    let mut events = open(&stage.ada, &path, None).await;
    let welcome = events.next().await.expect("it goes on").expect("a first event");
    assert_eq!((&*welcome.kind, &welcome.frame["userId"]), ("welcome", &json!("ada")));
    let place = until(&mut events, &mut follower, 2).await;
    assert_eq!(events.next_of("subscribed").await.expect("it is there").frame["version"], 2);
    say(&stage.bot, &path, "assistant", "two").await;
    let newer = until(&mut events, &mut follower, 3).await;
    drop(events);
    for number in 0..50 {
        say(&stage.ada, &path, "user", &number.to_string()).await;
    }
    let mut again = open(&stage.ada, &path, Some(&newer)).await;
    until(&mut again, &mut follower, 53).await;
    assert_eq!(follower.entries.len(), 51, "each came once");
    // Of a bare version, the log's is meant; by the query, where a header cannot be set.
    for (at, since) in [(2, place.as_str()), (40, "40")] {
        let mut events = Events::open(&stage.ada, &format!("{path}/events?since={since}"), &[]).await.expect("a stream");
        let first = events.next_of("entries").await.expect("it resumes").frame;
        assert_eq!((&first["from"][0], first["entries"].as_array().map(Vec::len)), (&json!(at), Some(53 - at)));
    }
    // What is no place in the log begins anew.
    for since in ["99", &format!("3.{}", "ab".repeat(32))] {
        let snapshot = open(&stage.ada, &path, Some(since)).await.next_of("snapshot").await.expect("a snapshot");
        assert_eq!((&snapshot.frame["state"]["version"], snapshot.id.is_some_and(|id| id.starts_with("53."))), (&json!(53), true));
    }
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_followed_is_refused_before_the_stream() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let ben = stage.host.http_as("user", "ben").await;
    assert_refused(&ben.get(&format!("{path}/events")).await, 404, "sessionNotFound");
    assert_refused(&stage.host.http().with_token("x").get(&format!("{path}/events")).await, 401, "unauthenticated");
    for since in ["x", "1.x", "-1", "1.2.3"] {
        assert_refused(&stage.ada.get(&format!("{path}/events?since={since}")).await, 422, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_ends_it_and_so_does_the_host() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let asked = json!({"role": "user", "userId": "ada", "ttlSeconds": 1});
    let given = stage.operator.post("/v1/tokens", &asked).await.expect(201);
    let short = stage.host.http().with_token(given["token"].as_str().expect("a token"));
    let mut events = open(&short, &path, None).await;
    assert_eq!(events.next_of("error").await.expect("it says why").frame["code"], "unauthenticated");
    assert_eq!(events.next().await.expect("a clean end"), None);
    let mut events = open(&stage.ada, &path, None).await;
    events.next_of("subscribed").await.expect("it is there");
    let host: Host = stage.host;
    host.terminate().await;
    assert_eq!(events.next().await.expect("a clean end"), None);
    assert!(host.ended().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_session_is_told() {
    let stage = Stage::new().await;
    let (ended, erased) = (session(&stage.ada).await, session(&stage.ada).await);
    let mut events = open(&stage.bot, &ended, None).await;
    events.next_of("subscribed").await.expect("it is there");
    stage.ada.post(&format!("{ended}/end"), &json!({})).await.expect(200);
    assert_eq!(events.next_of("ended").await.expect("it is told").frame["reason"], "ended");
    let mut events = open(&stage.bot, &erased, None).await;
    events.next_of("subscribed").await.expect("it is there");
    delete(&stage.ada, &erased).await.expect(204);
    assert_eq!(events.next_of("ended").await.expect("it is told").frame["reason"], "erased");
    assert_eq!(read(&stage.ada, &ended).await["isActive"], false);
}
