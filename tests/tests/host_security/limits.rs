//! How much anybody may ask for, and what they are told when it was too much.

use std::time::Duration;

use colloq_tests::host::{Link, Place, new_id};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::{KEY, follow, id, keyed, link, session, user};

#[tokio::test(flavor = "multi_thread")]
async fn s13_too_many_requests_are_told_when_to_come_back() {
    let place = Place::new();
    let (host, key) = keyed(&place, &[("--rate-user", "10")]).await;
    let (ada, eve) = (user(&host, "ada").await, user(&host, "eve").await);
    let path = session(&ada).await;
    let mut refused = None;
    for _ in 0..20 {
        let reply = ada.get(&path).await;
        if reply.status != 200 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.expect("the eleventh is too much");
    assert_eq!((refused.status, &*refused.code()), (429, "rateLimited"));
    let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=6).contains(&seconds), "{seconds}");
    assert_eq!(refused.json()["retryable"], true);
    let again = user(&host, "ada").await;
    assert_eq!(again.get(&path).await.status, 429, "another token of the same user is no way around");
    session(&eve).await;
    for _ in 0..50 {
        key.get(&path).await.expect(200);
    }
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn s09_messages_a_minute_and_links_of_a_user_are_capped() {
    let place = Place::new();
    let (host, _) = keyed(&place, &[("--rate-user", "60"), ("--links-user", "3")]).await;
    let ada = user(&host, "ada").await;
    let path = session(&ada).await;
    let mut first = follow(&host, &ada, &path).await;
    let _others = [link(&host, &ada).await, link(&host, &ada).await];
    let mut fourth = Link::open(host.address, ada.bearer(), &new_id()).await;
    if let Ok(link) = &mut fourth {
        assert_eq!(link.closed().await.expect("a close comes"), Some(1013));
    }
    // More frames than a minute has room for: they are not lost, but they wait.
    let client = new_id();
    for seq in 1..=130 {
        let message = json!({"id": new_id(), "type": "user", "content": "x"});
        let command = json!({"id": [client, seq], "kind": "appendMessage", "message": message});
        first.send(&json!({"kind": "submit", "session": id(&path), "base": 1, "commands": [command]})).await.expect("it is sent");
    }
    let host_has = async || -> u64 {
        let read = host.http().with_token(KEY).get(&path).await.expect(200);
        read["messages"].as_array().expect("messages").len() as u64
    };
    crate::soon("what a minute has room for passes", async || host_has().await >= 50).await;
    let most = host_has().await;
    assert!(most < 110, "{most} messages passed at once");
    let text = host.http().with_token(KEY).get("/metrics").await;
    assert!(String::from_utf8_lossy(&text.body).contains("colloq_links{kind=\"websocket\"} 3"));
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn s09_a_frame_has_at_most_64_kib() {
    let place = Place::new();
    let (host, _) = keyed(&place, &[]).await;
    let ada = user(&host, "ada").await;
    for (bytes, code) in [(64 << 10, None), ((64 << 10) + 1, Some(1009))] {
        let mut link = link(&host, &ada).await;
        let frame = format!("{{\"kind\":\"ping\",\"x\":\"{}\"}}", "x".repeat(bytes - 22));
        assert_eq!(frame.len(), bytes);
        link.send_message(Message::text(frame)).await.expect("it is sent");
        match code {
            None => assert!(link.next_of("pong").await.is_ok()),
            Some(code) => assert_eq!(link.closed().await.expect("a close comes"), Some(code)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s12_only_a_proxy_of_ours_says_whom_a_request_comes_from() {
    let place = Place::new();
    let from = async |http: &colloq_tests::host::Http, address: &str| {
        http.send("GET", "/healthz", &[("x-forwarded-for", address)], "").await.expect("an answer").status
    };
    let (host, _) = keyed(&place, &[("--rate-address", "3"), ("--trust-proxy", "127.0.0.0/8")]).await;
    let http = host.http();
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(from(&http, "9.9.9.9, 198.51.100.7").await);
    }
    assert_eq!(told, [200, 200, 200, 429]);
    assert_eq!(from(&http, "198.51.100.8").await, 200, "another address is another");
    assert_eq!(from(&http, "198.51.100.8, 198.51.100.7").await, 429, "the leftmost is the client's own word");
    drop(host);
    let place = Place::new();
    let (host, _) = keyed(&place, &[("--rate-address", "3")]).await;
    let http = host.http();
    for at in 0..3 {
        assert_eq!(from(&http, &format!("198.51.100.{at}")).await, 200);
    }
    assert_eq!(from(&http, "198.51.100.9").await, 429, "without a proxy of ours nobody is believed");
}

#[tokio::test(flavor = "multi_thread")]
async fn s13_slow_heads_and_idle_connections_are_let_go() {
    let place = Place::new();
    let (host, _) = keyed(&place, &[]).await;
    let mut slow = TcpStream::connect(host.address).await.expect("a connection");
    let mut idle = TcpStream::connect(host.address).await.expect("a connection");
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n").await.expect("it is sent");
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it is sent");
    let mut drip = async || {
        let mut answer = Vec::new();
        loop {
            match timeout(Duration::from_secs(1), slow.read_to_end(&mut answer)).await {
                Ok(_) => return answer,
                Err(_) if slow.write_all(b"a: b\r\n").await.is_err() => return answer,
                Err(_) => {}
            }
        }
    };
    let answer = timeout(Duration::from_secs(40), drip()).await.expect("a slow head is not waited for");
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
    let mut answer = Vec::new();
    timeout(Duration::from_secs(40), idle.read_to_end(&mut answer)).await.expect("an idle connection is closed").expect("it can be read");
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    assert_eq!(host.http().get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn s02_what_was_never_issued_is_never_adopted_and_all_of_it_is_answered_alike() {
    let place = Place::new();
    let (host, _) = keyed(&place, &[]).await;
    let token = user(&host, "ada").await.bearer().expect("a token").to_owned();
    let long = "x".repeat(10 << 10);
    let forged = format!("cq_{}", "A".repeat(token.len() - 3));
    let cut = &token[..token.len() - 1];
    let mut answers: Vec<(u16, Value, String)> = Vec::new();
    for secret in ["nobody", "cq_", &forged, cut, &long, "*", "{}", "a.b.c", "..", &token.to_uppercase()] {
        let reply = host.http().with_token(secret).get("/v1/sessions").await;
        answers.push((reply.status, reply.json(), reply.header("www-authenticate").to_owned()));
    }
    assert_eq!(answers[0].0, 401);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    // An id that nobody issued opens nothing without a token, and with one only what is created by it.
    let path = format!("/v1/sessions/{}", new_id());
    assert_eq!(host.http().get(&path).await.status, 401);
    assert_eq!(host.http().post("/v1/sessions", &json!({"id": id(&path)})).await.status, 401);
    let ada = host.http().with_token(&token);
    assert_eq!(ada.get(&path).await.status, 404);
    assert_eq!(ada.post("/v1/sessions", &json!({"id": id(&path)})).await.expect(201)["id"], id(&path));
    host.assert_unbroken();
}
