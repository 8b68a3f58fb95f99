//! A host inside another program: nested under a path, with the program's own way to know a user, and typed calls.

mod shipped;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use colloq_host::auth::ServerKeys;
use colloq_host::engine::{Identity, Role};
use colloq_host::{BuildError, CallError, Engine, NewMessage, NewSession};
use colloq_store_sqlite::SqliteStore;
use serde_json::{Value, json};
use tower::ServiceExt as _;

async fn engine() -> Engine {
    let engine = Engine::builder().module(shipped::module()).shards(1).authenticate(|request| {
        let user = request.headers.get("x-user").and_then(|user| user.to_str().ok()).map(ToOwned::to_owned);
        async move { user.map(|user| Identity::new("default", Role::User, user)) }
    });
    engine.build().await.expect("the module can be used")
}

struct Answered {
    status: StatusCode,
    location: Option<String>,
    body: Value,
}

/// Asks a program that has the doors under `/a/chat`.
async fn ask(engine: &Engine, method: &str, path: &str, user: Option<&str>, body: Value) -> Answered {
    let app = Router::new().nest("/a", Router::new().nest_service("/chat", engine.router()));
    let mut request = Request::builder().method(method).uri(format!("/a/chat{path}")).header("content-type", "application/json");
    if let Some(user) = user {
        request = request.header("x-user", user);
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let response = app.oneshot(request.body(body).unwrap()).await.unwrap();
    let location = response.headers().get("location").and_then(|location| location.to_str().ok()).map(ToOwned::to_owned);
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    Answered { status, location, body: serde_json::from_slice(&body).unwrap_or_default() }
}

#[tokio::test]
async fn who_the_program_knows_needs_no_token_and_addresses_follow() {
    let engine = engine().await;
    let created = ask(&engine, "POST", "/v1/sessions", Some("ada"), json!({"title": "Plans"})).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let id = created.body["id"].as_str().expect("an id").to_owned();
    assert_eq!(created.location, Some(format!("/a/chat/v1/sessions/{id}")));
    assert_eq!(created.body["userId"], "ada");
    let path = format!("/v1/sessions/{id}");
    assert_eq!(ask(&engine, "GET", &path, Some("ada"), Value::Null).await.status, StatusCode::OK);
    // Another user does not learn that it exists, and whom the program does not know has to bring a token.
    let strange = ask(&engine, "GET", &path, Some("eve"), Value::Null).await;
    assert_eq!((strange.status, &strange.body["type"]), (StatusCode::NOT_FOUND, &json!("/a/chat/problems/sessionNotFound")));
    assert_eq!(ask(&engine, "GET", &path, None, Value::Null).await.status, StatusCode::UNAUTHORIZED);
    let page = ask(&engine, "GET", "", None, Value::Null).await;
    assert_eq!((page.status, page.location.as_deref()), (StatusCode::PERMANENT_REDIRECT, Some("/a/chat/")));
    let page = ask(&engine, "GET", "/", None, Value::Null).await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn sessions_are_typed_calls() {
    let engine = engine().await;
    let new = NewSession { user_id: "ada".into(), data: Some(json!({"plan": "free"})), ..NewSession::default() };
    let state = engine.create(&new).await.expect("it is created");
    assert_eq!((&*state.user_id, state.is_active, &state.data), ("ada", true, &json!({"plan": "free"})));
    let session = engine.session(state.id);
    let ada = session.clone().acting_as(Identity::new("default", Role::User, "ada"));
    let question = ada.append(&NewMessage::user("What is 6 times 7?")).await.expect("it is said");
    let answer = NewMessage { reply_to: Some(question.id), ..NewMessage::assistant("") };
    let mut stream = session.stream(&answer).await.expect("it begins");
    for piece in ["Forty", "-two. \u{1F642}", " Well."] {
        stream.write(piece).await.expect("it grows");
    }
    let said = stream.complete().await.expect("it ends");
    assert_eq!((&*said.content, &*said.status, said.reply_to), ("Forty-two. \u{1F642} Well.", "complete", Some(question.id)));
    let eve = session.clone().acting_as(Identity::new("default", Role::User, "eve"));
    assert_eq!(eve.read().await.expect_err("it is not hers").code(), "sessionNotFound");
    ada.end().await.expect("it ends");
    let CallError::Rejected { code, status, detail } = ada.append(&NewMessage::user("Late")).await.expect_err("it ended") else { panic!() };
    assert_eq!((&*code, status, detail.is_empty()), ("sessionEnded", 410, false));
    let state = session.read().await.expect("it is readable");
    assert_eq!((state.is_active, state.messages.len()), (false, 2));
    session.erase().await.expect("it is erased");
    assert_eq!(session.read().await.expect_err("it is gone").code(), "sessionNotFound");
    engine.shutdown().await;
}

#[tokio::test]
async fn a_file_that_is_no_module_is_refused() {
    let refused = Engine::builder().module(&b"\0asm\x01\0\0\0"[..]).build().await;
    assert!(matches!(refused.map(drop), Err(BuildError::Module(_))));
}

/// Asks with a token or a key.
async fn ask_with(engine: &Engine, method: &str, path: &str, token: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {token}"));
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let response = engine.router().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status();
    (status, serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap_or_default())
}

#[tokio::test]
async fn s01_tokens_outlive_the_program_where_its_store_does() {
    let folder = tempfile::tempdir().unwrap();
    let build = || {
        let store = SqliteStore::open(&folder.path().join("colloq.db")).expect("the file is free");
        let keys = ServerKeys::from_lines("web:key-of-the-program").expect("keys");
        Engine::builder().module(shipped::module()).shards(1).store(store).keys(keys).build()
    };
    let engine = build().await.expect("it is built");
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let (status, given) = ask_with(&engine, "POST", "/v1/tokens", "key-of-the-program", json!({"userId": "ada"})).await;
        assert_eq!(status, StatusCode::CREATED);
        tokens.push(given["token"].as_str().expect("a token").to_owned());
    }
    assert_eq!(ask_with(&engine, "DELETE", "/v1/tokens", &tokens[1], Value::Null).await.0, StatusCode::NO_CONTENT);
    engine.shutdown().await;
    drop(engine);
    // The last task that holds the store ends a moment later.
    let mut engine = None;
    for _ in 0..200 {
        if let Ok(store) = SqliteStore::open(&folder.path().join("colloq.db")) {
            drop(store);
            engine = Some(build().await.expect("it is built again"));
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let engine = engine.expect("the file is free again");
    assert_eq!(ask_with(&engine, "GET", "/v1/sessions", &tokens[0], Value::Null).await.0, StatusCode::OK);
    assert_eq!(ask_with(&engine, "GET", "/v1/sessions", &tokens[1], Value::Null).await.0, StatusCode::UNAUTHORIZED, "it was given up");
}
