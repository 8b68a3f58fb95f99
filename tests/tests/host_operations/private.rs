//! Private values: for agents and operators, beside the log, and nowhere else.

use colloq_tests::host::{Http, Link, Reply, new_id};
use serde_json::{Value, json};

use crate::{Stage, assert_refused, delete, id, read, say, session};

async fn put(http: &Http, path: &str, value: &Value) -> Reply {
    http.write("PUT", path, value).await
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_kept_replaced_and_removed() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let handle = format!("{path}/private/handle");
    assert_refused(&stage.bot.get(&handle).await, 404, "notFound");
    for value in [json!({"resume": "abc", "at": 7}), json!("text"), json!(null), json!([1, 2.5]), json!({})] {
        let kept = put(&stage.bot, &handle, &value).await;
        assert_eq!((kept.status, kept.body.len()), (204, 0), "{value} {kept:?}");
        assert_eq!(read(&stage.bot, &handle).await, value);
    }
    assert_eq!(put(&stage.operator, &format!("{path}/private/a.b-c%5F1"), &json!(1)).await.status, 204);
    assert_eq!(read(&stage.bot, &format!("{path}/private/a.b-c_1")).await, json!(1));
    let version = read(&stage.ada, &path).await["version"].clone();
    let stage = stage.restart().await;
    assert_eq!(read(&stage.bot, &handle).await, json!({}), "what was answered is kept");
    for _ in 0..2 {
        assert_eq!(delete(&stage.bot, &handle).await.status, 204);
        assert_refused(&stage.bot.get(&handle).await, 404, "notFound");
    }
    assert_eq!(read(&stage.ada, &path).await["version"], version, "no entry was made");
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_user_ever_sees_them() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let handle = format!("{path}/private/handle");
    let secret = "only-for-agents";
    let mut link = Link::open(stage.host.address, stage.ada.bearer(), &new_id()).await.expect("a link");
    link.send(&json!({"kind": "subscribe", "session": id(&path)})).await.expect("it is sent");
    link.next_of("subscribed").await.expect("it is subscribed");
    assert_eq!(put(&stage.bot, &handle, &json!(secret)).await.status, 204);
    say(&stage.ada, &path, "user", "hello").await;
    link.next_of("entries").await.expect("the message comes");
    assert!(!link.text().contains(secret));
    for frame in link.settle().await.expect("the link goes on") {
        assert!(!frame.to_string().contains(secret), "{frame}");
    }
    let eve = stage.host.http_as("user", "eve").await;
    for (http, status, code) in [(&stage.ada, 403, "forbidden"), (&eve, 404, "sessionNotFound")] {
        assert_refused(&http.get(&handle).await, status, code);
        assert_refused(&put(http, &handle, &json!("mine")).await, status, code);
        assert_refused(&delete(http, &handle).await, status, code);
    }
    for shown in [&*path, "/v1/sessions", "/v1/users/ada/sessions", "/v1/users/ada/export"] {
        let shown = stage.ada.get(shown).await;
        assert_eq!(shown.status, 200, "{shown:?}");
        assert!(!String::from_utf8_lossy(&shown.body).contains(secret), "{shown:?}");
    }
    assert_eq!(read(&stage.bot, &handle).await, json!(secret));
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_at_most_64_and_takes_them_along() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    for nth in 0..64 {
        assert_eq!(put(&stage.bot, &format!("{path}/private/{nth}"), &json!(nth)).await.status, 204);
    }
    assert_refused(&put(&stage.bot, &format!("{path}/private/64"), &json!(64)).await, 429, "limitReached");
    assert_eq!(put(&stage.bot, &format!("{path}/private/7"), &json!("again")).await.status, 204, "one that is there is replaced");
    assert_eq!(delete(&stage.bot, &format!("{path}/private/0")).await.status, 204);
    assert_eq!(put(&stage.bot, &format!("{path}/private/64"), &json!(64)).await.status, 204);
    let other = session(&stage.ada).await;
    assert_refused(&stage.bot.get(&format!("{other}/private/7")).await, 404, "notFound");
    assert_eq!(delete(&stage.ada, &path).await.status, 204);
    assert_refused(&stage.bot.get(&format!("{path}/private/7")).await, 404, "sessionNotFound");
    assert_refused(&put(&stage.bot, &format!("{path}/private/7"), &json!(1)).await, 404, "sessionNotFound");
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_value_or_no_session_is_refused() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let handle = format!("{path}/private/handle");
    let headers = [("content-type", "application/json")];
    for bad in ["{", "", "{\"a\":1,\"a\":2}", "nul", "[1,"] {
        let refused = stage.bot.send("PUT", &handle, &headers, bad).await.expect("an answer comes");
        assert!([400, 422].contains(&refused.status), "{bad:?}: {refused:?}");
    }
    assert_refused(&stage.bot.send("PUT", &handle, &[], "1").await.expect("an answer comes"), 415, "unsupportedMediaType");
    let nowhere = format!("/v1/sessions/{}/private/handle", new_id());
    assert_refused(&put(&stage.bot, &nowhere, &json!(1)).await, 404, "sessionNotFound");
    assert_refused(&stage.bot.get(&nowhere).await, 404, "sessionNotFound");
    for key in ["a%2Fb", "a%20b", "%00", "", &"k".repeat(5000)] {
        let refused = put(&stage.bot, &format!("{path}/private/{key}"), &json!(1)).await;
        assert_refused(&refused, 422, "invalid");
    }
    let large = put(&stage.bot, &handle, &json!("x".repeat(100_000))).await;
    assert_refused(&large, 413, "tooLarge");
    let late = stage.bot.send("PUT", &handle, &[headers[0], ("if-match", "9")], "1").await.expect("an answer comes");
    assert_refused(&late, 412, "versionMismatch");
    assert_refused(&stage.bot.get(&format!("{path}/private/%ff")).await, 400, "malformed");
    assert_refused(&stage.bot.get(&handle).await, 404, "notFound");
    stage.host.assert_unbroken();
}
