//! Forks: a session that begins with what another held, and is its own from there.

use colloq_tests::host::new_id;
use serde_json::{Value, json};

use crate::{Stage, assert_refused, contents, id, read, say, session, text};

async fn talk(stage: &Stage) -> (String, Vec<String>) {
    let path = session(&stage.ada).await;
    let mut messages = Vec::new();
    for (kind, content) in [("user", "one"), ("assistant", "two"), ("user", "three")] {
        let http = if kind == "user" { &stage.ada } else { &stage.bot };
        messages.push(say(http, &path, kind, content).await);
    }
    (path, messages)
}

/// All of a session but the time of its last activity, which a look at it moves.
fn history(session: &Value) -> Value {
    let mut session = session.clone();
    session.as_object_mut().expect("a session").remove("lastActivity").expect("it was active");
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_begins_with_what_its_parent_held_and_goes_its_own_way() {
    let stage = Stage::new().await;
    let (parent, messages) = talk(&stage).await;
    let before = read(&stage.operator, &parent).await;
    let forked = stage.ada.post(&format!("{parent}/fork"), &json!({"through": messages[1]})).await;
    let (path, version) = (forked.header("location").to_owned(), forked.version());
    let forked = forked.expect(201);
    assert_eq!(path, format!("/v1/sessions/{}", text(&forked["id"])));
    assert_ne!(path, parent);
    assert_eq!((&forked["forkedFrom"], &forked["userId"], &forked["version"]), (&json!(id(&parent)), &json!("ada"), &json!(version)));
    assert_eq!((&forked["title"], &forked["data"]), (&before["title"], &before["data"]));
    assert_eq!(forked["messages"].as_array().expect("messages")[..], before["messages"].as_array().expect("messages")[..2]);
    say(&stage.ada, &path, "user", "elsewhere").await;
    assert_eq!(contents(&stage.ada, &path).await, ["one", "two", "elsewhere"]);
    assert_eq!(history(&read(&stage.operator, &parent).await), history(&before), "the parent is as it was");
    let stage = stage.restart().await;
    assert_eq!(contents(&stage.ada, &path).await, ["one", "two", "elsewhere"]);
    let listed = read(&stage.ada, "/v1/sessions").await;
    assert_eq!(listed["items"].as_array().expect("items").len(), 2);
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_without_a_message_has_all_of_them() {
    let stage = Stage::new().await;
    let (parent, _) = talk(&stage).await;
    for body in [Value::Null, json!({}), json!({"through": null})] {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("content-type", "application/json")];
        let forked = stage.ada.send("POST", &format!("{parent}/fork"), &headers, body).await.expect("an answer comes");
        let path = forked.header("location").to_owned();
        forked.expect(201);
        assert_eq!(contents(&stage.ada, &path).await, ["one", "two", "three"]);
    }
    // An ended session stays forkable, and its fork is alive.
    stage.ada.post(&format!("{parent}/end"), &json!({})).await.expect(200);
    let forked = stage.ada.post(&format!("{parent}/fork"), &json!({})).await.expect(201);
    assert_eq!((&forked["isActive"], &forked["ended"]), (&json!(true), &Value::Null));
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_takes_the_id_that_it_is_given() {
    let stage = Stage::new().await;
    let (parent, _) = talk(&stage).await;
    let wanted = new_id();
    let forked = stage.ada.post(&format!("{parent}/fork"), &json!({"id": wanted})).await.expect(201);
    assert_eq!(forked["id"], wanted.as_str());
    for taken in [&*wanted, id(&parent)] {
        assert_refused(&stage.ada.post(&format!("{parent}/fork"), &json!({"id": taken})).await, 409, "idTaken");
    }
    for bad in [json!("x"), json!("018f0000-0000-4000-8000-000000000000"), json!(7)] {
        assert_refused(&stage.ada.post(&format!("{parent}/fork"), &json!({"id": bad})).await, 422, "invalid");
    }
    assert_eq!(contents(&stage.ada, &parent).await, ["one", "two", "three"]);
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_forks() {
    let stage = Stage::new().await;
    let (parent, messages) = talk(&stage).await;
    let eve = stage.host.http_as("user", "eve").await;
    assert_refused(&eve.post(&format!("{parent}/fork"), &json!({})).await, 404, "sessionNotFound");
    assert_refused(&stage.bot.post(&format!("{parent}/fork"), &json!({})).await, 403, "forbidden");
    assert_refused(&stage.ada.post(&format!("{parent}/fork"), &json!({"through": new_id()})).await, 404, "messageNotFound");
    let of_another = format!("/v1/sessions/{}/fork", new_id());
    assert_refused(&stage.ada.post(&of_another, &json!({"through": messages[0]})).await, 404, "sessionNotFound");
    let late = [("content-type", "application/json"), ("if-match", "2")];
    let late = stage.ada.send("POST", &format!("{parent}/fork"), &late, "{}").await.expect("an answer comes");
    assert_refused(&late, 412, "versionMismatch");
    // A token for this session alone does not make others.
    let limited = stage.token_of("user", "ada", &[id(&parent)], None).await;
    assert_refused(&limited.post(&format!("{parent}/fork"), &json!({})).await, 403, "forbidden");
    let forked = stage.operator.post(&format!("{parent}/fork"), &json!({})).await.expect(201);
    assert_eq!(forked["userId"], "ada", "whoever forks it, it stays the user's");
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_follows_a_fork_as_any_session() {
    let stage = Stage::new().await;
    let (parent, _) = talk(&stage).await;
    let forked = stage.ada.post(&format!("{parent}/fork"), &json!({})).await.expect(201);
    let path = format!("/v1/sessions/{}", text(&forked["id"]));
    let mut link = colloq_tests::host::Link::open(stage.host.address, stage.ada.bearer(), &new_id()).await.expect("a link");
    let mut follower = colloq_tests::host::Follower::new(id(&path));
    follower.subscribe(&mut link).await.expect("it is subscribed");
    say(&stage.ada, &path, "user", "in the fork").await;
    say(&stage.ada, &parent, "user", "in the parent").await;
    let frame = link.next_of("entries").await.expect("the fork's entry comes");
    follower.receive(&frame, link.text());
    assert_eq!(follower.entries.len(), 1);
    assert_eq!(follower.entries[0]["events"][0]["message"]["content"], "in the fork");
    assert!(link.settle().await.expect("the link goes on").is_empty(), "and none of the parent's");
    stage.host.assert_unbroken();
}
