//! The end of a session, and of what a token is worth in it, reaches live links at once.

use colloq_tests::host::{Told, new_id};
use serde_json::{Value, json};

use crate::{Stage, delete, follow, id, say, session};

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_told_with_its_reason() {
    let stage = Stage::new().await;
    for reason in ["ended", "signedOut"] {
        let path = session(&stage.ada).await;
        let mut link = follow(&stage, &stage.bot, &path).await;
        stage.ada.post(&format!("{path}/end"), &json!({"reason": reason})).await.expect(200);
        let ended = link.next_of("ended").await.expect("it is told");
        assert_eq!(ended, json!({"kind": "ended", "session": id(&path), "reason": reason}));
    }
    let path = session(&stage.ada).await;
    let mut link = follow(&stage, &stage.bot, &path).await;
    delete(&stage.ada, &path).await.expect(204);
    assert_eq!(link.next_of("ended").await.expect("it is told")["reason"], "erased");
    let created = stage.ada.post("/v1/sessions", &json!({"limits": {"idleMs": 1000}})).await.expect(201);
    let mut link = follow(&stage, &stage.bot, created["id"].as_str().expect("an id")).await;
    assert_eq!(link.next_of("ended").await.expect("time ends it")["reason"], "idle");
    stage.host.assert_unbroken();
}

/// A link that signs out by a frame is cut like any other, after it was told that it did.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_by_frame_cuts_all_links_of_the_session() {
    let stage = Stage::new().await;
    let (path, other) = (session(&stage.ada).await, session(&stage.ada).await);
    let (mut own, mut another) = (follow(&stage, &stage.ada, &path).await, follow(&stage, &stage.ada, &path).await);
    let mut elsewhere = follow(&stage, &stage.ada, &other).await;
    let sign_out = json!({"id": [new_id(), 1], "kind": "signOut"});
    own.send(&json!({"kind": "submit", "session": id(&path), "base": 1, "commands": [sign_out]})).await.expect("it is sent");
    let signed_out = |frame: &Value| frame["entries"][0]["events"][0]["kind"] == "signedOut";
    for link in [&mut own, &mut another] {
        let mut was_told = false;
        let code = loop {
            match link.next().await.expect("a close comes") {
                Told::Frame(frame) => was_told |= signed_out(&frame),
                Told::Closed(code) => break code,
            }
        };
        assert_eq!((was_told, code), (true, Some(1012)));
    }
    say(&stage.ada, &other, "user", "Still here").await;
    elsewhere.next_of("entries").await.expect("it goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_with_its_token_unless_it_brings_another() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let short = async || {
        let asked = json!({"role": "user", "userId": "ada", "ttlSeconds": 2});
        let given = stage.operator.post("/v1/tokens", &asked).await.expect(201);
        stage.host.http().with_token(given["token"].as_str().expect("a token"))
    };
    let (mut ends, mut goes_on) = (follow(&stage, &short().await, &path).await, follow(&stage, &short().await, &path).await);
    goes_on.send(&json!({"kind": "authenticate", "token": stage.ada.bearer()})).await.expect("it is sent");
    goes_on.next_of("welcome").await.expect("it is taken");
    assert_eq!(ends.closed().await.expect("it ends"), Some(4401));
    say(&stage.ada, &path, "user", "Still here").await;
    goes_on.next_of("entries").await.expect("it goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_whose_state_differs_gets_a_snapshot_and_is_counted() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let mut link = follow(&stage, &stage.ada, &path).await;
    let diverged = json!({"kind": "subscribe", "session": id(&path), "since": null, "diverged": [1, "ab".repeat(32)]});
    link.send(&diverged).await.expect("it is sent");
    assert_eq!(link.next_of("snapshot").await.expect("a snapshot")["state"]["version"], 1);
    link.settle().await.expect("it goes on");
    let log = stage.host.log();
    assert!(log.contains("a client's state differs") && log.contains(id(&path)), "{log}");
    link.send(&json!({"kind": "subscribe", "session": id(&path), "diverged": 7})).await.expect("it is sent");
    assert_eq!(link.next_of("error").await.expect("it is refused")["code"], "malformed");
}
