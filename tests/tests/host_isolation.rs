//! Two users of one host: for the second, a session of the first is to the byte what a session is that was never there; on every
//! route, in every frame.

use colloq_tests::host::{Http, Link, Place, Reply, new_id};
use serde_json::{Value, json};

/// What a client can see of an answer, without the time of its making.
fn seen(reply: &Reply) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let header = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        (name.to_string(), value.to_str().expect("text").to_owned())
    };
    let headers = reply.headers.iter().map(header).filter(|(name, _)| name != "date").collect();
    (reply.status, headers, reply.body.to_vec())
}

/// Every route of a session, with a body that its owner's would be.
fn routes(message: &str) -> Vec<(&'static str, String, Option<Value>)> {
    let stream = format!("/messages/{message}");
    vec![
        ("GET", String::new(), None),
        ("GET", "?messages=1".into(), None),
        ("HEAD", String::new(), None),
        ("DELETE", String::new(), None),
        ("PATCH", String::new(), Some(json!({"title": "mine"}))),
        ("PATCH", String::new(), Some(json!({"nobodyKnowsThis": 1}))),
        ("POST", "/end".into(), Some(json!({}))),
        ("GET", "/messages".into(), None),
        ("GET", "/messages?cursor=nothing".into(), None),
        ("POST", "/messages".into(), Some(json!({"type": "user", "content": "hello"}))),
        ("POST", "/messages".into(), Some(json!({"id": message, "type": "user", "content": "hello"}))),
        ("POST", "/messages".into(), Some(json!({"type": "user", "content": "x".repeat(300_000)}))),
        ("GET", stream.clone(), None),
        ("POST", format!("{stream}/delta"), Some(json!({"offset": 0, "text": "x"}))),
        ("POST", format!("{stream}/complete"), Some(json!({}))),
        ("POST", format!("{stream}/stop"), Some(json!({}))),
        ("POST", format!("{stream}/fail"), Some(json!({"error": {"code": "c", "message": "m"}}))),
        ("POST", format!("{stream}/interrupt"), Some(json!({"heardOffset": 0}))),
        ("POST", format!("{stream}/revise"), Some(json!({"from": 0, "text": "x"}))),
        ("POST", format!("{stream}/producer"), Some(json!({}))),
        ("PATCH", stream.clone(), Some(json!({"metadata": {"a": 1}}))),
        ("DELETE", stream.clone(), None),
        ("POST", "/fork".into(), Some(json!({}))),
        ("POST", "/fork".into(), Some(json!({"through": message}))),
        ("POST", "/rewind".into(), Some(json!({"through": message}))),
        ("POST", "/compact".into(), Some(json!({"through": message, "summary": "s"}))),
        ("POST", "/sign-in".into(), Some(json!({"userId": "eve"}))),
        ("POST", "/sign-out".into(), Some(json!({}))),
        ("GET", "/private/a".into(), None),
        ("GET", "/private/a%2Fb".into(), None),
        ("PUT", "/private/a".into(), Some(json!(1))),
        ("PUT", "/private/a%2Fb".into(), Some(json!("x".repeat(100_000)))),
        ("DELETE", "/private/a".into(), None),
        ("PUT", "/context/project".into(), Some(json!({"id": "p", "name": "n", "type": "codegen"}))),
        ("PUT", "/context/issues/I-1".into(), Some(json!({"title": "t", "status": "open"}))),
        ("DELETE", "/context/issues/I-1".into(), None),
        ("PATCH", "/context/preferences".into(), Some(json!({"language": "de"}))),
        ("POST", "/commands".into(), Some(json!({"commands": [{"kind": "rename", "title": "mine"}]}))),
        ("POST", "/commands".into(), Some(json!({"commands": []}))),
    ]
}

async fn ask(http: &Http, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Reply {
    let json = [&[("content-type", "application/json")], headers].concat();
    let headers = if body.is_some() { &json } else { headers };
    http.send(method, path, headers, body.map(Value::to_string).unwrap_or_default()).await.expect("an answer comes")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_somebody_else_is_not_there() {
    let place = Place::new();
    let host = place.start().await;
    let (ada, eve) = (host.http_as("user", "ada").await, host.http_as("user", "eve").await);
    let created = ada.post("/v1/sessions", &json!({"title": "secret"})).await.expect(201);
    let (session, missing) = (created["id"].as_str().expect("an id").to_owned(), new_id());
    let path = format!("/v1/sessions/{session}");
    host.http().write("PUT", &format!("{path}/private/a"), &json!("secret")).await;
    let begun = ada.post(&format!("{path}/messages"), &json!({"type": "user", "status": "streaming"})).await.expect(201);
    let message = begun["id"].as_str().expect("an id");
    // An operator's read moves no clock, so the very same answer has to come afterwards.
    let before = host.http().get(&path).await.expect(200);

    for (method, part, body) in routes(message) {
        let conditions = [&[][..], &[("if-match", "2")], &[("if-match", "99")], &[("if-none-match", "W/\"all-2\"")]];
        for headers in conditions.into_iter().chain([&[("idempotency-key", "k")][..]]) {
            let theirs = ask(&eve, method, &format!("{path}{part}"), headers, body.as_ref()).await;
            let nobodys = ask(&eve, method, &format!("/v1/sessions/{missing}{part}"), headers, body.as_ref()).await;
            assert_eq!(theirs.status, 404, "{method} {part} {theirs:?}");
            assert_eq!(seen(&theirs), seen(&nobodys), "{method} {part} {headers:?}");
            if method != "HEAD" {
                assert_eq!(theirs.code(), "sessionNotFound", "{method} {part}");
            }
        }
    }
    let lines = [("content-type", "application/x-ndjson")];
    for line in ["{\"text\":\"x\"}\n", "{\"complete\":true}\n", "nonsense\n"] {
        let stream = format!("/messages/{message}/stream");
        let theirs = eve.send("POST", &format!("{path}{stream}"), &lines, line).await.expect("an answer comes");
        let nobodys = eve.send("POST", &format!("/v1/sessions/{missing}{stream}"), &lines, line).await.expect("an answer comes");
        assert_eq!((theirs.status, seen(&theirs)), (404, seen(&nobodys)), "{line}");
    }
    assert_eq!(eve.get("/v1/users/ada/sessions").await.status, 403);
    for (method, path) in [("DELETE", "/v1/users/ada/sessions"), ("DELETE", "/v1/users/ada"), ("GET", "/v1/users/ada/export")] {
        let theirs = ask(&eve, method, path, &[], None).await;
        let nobodys = ask(&eve, method, &path.replace("ada", "nobody"), &[], None).await;
        assert_eq!((theirs.status, seen(&theirs)), (403, seen(&nobodys)), "{method} {path}");
    }
    assert_eq!(eve.get("/v1/sessions?userId=ada").await.status, 403);
    assert_eq!(eve.get("/v1/sessions").await.expect(200)["items"], json!([]));
    assert_eq!(host.http().get(&path).await.expect(200), before, "nothing of it did anything");
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_some_sessions_sees_no_others() {
    let place = Place::new();
    let host = place.start().await;
    let ada = host.http_as("user", "ada").await;
    let mut sessions = Vec::new();
    for _ in 0..2 {
        sessions.push(ada.post("/v1/sessions", &json!({})).await.expect(201)["id"].as_str().expect("an id").to_owned());
    }
    let asked = json!({"userId": "bot", "role": "agent", "sessions": [sessions[0]]});
    let given = host.http().post("/v1/tokens", &asked).await.expect(201);
    let bot = host.http().with_token(given["token"].as_str().expect("a token"));
    bot.get(&format!("/v1/sessions/{}", sessions[0])).await.expect(200);
    for (method, part, body) in routes(&new_id()) {
        let other = ask(&bot, method, &format!("/v1/sessions/{}{part}", sessions[1]), &[], body.as_ref()).await;
        let nobodys = ask(&bot, method, &format!("/v1/sessions/{}{part}", new_id()), &[], body.as_ref()).await;
        assert_eq!((other.status, seen(&other)), (404, seen(&nobodys)), "{method} {part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_say_no_more_than_routes() {
    let place = Place::new();
    let host = place.start().await;
    let (ada, eve) = (host.http_as("user", "ada").await, host.http_as("user", "eve").await);
    let created = ada.post("/v1/sessions", &json!({})).await.expect(201);
    let (session, missing) = (created["id"].as_str().expect("an id").to_owned(), new_id());
    // More clients than a session remembers, so that it has forgotten some.
    for _ in 0..40 {
        let client = new_id();
        let mut link = Link::open(host.address, ada.bearer(), &client).await.expect("a link");
        let command = json!({"id": [client, 1], "kind": "rename", "title": client});
        link.send(&json!({"kind": "submit", "session": session, "base": 1_000, "commands": [command]})).await.expect("it is sent");
        link.next_of("entries").await.expect("it is accepted");
    }
    let before = host.http().get(&format!("/v1/sessions/{session}")).await.expect(200);
    let client = new_id();
    let mut link = Link::open(host.address, eve.bearer(), &client).await.expect("a link");
    let command = |seq: u64, command: Value| {
        let mut command = command;
        command["id"] = json!([client, seq]);
        command
    };
    let message = json!({"id": new_id(), "type": "user", "content": "hello"});
    let commands = [
        json!([command(1, json!({"kind": "rename", "title": "mine"}))]),
        json!([command(2, json!({"kind": "rename", "title": "mine"}))]),
        json!([command(u64::MAX, json!({"kind": "end"}))]),
        json!([command(1, json!({"kind": "appendMessage", "message": message}))]),
        json!([command(1, json!({"kind": "nobodyKnowsThis"}))]),
        json!([command(1, json!({"kind": "batch", "commands": [{"kind": "end"}]}))]),
        json!([command(1, json!({"kind": "stopMessage", "message": new_id()})), command(2, json!({"kind": "end"}))]),
        json!([{"kind": "end"}]),
        json!([7]),
        json!([]),
    ];
    let mut frames = vec![json!({"kind": "subscribe"}), json!({"kind": "unsubscribe"}), json!({"kind": "submit"})];
    frames.push(json!({"kind": "subscribe", "since": [1, "ab".repeat(32)]}));
    for commands in commands {
        for base in [0, 1, 1_000] {
            frames.push(json!({"kind": "submit", "base": base, "commands": commands}));
        }
    }
    for frame in frames {
        let mut said = Vec::new();
        for id in [&session, &missing] {
            let mut named = frame.clone();
            named["session"] = id.as_str().into();
            link.send(&named).await.expect("it is sent");
            said.push(json!(link.settle().await.expect("the link goes on")).to_string().replace(id, "ID"));
        }
        assert_eq!(said[0], said[1], "{frame}");
    }
    assert_eq!(host.http().get(&format!("/v1/sessions/{session}")).await.expect(200), before, "nothing of it did anything");
    let mut owner = Link::open(host.address, ada.bearer(), &new_id()).await.expect("a link");
    owner.send(&json!({"kind": "subscribe", "session": session})).await.expect("it is sent");
    owner.next_of("subscribed").await.expect("it is the owner's");
    ada.write("PATCH", &format!("/v1/sessions/{session}"), &json!({"title": "for the owner alone"})).await.expect(200);
    owner.next_of("entries").await.expect("the owner is told");
    assert!(link.settle().await.expect("the link goes on").is_empty(), "nobody else is");
    host.assert_unbroken();
}
