//! Tokens from the command line: through a host that runs, and by the store where none does.

use colloq_tests::host::Place;
use serde_json::json;

use crate::servers::Server;
use crate::stage::{create, run, stop};

/// A token out of what was printed: a line of its own.
fn token(out: &str) -> &str {
    let token = out.strip_suffix('\n').expect("a line");
    assert!(token.starts_with("cq_") && !token.contains(char::is_whitespace), "{out}");
    token
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_from_a_host_or_from_its_store() {
    let place = Place::new();
    place.write("key", "secret-of-the-key\n");
    let start = || place.setup().env("COLLOQ_KEYS", "web:secret-of-the-key").start();
    let host = start().await;
    let url = format!("--url http://{} --key key", host.address);
    let session = create(&host.http().with_token("secret-of-the-key"), "ada").await;
    let path = format!("/v1/sessions/{session}");
    let of_host = run(&place, &format!("token ada {url}")).await.done_with("good until 20");
    host.http().with_token(token(&of_host)).get(&path).await.expect(200);
    let agent = run(&place, &format!("token bot --role agent --session {session} --ttl 5m {url}")).await.done_with("good until");
    let agent = host.http().with_token(token(&agent));
    agent.post(&format!("{path}/messages"), &json!({"type": "assistant", "content": "hi"})).await.expect(201);
    assert_eq!(agent.post("/v1/sessions", &json!({})).await.status, 403, "an agent creates none");
    run(&place, "token ada").await.refused("storeInUse");
    run(&place, &format!("token ada --url http://{}", host.address)).await.refused("unauthenticated");
    stop(host).await;
    // Nobody runs: whoever may read the store may make one.
    let of_store = run(&place, "token ada --ttl 10m").await.done_with("good until");
    let operator = run(&place, "token ops --role operator --app shop").await.done_with("good until");
    for wrong in ["token ada --ttl 25h", "token ada --ttl none", "token ada --ttl 1ms"] {
        run(&place, wrong).await.refused("invalid");
    }
    run(&place, "token ada --store memory:").await.refused("badStore");
    run(&place, "token ada --store sqlite:none.db").await.refused("storeMissing");
    let host = start().await;
    for made in [&of_host, &of_store] {
        host.http().with_token(token(made)).get(&path).await.expect(200);
    }
    let elsewhere = host.http().with_token(token(&operator));
    assert_eq!(elsewhere.get(&path).await.status, 404, "another app's operator");
    assert_eq!(elsewhere.post("/v1/sessions", &json!({"userId": "eve"})).await.expect(201)["app"], "shop");
    assert!(!host.log().contains("cq_"), "no token is in the log");
    stop(host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_a_token_by_the_store_is_good_at_hosts_that_run() {
    let (server, place) = (Server::start(&[]), Place::new());
    let host = place.setup().env("COLLOQ_KEYS", "web:k").flag("--store", &server.url()).start().await;
    let made = run(&place, &format!("token ada --store {}", server.url())).await.done_with("good until");
    let ada = host.http().with_token(token(&made));
    assert_eq!(ada.post("/v1/sessions", &json!({})).await.expect(201)["userId"], "ada");
    stop(host).await;
}
