//! Export and import: a user's sessions leave one host as lines and come into another.

use colloq_tests::host::{Http, Reply, new_id};
use serde_json::{Value, json};

use crate::{Stage, assert_refused, delete, id, read, say, session, text};

const LINES: [(&str, &str); 1] = [("content-type", "application/x-ndjson")];

async fn export(http: &Http, user: &str) -> String {
    let export = http.get(&format!("/v1/users/{user}/export")).await;
    assert_eq!((export.status, export.header("content-type"), export.header("cache-control")), (200, "application/x-ndjson", "no-store"));
    String::from_utf8(export.body.to_vec()).expect("it is text")
}

async fn import(http: &Http, lines: impl Into<Vec<u8>>) -> Reply {
    http.send("POST", "/v1/import", &LINES, lines.into()).await.expect("an answer comes")
}

/// What stays of a session when it moves.
fn kept(session: &Value) -> Value {
    let messages: Vec<Value> = session["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .map(|message| {
            json!([message["id"], message["type"], message["content"], message["parts"], message["author"], message["metadata"]])
        })
        .collect();
    json!({
        "id": session["id"], "userId": session["userId"], "title": session["title"], "data": session["data"], "context": session["context"],
        "createdAt": session["createdAt"], "summary": session["summary"], "ended": session["ended"], "messages": messages
    })
}

async fn talks(stage: &Stage) -> Vec<String> {
    let mut paths = Vec::new();
    for nth in 0..12 {
        let path = session(&stage.ada).await;
        for turn in 0..nth % 4 {
            say(&stage.ada, &path, "user", &format!("question {turn}: \u{65e5}\u{672c}\"\n\u{1f44d}")).await;
            say(&stage.bot, &path, "assistant", &format!("answer {turn}")).await;
        }
        paths.push(path);
    }
    stage.ada.post(&format!("{}/end", paths[3]), &json!({})).await.expect(200);
    paths
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_one_host_comes_into_another() {
    let stage = Stage::new().await;
    let paths = talks(&stage).await;
    let lines = export(&stage.ada, "ada").await;
    assert_eq!(lines.lines().count(), paths.len());
    assert!(lines.ends_with('\n') && lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{lines}");
    let elsewhere = Stage::new().await;
    let done = import(&elsewhere.operator, lines.clone()).await.expect(200);
    assert_eq!(done, json!({"imported": paths.len(), "failed": []}));
    let elsewhere = elsewhere.restart().await;
    for path in &paths {
        assert_eq!(kept(&read(&elsewhere.ada, path).await), kept(&read(&stage.ada, path).await), "{path}");
    }
    say(&elsewhere.ada, &paths[0], "user", "it goes on").await;
    // With a key, the same import again is the same answer again.
    let third = Stage::new().await;
    let keyed = [LINES[0], ("idempotency-key", "k")];
    third.operator.send("POST", "/v1/import", &keyed, lines.clone()).await.expect("an answer comes").expect(200);
    let third = third.restart().await;
    let repeated = third.operator.send("POST", "/v1/import", &keyed, lines.clone()).await.expect("an answer comes").expect(200);
    assert_eq!(repeated, json!({"imported": paths.len(), "failed": []}));
    let again = import(&elsewhere.operator, lines).await.expect(200);
    assert_eq!((&again["imported"], again["failed"].as_array().expect("failures").len()), (&json!(0), paths.len()));
    for (nth, failure) in again["failed"].as_array().expect("failures").iter().enumerate() {
        assert_eq!(failure, &json!({"line": nth + 1, "code": "idTaken"}));
    }
    stage.host.assert_unbroken();
    elsewhere.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_does_not_come_back() {
    let stage = Stage::new().await;
    session(&stage.ada).await;
    let lines = export(&stage.ada, "ada").await;
    assert_eq!(delete(&stage.ada, "/v1/users/ada").await.status, 204);
    let done = import(&stage.operator, lines).await.expect(200);
    assert_eq!(done, json!({"imported": 0, "failed": [{"line": 1, "code": "idTaken"}]}));
    assert_eq!(export(&stage.operator, "ada").await, "");
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_are_none_are_named_and_the_others_come() {
    let stage = Stage::new().await;
    let paths = [session(&stage.ada).await, session(&stage.ada).await];
    let lines = export(&stage.ada, "ada").await;
    let good: Vec<&str> = lines.lines().collect();
    let long = format!("{{\"id\":\"{}\",\"x\":\"{}\"}}", new_id(), "x".repeat(17 << 20));
    let bad = ["nonsense", "7", "[]", "{}", "{\"id\":7}", "{\"id\":\"x\"}", &long, &format!("{{\"id\":\"{}\"}}", new_id())];
    let elsewhere = Stage::new().await;
    let body = format!("\n{}\n{}\r\n\n{}", bad.join("\n"), good[0], good[1]);
    let done = import(&elsewhere.operator, body).await.expect(200);
    assert_eq!(done["imported"], 2, "{done}");
    let failed: Vec<(u64, String)> = done["failed"]
        .as_array()
        .expect("failures")
        .iter()
        .map(|failure| (failure["line"].as_u64().expect("a line"), text(&failure["code"])))
        .collect();
    let codes: Vec<&str> = failed.iter().map(|(_, code)| &**code).collect();
    assert_eq!(failed.iter().map(|(line, _)| *line).collect::<Vec<_>>(), (2..10).collect::<Vec<_>>());
    assert_eq!(codes[..7], ["malformed", "malformed", "malformed", "invalid", "invalid", "invalid", "tooLarge"]);
    assert!(["malformed", "invalid"].contains(&codes[7]), "{codes:?}");
    for path in &paths {
        assert_eq!(read(&elsewhere.ada, path).await["id"], id(path));
    }
    elsewhere.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_operators_import() {
    let stage = Stage::new().await;
    session(&stage.ada).await;
    let lines = export(&stage.ada, "ada").await;
    let elsewhere = Stage::new().await;
    for http in [&elsewhere.ada, &elsewhere.bot] {
        assert_refused(&import(http, lines.clone()).await, 403, "forbidden");
    }
    let json = elsewhere.operator.post("/v1/import", &json!({})).await;
    assert_refused(&json, 415, "unsupportedMediaType");
    assert_eq!(import(&elsewhere.operator, "").await.expect(200), json!({"imported": 0, "failed": []}));
    assert_eq!(read(&elsewhere.operator, "/v1/users/ada/sessions").await["items"], json!([]));
    elsewhere.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_session_fits_into_a_line() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    // What JSON escapes is six times as long.
    let large = "\u{1}".repeat(150_000);
    for _ in 0..6 {
        say(&stage.ada, &path, "user", &large).await;
    }
    let lines = export(&stage.ada, "ada").await;
    let elsewhere = Stage::new().await;
    assert_eq!(import(&elsewhere.operator, lines).await.expect(200), json!({"imported": 1, "failed": []}));
    assert_eq!(kept(&read(&elsewhere.ada, &path).await), kept(&read(&stage.ada, &path).await));
    let head = stage.ada.send("HEAD", "/v1/users/ada/export", &[], "").await.expect("an answer comes");
    assert_eq!((head.status, head.body.len()), (200, 0));
    stage.host.assert_unbroken();
    elsewhere.host.assert_unbroken();
}
