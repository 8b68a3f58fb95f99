//! What answers carry, and what reading changes.

use colloq_tests::host::{Place, new_id};
use serde_json::json;

use crate::{keyed, session, user};

#[tokio::test(flavor = "multi_thread")]
async fn s11_every_answer_is_guarded() {
    let place = Place::new();
    let (host, key) = keyed(&place, &[("--allow-origin", "https://app.example")]).await;
    let path = session(&key).await;
    for at in [&*path, "/v1/sessions", "/v1/nothing", "/healthz", "/metrics", "/v1/analytics", &format!("/v1/sessions/{}", new_id())] {
        let reply = key.get(at).await;
        assert_eq!((reply.header("x-content-type-options"), reply.header("cache-control")), ("nosniff", "no-store"), "{at}");
        assert_eq!(reply.header("strict-transport-security"), "", "{at}: without TLS nothing is said of it");
    }
    for page in ["/", "/problems/malformed"] {
        let policy = key.get(page).await.header("content-security-policy").to_owned();
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{page}: {policy}");
        assert!(!policy.contains("unsafe-eval' ") && !policy.contains('*'), "{page}: {policy}");
    }
    for (origin, allowed) in [("https://app.example", "https://app.example"), ("https://evil.test", ""), ("null", "")] {
        let reply = key.send("GET", &path, &[("origin", origin)], "").await.expect("an answer");
        assert_eq!(reply.header("access-control-allow-origin"), allowed, "{origin}");
        assert_eq!(reply.header("access-control-allow-credentials"), "", "{origin}");
        let preflight = [("origin", origin), ("access-control-request-method", "DELETE")];
        let reply = host.http().send("OPTIONS", &path, &preflight, "").await.expect("an answer");
        assert_eq!((reply.status, reply.header("access-control-allow-methods").is_empty()), (204, allowed.is_empty()), "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_reading_changes_nothing() {
    let place = Place::new();
    let (host, key) = keyed(&place, &[]).await;
    let ada = user(&host, "ada").await;
    let path = session(&ada).await;
    let said = ada.post(&format!("{path}/messages"), &json!({"type": "user", "content": "x"})).await.expect(201);
    let before = key.get(&path).await.expect(200);
    let message = said["id"].as_str().expect("an id");
    let user = "/v1/users/ada";
    for at in [
        path.clone(),
        format!("{path}/messages"),
        format!("{path}/messages/{message}"),
        format!("{path}/end"),
        format!("{path}/sign-out"),
        format!("{path}/rewind?through={message}"),
        format!("{path}/messages/{message}/stop"),
        "/v1/tokens".into(),
        "/v1/cookie".into(),
        user.into(),
        format!("{user}/sessions"),
        format!("{user}/export"),
    ] {
        for method in ["GET", "HEAD"] {
            ada.send(method, &at, &[], "").await.expect("an answer");
            ada.send(method, &at, &[("x-http-method-override", "DELETE"), ("x-method-override", "DELETE")], "").await.expect("an answer");
        }
    }
    let mut after = key.get(&path).await.expect(200);
    // All that a user's reading moves is the idle clock.
    after["lastActivity"] = before["lastActivity"].clone();
    assert_eq!(after, before);
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn s15_errors_say_nothing_of_insides() {
    let place = Place::new();
    let (host, key) = keyed(&place, &[]).await;
    let path = session(&key).await;
    for (method, at, body) in [
        ("POST", "/v1/sessions".to_owned(), "{".to_owned()),
        ("POST", format!("{path}/messages"), "[[[[".into()),
        ("POST", format!("{path}/messages"), json!({"type": 1}).to_string()),
        ("PATCH", path.clone(), json!({"limits": {"idleMs": -1}}).to_string()),
        ("POST", "/v1/tokens".into(), json!({"userId": 7}).to_string()),
        ("GET", "/v1/../../etc/passwd".into(), String::new()),
    ] {
        let reply = key.send(method, &at, &[("content-type", "application/json")], body).await.expect("an answer");
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(reply.status >= 400 && reply.header("content-type") == "application/problem+json", "{at}: {reply:?}");
        for inside in ["serde", "panicked", ".rs", "src/", "wasm", "sqlite", "at line", "column", "RUST", "thread"] {
            assert!(!text.contains(inside), "{at}: {text}");
        }
    }
    host.assert_unbroken();
}
