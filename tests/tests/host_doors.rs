//! The doors of the real binary: development mode for this machine alone, server keys, tokens and their end, and secrets that never
//! come out again.

use std::net::SocketAddr;
use std::time::Duration;

use colloq_tests::host::{Host, Http, Link, Place, new_id};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Error;

const KEY: &str = "canary-key-7f3a91";

async fn with_keys(place: &Place) -> (Host, Http) {
    let host = place.setup().env("COLLOQ_KEYS", &format!("web:{KEY}")).env("COLLOQ_LOG", "trace").start().await;
    let key = host.http().with_token(KEY);
    (host, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keys_it_serves_this_machine_alone() {
    let place = Place::new();
    for address in ["0.0.0.0:0", "[::]:0"] {
        let output = place.setup().flag("--listen", address).run().await;
        assert!(!output.status.success(), "{address}");
        assert!(output.stdout.is_empty(), "it never listened");
        let why = String::from_utf8(output.stderr).expect("text");
        assert!(why.contains("COLLOQ_KEYS") && why.contains("--keys"), "it says how to set keys: {why}");
    }
    let host = place.start().await;
    let url = format!("http://{}", host.address);
    for name in ["evil.test", "localhost.evil.test", "127.0.0.1.evil.test", "0.0.0.0", "localhost:x"] {
        let reply = host.http().send("GET", "/v1/sessions", &[("host", name)], "").await.expect("an answer");
        assert_eq!((reply.status, &*reply.code()), (403, "forbidden"), "Host {name}");
    }
    for origin in [
        "http://evil.test",
        "null",
        "",
        "http://localhost.evil.test",
        "https://127.0.0.1.evil.test",
        "HTTP://localhost",
        "http://localhost:x",
    ] {
        for (method, body) in [("GET", ""), ("POST", "{}")] {
            let headers = [("origin", origin), ("content-type", "application/json")];
            let reply = host.http().send(method, "/v1/sessions", &headers, body).await.expect("an answer");
            assert_eq!((reply.status, &*reply.code()), (403, "forbidden"), "Origin {origin}");
            assert_eq!(reply.header("access-control-allow-origin"), "", "Origin {origin}");
        }
        assert_eq!(refused(host.address, origin).await, 403, "a link from {origin}");
    }
    for origin in [&*url, "http://localhost:5173", "http://[::1]:1"] {
        let reply = host.http().send("GET", "/v1/sessions", &[("origin", origin)], "").await.expect("an answer");
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, origin));
        let headers = [("sec-websocket-protocol", "colloq.v1"), ("origin", origin)];
        assert!(Link::upgrade(host.address, &headers).await.is_ok(), "a link from {origin}");
    }
    assert_eq!(host.http().get("/v1/sessions").await.expect(200)["items"], json!([]), "nothing came of what was refused");
    for headers in [&[][..], &[("sec-websocket-protocol", "colloq.v2")]] {
        let error = Link::upgrade(host.address, headers).await.err().expect("another protocol is refused");
        assert!(matches!(error, Error::Http(ref answer) if answer.status() == 400), "{error}");
    }
    assert_eq!(host.http().get("/v1/connect").await.code(), "malformed", "no WebSocket");
    assert_eq!(host.http().post("/v1/connect", &json!({})).await.status, 405);
}

/// The status that a link from an origin is refused with.
async fn refused(address: SocketAddr, origin: &str) -> u16 {
    let headers = [("sec-websocket-protocol", "colloq.v1"), ("origin", origin)];
    match Link::upgrade(address, &headers).await {
        Err(Error::Http(answer)) => answer.status().as_u16(),
        Err(error) => panic!("{error}"),
        Ok(_) => 101,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_open_what_they_are_for_until_they_expire() {
    let place = Place::new();
    let host = place.start().await;
    let given = host.http().post("/v1/tokens", &json!({"userId": "ada", "ttlSeconds": 2})).await.expect(201);
    assert_eq!((&given["userId"], &given["role"]), (&json!("ada"), &json!("user")));
    let token = given["token"].as_str().expect("a token");
    let ada = host.http().with_token(token);
    let mut link = Link::open(host.address, Some(token), &new_id()).await.expect("a link");
    ada.post("/v1/sessions", &json!({})).await.expect(201);
    assert_eq!(ada.post("/v1/sessions", &json!({"userId": "eve"})).await.code(), "forbidden", "a user is who the token says");
    assert_eq!(link.closed().await.expect("a close comes"), Some(4401), "a link ends with its token");
    let late = loop {
        let reply = ada.get("/v1/sessions").await;
        if reply.status != 200 {
            break reply;
        }
        sleep(Duration::from_millis(20)).await;
    };
    assert_eq!((late.status, &*late.code(), late.header("www-authenticate")), (401, "unauthenticated", "Bearer"));
    assert!(Link::open(host.address, Some(token), &new_id()).await.is_err());

    // A bad secret never falls back to what holds without one.
    for value in ["Bearer", "Bearer ", "Bearer nothing", "Basic YTpi", "nothing", ""] {
        let reply = host.http().send("GET", "/v1/sessions", &[("authorization", value)], "").await.expect("an answer");
        assert_eq!(reply.code(), "unauthenticated", "{value}");
    }
    for (place, status) in [("?token=", 200), ("?access_token=", 200)] {
        let token = host.http().token("user", "ada").await;
        let reply = host.http().get(&format!("/v1/sessions{place}{token}")).await;
        assert_eq!((reply.status, reply.json()["items"].as_array().map(Vec::len)), (status, Some(0)), "a token in a URL opens nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_token_keeps_a_link_and_anothers_ends_it() {
    let place = Place::new();
    let host = place.start().await;
    let http = host.http();
    let first = http.post("/v1/tokens", &json!({"userId": "ada", "ttlSeconds": 2})).await.expect(201);
    let mut link = Link::open(host.address, first["token"].as_str(), &new_id()).await.expect("a link");
    let second = http.token("user", "ada").await;
    link.send(&json!({"kind": "authenticate", "token": second})).await.expect("it is sent");
    assert_eq!(link.next_of("welcome").await.expect("it is taken")["userId"], "ada");
    while http.with_token(first["token"].as_str().expect("a token")).get("/v1/sessions").await.status == 200 {
        sleep(Duration::from_millis(20)).await;
    }
    link.settle().await.expect("the link outlives its first token");
    for (token, code) in [(http.token("user", "eve").await, 4403), (http.token("operator", "ada").await, 4403), ("nothing".into(), 4401)] {
        let mut link = Link::open(host.address, Some(&second), &new_id()).await.expect("a link");
        link.send(&json!({"kind": "authenticate", "token": token})).await.expect("it is sent");
        assert_eq!(link.closed().await.expect("a close comes"), Some(code));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_keys_nothing_opens_without_one() {
    let place = Place::new();
    let (host, key) = with_keys(&place).await;
    for path in ["/v1/sessions", "/v1/users/ada/sessions", &format!("/v1/sessions/{}", new_id())] {
        let reply = host.http().get(path).await;
        assert_eq!((reply.status, &*reply.code()), (401, "unauthenticated"), "{path}");
    }
    assert_eq!(host.http().post("/v1/tokens", &json!({"userId": "ada", "role": "operator"})).await.status, 401);
    assert!(Link::open(host.address, None, &new_id()).await.is_err(), "a link needs a token");
    for path in ["/healthz", "/readyz", "/problems/malformed"] {
        assert_eq!(host.http().get(path).await.status, 200, "{path}");
    }
    assert_eq!(key.get("/v1/sessions").await.status, 200);
    let user = host.http().with_token(&key.token("user", "ada").await);
    let operator = host.http().with_token(&key.token("operator", "root").await);
    user.post("/v1/sessions", &json!({})).await.expect(201);
    for http in [&user, &operator] {
        assert_eq!(http.post("/v1/tokens", &json!({"userId": "ada"})).await.code(), "forbidden", "only a server key makes tokens");
    }
    for wrong in [&KEY[1..], &format!("{KEY}x"), &KEY.to_uppercase(), "web"] {
        assert_eq!(host.http().with_token(wrong).get("/v1/sessions").await.status, 401, "{wrong}");
    }
    assert_eq!(refused(host.address, "http://localhost").await, 403, "no origin is listed");
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_never_come_out_again() {
    let place = Place::new();
    let (host, key) = with_keys(&place).await;
    let token = key.token("user", "ada").await;
    let ada = host.http().with_token(&token);
    let created = ada.post("/v1/sessions", &json!({})).await.expect(201);
    let path = format!("/v1/sessions/{}", created["id"].as_str().expect("an id"));
    let mut said: Vec<String> = Vec::new();
    for http in [&key, &ada] {
        let secret = http.bearer().expect("a secret").to_owned();
        for (method, path, body) in [
            ("GET", "/v1/nothing".to_owned(), Value::Null),
            ("PUT", path.clone(), json!({})),
            ("PATCH", path.clone(), json!({"zzz": 1})),
            ("POST", format!("{path}/messages"), json!([secret])),
            ("POST", format!("{path}/messages"), json!({"type": "robot", "content": "x"})),
            ("POST", "/v1/tokens".into(), json!({"userId": ""})),
            ("GET", format!("/v1/sessions/{}", new_id()), Value::Null),
        ] {
            let reply = http.try_write(method, &path, &body).await.expect("an answer");
            assert!(reply.status >= 400, "{method} {path}");
            said.push(format!("{:?} {}", reply.headers, String::from_utf8_lossy(&reply.body)));
        }
        let bad = format!("{secret}x");
        let reply = http.with_token(&bad).get("/v1/sessions").await;
        assert_eq!(reply.status, 401);
        said.push(String::from_utf8_lossy(&reply.body).into_owned());
        let mut link = Link::open(host.address, Some(&secret), &new_id()).await.expect("a link");
        link.send(&json!({"kind": "hello", "token": secret, "protocol": 1})).await.expect("it is sent");
        link.send(&json!({"kind": "authenticate", "token": [secret]})).await.expect("it is sent");
        link.send(&json!({"kind": "submit", "session": secret, "commands": [secret]})).await.expect("it is sent");
        said.push(format!("{:?}", link.settle().await.expect("the link goes on")));
        link.send(&json!({"kind": "authenticate", "token": bad})).await.expect("it is sent");
        said.push(format!("{:?}", link.next().await));
    }
    let mut broken = TcpStream::connect(host.address).await.expect("a connection");
    let head = format!("GET /v1/sessions HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\nno header\r\n\r\n");
    broken.write_all(head.as_bytes()).await.expect("it is sent");
    let mut answer = String::new();
    broken.read_to_string(&mut answer).await.expect("an answer comes");
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    said.push(answer);
    host.terminate().await;
    let log = host.log();
    assert!(log.contains("a connection broke off"), "at this level what broke is logged: {log}");
    said.push(log);
    assert!(host.ended().await.success());
    for secret in [KEY, &token] {
        let leaks: Vec<&String> = said.iter().filter(|text| text.contains(secret)).collect();
        assert!(leaks.is_empty(), "{leaks:?}");
    }
}
