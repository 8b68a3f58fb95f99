//! Bad frames at a link of the real binary: what is wrong with one is said in a frame and the link goes on, or the link closes with the
//! code for it; the host goes on, and other links never notice.

use colloq_tests::host::{Host, Http, Link, Place, Told, new_id};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

async fn create(http: &Http) -> String {
    http.post("/v1/sessions", &json!({})).await.expect(201)["id"].as_str().expect("an id").to_owned()
}

async fn check_host(host: &Host, session: &str) {
    let http = host.http_as("user", "canary").await;
    let own = create(&http).await;
    let written = http.post(&format!("/v1/sessions/{own}/messages"), &json!({"type": "user", "content": "still here"})).await.expect(201);
    assert_eq!(http.get(&format!("/v1/sessions/{own}")).await.expect(200)["messages"], json!([written]));
    assert_eq!(http.get(&format!("/v1/sessions/{session}")).await.code(), "sessionNotFound", "it is another's");
    host.assert_unbroken();
}

/// Sends one frame to a link that has said hello; gives what the host said of it before it answered a ping.
async fn answers(link: &mut Link, frame: &str) -> Vec<Value> {
    link.send_message(Message::text(frame)).await.expect("it is sent");
    link.settle().await.unwrap_or_else(|error| panic!("the link goes on after {}: {error}", &frame[..frame.len().min(200)]))
}

/// The frames of a link that a host says once, then no more.
async fn closing(link: &mut Link) -> (Vec<String>, Option<u16>) {
    let mut codes = Vec::new();
    loop {
        match link.next().await.expect("a close comes") {
            Told::Frame(frame) => codes.push(frame["code"].as_str().unwrap_or_default().to_owned()),
            Told::Closed(code) => return (codes, code),
        }
    }
}

fn deep(levels: usize) -> String {
    format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_frame_is_a_good_hello_or_the_last() {
    let place = Place::new();
    let host = place.start().await;
    let session = create(&host.http_as("user", "ada").await).await;
    let submit = json!({"kind": "submit", "session": session, "base": 0, "commands": []}).to_string();
    let subscribe = json!({"kind": "subscribe", "session": session}).to_string();
    let deep = format!(r#"{{"kind":"hello","protocol":1,"x":{}}}"#, deep(30_000));
    for (hello, code, close) in [
        (&*submit, "unauthenticated", 4401),
        (&subscribe, "unauthenticated", 4401),
        (r#"{"kind":"ping"}"#, "unauthenticated", 4401),
        (r#"{"kind":"nobodyKnowsThis"}"#, "unauthenticated", 4401),
        (r#"{"kind":"hello"}"#, "malformed", 4400),
        (r#"{"kind":"hello","protocol":2}"#, "malformed", 4400),
        (r#"{"kind":"hello","protocol":"1"}"#, "malformed", 4400),
        (r#"{"kind":"hello","protocol":-1}"#, "malformed", 4400),
        (r#"{"kind":"hello","protocol":1,"token":7}"#, "malformed", 4400),
        (r#"{"kind":"hello","protocol":1,"token":""}"#, "unauthenticated", 4401),
        (r#"{"kind":"hello","protocol":1,"token":"cq_nothing"}"#, "unauthenticated", 4401),
        (r#"{"kind":"hello","kind":"hello","protocol":1}"#, "malformed", 4400),
        (r#"["hello"]"#, "malformed", 4400),
        ("", "malformed", 4400),
        ("hello", "malformed", 4400),
        ("{", "malformed", 4400),
    ] {
        let mut link = Link::connect(host.address).await.expect("a connection");
        link.send_message(Message::text(hello)).await.expect("it is sent");
        assert_eq!(closing(&mut link).await, (vec![code.to_owned()], Some(close)), "{hello}");
    }
    let mut link = Link::connect(host.address).await.expect("a connection");
    link.send_message(Message::binary(r#"{"kind":"hello","protocol":1}"#)).await.expect("it is sent");
    assert_eq!(closing(&mut link).await.1, Some(4400), "a binary hello");
    let mut link = Link::connect(host.address).await.expect("a connection");
    link.send_message(Message::text(deep)).await.expect("it is sent");
    assert_eq!(link.next_of("welcome").await.expect("what is not asked for is skipped, however deep")["userId"], "dev");
    check_host(&host, &session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_none() {
    let place = Place::new();
    let host = place.start().await;
    let ada = host.http_as("user", "ada").await;
    let session = create(&ada).await;
    let mut link = Link::open(host.address, ada.bearer(), &new_id()).await.expect("a link");
    let deep = deep(30_000);
    for frame in [
        "",
        " ",
        "null",
        "7",
        "\"ping\"",
        "[]",
        "[\"ping\"]",
        "{}",
        "{",
        "{}{}",
        "{\"kind\":7}",
        "{\"kind\":null}",
        "{\"kind\":\"a\",\"kind\":\"b\"}",
        "{\"kind\":\"ping\"}x",
        "{\"kind\":\"\\ud800\"}",
        "{\"kind\":\"a\u{0}\"}",
        &deep,
    ] {
        let said = answers(&mut link, frame).await;
        let codes: Vec<&Value> = said.iter().map(|frame| &frame["code"]).collect();
        assert_eq!(codes, ["malformed"], "{}", &frame[..frame.len().min(100)]);
    }
    let unknown = format!(r#"{{"kind":"tomorrow","session":"{session}","x":{deep}}}"#);
    for frame in [r#"{"kind":"nobodyKnowsThis"}"#, r#"{"kind":""}"#, r#"{"kind":"PING"}"#, r#"{"kind":"welcome"}"#, &unknown] {
        assert!(answers(&mut link, frame).await.is_empty(), "an unknown kind is ignored: {}", &frame[..frame.len().min(100)]);
    }
    assert_eq!(answers(&mut link, r#"{"kind":"hello","protocol":1}"#).await[0]["code"], "malformed", "hello comes once");
    assert_eq!(answers(&mut link, r#"{"kind":"authenticate"}"#).await[0]["code"], "malformed");
    link.send_message(Message::binary(r#"{"kind":"ping"}"#)).await.expect("it is sent");
    assert_eq!(link.settle().await.expect("it goes on")[0]["code"], "malformed", "frames are text");
    link.send_message(Message::Ping(vec![1, 2, 3].into())).await.expect("it is sent");
    link.settle().await.expect("pings of WebSocket's own are fine");

    for (message, close) in [
        (Message::text(format!("{{\"kind\":\"ping\",\"x\":\"{}\"}}", "x".repeat(70 << 10))), 1009),
        (Message::text(self::deep(100_000)), 1009),
        (Message::binary(vec![0; 70 << 10]), 1009),
        (Message::Frame(Frame::message(vec![b'{', 0xff, 0xfe, b'}'], OpCode::Data(Data::Text), true)), 1007),
        (Message::Frame(Frame::message(vec![0xc0, 0xaf], OpCode::Data(Data::Text), true)), 1007),
        (Message::Frame(Frame::message(vec![b'x'], OpCode::Data(Data::Continue), true)), 1002),
    ] {
        let mut bad = Link::open(host.address, ada.bearer(), &new_id()).await.expect("a link");
        bad.send_message(message).await.expect("it is sent");
        assert_eq!(closing(&mut bad).await, (vec![], Some(close)));
        assert!(link.settle().await.expect("other links go on").is_empty());
    }
    let mut bomb = Link::open(host.address, ada.bearer(), &new_id()).await.expect("a link");
    bomb.send_message(Message::Frame(Frame::message(vec![b' '], OpCode::Data(Data::Text), false))).await.expect("it is sent");
    for _ in 0..(70 << 10) {
        // The host may have closed before the last piece was sent.
        let piece = Frame::message(vec![b' '], OpCode::Data(Data::Continue), false);
        if bomb.send_message(Message::Frame(piece)).await.is_err() {
            break;
        }
    }
    assert_eq!(bomb.closed().await.expect("a close comes"), Some(1009), "a message in pieces is bounded as a whole");
    check_host(&host, &session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn submits_that_are_refused() {
    let place = Place::new();
    let host = place.start().await;
    let ada = host.http_as("user", "ada").await;
    let session = create(&ada).await;
    let client = new_id();
    let mut link = Link::open(host.address, ada.bearer(), &client).await.expect("a link");
    let before = ada.get(&format!("/v1/sessions/{session}")).await.expect(200)["version"].clone();
    let rename = r#""kind":"rename","title":"t""#;
    // The largest whole number that JSON carries everywhere.
    let max = 1_u64 << 53;
    for (command, code) in [
        ("7".to_owned(), "malformed"),
        ("[]".to_owned(), "malformed"),
        ("{}".to_owned(), "malformed"),
        (format!("{{{rename}}}"), "malformed"),
        (format!(r#"{{"id":["{client}",1],"kind":"nobodyKnowsThis"}}"#), "malformed"),
        (format!(r#"{{"id":["{client}",1]}}"#), "malformed"),
        (format!(r#"{{"id":["{client}"],{rename}}}"#), "malformed"),
        (format!(r#"{{"id":"{client}",{rename}}}"#), "malformed"),
        (format!(r#"{{"id":["{client}",-1],{rename}}}"#), "malformed"),
        (format!(r#"{{"id":["{client}","1"],{rename}}}"#), "malformed"),
        (format!(r#"{{"id":["{client}",18446744073709551616],{rename}}}"#), "malformed"),
        (format!(r#"{{"id":["{client}",{}],{rename}}}"#, u64::MAX), "malformed"),
        (format!(r#"{{"id":["",1],{rename}}}"#), "malformed"),
        (format!(r#"{{"id":["{{}}",1],{rename}}}"#), "malformed"),
        (format!(r#"{{"id":["*\n",1],{rename}}}"#), "malformed"),
        (format!(r#"{{"id":["018f0000-0000-4000-8000-000000000000",1],{rename}}}"#), "malformed"),
        (format!(r#"{{"id":["{}",1],{rename}}}"#, "a".repeat(10 << 10)), "malformed"),
        (format!(r#"{{"id":["{client}",1],"id":["{client}",1],{rename}}}"#), "malformed"),
        (format!(r#"{{"id":["{client}",{max}],{rename}}}"#), "clientForgotten"),
        (format!(r#"{{"id":["{client}",2],{rename}}}"#), "clientForgotten"),
        (format!(r#"{{"id":["{client}",1],"kind":"rename","title":{}}}"#, deep(20_000)), "malformed"),
        (format!(r#"{{"id":["{client}",1],"kind":"rename","title":"\ud800"}}"#), "malformed"),
        (format!(r#"{{"id":["{client}",1],"kind":"patchData","patch":{{"n":9007199254740993}}}}"#), "malformed"),
        (format!(r#"{{"id":["{client}",1],"kind":"patchData","patch":{{"a":1,"a":2}}}}"#), "malformed"),
        (format!(r#"{{"id":["{client}",1],"kind":"appendDelta","message":"{client}","offset":-1,"text":""}}"#), "malformed"),
    ] {
        let frame = format!(r#"{{"kind":"submit","session":"{session}","base":1,"commands":[{command}]}}"#);
        let said = answers(&mut link, &frame).await;
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!((&said[0]["kind"], &said[0]["code"]), (&json!("rejected"), &json!(code)), "{}", &command[..command.len().min(200)]);
    }
    for rest in [
        "",
        r#","commands":7"#,
        r#","commands":null"#,
        r#","base":-1,"commands":[]"#,
        r#","base":"1","commands":[]"#,
        r#","base":18446744073709551616,"commands":[]"#,
    ] {
        let said = answers(&mut link, &format!(r#"{{"kind":"submit","session":"{session}"{rest}}}"#)).await;
        assert_eq!((said.len(), &said[0]["code"]), (1, &json!("malformed")), "{rest}");
    }
    let many = vec![json!({}); 257];
    let said = answers(&mut link, &json!({"kind": "submit", "session": session, "base": 1, "commands": many}).to_string()).await;
    assert_eq!(said.len(), 257, "256 are looked at, and one answer says that there were more");
    assert_eq!(ada.get(&format!("/v1/sessions/{session}")).await.expect(200)["version"], before, "nothing of it took effect");

    // After the first one, a gap is one; and what was decided is not decided again.
    let good = format!(r#"{{"kind":"submit","session":"{session}","base":1,"commands":[{{"id":["{client}",1],{rename}}}]}}"#);
    link.send_message(Message::text(good.clone())).await.expect("it is sent");
    link.next_of("entries").await.expect("it is accepted");
    assert!(answers(&mut link, &good).await.is_empty(), "the same again is accepted already");
    for seq in [3, max] {
        let gap = format!(r#"{{"kind":"submit","session":"{session}","base":1,"commands":[{{"id":["{client}",{seq}],{rename}}}]}}"#);
        assert_eq!(answers(&mut link, &gap).await[0]["code"], "seqGap");
    }
    check_host(&host, &session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_that_are_refused() {
    let place = Place::new();
    let host = place.start().await;
    let (ada, eve) = (host.http_as("user", "ada").await, host.http_as("user", "eve").await);
    let session = create(&ada).await;
    let mut link = Link::open(host.address, ada.bearer(), &new_id()).await.expect("a link");
    let chain = "ab".repeat(32);
    for since in [
        "7",
        "[]",
        "[1]",
        "\"x\"",
        "{}",
        "[-1,\"\"]",
        "[1,\"ab\"]",
        "[1,7]",
        "[1.5,\"ab\"]",
        &format!("[18446744073709551616,\"{chain}\"]"),
        &format!("[1,\"{}\"]", "zz".repeat(32)),
        &format!("[1,\"{chain}\",2]"),
        &deep(20_000),
    ] {
        let said = answers(&mut link, &format!(r#"{{"kind":"subscribe","session":"{session}","since":{since}}}"#)).await;
        assert_eq!((said.len(), &said[0]["code"]), (1, &json!("malformed")), "{}", &since[..since.len().min(100)]);
    }
    // A head that may be one, but is not one of this log, gets the state as it is.
    for since in
        [format!("[1,\"{chain}\"]"), format!("[0,\"{chain}\"]"), format!("[9999,\"{chain}\"]"), format!("[{},\"{chain}\"]", u64::MAX)]
    {
        let said = answers(&mut link, &format!(r#"{{"kind":"subscribe","session":"{session}","since":{since}}}"#)).await;
        let kinds: Vec<&Value> = said.iter().map(|frame| &frame["kind"]).collect();
        assert_eq!(kinds, ["snapshot", "subscribed"], "{since}");
    }
    let long = "a".repeat(10 << 10);
    for id in
        ["7", "null", "{}", "\"\"", "\"{}\"", "\"*\\n\"", "\"\\u0000\"", "\"018f0000-0000-4000-8000-000000000000\"", &format!("\"{long}\"")]
    {
        for kind in ["subscribe", "submit"] {
            let said = answers(&mut link, &format!(r#"{{"kind":"{kind}","session":{id},"base":0,"commands":[]}}"#)).await;
            assert_eq!((said.len(), &said[0]["code"]), (1, &json!("sessionNotFound")), "{kind} {}", &id[..id.len().min(100)]);
        }
        assert!(answers(&mut link, &format!(r#"{{"kind":"unsubscribe","session":{id}}}"#)).await.is_empty());
    }
    let mut other = Link::open(host.address, eve.bearer(), &new_id()).await.expect("a link");
    let missing = new_id();
    let mut said = Vec::new();
    for id in [&session, &missing] {
        let frames = answers(&mut other, &json!({"kind": "subscribe", "session": id}).to_string()).await;
        said.push(json!(frames).to_string().replace(id, "ID"));
    }
    assert_eq!(said[0], said[1], "somebody else's session is like one that is not there");
    assert!(said[0].contains("sessionNotFound"));
    check_host(&host, &missing).await;
}
