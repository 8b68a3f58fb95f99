//! A host inside a program of one's own: its routes beside ours, its way to know a user, its pages.
//!
//! `cargo run --package colloq-host --example embedded`, then open the address that it says.

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use colloq_host::engine::{Identity, Role};
use colloq_host::{Engine, NewMessage, NewSession};
use colloq_store_sqlite::SqliteStore;

/// This program's own sign-in: a cookie that names the user. Yours is a secret; this one shows where it goes.
fn user(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    cookies.split("; ").find_map(|cookie| cookie.strip_prefix("user=")).map(ToOwned::to_owned)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8788".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let engine = Engine::builder()
        .store(SqliteStore::open("embedded.db".as_ref())?)
        .allow_origin(&origin)
        .authenticate(|request| {
            let user = user(&request.headers);
            async move { user.map(|user| Identity::new("default", Role::User, user)) }
        })
        .build()
        .await?;

    let chat = engine.clone();
    let start = async move |headers: HeaderMap| {
        let Some(user_id) = user(&headers) else { return "sign in first".to_owned() };
        let new = NewSession { user_id, title: Some("Hello".into()), ..NewSession::default() };
        let session = match chat.create(&new).await {
            Ok(session) => session,
            Err(error) => return error.to_string(),
        };
        match chat.session(session.id).append(&NewMessage::assistant("What shall we build?")).await {
            Ok(_) => format!("/chat/v1/sessions/{}", session.id),
            Err(error) => error.to_string(),
        }
    };
    let app = Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route("/sign-in", post(|| async { ([(SET_COOKIE, "user=ada; Path=/; HttpOnly; SameSite=Lax")], "hello, ada").into_response() }))
        .route("/start", post(start))
        .nest_service("/chat", engine.router());

    println!("listening on {origin}");
    axum::serve(listener, app).with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) }).await?;
    engine.shutdown().await;
    Ok(())
}

const PAGE: &str = "<!doctype html><title>embedded</title>
<button>Sign in and begin</button><pre></pre>
<script>
document.querySelector('button').onclick = async () => {
  await fetch('/sign-in', { method: 'POST' });
  const at = await (await fetch('/start', { method: 'POST' })).text();
  document.querySelector('pre').textContent = await (await fetch(at)).text();
};
</script>";
