//! The doors of a real host: bytes where HTTP is expected, with and without a token, and frames at a link. A host never answers 500, lets
//! nobody in who brings nothing, and goes on.

use std::net::SocketAddr;
use std::time::Instant;

use colloq_tests::fuzz::{Budget, Mutator, keep, kept};
use colloq_tests::host::{Host, Link, PATIENCE, Place, new_id};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::say;

const KEY: &str = "key-of-the-fuzzer-0123456789";

async fn start(place: &Place) -> Host {
    let setup = place.setup().env("COLLOQ_KEYS", &format!("web:{KEY}")).flag("--store", "memory:").flag("--cookies", "true");
    setup.flag("--rate-user", "0").flag("--allow-origin", "https://app.example").start().await
}

/// Sends bytes, ends, and reads to the end.
async fn exchange(address: SocketAddr, input: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(address).await.expect("the host accepts");
    let mut answer = Vec::new();
    // A host that has seen enough closes while the rest is being sent.
    let _ = socket.write_all(input).await;
    let _ = socket.shutdown().await;
    let _ = timeout(PATIENCE, socket.read_to_end(&mut answer)).await.expect("a connection ends");
    answer
}

/// The statuses of all answers that came over a connection.
fn statuses(answer: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(answer);
    let heads = text.match_indices("HTTP/1.1 ").map(|(at, head)| at + head.len());
    heads.filter_map(|at| text.get(at..at + 3)?.parse().ok()).collect()
}

async fn fuzz(name: &str, host: &Host, seeds: Vec<Vec<u8>>, few: u64, is_bad: impl Fn(&[u8], u16) -> bool) {
    let mut corpus = kept(name);
    corpus.extend(seeds);
    let (mut mutator, since, budget) = (Mutator::new(7), Instant::now(), Budget::here(few));
    let (mut inputs, mut answered) = (0, 0_u64);
    while !budget.is_spent(inputs, since) {
        let input = corpus.get(inputs as usize).cloned().unwrap_or_else(|| mutator.bend(&corpus));
        let statuses = statuses(&exchange(host.address, &input).await);
        answered += u64::from(!statuses.is_empty());
        if let Some(status) = statuses.iter().find(|status| is_bad(&input, **status)) {
            panic!("{name}: answered {status}; the input is kept in {}", keep(name, &input).display());
        }
        inputs += 1;
    }
    host.assert_unbroken();
    assert_eq!(host.http().get("/healthz").await.status, 200);
    assert!(answered > inputs / 2, "most of it is HTTP enough to be answered: {answered} of {inputs}");
    say(name, inputs);
}

fn request(line: &str, headers: &str, body: &str) -> Vec<u8> {
    let length =
        if body.is_empty() { String::new() } else { format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()) };
    format!("{line} HTTP/1.1\r\nHost: localhost\r\n{headers}{length}\r\n{body}").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_http_with_a_key() {
    let place = Place::new();
    let host = start(&place).await;
    let created = host.http().with_token(KEY).post("/v1/sessions", &json!({"userId": "ada"})).await.expect(201);
    let session = format!("/v1/sessions/{}", created["id"].as_str().expect("an id"));
    let key = format!("Authorization: Bearer {KEY}\r\n");
    let mut seeds = vec![
        request("GET /v1/sessions?limit=5&cursor=x", &key, ""),
        request("POST /v1/sessions", &format!("{key}Idempotency-Key: a\r\n"), r#"{"userId":"ada","title":"t"}"#),
        request(&format!("PATCH {session}"), &format!("{key}If-Match: W/\"all-1\"\r\n"), r#"{"data":{"a":1}}"#),
        request(&format!("POST {session}/messages"), &key, r#"{"type":"user","content":"x"}"#),
        request(&format!("POST {session}/commands"), &key, r#"{"commands":[{"kind":"rename","title":"x"}]}"#),
        request(&format!("PUT {session}/private/a"), &key, r#"{"x":1}"#),
        request(&format!("PUT {session}/context/issues/LIN%2D1"), &key, r#"{"title":"t","status":"open"}"#),
        request("POST /v1/tokens", &key, r#"{"userId":"ada","sessions":[],"ttlSeconds":5}"#),
        request("GET /v1/analytics", &format!("{key}traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"), ""),
        request("GET /metrics", &key, ""),
    ];
    let chunked = format!(
        "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\n{key}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
    );
    seeds.push(chunked.into_bytes());
    fuzz("http", &host, seeds, 1_500, |_, status| status == 500).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_cookies_and_origins() {
    let place = Place::new();
    let host = start(&place).await;
    let token = host.http().with_token(KEY).token("user", "ada").await;
    // A token that is no longer worth anything, so that none that is stands in an input.
    host.http().with_token(&token).send("DELETE", "/v1/tokens", &[], "").await.expect("an answer");
    let page = "Origin: https://app.example\r\nSec-Fetch-Site: same-site\r\n";
    let seeds = vec![
        request("GET /v1/sessions", &format!("{page}Cookie: a=b; __Host-colloq={token}\r\n"), ""),
        request("POST /v1/sessions", &format!("{page}Cookie: __Host-colloq={token}; __Host-colloq=x\r\n"), "{}"),
        request("POST /v1/cookie", &format!("{page}Authorization: Bearer {token}\r\n"), ""),
        request("DELETE /v1/cookie", &format!("Origin: null\r\nCookie: __Host-colloq={token}\r\n"), ""),
        request("GET /v1/sessions", &format!("Origin: https://app.example.evil.test\r\nAuthorization: bearer {token}\r\n"), ""),
        request(
            "GET /v1/connect",
            &format!(
                "{page}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: colloq.v1\r\n"
            ),
            "",
        ),
        request("OPTIONS /v1/sessions", "Origin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n", ""),
    ];
    // What a page of the list asks before it asks is answered, and what is for everybody.
    let is_let_in = |input: &[u8], status: u16| {
        let text = String::from_utf8_lossy(input);
        (200..300).contains(&status) && !text.contains("OPTIONS ") && text.contains("/v1/") && text.matches(" HTTP/1").count() < 2
    };
    fuzz("cookies", &host, seeds, 1_500, |input, status| status == 500 || is_let_in(input, status)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_frames_at_a_link() {
    let place = Place::new();
    let host = start(&place).await;
    let created = host.http().with_token(KEY).post("/v1/sessions", &json!({"userId": "ada"})).await.expect(201);
    let session = created["id"].as_str().expect("an id");
    let frames = [
        json!({"kind": "subscribe", "session": session, "since": [1, "ab".repeat(32)], "messages": 5}),
        json!({"kind": "unsubscribe", "session": session}),
        json!({"kind": "submit", "session": session, "base": 1, "commands": [{"id": [new_id(), 1], "kind": "rename", "title": "x"}]}),
        json!({"kind": "watchSessions", "limit": 5}),
        json!({"kind": "watchInbox"}),
        json!({"kind": "presence", "session": session, "state": {"typing": true}}),
        json!({"kind": "authenticate", "token": "cq_x"}),
        json!({"kind": "ping"}),
    ];
    let mut corpus = kept("frames");
    corpus.extend(frames.iter().map(|frame| frame.to_string().into_bytes()));
    let (mut mutator, since, budget) = (Mutator::new(7), Instant::now(), Budget::here(2_000));
    let (mut inputs, mut links) = (0, 0_u64);
    let mut batch: Vec<Vec<u8>> = Vec::new();
    while !budget.is_spent(inputs, since) {
        let mut link = Link::open(host.address, Some(KEY), &new_id()).await.expect("a link");
        links += 1;
        // Until the link has enough of it: a token that is none, or what is no text, ends it.
        loop {
            batch.clear();
            for _ in 0..20 {
                let input = corpus.get(inputs as usize).cloned().unwrap_or_else(|| mutator.bend(&corpus));
                inputs += 1;
                if link.send_message(Message::text(String::from_utf8_lossy(&input).into_owned())).await.is_err() {
                    break;
                }
                batch.push(input);
            }
            if link.settle().await.is_err() || budget.is_spent(inputs, since) {
                break;
            }
        }
        if host.log().contains("trapped") || host.log().contains("panicked") {
            let files: Vec<_> = batch.iter().map(|input| keep("frames", input)).collect();
            panic!("frames broke the host; the last ones are kept in {files:?}");
        }
    }
    host.assert_unbroken();
    say("frames", inputs);
    assert!(links < inputs / 10, "links go on: {links} for {inputs} frames");
}
