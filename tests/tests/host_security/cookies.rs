//! The token in a cookie, for pages of the same site.

use colloq_tests::host::{Link, Place};
use serde_json::json;
use tokio_tungstenite::tungstenite::Error;

use crate::{keyed, session, user};

const PAGE: &str = "https://app.example";

#[tokio::test(flavor = "multi_thread")]
async fn s06_a_page_of_the_same_site_keeps_its_token_in_a_cookie() {
    let place = Place::new();
    let (host, key) = keyed(&place, &[("--allow-origin", PAGE), ("--cookies", "true")]).await;
    let ada = user(&host, "ada").await;
    let path = session(&ada).await;
    let set = ada.send("POST", "/v1/cookie", &[("origin", PAGE)], "").await.expect("an answer");
    assert_eq!(set.status, 204, "{set:?}");
    let header = set.header("set-cookie").to_owned();
    for attribute in ["__Host-colloq=", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age="] {
        assert!(header.contains(attribute), "{header}");
    }
    assert!(!header.to_ascii_lowercase().contains("domain") && header.len() <= 4096);
    assert_eq!((set.header("access-control-allow-origin"), set.header("access-control-allow-credentials")), (PAGE, "true"));
    let cookie = header.split(';').next().expect("a pair").to_owned();

    let page = async |method: &str, path: &str, origin: &str, body: &str| {
        let mut headers = vec![("cookie", &*cookie), ("content-type", "application/json")];
        if !origin.is_empty() {
            headers.push(("origin", origin));
        }
        host.http().send(method, path, &headers, body.to_owned()).await.expect("an answer").status
    };
    assert_eq!(page("GET", &path, PAGE, "").await, 200);
    assert_eq!(page("POST", &format!("{path}/messages"), PAGE, &json!({"type": "user", "content": "x"}).to_string()).await, 201);
    // A form of another site, and whatever does not say where it comes from.
    for origin in ["https://evil.test", "null", "https://app.example.evil.test", "http://app.example", ""] {
        assert_eq!(page("POST", &format!("{path}/messages"), origin, "{}").await, 401, "{origin}");
        assert_eq!(page("GET", &path, origin, "").await, 401, "{origin}");
    }
    let form = [("cookie", &*cookie), ("origin", PAGE), ("content-type", "application/x-www-form-urlencoded")];
    let reply = host.http().send("POST", &format!("{path}/messages"), &form, "type=user").await.expect("an answer");
    assert_eq!(reply.status, 415, "not even a form of our own page");

    // A link takes it too, from that page alone.
    let protocol = ("sec-websocket-protocol", "colloq.v1");
    let (mut link, _) = Link::upgrade(host.address, &[protocol, ("cookie", &cookie), ("origin", PAGE)]).await.expect("a link");
    link.send(&json!({"kind": "hello", "client": "page", "protocol": 1})).await.expect("it is sent");
    assert_eq!(link.next_of("welcome").await.expect("a welcome")["userId"], "ada");
    let (mut other, _) = Link::upgrade(host.address, &[protocol, ("cookie", &cookie)]).await.expect("a link");
    other.send(&json!({"kind": "hello", "client": "page", "protocol": 1})).await.expect("it is sent");
    assert_eq!(other.closed().await.expect("a close comes"), Some(4401), "a cookie without a page is none");

    // No key gets into a cookie, nothing without a page, and no cookie into another.
    assert_eq!(key.send("POST", "/v1/cookie", &[("origin", PAGE)], "").await.expect("an answer").status, 403);
    assert_eq!(ada.send("POST", "/v1/cookie", &[], "").await.expect("an answer").status, 403);
    assert_eq!(page("POST", "/v1/cookie", PAGE, "").await, 403);

    // Signing out takes the cookie away, and what was in it is void.
    let out = host.http().send("DELETE", "/v1/cookie", &[("cookie", &cookie), ("origin", PAGE)], "").await.expect("an answer");
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0") && out.header("set-cookie").contains("__Host-colloq=;"));
    assert_eq!(page("GET", &path, PAGE, "").await, 401);
    assert_eq!(ada.get(&path).await.status, 401);
    assert_eq!(link.closed().await.expect("a close comes"), Some(4401));
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn s08_links_open_to_exactly_the_origins_that_are_listed() {
    let place = Place::new();
    let (host, _) = keyed(&place, &[("--allow-origin", PAGE)]).await;
    let ada = user(&host, "ada").await;
    let protocol = ("sec-websocket-protocol", "colloq.v1");
    for origin in [
        "null",
        "",
        "https://evil.test",
        "http://app.example",
        "https://app.example:444",
        "https://app.example:443",
        "https://app.example.evil.test",
        "https://evil-app.example",
        "https://sub.app.example",
        "https://APP.example",
        "HTTPS://app.example",
        "https://app.example/",
        "app.example",
    ] {
        match Link::upgrade(host.address, &[protocol, ("origin", origin)]).await {
            Err(Error::Http(answer)) => assert_eq!(answer.status(), 403, "{origin}"),
            Err(error) => panic!("{origin}: {error}"),
            Ok(_) => panic!("{origin} was let in"),
        }
    }
    let (mut link, _) = Link::upgrade(host.address, &[protocol, ("origin", PAGE)]).await.expect("a link");
    link.send(&json!({"kind": "hello", "client": "page", "protocol": 1, "token": ada.bearer()})).await.expect("it is sent");
    link.next_of("welcome").await.expect("the token comes in the first frame");
    let without = ada.send("POST", "/v1/cookie", &[("origin", PAGE)], "").await.expect("an answer");
    assert_eq!((without.status, without.header("set-cookie")), (404, ""), "there are no cookies unless they are asked for");
}
