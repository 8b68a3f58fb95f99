//! Signing in and out: a session changes its user, and tokens of before are void.

use colloq_tests::host::{Link, Told, new_id};
use serde_json::{Value, json};

use crate::{Stage, assert_refused, id, read, say, session, text};

async fn generation(stage: &Stage, path: &str) -> u64 {
    read(&stage.operator, path).await["auth"]["generation"].as_u64().expect("a generation")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_signed_in_is_its_users() {
    let stage = Stage::new().await;
    let guest = stage.host.http_as("user", "guest-7").await;
    let path = session(&guest).await;
    say(&guest, &path, "user", "before").await;
    let before = read(&guest, &path).await;
    assert_eq!((&before["userId"], &before["auth"]["state"]), (&json!("guest-7"), &json!("anonymous")));
    let mut link = Link::open(stage.host.address, guest.bearer(), &new_id()).await.expect("a link");
    link.send(&json!({"kind": "subscribe", "session": id(&path)})).await.expect("it is sent");
    link.next_of("subscribed").await.expect("it is subscribed");

    stage.operator.post(&format!("{path}/sign-in"), &json!({"userId": "ada"})).await.expect(200);

    assert_eq!(link.closed().await.expect("the guest's link ends"), Some(1012), "it comes back, and is looked at anew");
    let after = read(&stage.ada, &path).await;
    assert_eq!((&after["userId"], &after["auth"]["state"]), (&json!("ada"), &json!("authenticated")));
    assert_eq!(after["auth"]["generation"].as_u64(), before["auth"]["generation"].as_u64().map(|generation| generation + 1));
    assert_eq!(after["messages"], before["messages"]);
    assert_refused(&guest.get(&path).await, 404, "sessionNotFound");
    let mut link = Link::open(stage.host.address, guest.bearer(), &new_id()).await.expect("a link");
    link.send(&json!({"kind": "subscribe", "session": id(&path)})).await.expect("it is sent");
    assert_eq!(link.next_of("error").await.expect("it is refused")["code"], "sessionNotFound");
    let stage = stage.restart().await;
    let guest = stage.host.http_as("user", "guest-7").await;
    let listed = async |http| read(http, "/v1/sessions").await["items"].as_array().expect("items").len();
    assert_eq!((listed(&stage.ada).await, listed(&guest).await), (1, 0), "it moved to the other list");
    say(&stage.ada, &path, "user", "after").await;
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_an_older_generation_are_void() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let first = generation(&stage, &path).await;
    let old = stage.token_of("agent", "bot", &[id(&path)], Some(first)).await;
    say(&old, &path, "assistant", "one").await;
    stage.ada.post(&format!("{path}/sign-out"), &json!({})).await.expect(200);
    assert_eq!(generation(&stage, &path).await, first + 1);
    for refused in [
        old.post(&format!("{path}/messages"), &json!({"type": "assistant", "content": "two"})).await,
        old.get(&path).await,
        old.write("PUT", &format!("{path}/private/a"), &json!(1)).await,
    ] {
        assert_eq!(refused.status, 401, "{refused:?}");
    }
    let new = stage.token_of("agent", "bot", &[id(&path)], Some(first + 1)).await;
    say(&new, &path, "assistant", "two").await;
    let said: Vec<String> =
        read(&new, &path).await["messages"].as_array().expect("messages").iter().map(|message| text(&message["content"])).collect();
    assert_eq!(said, ["one", "two"]);
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_signs_in_and_out() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let eve = stage.host.http_as("user", "eve").await;
    let body = json!({"userId": "eve"});
    assert_refused(&stage.ada.post(&format!("{path}/sign-in"), &body).await, 403, "forbidden");
    assert_refused(&stage.bot.post(&format!("{path}/sign-in"), &body).await, 403, "forbidden");
    assert_refused(&eve.post(&format!("{path}/sign-in"), &body).await, 404, "sessionNotFound");
    assert_refused(&eve.post(&format!("{path}/sign-out"), &json!({})).await, 404, "sessionNotFound");
    for bad in [json!({}), json!({"userId": ""}), json!({"userId": 7}), json!({"userId": "eve", "more": 1})] {
        let refused = stage.operator.post(&format!("{path}/sign-in"), &bad).await;
        assert!([400, 422].contains(&refused.status), "{bad}: {refused:?}");
    }
    let after = read(&stage.ada, &path).await;
    assert_eq!((&after["userId"], &after["version"]), (&json!("ada"), &json!(1)));
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_is_of_the_sessions_that_a_token_names() {
    let stage = Stage::new().await;
    let ask = async |body: Value| stage.operator.post("/v1/tokens", &body).await;
    assert_refused(&ask(json!({"userId": "ada", "generation": 1})).await, 422, "invalid");
    for bad in [json!(-1), json!(1.5), json!("1"), json!(4_294_967_296_u64)] {
        assert_refused(&ask(json!({"userId": "ada", "sessions": [new_id()], "generation": bad})).await, 422, "invalid");
    }
    ask(json!({"userId": "ada", "sessions": [new_id()], "generation": 0})).await.expect(201);
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_door_a_sign_in_comes_by_the_former_user_hears_nothing_more() {
    let stage = Stage::new().await;
    let guest = stage.host.http_as("user", "guest-7").await;
    let path = session(&guest).await;
    let (mut theirs, mut agents) = (
        Link::open(stage.host.address, guest.bearer(), &new_id()).await.expect("a link"),
        Link::open(stage.host.address, stage.bot.bearer(), &new_id()).await.expect("a link"),
    );
    for link in [&mut theirs, &mut agents] {
        link.send(&json!({"kind": "subscribe", "session": id(&path)})).await.expect("it is sent");
        link.next_of("subscribed").await.expect("it is subscribed");
    }
    let commands = json!({"commands": [{"kind": "signIn", "userId": "ada"}, {"kind": "rename", "title": "not for guests"}]});
    stage.operator.post(&format!("{path}/commands"), &commands).await.expect(200);
    loop {
        match theirs.next().await.expect("the link ends") {
            Told::Closed(code) => break assert_eq!(code, Some(1012)),
            Told::Frame(frame) => assert!(!frame.to_string().contains("not for guests"), "{frame}"),
        }
    }
    let entries = agents.next_of("entries").await.expect("an agent's link goes on");
    assert!(entries.to_string().contains("not for guests"));
    assert_eq!(read(&stage.ada, &path).await["title"], "not for guests");
    stage.host.assert_unbroken();
}
