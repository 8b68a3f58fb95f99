//! A host that is told to stop: it says so, finishes what it began, closes its links so that they come back, loses nothing, and ends
//! with success.

use colloq_tests::host::{Link, Place, Told, new_id, said};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_order_loses_nothing() {
    let place = Place::new();
    let host = place.start().await;
    let http = host.http();
    assert_eq!(http.get("/readyz").await.status, 200);
    let created = http.post("/v1/sessions", &json!({})).await.expect(201);
    let session = created["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/sessions/{session}");
    let begun = http.post(&format!("{path}/messages"), &json!({"type": "assistant", "status": "streaming"})).await.expect(201);
    let message = format!("{path}/messages/{}", begun["id"].as_str().expect("an id"));

    let client = new_id();
    let mut link = Link::open(host.address, None, &client).await.expect("a link");
    let mut idle = Link::open(host.address, None, &new_id()).await.expect("a link");
    let mut silent = Link::connect(host.address).await.expect("a link that has said no hello");
    let commands: Vec<Value> = (1..=50)
        .map(|seq| json!({"id": [client, seq], "kind": "appendMessage", "message": {"id": new_id(), "type": "user", "content": format!("{seq}")}}))
        .collect();
    link.send(&json!({"kind": "submit", "session": session, "base": 0, "commands": commands})).await.expect("it is sent");
    let mut upload = http.upload(&format!("{message}/stream"));
    upload.send("{\"text\":\"first \"}\n").await.expect("it is taken");
    while http.get(&message).await.expect(200)["content"] == "" {}

    host.terminate().await;
    assert_eq!(idle.closed().await.expect("a close comes"), Some(1012));
    assert_eq!(silent.closed().await.expect("a close comes"), Some(1012));
    let mut acknowledged = 0;
    loop {
        match link.next().await.expect("a close comes") {
            Told::Frame(frame) if frame["kind"] == "entries" => acknowledged += frame["entries"].as_array().expect("entries").len(),
            Told::Frame(_) => {}
            Told::Closed(code) => {
                assert_eq!(code, Some(1012));
                break;
            }
        }
    }
    // One request is still on its way; meanwhile others are told that they come too late.
    let ready = http.get("/readyz").await;
    assert_eq!((ready.status, &*ready.code(), ready.header("retry-after")), (503, "overloaded", "1"));
    assert_eq!(http.get("/healthz").await.status, 200);
    assert_eq!(http.get(&path).await.status, 503);
    assert_eq!(http.post(&format!("{path}/messages"), &json!({"type": "user", "content": "too late"})).await.status, 503);
    assert!(Link::connect(host.address).await.is_err(), "no link begins");
    upload.send("{\"text\":\"last\"}\n{\"complete\":true}\n").await.expect("it is taken");
    assert_eq!(upload.finish().await.expect("what began is finished").expect(200)["content"], "first last");
    host.assert_unbroken();
    assert!(host.ended().await.success());

    let host = place.start().await;
    let read = host.http().get(&path).await.expect(200);
    let there = said(&read);
    assert_eq!((&*there[0].content, &read["messages"][0]["status"]), ("first last", &json!("complete")));
    let users: Vec<&str> = there[1..].iter().map(|line| &*line.content).collect();
    let expected: Vec<String> = (1..=users.len()).map(|seq| seq.to_string()).collect();
    assert!(users.len() >= acknowledged, "{acknowledged} were acknowledged, {} are there", users.len());
    assert_eq!(users, expected, "in their order, from the first, without a gap");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_with_nothing_to_do_stops_at_once() {
    let place = Place::new();
    for store in ["memory:", "sqlite:colloq.db"] {
        // A drain that would outlast the test's patience: it must not be waited for.
        let host = place.setup().flag("--store", store).flag("--drain", "1h").start().await;
        host.http().get("/healthz").await.expect(200);
        host.terminate().await;
        assert!(host.ended().await.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_finish_is_not_waited_for_longer_than_the_drain() {
    let place = Place::new();
    let host = place.setup().flag("--drain", "200ms").start().await;
    let http = host.http();
    let created = http.post("/v1/sessions", &json!({})).await.expect(201);
    let path = format!("/v1/sessions/{}", created["id"].as_str().expect("an id"));
    let begun = http.post(&format!("{path}/messages"), &json!({"type": "assistant", "status": "streaming"})).await.expect(201);
    let message = format!("{path}/messages/{}", begun["id"].as_str().expect("an id"));
    let mut upload = http.upload(&format!("{message}/stream"));
    upload.send("{\"text\":\"and then\"}\n").await.expect("it is taken");
    while http.get(&message).await.expect(200)["content"] == "" {}
    host.terminate().await;
    assert!(host.ended().await.success());
    drop(upload);
    let host = place.start().await;
    assert_eq!(host.http().get(&message).await.expect(200)["content"], "and then");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_has_one_host() {
    let place = Place::new();
    let host = place.start().await;
    let output = place.setup().flag("--listen", "127.0.0.1:0").run().await;
    assert!(!output.status.success(), "a second process on the file is refused");
    assert!(!output.stderr.is_empty(), "and says why");
    host.http().get("/readyz").await.expect(200);
}
