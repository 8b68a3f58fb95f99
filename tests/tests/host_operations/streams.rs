//! Streams that do not simply grow: talked over, corrected, taken over by another producer.

use colloq_tests::host::Http;
use serde_json::{Value, json};

use crate::{Stage, assert_refused, read, session, text};

/// A stream that says something; gives its path.
async fn stream(stage: &Stage, content: &str) -> String {
    let path = session(&stage.ada).await;
    let begun = stage.bot.post(&format!("{path}/messages"), &json!({"type": "assistant", "status": "streaming"})).await.expect(201);
    let message = format!("{path}/messages/{}", text(&begun["id"]));
    delta(&stage.bot, &message, json!({"offset": 0, "text": content})).await.expect(200);
    message
}

async fn delta(http: &Http, message: &str, body: Value) -> colloq_tests::host::Reply {
    http.post(&format!("{message}/delta"), &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_talked_over_said_what_was_heard() {
    let stage = Stage::new().await;
    let message = stream(&stage, "I was going to tell you").await;
    let heard = stage.ada.post(&format!("{message}/interrupt"), &json!({"heardOffset": 5, "playedMs": 1200})).await;
    assert!(heard.version() > 0);
    let heard = heard.expect(200);
    assert_eq!((&heard["status"], &heard["content"]), (&json!("interrupted"), &json!("I was")));
    assert_eq!(read(&stage.ada, &message).await["content"], "I was");
    let late = delta(&stage.bot, &message, json!({"offset": 23, "text": " more"})).await;
    assert_eq!(late.status, 409, "{late:?}");
    let stage = stage.restart().await;
    let read = read(&stage.ada, &message).await;
    assert_eq!((&read["status"], &read["content"]), (&json!("interrupted"), &json!("I was")));
    let whole = stream(&stage, "all of it").await;
    let heard = stage.ada.post(&format!("{whole}/interrupt"), &json!({})).await.expect(200);
    assert_eq!((&heard["status"], &heard["content"]), (&json!("interrupted"), &json!("all of it")), "nobody said how much was heard");
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_is_rewritten() {
    let stage = Stage::new().await;
    let message = stream(&stage, "recognise speech").await;
    let revised = stage.bot.post(&format!("{message}/revise"), &json!({"from": 0, "text": "wreck a nice"})).await;
    let version = revised.version();
    assert_eq!(revised.expect(200), json!({"version": version, "nextOffset": 12}));
    delta(&stage.bot, &message, json!({"offset": 12, "text": " beach"})).await.expect(200);
    let revised = stage.bot.post(&format!("{message}/revise"), &json!({"from": 8, "text": "ni\u{e7}e"})).await.expect(200);
    assert_eq!(revised["nextOffset"], 13);
    assert_eq!(read(&stage.ada, &message).await["content"], "wreck a ni\u{e7}e");
    // Within a character, and beyond the end.
    for from in [11, 14] {
        let refused = stage.bot.post(&format!("{message}/revise"), &json!({"from": from, "text": "x"})).await;
        assert!([409, 422].contains(&refused.status), "from {from}: {refused:?}");
    }
    stage.bot.post(&format!("{message}/complete"), &json!({})).await.expect(200);
    let late = stage.bot.post(&format!("{message}/revise"), &json!({"from": 0, "text": "x"})).await;
    assert_refused(&late, 409, "messageStopped");
    assert_eq!(read(&stage.ada, &message).await["content"], "wreck a ni\u{e7}e");
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_a_stream_over_fences_the_other_off() {
    let stage = Stage::new().await;
    let message = stream(&stage, "one ").await;
    let other = stage.host.http_as("agent", "other").await;
    assert_refused(&delta(&other, &message, json!({"offset": 4, "text": "x"})).await, 403, "forbidden");
    let taken = other.post(&format!("{message}/producer"), &json!({})).await;
    let version = taken.version();
    let taken = taken.expect(200);
    let epoch = taken["epoch"].as_u64().expect("an epoch");
    assert_eq!((&taken["version"], &taken["nextOffset"]), (&json!(version), &json!(4)));
    delta(&other, &message, json!({"offset": 4, "text": "two ", "epoch": epoch})).await.expect(200);
    for step in [json!({"offset": 8, "text": "x"}), json!({"offset": 8, "text": "x", "epoch": epoch - 1})] {
        assert_refused(&delta(&stage.bot, &message, step).await, 409, "producerFenced");
    }
    assert_refused(&stage.bot.post(&format!("{message}/complete"), &json!({})).await, 409, "producerFenced");
    let again = stage.bot.post(&format!("{message}/producer"), &json!({})).await.expect(200);
    assert_eq!((again["epoch"].as_u64(), &again["nextOffset"]), (Some(epoch + 1), &json!(8)));
    assert_refused(&delta(&other, &message, json!({"offset": 8, "text": "x", "epoch": epoch})).await, 409, "producerFenced");
    let stage = stage.restart().await;
    delta(&stage.bot, &message, json!({"offset": 8, "text": "three", "epoch": epoch + 1})).await.expect(200);
    stage.bot.post(&format!("{message}/complete"), &json!({"epoch": epoch + 1})).await.expect(200);
    assert_eq!(read(&stage.ada, &message).await["content"], "one two three");
    assert_refused(&stage.bot.post(&format!("{message}/producer"), &json!({})).await, 409, "messageStopped");
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_streams_are_not_there() {
    let stage = Stage::new().await;
    let message = stream(&stage, "hello").await;
    let eve = stage.host.http_as("user", "eve").await;
    for (step, body) in [("interrupt", json!({})), ("revise", json!({"from": 0, "text": "x"})), ("producer", json!({}))] {
        assert_refused(&eve.post(&format!("{message}/{step}"), &body).await, 404, "sessionNotFound");
    }
    // A user does not write what an agent says.
    for (step, body) in [("revise", json!({"from": 0, "text": "x"})), ("producer", json!({}))] {
        assert_refused(&stage.ada.post(&format!("{message}/{step}"), &body).await, 403, "forbidden");
    }
    assert_eq!(read(&stage.ada, &message).await["content"], "hello");
    stage.host.assert_unbroken();
}
