//! What no flag undoes: an erased session stays erased, and what is asked twice at the same time is decided once.

use colloq_tests::host::Place;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{id, keyed, session, user};

#[tokio::test(flavor = "multi_thread")]
async fn s14_a_sign_out_and_writes_at_the_same_time_are_one_order() {
    let place = Place::new();
    let (host, key) = keyed(&place, &[]).await;
    let ada = user(&host, "ada").await;
    for _ in 0..10 {
        let path = session(&ada).await;
        let generation = key.get(&path).await.expect(200)["auth"]["generation"].as_u64().expect("a number");
        let asked = json!({"userId": "bot", "role": "agent", "sessions": [id(&path)], "generation": generation});
        let given = key.post("/v1/tokens", &asked).await.expect(201);
        let bot = host.http().with_token(given["token"].as_str().expect("a token"));
        let mut writes = JoinSet::new();
        for _ in 0..20 {
            let (bot, path) = (bot.clone(), path.clone());
            writes.spawn(async move {
                let reply = bot.post(&format!("{path}/messages"), &json!({"type": "assistant", "content": "x"})).await;
                (reply.status, reply.header("colloq-version").parse::<u64>().unwrap_or(0))
            });
        }
        let out = ada.post(&format!("{path}/sign-out"), &json!({})).await;
        let at: u64 = out.header("colloq-version").parse().expect("a version");
        let done = writes.join_all().await;
        for (status, version) in &done {
            assert!(matches!(status, 201 | 401), "{status}");
            assert!(*status == 401 || *version < at, "version {version} was written by a right that ended at {at}");
        }
        assert_eq!(bot.post(&format!("{path}/messages"), &json!({"type": "assistant", "content": "x"})).await.status, 401);
    }
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_erased_is_not_brought_back_by_a_write_in_flight() {
    let place = Place::new();
    let (host, _) = keyed(&place, &[]).await;
    let ada = user(&host, "ada").await;
    for _ in 0..10 {
        let path = session(&ada).await;
        let mut writes = JoinSet::new();
        for _ in 0..10 {
            let (ada, path) = (ada.clone(), path.clone());
            writes.spawn(async move { ada.post(&format!("{path}/messages"), &json!({"type": "user", "content": "x"})).await.status });
        }
        assert_eq!(ada.send("DELETE", &path, &[], "").await.expect("an answer").status, 204);
        assert!(writes.join_all().await.iter().all(|status| matches!(status, 201 | 404)));
        assert_eq!(ada.get(&path).await.status, 404);
        assert_eq!(ada.post("/v1/sessions", &json!({"id": id(&path)})).await.status, 409, "and not by a create either");
    }
    host.assert_unbroken();
}
