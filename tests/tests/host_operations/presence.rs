//! Who is there: told to all who follow a session while they do, and kept nowhere.

use colloq_tests::host::Link;
use serde_json::{Value, json};

use crate::{Stage, delete, follow, id, open, read, session};

async fn say_present(link: &mut Link, session: &str, state: Value) {
    link.send(&json!({"kind": "presence", "session": id(session), "state": state})).await.expect("it is sent");
}

/// Reads presence until so many are there, and this holds of them.
async fn until(link: &mut Link, count: usize, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    loop {
        let frame = link.next_of("presence").await.expect("presence comes");
        let links = frame["links"].as_array().expect("links").clone();
        if links.len() == count && holds(&links) {
            return links;
        }
    }
}

fn is_typing(links: &[Value]) -> bool {
    links.iter().any(|link| link["state"]["typing"] == true)
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_follow_see_each_other_come_type_and_go() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let version = read(&stage.ada, &path).await["version"].clone();
    let (mut ada, mut bot) = (follow(&stage, &stage.ada, &path).await, follow(&stage, &stage.bot, &path).await);
    say_present(&mut ada, &path, json!({})).await;
    let links = until(&mut bot, 1, |_| true).await;
    assert_eq!((&links[0]["id"], &links[0]["role"]), (&json!("ada"), &json!("user")));
    say_present(&mut bot, &path, json!({"typing": true, "data": {"cursor": 7}})).await;
    let links = until(&mut ada, 2, is_typing).await;
    assert_eq!(links[1]["state"]["data"], json!({"cursor": 7}));
    // Whoever comes later is told after `subscribed`.
    let mut late = follow(&stage, &stage.ada, &path).await;
    until(&mut late, 2, is_typing).await;
    // Typing lapses by itself.
    until(&mut ada, 2, |links| !is_typing(links)).await;
    // One goes by closing the link, the other by following no more.
    drop(bot);
    until(&mut ada, 1, |_| true).await;
    ada.send(&json!({"kind": "unsubscribe", "session": id(&path)})).await.expect("it is sent");
    until(&mut late, 0, |_| true).await;
    assert_eq!(read(&stage.ada, &path).await["version"], version, "nothing of it is logged");
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_is_of_sessions_that_are_followed() {
    let stage = Stage::new().await;
    let (path, other) = (session(&stage.ada).await, session(&stage.ada).await);
    let mut ada = follow(&stage, &stage.ada, &path).await;
    say_present(&mut ada, &other, json!({})).await;
    assert_eq!(ada.next_of("error").await.expect("it is refused")["code"], "malformed");
    say_present(&mut ada, &path, json!({"typing": "yes"})).await;
    assert_eq!(ada.next_of("error").await.expect("it is refused")["code"], "malformed");
    say_present(&mut ada, &path, json!({"data": {"a": "x".repeat(2000)}})).await;
    assert_eq!(ada.next_of("error").await.expect("it is refused")["code"], "tooLarge");
    delete(&stage.ada, &path).await.expect(204);
    ada.next_of("ended").await.expect("it is told");
    say_present(&mut ada, &path, json!({})).await;
    let refused = ada.next_of("error").await.expect("it is refused");
    assert_eq!(refused["code"], "sessionNotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_is_told_in_few_frames() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let mut watching = follow(&stage, &stage.ada, &path).await;
    let mut busy = follow(&stage, &stage.ada, &path).await;
    for number in 0..500 {
        say_present(&mut busy, &path, json!({"data": {"at": number}})).await;
    }
    let mut frames = 0;
    loop {
        let frame = watching.next_of("presence").await.expect("presence comes");
        frames += 1;
        if frame["links"][0]["state"]["data"]["at"] == 499 {
            break;
        }
    }
    assert!(frames <= 250, "{frames} frames of 500 changes");
    drop(open(&stage, &stage.ada).await);
}
