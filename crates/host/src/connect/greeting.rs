//! The first frame of a link, `hello`: which protocol it speaks and whose it is.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use tokio::time::timeout;

use super::close::Close;
use super::frames::{Inbound, error};
use super::kind::Kind;
use super::link::text;
use crate::auth::Grant;
use crate::clock::now_ms;
use crate::state::AppState;

const HELLO_TIME_MAX: Duration = Duration::from_secs(10);
const PROTOCOL: u64 = 1;

/// Waits for the hello; tells the client what is wrong with it before the link closes. Who is `known` needs no token.
pub(super) async fn greet(socket: &mut WebSocket, state: &AppState, known: Option<Arc<Grant>>) -> Result<Arc<Grant>, Close> {
    let message = match timeout(HELLO_TIME_MAX, first(socket)).await {
        Ok(message) => message?,
        Err(_) => return refuse(socket, Close::Unauthenticated, "unauthenticated", "No hello came.").await,
    };
    let Message::Text(hello) = message else {
        return refuse(socket, Close::Malformed, "malformed", "Frames are text.").await;
    };
    let Some(hello) = Inbound::parse(&hello) else {
        return refuse(socket, Close::Malformed, "malformed", "A frame is an object with a kind.").await;
    };
    if hello.kind() != Some(Kind::Hello) {
        return refuse(socket, Close::Unauthenticated, "unauthenticated", "A link begins with hello.").await;
    }
    if hello.protocol() != Some(PROTOCOL) {
        return refuse(socket, Close::Malformed, "malformed", "This host speaks protocol 1.").await;
    }
    let Ok(token) = hello.token() else {
        return refuse(socket, Close::Malformed, "malformed", "A token is text.").await;
    };
    if let (None, Some(known)) = (&token, known) {
        return Ok(known);
    }
    match state.auth().authenticate_token(token.as_deref(), now_ms()) {
        Ok(grant) => Ok(grant),
        Err(_) => refuse(socket, Close::Unauthenticated, "unauthenticated", "A valid token is needed.").await,
    }
}

/// The first message that says something.
async fn first(socket: &mut WebSocket) -> Result<Message, Close> {
    loop {
        match socket.recv().await {
            None => return Err(Close::Gone),
            Some(Ok(Message::Close(_))) => return Err(Close::Left),
            Some(Err(error)) => return Err(Close::from_error(error)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(message)) => return Ok(message),
        }
    }
}

async fn refuse(socket: &mut WebSocket, close: Close, code: &str, message: &str) -> Result<Arc<Grant>, Close> {
    if let Some(message) = text(error(code, message, None).bytes) {
        // A client that is gone will not read why.
        let _ = timeout(HELLO_TIME_MAX, socket.send(message)).await;
    }
    Err(close)
}
