//! What becomes of a session after its end: it stays readable for its retention, then it is erased as if somebody had.

use colloq_tests::host::{Link, Place, new_id};
use serde_json::json;

use crate::{assert_refused, id, read, session};

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_is_erased_when_its_retention_is_over() {
    let place = Place::new();
    let host = place.setup().flag("--retain", "2s").start().await;
    let (ada, bot) = (host.http_as("user", "ada").await, host.http_as("agent", "bot").await);
    let (path, other) = (session(&ada).await, session(&ada).await);
    assert_eq!(bot.write("PUT", &format!("{path}/private/a"), &json!(1)).await.status, 204);
    let mut link = Link::open(host.address, ada.bearer(), &new_id()).await.expect("a link");
    link.send(&json!({"kind": "subscribe", "session": id(&path)})).await.expect("it is sent");
    link.next_of("subscribed").await.expect("it is subscribed");
    ada.post(&format!("{path}/end"), &json!({})).await.expect(200);
    assert_eq!(read(&ada, &path).await["isActive"], false, "it is readable still");
    // Nobody asks for it meanwhile: the host comes to it by itself.
    assert_eq!(link.next_of("error").await.expect("the link is told")["code"], "sessionNotFound");
    assert_refused(&ada.get(&path).await, 404, "sessionNotFound");
    assert_refused(&bot.get(&format!("{path}/private/a")).await, 404, "sessionNotFound");
    let listed = read(&ada, "/v1/sessions").await;
    assert_eq!((listed["items"].as_array().expect("items").len(), &listed["items"][0]["id"]), (1, &json!(id(&other))));
    assert_refused(&ada.post("/v1/sessions", &json!({"id": id(&path)})).await, 409, "idTaken");
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_not_at_hand_is_erased_as_well() {
    let place = Place::new();
    let host = place.setup().flag("--retain", "1s").start().await;
    let ada = host.http_as("user", "ada").await;
    let path = session(&ada).await;
    ada.post(&format!("{path}/end"), &json!({})).await.expect(200);
    host.kill().await;
    let host = place.start().await;
    let ada = host.http_as("user", "ada").await;
    while read(&ada, "/v1/sessions").await["items"].as_array().is_some_and(|items| !items.is_empty()) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_refused(&ada.post("/v1/sessions", &json!({"id": id(&path)})).await, 409, "idTaken");
    host.assert_unbroken();
}
