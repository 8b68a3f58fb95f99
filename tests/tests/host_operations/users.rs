//! All sessions of a user at once: ended, or erased. For the user and for operators, and for nobody else.

use colloq_tests::host::Http;
use serde_json::json;

use crate::{Stage, assert_refused, delete, read, say, session};

async fn sessions(http: &Http, count: usize) -> Vec<String> {
    let mut paths = Vec::new();
    for _ in 0..count {
        paths.push(session(http).await);
    }
    paths
}

#[tokio::test(flavor = "multi_thread")]
async fn logged_out_everywhere() {
    let stage = Stage::new().await;
    // More than a page of the store's list.
    let paths = sessions(&stage.ada, 210).await;
    let eve = stage.host.http_as("user", "eve").await;
    let other = session(&eve).await;
    stage.ada.post(&format!("{}/end", paths[0]), &json!({})).await.expect(200);
    let done = delete(&stage.ada, "/v1/users/ada/sessions").await;
    assert_eq!((done.status, done.body.len()), (204, 0), "{done:?}");
    assert_refused(&stage.ada.get(&paths[1]).await, 401, "unauthenticated");
    let ada = stage.host.http_as("user", "ada").await;
    for (nth, path) in paths.iter().enumerate() {
        let after = read(&ada, path).await;
        let reason = if nth == 0 { "ended" } else { "signedOut" };
        assert_eq!((&after["isActive"], &after["ended"]["reason"]), (&json!(false), &json!(reason)), "{nth}");
    }
    assert_eq!(read(&eve, &other).await["isActive"], true);
    assert_eq!(delete(&ada, "/v1/users/ada/sessions").await.status, 204, "there is nothing left to end");
    let ada = stage.host.http_as("user", "ada").await;
    let fresh = session(&ada).await;
    assert_eq!(delete(&stage.operator, "/v1/users/ada/sessions").await.status, 204);
    assert_eq!(read(&stage.operator, &fresh).await["isActive"], false);
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_a_user() {
    let stage = Stage::new().await;
    let paths = sessions(&stage.ada, 210).await;
    let eve = stage.host.http_as("user", "eve").await;
    let other = session(&eve).await;
    say(&stage.ada, &paths[1], "user", "forget me").await;
    assert_eq!(stage.bot.write("PUT", &format!("{}/private/a", paths[1]), &json!(1)).await.status, 204);
    stage.ada.post(&format!("{}/end", paths[0]), &json!({})).await.expect(200);
    let done = delete(&stage.ada, "/v1/users/ada").await;
    assert_eq!((done.status, done.body.len()), (204, 0), "{done:?}");
    let stage = stage.restart().await;
    for path in &paths {
        assert_refused(&stage.operator.get(path).await, 404, "sessionNotFound");
    }
    assert_eq!(read(&stage.operator, "/v1/users/ada/sessions").await["items"], json!([]));
    assert_eq!(stage.operator.get("/v1/users/ada/export").await.body.len(), 0);
    let eve = stage.host.http_as("user", "eve").await;
    assert_eq!(read(&eve, &other).await["isActive"], true);
    assert_eq!(delete(&stage.operator, "/v1/users/nobody").await.status, 204, "nobody has nothing");
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_nobody_elses() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let eve = stage.host.http_as("user", "eve").await;
    let limited = stage.token_of("user", "ada", &[crate::id(&path)], None).await;
    let agent_of_that_name = stage.host.http_as("agent", "ada").await;
    for http in [&eve, &stage.bot, &agent_of_that_name] {
        assert_refused(&delete(http, "/v1/users/ada").await, 403, "forbidden");
        assert_refused(&delete(http, "/v1/users/ada/sessions").await, 403, "forbidden");
        assert_refused(&http.get("/v1/users/ada/export").await, 403, "forbidden");
        assert_refused(&http.get("/v1/users/ada/sessions").await, 403, "forbidden");
    }
    // A token for some sessions speaks for these alone.
    for refused in [
        delete(&limited, "/v1/users/ada").await,
        delete(&limited, "/v1/users/ada/sessions").await,
        limited.get("/v1/users/ada/export").await,
    ] {
        assert_refused(&refused, 403, "forbidden");
    }
    assert_refused(&delete(&stage.ada, "/v1/users/%ff").await, 400, "malformed");
    let wrong = stage.ada.post("/v1/users/ada", &json!({})).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "DELETE"));
    assert_eq!(read(&stage.ada, &path).await["isActive"], true);
    let spaced = stage.host.http_as("user", "a b/c").await;
    let own = session(&spaced).await;
    assert_eq!(delete(&spaced, "/v1/users/a%20b%2Fc/sessions").await.status, 204);
    assert_eq!(read(&stage.operator, &own).await["isActive"], false);
    stage.host.assert_unbroken();
}
