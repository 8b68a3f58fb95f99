//! Signing in and out: what was good before is refused at every host, and its links end.

use std::time::Instant;

use colloq_tests::host::{Place, new_id};
use serde_json::json;

use crate::{AT_ONCE, follow, keyed, link, session, user};

#[allow(dead_code, unreachable_pub, reason = "tests of the store use it as well")]
#[path = "../../../crates/store-redis/tests/redis/servers.rs"]
pub(crate) mod servers;

use servers::Server;

#[tokio::test(flavor = "multi_thread")]
async fn s01_tokens_outlive_a_restart_and_are_kept_nowhere() {
    let place = Place::new();
    let (host, _) = keyed(&place, &[]).await;
    let ada = user(&host, "ada").await;
    let path = session(&ada).await;
    let token = ada.bearer().expect("a token").to_owned();
    host.terminate().await;
    assert!(host.ended().await.success());
    for file in std::fs::read_dir(place.path()).expect("the folder") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("it can be read");
        let secret = token.as_bytes();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "a token is kept");
    }
    let (host, _) = keyed(&place, &[]).await;
    host.http().with_token(&token).get(&path).await.expect(200);
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_a_token_that_was_given_up_opens_nothing_any_more() {
    let place = Place::new();
    let (host, key) = keyed(&place, &[]).await;
    let (ada, other) = (user(&host, "ada").await, user(&host, "ada").await);
    let path = session(&ada).await;
    let mut ended = follow(&host, &ada, &path).await;
    let mut stays = follow(&host, &other, &path).await;
    let since = Instant::now();
    assert_eq!(ada.send("DELETE", "/v1/tokens", &[], "").await.expect("an answer").status, 204);
    assert_eq!(ada.get(&path).await.status, 401, "a replay is refused");
    assert_eq!(ended.closed().await.expect("a close comes"), Some(4401));
    assert!(since.elapsed() < AT_ONCE, "its links end at once");
    assert!(colloq_tests::host::Link::open(host.address, ada.bearer(), &new_id()).await.is_err());
    stays.settle().await.expect("another token of the same user is another");
    other.get(&path).await.expect(200);
    assert_eq!(key.send("DELETE", "/v1/tokens", &[], "").await.expect("an answer").code(), "forbidden", "a key is no token");
    // After a restart as well.
    host.kill().await;
    let (host, _) = keyed(&place, &[]).await;
    assert_eq!(host.http().with_token(ada.bearer().expect("a token")).get(&path).await.status, 401);
    host.http().with_token(other.bearer().expect("a token")).get(&path).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_logged_out_everywhere_is_everywhere() {
    let place = Place::new();
    let (host, key) = keyed(&place, &[]).await;
    let (ada, other, eve) = (user(&host, "ada").await, user(&host, "ada").await, user(&host, "eve").await);
    let bot = host.http().with_token(&key.token("agent", "ada").await);
    let (path, hers) = (session(&ada).await, session(&eve).await);
    let mut links = [link(&host, &ada).await, follow(&host, &other, &path).await];
    let mut stays = follow(&host, &eve, &hers).await;
    let since = Instant::now();
    assert_eq!(other.send("DELETE", "/v1/users/ada/sessions", &[], "").await.expect("an answer").status, 204);
    for http in [&ada, &other] {
        assert_eq!(http.get(&path).await.status, 401);
        assert_eq!(http.post("/v1/sessions", &json!({})).await.status, 401, "nothing is begun with what was good before");
    }
    for link in &mut links {
        assert_eq!(link.closed().await.expect("a close comes"), Some(4401));
    }
    assert!(since.elapsed() < AT_ONCE);
    stays.settle().await.expect("nobody else is signed out");
    eve.get(&hers).await.expect(200);
    bot.get(&path).await.expect(200);
    let again = user(&host, "ada").await;
    assert_eq!(again.get(&path).await.expect(200)["isActive"], false, "whoever signs in again finds the session ended");
    session(&again).await;
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s05_redis_another_host_knows_within_a_second() {
    let (server, place) = (Server::start(&[]), Place::new());
    let url = server.url();
    let (one, _) = keyed(&place, &[("--store", &url)]).await;
    let (other, _) = keyed(&place, &[("--store", &url)]).await;
    let (ada, eve) = (user(&one, "ada").await, user(&one, "eve").await);
    let at = |http: &colloq_tests::host::Http| other.http().with_token(http.bearer().expect("a token"));
    let path = session(&ada).await;
    at(&ada).get(&path).await.expect(200);
    let (mut hers, mut others) = (follow(&other, &ada, &path).await, link(&other, &eve).await);
    let since = Instant::now();
    assert_eq!(ada.send("DELETE", "/v1/users/ada/sessions", &[], "").await.expect("an answer").status, 204);
    assert_eq!(hers.closed().await.expect("a close comes"), Some(4401));
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
    assert_eq!(at(&ada).get(&path).await.status, 401);
    others.settle().await.expect("nobody else is signed out");
    let since = Instant::now();
    assert_eq!(eve.send("DELETE", "/v1/tokens", &[], "").await.expect("an answer").status, 204);
    assert_eq!(others.closed().await.expect("a close comes"), Some(4401));
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s03_redis_who_was_there_before_a_sign_in_is_refused_at_every_host() {
    let (server, place) = (Server::start(&[]), Place::new());
    let url = server.url();
    let (one, key) = keyed(&place, &[("--store", &url)]).await;
    let (other, _) = keyed(&place, &[("--store", &url)]).await;
    let guest = user(&one, "guest").await;
    let path = session(&guest).await;
    let elsewhere = other.http().with_token(guest.bearer().expect("a token"));
    elsewhere.post(&format!("{path}/messages"), &json!({"type": "user", "content": "before"})).await.expect(201);
    let mut links = [follow(&one, &guest, &path).await, follow(&other, &guest, &path).await];
    let since = Instant::now();
    key.post(&format!("{path}/sign-in"), &json!({"userId": "ada"})).await.expect(200);
    let ada = user(&one, "ada").await;
    ada.post(&format!("{path}/messages"), &json!({"type": "user", "content": "a secret of ada's"})).await.expect(201);
    // With the very next read and append, at both.
    for http in [&guest, &elsewhere] {
        assert_eq!(http.get(&path).await.status, 404);
        assert_eq!(http.post(&format!("{path}/messages"), &json!({"type": "user", "content": "after"})).await.status, 404);
    }
    for (at, link) in links.iter_mut().enumerate() {
        let mut said = String::new();
        let closed = loop {
            match link.next().await {
                Ok(colloq_tests::host::Told::Frame(frame)) => said += &frame.to_string(),
                Ok(colloq_tests::host::Told::Closed(code)) => break code,
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(closed, Some(1012), "host {at}");
        assert!(!said.contains("a secret of ada's"), "host {at} told a stranger: {said}");
    }
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
    assert_eq!(ada.get(&path).await.expect(200)["messages"].as_array().map(Vec::len), Some(2), "the conversation stays");
}
