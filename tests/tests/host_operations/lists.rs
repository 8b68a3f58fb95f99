//! A user's list of sessions, live: what is created, said, renamed, ended and erased, whoever does it.

use colloq_tests::host::{Events, Http, Link};
use serde_json::{Value, json};

use crate::{Stage, delete, id, open, say, session, text};

async fn watch(stage: &Stage, who: &Http, limit: usize) -> (Link, Value) {
    let mut link = open(stage, who).await;
    link.send(&json!({"kind": "watchSessions", "limit": limit})).await.expect("it is sent");
    let first = link.next_of("sessions").await.expect("the list comes first");
    (link, first)
}

/// The next row of a session for which this holds.
async fn row(link: &mut Link, session: &str, holds: impl Fn(&Value) -> bool) -> Value {
    loop {
        let frame = link.next_of("sessions").await.expect("a change comes");
        let rows = frame["upsert"].as_array().expect("rows");
        if let Some(row) = rows.iter().find(|row| row["id"] == id(session) && holds(row)) {
            return row.clone();
        }
    }
}

async fn removed(link: &mut Link, session: &str) {
    loop {
        let frame = link.next_of("sessions").await.expect("a change comes");
        if frame["remove"].as_array().expect("ids").contains(&json!(id(session))) {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_told_and_then_kept() {
    let stage = Stage::new().await;
    let old = session(&stage.ada).await;
    for _ in 0..3 {
        session(&stage.ada).await;
    }
    let (mut link, first) = watch(&stage, &stage.ada, 2).await;
    let page = stage.ada.get("/v1/sessions?limit=2").await.expect(200);
    assert_eq!((&first["upsert"], &first["remove"]), (&page["items"], &json!([])), "it shows what the list by HTTP shows");
    let ben = stage.host.http_as("user", "ben").await;
    let hidden = session(&ben).await;
    let path = session(&stage.ada).await;
    assert_eq!(row(&mut link, &path, |_| true).await["title"], "Hello");
    say(&stage.ada, &old, "user", "What about the roof?").await;
    let shown = row(&mut link, &old, |row| row["messageCount"] == 1).await;
    assert_eq!(shown["preview"], "What about the roof?");
    stage.ada.write("PATCH", &path, &json!({"title": "Roof"})).await.expect(200);
    row(&mut link, &path, |row| row["title"] == "Roof").await;
    stage.bot.post(&format!("{old}/messages"), &json!({"type": "assistant", "content": "Sound."})).await.expect(201);
    row(&mut link, &old, |row| row["preview"] == "Sound.").await;
    stage.ada.post(&format!("{path}/end"), &json!({})).await.expect(200);
    row(&mut link, &path, |row| row["isActive"] == false).await;
    delete(&stage.ada, &path).await.expect(204);
    removed(&mut link, &path).await;
    // Another user's new session never came: what comes next is one's own.
    assert_ne!(text(&json!(id(&hidden))), id(&path));
    stage.operator.post(&format!("{old}/sign-in"), &json!({"userId": "ben"})).await.expect(200);
    removed(&mut link, &old).await;
    let (_, bens) = watch(&stage, &ben, 50).await;
    assert_eq!(bens["upsert"].as_array().map(Vec::len), Some(2));
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_as_events_too() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let accept = [("accept", "text/event-stream")];
    let mut events = Events::open(&stage.ada, "/v1/sessions?limit=5", &accept).await.expect("a stream");
    assert_eq!(events.next_of("welcome").await.expect("who the caller is").frame["userId"], "ada");
    let first = events.next_of("sessions").await.expect("the list").frame;
    assert_eq!(first["upsert"][0]["id"], id(&path));
    say(&stage.ada, &path, "user", "Hello").await;
    let change = events.next_of("sessions").await.expect("a change").frame;
    assert_eq!(change["upsert"][0]["preview"], "Hello");
    let mut quiet = Events::open(&stage.ada, "/v1/sessions?limit=0", &accept).await.expect("a stream");
    assert_eq!(quiet.next().await.expect("it goes on").map(|event| event.kind).as_deref(), Some("welcome"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_tokens_is_told_now_and_then() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let (mut link, _) = watch(&stage, &stage.ada, 50).await;
    let begun = stage.bot.post(&format!("{path}/messages"), &json!({"type": "assistant", "status": "streaming"})).await.expect(201);
    let message = text(&begun["id"]);
    for number in 0..300 {
        let delta = json!({"offset": number * 2, "text": "ab"});
        stage.bot.post(&format!("{path}/messages/{message}/delta"), &delta).await.expect(200);
    }
    stage.bot.post(&format!("{path}/messages/{message}/complete"), &json!({})).await.expect(200);
    stage.ada.write("PATCH", &path, &json!({"title": "Over"})).await.expect(200);
    let mut frames = 0;
    loop {
        let frame = link.next_of("sessions").await.expect("a change comes");
        frames += 1;
        if frame["upsert"][0]["title"] == "Over" {
            break;
        }
    }
    assert!(frames <= 150, "{frames} frames of 303 changes");
}
