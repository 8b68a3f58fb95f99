//! What HTTP promises beside the rules: entity tags, conditions, versions, places, pages, and streams by lines.

use std::time::Duration;

use colloq_tests::host::{Host, Http, Place};
use serde_json::{Value, json};
use tokio::time::sleep;

async fn session(http: &Http) -> String {
    let created = http.post("/v1/sessions", &json!({"title": "Hello"})).await;
    assert_eq!(created.version(), 1);
    let path = created.header("location").to_owned();
    let created = created.expect(201);
    assert_eq!(path, format!("/v1/sessions/{}", created["id"].as_str().expect("an id")));
    assert_eq!(http.get(&path).await.expect(200)["id"], created["id"], "Location leads to what was created");
    path
}

async fn say(http: &Http, session: &str, content: &str) -> String {
    let written = http.post(&format!("{session}/messages"), &json!({"type": "user", "content": content})).await.expect(201);
    written["id"].as_str().expect("an id").to_owned()
}

async fn start() -> (Place, Host, Http) {
    let place = Place::new();
    let host = place.start().await;
    let ada = host.http_as("user", "ada").await;
    (place, host, ada)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_known_costs_no_body() {
    let (_place, _host, ada) = start().await;
    let path = session(&ada).await;
    for view in ["", "?messages=1"] {
        let read = ada.get(&format!("{path}{view}")).await;
        let tag = read.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        read.expect(200);
        let known = [("if-none-match", &*tag)];
        let again = ada.send("GET", &format!("{path}{view}"), &known, "").await.expect("an answer");
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, &*tag));
        let list = format!("W/\"other\", {tag}");
        let again = ada.send("GET", &format!("{path}{view}"), &[("if-none-match", &list)], "").await.expect("an answer");
        assert_eq!(again.status, 304);
        let other = if view.is_empty() { "?messages=1" } else { "" };
        let other = ada.send("GET", &format!("{path}{other}"), &known, "").await.expect("an answer");
        assert_eq!(other.status, 200, "a tag is of one view");
        let head = ada.send("HEAD", &format!("{path}{view}"), &[], "").await.expect("an answer");
        assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, &*tag));
        say(&ada, &path, "news").await;
        let news = ada.send("GET", &format!("{path}{view}"), &known, "").await.expect("an answer");
        assert_ne!(news.header("etag"), tag);
        news.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_under_a_condition_happens_at_that_version_or_not() {
    let (_place, _host, ada) = start().await;
    let path = session(&ada).await;
    let tag = ada.get(&path).await.header("etag").to_owned();
    let write = async |condition: &str, title: &str| {
        let headers = [("content-type", "application/json"), ("if-match", condition)];
        ada.send("PATCH", &path, &headers, json!({"title": title}).to_string()).await.expect("an answer")
    };
    let first = write(&tag, "one").await;
    assert_eq!((first.version(), &first.expect(200)["title"]), (2, &json!("one")));
    let late = write(&tag, "two").await;
    assert_eq!((late.status, &*late.code()), (412, "versionMismatch"));
    assert_eq!(ada.get(&path).await.expect(200)["title"], "one");
    assert_eq!(write("2", "three").await.version(), 3);
    assert_eq!(write("\"3\"", "four").await.version(), 4);
    assert_eq!(write("*", "five").await.version(), 5);
    let late = ada.send("DELETE", &path, &[("if-match", "4")], "").await.expect("an answer");
    assert_eq!(late.code(), "versionMismatch", "what changed meanwhile is not erased");
    assert_eq!(ada.get(&path).await.expect(200)["title"], "five");
    assert_eq!(ada.send("DELETE", &path, &[("if-match", "5")], "").await.expect("an answer").status, 204);
    assert_eq!(ada.get(&path).await.status, 404);
}

/// Every item of a list, page by page.
async fn pages(http: &Http, list: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = http.get(&format!("{list}?limit={limit}{cursor}")).await.expect(200);
        let found = page["items"].as_array().expect("items");
        assert!(found.len() <= limit);
        items.extend(found.iter().cloned());
        let Some(next) = page["nextCursor"].as_str() else { return items };
        assert_eq!(found.len(), limit, "only the last page is short");
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_come_in_pages_newest_first() {
    let (_place, _host, ada) = start().await;
    let path = session(&ada).await;
    let mut written = Vec::new();
    for nth in 0..25 {
        written.push(say(&ada, &path, &format!("message {nth}")).await);
    }
    written.reverse();
    for limit in [1, 7, 25, 26, 500] {
        let found = pages(&ada, &format!("{path}/messages"), limit.min(200)).await;
        let ids: Vec<&str> = found.iter().map(|message| message["id"].as_str().expect("an id")).collect();
        assert_eq!(ids, written, "{limit} a page");
        assert_eq!(ada.get(&format!("{path}/messages/{}", ids[0])).await.expect(200), found[0]);
    }
    let newest = ada.get(&format!("{path}?messages=3")).await.expect(200);
    let newest: Vec<&Value> = newest["messages"].as_array().expect("messages").iter().map(|message| &message["id"]).collect();
    assert_eq!(newest, [&written[2], &written[1], &written[0]], "a session shows its messages oldest first");
    // What is said between two pages shifts none of them.
    let first = ada.get(&format!("{path}/messages?limit=10")).await.expect(200);
    say(&ada, &path, "meanwhile").await;
    let cursor = first["nextCursor"].as_str().expect("there are more");
    let second = ada.get(&format!("{path}/messages?limit=10&cursor={cursor}")).await.expect(200);
    assert_eq!(second["items"][0]["id"], written[10].as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_come_in_pages_newest_first() {
    let (_place, host, ada) = start().await;
    let mut paths = Vec::new();
    for nth in 0..12 {
        let path = session(&ada).await;
        say(&ada, &path, &format!("preview {nth}")).await;
        paths.push(path);
    }
    // Lists are ordered by the millisecond, so it has to be a later one.
    sleep(Duration::from_millis(2)).await;
    say(&ada, &paths[4], "the newest").await;
    let moved = paths.remove(4);
    paths.push(moved);
    paths.reverse();
    let dev = host.http();
    for (http, list) in [(&ada, "/v1/sessions"), (&ada, "/v1/users/ada/sessions"), (&dev, "/v1/users/ada/sessions")] {
        for limit in [1, 5, 12, 50] {
            let found = pages(http, list, limit).await;
            let ids: Vec<String> = found.iter().map(|item| format!("/v1/sessions/{}", item["id"].as_str().expect("an id"))).collect();
            assert_eq!(ids, paths, "{list}, {limit} a page");
            assert_eq!(
                (&found[0]["preview"], &found[0]["messageCount"], &found[0]["isActive"]),
                (&json!("the newest"), &json!(2), &json!(true))
            );
        }
    }
    assert_eq!(dev.get("/v1/users/nobody/sessions").await.expect(200), json!({"items": [], "nextCursor": null}));
}

/// A stream that begun: its path and its session's.
async fn begin(host: &Host) -> (Http, Http, String, String) {
    let (ada, bot) = (host.http_as("user", "ada").await, host.http_as("agent", "bot").await);
    let path = session(&ada).await;
    let begun = bot.post(&format!("{path}/messages"), &json!({"type": "assistant", "status": "streaming"})).await.expect(201);
    let message = format!("{path}/messages/{}", begun["id"].as_str().expect("an id"));
    (ada, bot, path, message)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_in_one_request() {
    let (_place, host, _) = start().await;
    let (ada, bot, path, message) = begin(&host).await;
    let lines = [
        json!({"text": "Hello "}),
        json!({"offset": 6, "text": "w\u{f6}rld"}),
        json!({"setPart": {"id": "t", "type": "tool-search", "state": "done"}}),
        json!({"offset": 12, "text": "!"}),
        json!({"complete": {"metadata": {"processingTime": 7}}}),
    ];
    let body = lines.map(|line| line.to_string()).join("\r\n");
    let answer =
        bot.send("POST", &format!("{message}/stream"), &[("content-type", "application/x-ndjson")], body).await.expect("an answer");
    let version = answer.version();
    let whole = answer.expect(200);
    assert_eq!((&whole["content"], &whole["status"]), (&json!("Hello w\u{f6}rld!"), &json!("complete")));
    assert_eq!(whole["metadata"]["processingTime"], 7);
    assert_eq!(whole["parts"][1]["state"], "done");
    let read = ada.get(&path).await.expect(200);
    assert_eq!((&read["version"], &read["messages"][0]), (&json!(version), &whole));
    let late = bot.post(&format!("{message}/delta"), &json!({"offset": 13, "text": "?"})).await;
    assert_eq!((late.status, &*late.code()), (409, "messageStopped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_goes_on() {
    let (_place, host, _) = start().await;
    let (ada, bot, _, message) = begin(&host).await;
    let mut upload = bot.upload(&format!("{message}/stream"));
    upload.send("{\"text\":\"one \"}\n{\"text\":\"two \"}\n{\"te").await.expect("it is taken");
    let read = loop {
        let read = ada.get(&message).await.expect(200);
        if read["content"] != "" {
            break read;
        }
    };
    assert_eq!((&read["content"], &read["status"]), (&json!("one two "), &json!("streaming")), "lines take effect as they come");
    upload.cut().await;
    let gap = bot.post(&format!("{message}/delta"), &json!({"offset": 99, "text": "x"})).await;
    assert_eq!((&*gap.code(), &gap.json()["nextOffset"]), ("offsetGap", &json!(8)));
    let other = bot.post(&format!("{message}/delta"), &json!({"offset": 4, "text": "TWO "})).await;
    assert_eq!((&*other.code(), &other.json()["nextOffset"]), ("offsetMismatch", &json!(8)));
    let mut upload = bot.upload(&format!("{message}/stream"));
    // What is repeated is taken where it is equal; only what is new counts.
    upload.send("{\"offset\":4,\"text\":\"two three\"}\n{\"complete\":true}\n").await.expect("it is taken");
    let whole = upload.finish().await.expect("an answer").expect(200);
    assert_eq!((&whole["content"], &whole["status"]), (&json!("one two three"), &json!("complete")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_arrives_in_mid_stream_and_is_final() {
    let (_place, host, _) = start().await;
    let (ada, bot, _, message) = begin(&host).await;
    let mut upload = bot.upload(&format!("{message}/stream"));
    upload.send("{\"text\":\"I was about to say\"}\n").await.expect("it is taken");
    while ada.get(&message).await.expect(200)["content"] == "" {}
    let stopped = ada.post(&format!("{message}/stop"), &json!({})).await.expect(200);
    assert_eq!((&stopped["status"], &stopped["content"]), (&json!("stopped"), &json!("I was about to say")));
    upload.send("{\"text\":\" something\"}\n").await.expect("it is taken");
    let answer = upload.answer().await.expect("the producer is told while it still sends");
    assert_eq!((answer.status, &*answer.code()), (409, "messageStopped"));
    for (step, body) in
        [("delta", json!({"offset": 18, "text": "x"})), ("complete", json!({})), ("fail", json!({"error": {"code": "c", "message": "m"}}))]
    {
        assert_eq!(bot.post(&format!("{message}/{step}"), &body).await.code(), "messageStopped", "{step}");
    }
    ada.post(&format!("{message}/stop"), &json!({})).await.expect(200);
    assert_eq!(ada.get(&message).await.expect(200)["content"], "I was about to say");
    let other = host.http_as("agent", "another").await;
    let (_, _, _, theirs) = begin(&host).await;
    assert_eq!(
        other.post(&format!("{theirs}/delta"), &json!({"offset": 0, "text": "x"})).await.code(),
        "forbidden",
        "a stream is its producer's"
    );
}
