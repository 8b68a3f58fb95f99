//! Server keys: several, named, kept as SHA-256, and replaced while the host runs.

use colloq_tests::host::{Host, Link, Place, new_id};
use serde_json::json;

use crate::soon;

async fn status(host: &Host, key: &str) -> u16 {
    host.http().with_token(key).get("/v1/sessions").await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_replaced_without_a_restart() {
    let place = Place::new();
    // SHA-256 of "second-key".
    let second = "ops:sha256:3d41d4d1cf5c8e9a";
    assert!(second.len() < 64, "a digest that is too short is refused below");
    let file = place.write("keys", "web:first-key\nops:second-key:shop\n");
    let host = place.setup().flag("--keys", &file).start().await;
    assert_eq!((status(&host, "first-key").await, status(&host, "second-key").await), (200, 200));
    let token = host.http().with_token("first-key").token("user", "ada").await;
    let mut of_key = Link::open(host.address, Some("first-key"), &new_id()).await.expect("a link");
    let mut of_token = Link::open(host.address, Some(&token), &new_id()).await.expect("a link");
    let mut of_other = Link::open(host.address, Some("second-key"), &new_id()).await.expect("a link");

    // Both for a while, as a rotation goes.
    place.write("keys", "web:first-key\nweb:third-key\nops:second-key:shop\n");
    soon("the new key opens", async || status(&host, "third-key").await == 200).await;
    assert_eq!(status(&host, "first-key").await, 200);
    of_key.settle().await.expect("its key is there still");

    place.write("keys", "web:third-key\nops:second-key:shop\n");
    soon("the old key does not", async || status(&host, "first-key").await == 401).await;
    assert_eq!(of_key.closed().await.expect("a close comes"), Some(4401), "whoever was let in by it has to leave");
    of_token.settle().await.expect("what it made lasts until it expires");
    of_other.settle().await.expect("another key is another");
    assert_eq!(status(&host, "third-key").await, 200);

    place.write("keys", format!("web:third-key\n{second}\n"));
    soon("it says why", async || host.log().contains("cannot be used")).await;
    assert!(host.log().contains("server key 2") && !host.log().contains("third-key"), "{}", host.log());
    assert_eq!((status(&host, "third-key").await, status(&host, "second-key").await), (200, 200), "what was read before stays in force");
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_shown_once_and_its_digest_opens_the_door() {
    let place = Place::new();
    let made = place.command().args(["keys", "new"]).arg("ci").args(["--app", "shop"]).output().await.expect("it runs");
    assert!(made.status.success(), "{made:?}");
    let text = String::from_utf8(made.stdout).expect("text");
    let key = text.lines().find_map(|line| line.trim().strip_prefix("ck_")).map(|rest| format!("ck_{rest}")).expect("a key");
    let line = text.lines().map(str::trim).find(|line| line.starts_with("ci:sha256:")).expect("a line");
    assert!(line.ends_with(":shop") && !line.contains(&key), "{line}");
    let file = place.write("keys", line);
    let host = place.setup().flag("--keys", &file).start().await;
    assert_eq!(status(&host, &key).await, 200);
    let created = host.http().with_token(&key).post("/v1/sessions", &json!({"userId": "ada"})).await.expect(201);
    assert_eq!(created["app"], "shop");
    let bad = place.command().args(["keys", "new", "a:b"]).output().await.expect("it runs");
    assert!(!bad.status.success());
}
