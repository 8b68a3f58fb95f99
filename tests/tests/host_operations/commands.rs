//! `POST .../commands` with ids: how those without WebSocket submit, exactly once, each command on its own.

use colloq_tests::host::{Http, Reply, new_id};
use serde_json::{Value, json};

use crate::{Stage, assert_refused, id, read, session};

async fn submit(http: &Http, session: &str, base: u64, commands: &[Value]) -> Reply {
    http.post(&format!("{session}/commands"), &json!({"base": base, "commands": commands})).await
}

fn rename(client: &str, seq: u64, title: &str) -> Value {
    json!({"id": [client, seq], "kind": "rename", "title": title})
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_with_ids_are_settled_each_on_its_own() {
    let stage = Stage::new().await;
    let (path, client) = (session(&stage.ada).await, new_id());
    let bad = json!({"id": [client, 2], "kind": "patchData", "patch": []});
    let commands = [rename(&client, 1, "One"), bad, rename(&client, 3, "Three"), rename(&client, 9, "Nine")];
    let frames = submit(&stage.ada, &path, 1, &commands).await.expect(200)["frames"].clone();
    let entries: Vec<&Value> = frames.as_array().expect("frames").iter().filter(|frame| frame["kind"] == "entries").collect();
    let settled: Vec<&Value> = entries.iter().flat_map(|frame| frame["entries"].as_array().expect("entries")).collect();
    assert_eq!(settled.iter().map(|entry| &entry["command"][1]).collect::<Vec<_>>(), [1, 2, 3]);
    let rejected: Vec<_> = frames.as_array().expect("frames").iter().filter(|frame| frame["kind"] == "rejected").collect();
    let codes: Vec<_> = rejected.iter().map(|frame| (&frame["id"][1], &frame["code"])).collect();
    assert_eq!(codes, [(&json!(2), &json!("invalid")), (&json!(9), &json!("seqGap"))]);
    assert_eq!(read(&stage.ada, &path).await["title"], "Three");
    // The same again does nothing, and says of what was rejected that it was.
    let frames = submit(&stage.ada, &path, 1, &commands[..3]).await.expect(200)["frames"].clone();
    assert_eq!((frames.as_array().map(Vec::len), &frames[0]["code"]), (Some(1), &json!("invalid")));
    assert_eq!(read(&stage.ada, &path).await["version"], 4);
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_can_be_created_so() {
    let stage = Stage::new().await;
    let (made, client) = (new_id(), new_id());
    let path = format!("/v1/sessions/{made}");
    let create = json!({"id": [client, 1], "kind": "create", "title": "Made offline"});
    let frames = submit(&stage.ada, &path, 0, &[create, rename(&client, 2, "Renamed")]).await.expect(200)["frames"].clone();
    let count = |frame: &Value| frame["entries"].as_array().map_or(0, Vec::len);
    assert_eq!(frames.as_array().expect("frames").iter().map(count).sum::<usize>(), 2, "{frames}");
    assert_eq!(read(&stage.ada, &path).await["title"], "Renamed");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_no_way_around_anything() {
    let stage = Stage::new().await;
    let (path, client) = (session(&stage.ada).await, new_id());
    let ben = stage.host.http_as("user", "ben").await;
    let frames = submit(&ben, &path, 1, &[rename(&client, 1, "Mine")]).await.expect(200)["frames"].clone();
    assert_eq!((&frames[0]["kind"], &frames[0]["code"]), (&json!("rejected"), &json!("sessionNotFound")));
    let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
    let body = json!({"base": 1, "commands": [rename(&client, 1, "x")]}).to_string();
    let refused = stage.ada.send("POST", &format!("{path}/commands"), &headers, body).await.expect("an answer");
    assert_refused(&refused, 400, "malformed");
    // Without ids it is one batch, all or nothing.
    let batch = json!({"commands": [{"kind": "rename", "title": "A"}, {"kind": "rename", "title": "B"}]});
    assert_eq!(stage.ada.post(&format!("{path}/commands"), &batch).await.version(), 2);
    assert_eq!(read(&stage.ada, &path).await["id"], id(&path));
}
