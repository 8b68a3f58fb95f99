//! Rewinding and compacting: what was said is taken back, or summed up.

use colloq_tests::host::new_id;
use serde_json::{Value, json};

use crate::{Stage, assert_refused, contents, read, say, session};

async fn talk(stage: &Stage) -> (String, Vec<String>) {
    let path = session(&stage.ada).await;
    let mut messages = Vec::new();
    for content in ["one", "two", "three", "four"] {
        messages.push(say(&stage.ada, &path, "user", content).await);
    }
    (path, messages)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewind_takes_back_what_came_after() {
    let stage = Stage::new().await;
    let (path, messages) = talk(&stage).await;
    let before = read(&stage.ada, &path).await["version"].as_u64().expect("a version");
    let rewound = stage.ada.post(&format!("{path}/rewind"), &json!({"through": messages[1]})).await;
    assert_eq!(rewound.version(), before + 1);
    rewound.expect(200);
    assert_eq!(contents(&stage.ada, &path).await, ["one", "two"]);
    assert_refused(&stage.ada.get(&format!("{path}/messages/{}", messages[2])).await, 404, "messageNotFound");
    assert_refused(&stage.ada.post(&format!("{path}/rewind"), &json!({"through": messages[2]})).await, 404, "messageNotFound");
    say(&stage.ada, &path, "user", "another three").await;
    let stage = stage.restart().await;
    assert_eq!(contents(&stage.ada, &path).await, ["one", "two", "another three"]);
    stage.ada.post(&format!("{path}/rewind"), &json!({"through": null})).await.expect(200);
    assert_eq!(contents(&stage.ada, &path).await, [""; 0]);
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewind_under_a_condition_happens_at_that_version_or_not() {
    let stage = Stage::new().await;
    let (path, messages) = talk(&stage).await;
    let tag = stage.ada.get(&path).await.header("etag").to_owned();
    say(&stage.ada, &path, "user", "meanwhile").await;
    let body = json!({"through": messages[0]}).to_string();
    let headers = [("content-type", "application/json"), ("if-match", &*tag)];
    let late = stage.ada.send("POST", &format!("{path}/rewind"), &headers, body).await.expect("an answer comes");
    assert_refused(&late, 412, "versionMismatch");
    assert_eq!(contents(&stage.ada, &path).await.len(), 5);
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_takes_the_place_of_the_oldest() {
    let stage = Stage::new().await;
    let (path, messages) = talk(&stage).await;
    let body = json!({"through": messages[2], "summary": "They counted to three."});
    stage.bot.post(&format!("{path}/compact"), &body).await.expect(200);
    let after = read(&stage.ada, &path).await;
    assert_eq!(after["summary"], "They counted to three.");
    assert_eq!(contents(&stage.ada, &path).await, ["four"]);
    let stage = stage.restart().await;
    assert_eq!(read(&stage.ada, &path).await["summary"], "They counted to three.");
    let body = json!({"through": messages[3], "summary": "They counted to four."});
    stage.bot.post(&format!("{path}/compact"), &body).await.expect(200);
    let after = read(&stage.ada, &path).await;
    assert_eq!((&after["summary"], &after["messages"]), (&json!("They counted to four."), &json!([])));
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_rewinds_and_compacts() {
    let stage = Stage::new().await;
    let (path, messages) = talk(&stage).await;
    let eve = stage.host.http_as("user", "eve").await;
    let (rewind, compact) = (json!({"through": messages[0]}), json!({"through": messages[0], "summary": "s"}));
    for (step, body) in [("rewind", &rewind), ("compact", &compact)] {
        assert_refused(&eve.post(&format!("{path}/{step}"), body).await, 404, "sessionNotFound");
    }
    assert_refused(&stage.bot.post(&format!("{path}/rewind"), &rewind).await, 403, "forbidden");
    assert_refused(&stage.ada.post(&format!("{path}/compact"), &compact).await, 403, "forbidden");
    let unknown = json!({"through": new_id(), "summary": "s"});
    assert_refused(&stage.bot.post(&format!("{path}/compact"), &unknown).await, 404, "messageNotFound");
    for (step, body) in [("compact", json!({"through": messages[0]})), ("compact", json!({})), ("rewind", json!({"through": 7}))] {
        let refused = stage.operator.post(&format!("{path}/{step}"), &body).await;
        assert!([400, 422].contains(&refused.status), "{step} {body}: {refused:?}");
    }
    let after = read(&stage.ada, &path).await;
    assert_eq!((after["messages"].as_array().expect("messages").len(), &after["summary"]), (4, &Value::Null));
    stage.host.assert_unbroken();
}
