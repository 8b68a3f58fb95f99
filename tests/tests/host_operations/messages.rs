//! One message: its metadata is patched, or it is removed.

use colloq_tests::host::new_id;
use serde_json::{Value, json};

use crate::{Stage, assert_refused, contents, delete, read, say, session};

#[tokio::test(flavor = "multi_thread")]
async fn metadata_is_patched_and_nothing_else() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let message = format!("{path}/messages/{}", say(&stage.bot, &path, "assistant", "hello").await);
    let before = read(&stage.ada, &message).await;
    let change = async |metadata: Value| stage.bot.write("PATCH", &message, &json!({"metadata": metadata})).await;
    let first = change(json!({"rating": {"stars": 5, "by": "ada"}, "apiCalls": ["search"]})).await;
    assert!(first.version() > 2);
    assert_eq!(first.expect(200)["metadata"], json!({"rating": {"stars": 5, "by": "ada"}, "apiCalls": ["search"]}));
    change(json!({"rating": {"stars": 4}, "apiCalls": null})).await.expect(200);
    let mut after = read(&stage.ada, &message).await;
    assert_eq!(after["metadata"], json!({"rating": {"stars": 4, "by": "ada"}}));
    after.as_object_mut().expect("a message").remove("metadata");
    assert_eq!(after, before);
    for bad in [json!({"content": "other"}), json!({"metadata": 7}), json!({"metadata": {"apiCalls": 7}})] {
        let refused = stage.bot.write("PATCH", &message, &bad).await;
        assert!([400, 422].contains(&refused.status), "{bad}: {refused:?}");
    }
    assert_refused(
        &stage.bot.write("PATCH", &format!("{path}/messages/{}", new_id()), &json!({"metadata": {}})).await,
        404,
        "messageNotFound",
    );
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_message_is_gone_and_the_others_stay() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let mut messages = Vec::new();
    for content in ["one", "two", "three"] {
        messages.push(format!("{path}/messages/{}", say(&stage.ada, &path, "user", content).await));
    }
    let removed = delete(&stage.ada, &messages[1]).await;
    assert_eq!((removed.status, removed.version(), removed.body.len()), (204, 5, 0));
    assert_eq!(contents(&stage.ada, &path).await, ["one", "three"]);
    assert_refused(&stage.ada.get(&messages[1]).await, 404, "messageNotFound");
    assert_refused(&delete(&stage.ada, &messages[1]).await, 404, "messageNotFound");
    let eve = stage.host.http_as("user", "eve").await;
    assert_refused(&delete(&eve, &messages[0]).await, 404, "sessionNotFound");
    assert_refused(&eve.write("PATCH", &messages[0], &json!({"metadata": {}})).await, 404, "sessionNotFound");
    let stage = stage.restart().await;
    assert_eq!(contents(&stage.ada, &path).await, ["one", "three"]);
    stage.host.assert_unbroken();
}
