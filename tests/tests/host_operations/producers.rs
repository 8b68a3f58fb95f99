//! Whoever streams by lines hears in the middle of the request that the stream is over or somebody else's.

use serde_json::json;

use crate::{Stage, assert_refused, read, session, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_is_told_while_it_says_nothing() {
    let stage = Stage::new().await;
    for (step, code, status) in
        [("stop", "messageStopped", "stopped"), ("interrupt", "messageStopped", "interrupted"), ("producer", "producerFenced", "streaming")]
    {
        let path = session(&stage.ada).await;
        let begun = stage.bot.post(&format!("{path}/messages"), &json!({"type": "assistant", "status": "streaming"})).await.expect(201);
        let message = format!("{path}/messages/{}", text(&begun["id"]));
        let mut upload = stage.bot.upload(&format!("{message}/stream"));
        upload.send("{\"text\":\"Hello\"}\n").await.expect("somebody reads");
        while read(&stage.ada, &message).await["content"] != "Hello" {}
        // What others do beside it does not disturb it.
        stage.ada.write("PATCH", &path, &json!({"title": "Beside"})).await.expect(200);
        upload.send("{\"text\":\", you\"}\n").await.expect("somebody reads");
        while read(&stage.ada, &message).await["content"] != "Hello, you" {}
        let who = if step == "producer" { &stage.operator } else { &stage.ada };
        who.post(&format!("{message}/{step}"), &json!({})).await.expect(200);
        let answer = upload.answer().await.expect("it is answered though its body goes on");
        assert_refused(&answer, 409, code);
        assert_eq!(read(&stage.ada, &message).await["status"], status);
    }
    stage.host.assert_unbroken();
}
