//! `Idempotency-Key`: the same request again is the same answer again, whatever happened between the two.

use colloq_tests::host::{Http, Reply};
use serde_json::{Value, json};

use crate::{Stage, assert_refused, contents, id, read, say, session, text};

async fn post(http: &Http, path: &str, key: &str, body: &Value) -> Reply {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    http.send("POST", path, &headers, body.to_string()).await.expect("an answer comes")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_tried_again_happened_once() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let (messages, body) = (format!("{path}/messages"), json!({"type": "user", "content": "once"}));
    let first = post(&stage.ada, &messages, "k1", &body).await;
    let version = first.version();
    let first = first.expect(201);
    say(&stage.ada, &path, "user", "meanwhile").await;
    for _ in 0..2 {
        let again = post(&stage.ada, &messages, "k1", &body).await;
        assert_eq!(again.version(), version);
        assert_eq!(again.expect(201)["id"], first["id"]);
    }
    let other = json!({"type": "user", "content": "twice"});
    assert_refused(&post(&stage.ada, &messages, "k1", &other).await, 422, "idempotencyMismatch");
    assert_refused(&post(&stage.ada, &format!("{path}/end"), "k1", &json!({})).await, 422, "idempotencyMismatch");
    assert_ne!(post(&stage.ada, &messages, "k2", &body).await.expect(201)["id"], first["id"], "another key is another request");
    assert_ne!(
        post(&stage.operator, &messages, "k1", &body).await.expect(201)["id"],
        first["id"],
        "and so is another's who has the same key"
    );
    let stage = stage.restart().await;
    assert_eq!(post(&stage.ada, &messages, "k1", &body).await.expect(201)["id"], first["id"]);
    assert_eq!(contents(&stage.ada, &path).await, ["once", "meanwhile", "once", "once"]);
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_same_time_it_happens_once_as_well() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let (messages, body) = (format!("{path}/messages"), json!({"type": "user", "content": "once"}));
    let tries = (0..16).map(|_| {
        let (http, messages, body) = (stage.ada.clone(), messages.clone(), body.clone());
        tokio::spawn(async move { post(&http, &messages, "k", &body).await })
    });
    let mut ids = Vec::new();
    for tried in tries.collect::<Vec<_>>() {
        let reply = tried.await.expect("it is answered");
        match reply.status {
            201 => ids.push(text(&reply.json()["id"])),
            _ => assert_refused(&reply, 409, "conflict"),
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(contents(&stage.ada, &path).await, ["once"]);
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_is_remembered_as_well() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let message = say(&stage.ada, &path, "user", "whole").await;
    let delta = format!("{path}/messages/{message}/delta");
    let body = json!({"offset": 0, "text": "x"});
    let first = post(&stage.ada, &delta, "k", &body).await;
    let again = post(&stage.ada, &delta, "k", &body).await;
    assert_refused(&first, 409, "messageStopped");
    assert_eq!((again.status, again.code()), (first.status, first.code()));
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_created_again_is_the_same() {
    let stage = Stage::new().await;
    let body = json!({"title": "one"});
    let first = post(&stage.ada, "/v1/sessions", "k", &body).await;
    let location = first.header("location").to_owned();
    let first = first.expect(201);
    let again = post(&stage.ada, "/v1/sessions", "k", &body).await;
    assert_eq!((again.header("location"), again.version()), (&*location, 1));
    assert_eq!(again.expect(201)["id"], first["id"]);
    assert_refused(&post(&stage.ada, "/v1/sessions", "k", &json!({"title": "two"})).await, 422, "idempotencyMismatch");
    let named = json!({"id": colloq_tests::host::new_id()});
    post(&stage.ada, "/v1/sessions", "k3", &named).await.expect(201);
    let eve = stage.host.http_as("user", "eve").await;
    for other in [post(&eve, "/v1/sessions", "k", &body).await, post(&stage.ada, "/v1/sessions", "k2", &body).await] {
        assert_ne!(other.expect(201)["id"], first["id"]);
    }
    say(&stage.ada, &location, "user", "hello").await;
    let stage = stage.restart().await;
    let again = post(&stage.ada, "/v1/sessions", "k", &body).await.expect(201);
    assert_eq!(again["id"], first["id"], "whatever happened to the host");
    assert_eq!(post(&stage.ada, "/v1/sessions", "k3", &named).await.expect(201)["id"], named["id"], "also where the body names the id");
    assert_refused(&post(&stage.ada, "/v1/sessions", "k4", &named).await, 409, "idTaken");
    assert_eq!(contents(&stage.ada, &location).await, ["hello"]);
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_that_is_tried_again_is_the_same() {
    let stage = Stage::new().await;
    let parent = session(&stage.ada).await;
    let message = say(&stage.ada, &parent, "user", "one").await;
    let fork = format!("{parent}/fork");
    let first = post(&stage.ada, &fork, "k", &json!({})).await;
    let location = first.header("location").to_owned();
    let first = first.expect(201);
    let again = post(&stage.ada, &fork, "k", &json!({})).await;
    assert_eq!((again.header("location"), &again.expect(201)["id"]), (&*location, &first["id"]));
    // The parent goes on, and so does the fork: it is still that one.
    say(&stage.ada, &parent, "user", "two").await;
    say(&stage.ada, &location, "user", "elsewhere").await;
    let again = post(&stage.ada, &fork, "k", &json!({})).await;
    assert_eq!((again.header("location"), &again.expect(201)["id"]), (&*location, &first["id"]));
    assert_eq!(contents(&stage.ada, &location).await, ["one", "elsewhere"]);
    // Another request with the same key is none.
    assert_refused(&post(&stage.ada, &fork, "k", &json!({"through": message})).await, 422, "idempotencyMismatch");
    let other = session(&stage.ada).await;
    assert_refused(&post(&stage.ada, &format!("{other}/fork"), "k", &json!({})).await, 422, "idempotencyMismatch");
    assert_refused(&post(&stage.ada, "/v1/sessions", "k", &json!({})).await, 422, "idempotencyMismatch");
    // Even where the parent is gone.
    assert_eq!(crate::delete(&stage.ada, &parent).await.status, 204);
    let stage = stage.restart().await;
    let again = post(&stage.ada, &fork, "k", &json!({})).await;
    assert_eq!((again.header("location"), &again.expect(201)["id"]), (&*location, &first["id"]));
    assert_eq!(read(&stage.ada, &location).await["id"], id(&location));
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_key_is_refused_on_every_write() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let long = "k".repeat(256);
    for key in ["", "a b", "a\tb", &*long] {
        for (method, part) in [("POST", "/messages"), ("PATCH", ""), ("DELETE", ""), ("POST", "/fork"), ("PUT", "/private/a")] {
            let headers = [("content-type", "application/json"), ("idempotency-key", key)];
            let refused = stage.ada.send(method, &format!("{path}{part}"), &headers, "{}").await.expect("an answer comes");
            assert_refused(&refused, 400, "malformed");
        }
        assert_refused(&post(&stage.ada, "/v1/sessions", key, &json!({})).await, 400, "malformed");
    }
    let twice = [("content-type", "application/json"), ("idempotency-key", "a"), ("idempotency-key", "b")];
    let refused = stage.ada.send("POST", &format!("{path}/end"), &twice, "{}").await.expect("an answer comes");
    assert_refused(&refused, 400, "malformed");
    let lines = [("content-type", "application/x-ndjson"), ("idempotency-key", "a")];
    let stream = format!("{path}/messages/{}/stream", colloq_tests::host::new_id());
    assert_refused(&stage.ada.send("POST", &stream, &lines, "").await.expect("an answer comes"), 400, "malformed");
    // A read has nothing to repeat.
    assert_eq!(stage.ada.send("GET", &path, &[("idempotency-key", "")], "").await.expect("an answer comes").status, 200);
    assert_eq!(read(&stage.ada, &path).await["version"], 1);
    stage.host.assert_unbroken();
}
