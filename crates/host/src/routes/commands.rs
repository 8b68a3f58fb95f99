//! `POST .../commands`: a batch, which is one command; or, where the commands have ids, each on its own, as a link submits them. So
//! those without WebSocket write exactly once too, and get the frames that settle their commands.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::refusal::Refusal;
use super::{Caller, session};
use crate::engine::{CallSpec, Op};
use crate::reply;

/// All that the host reads of the body: whether its first command has an id.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, default)]
    commands: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Command<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
}

/// Takes commands, one way or the other.
pub(super) async fn answer(caller: &Caller<'_>, session: Uuid, body: Body) -> Result<Response, Refusal> {
    let body = caller.json(body).await?;
    if !have_ids(&body) {
        return Ok(reply::write(session::call(caller, session, Op::Commands, body).await?, None));
    }
    if caller.key.is_some() {
        return Err(Refusal::with("malformed", "Commands with ids take no Idempotency-Key: their ids make them exactly once."));
    }
    let spec = CallSpec::new(&caller.grant.identity, session, Op::Submit, body);
    let frames = caller.state.engine().submit_whole(spec).await?;
    Ok(reply::json(StatusCode::OK, listed(&frames)))
}

fn have_ids(body: &[u8]) -> bool {
    let named = std::str::from_utf8(body).ok().and_then(object::<Named<'_>>);
    let first = named.as_ref().and_then(|named| named.commands.first()).and_then(|first| object::<Command<'_>>(first.get()));
    first.is_some_and(|command| command.id.is_some())
}

/// Reads an object: a struct may come as an array too, for serde; a body may not.
fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    json.trim_start().starts_with('{').then(|| serde_json::from_str(json).ok()).flatten()
}

fn listed(frames: &[Bytes]) -> Vec<u8> {
    let mut json = b"{\"frames\":[".to_vec();
    for (at, frame) in frames.iter().enumerate() {
        json.extend_from_slice(if at > 0 { b"," } else { b"" });
        json.extend_from_slice(frame);
    }
    json.extend_from_slice(b"]}");
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_with_ids_are_told_from_a_batch() {
        assert!(have_ids(br#"{"base":1,"commands":[{"id":["c",1],"kind":"rename"}]}"#));
        for batch in [
            "[[[1]]]",
            r#"{"commands":[[1]]}"#,
            r#"{"commands":[{"kind":"rename"}]}"#,
            r#"{"commands":[]}"#,
            "{}",
            "",
            "[1]",
            r#"{"commands":7}"#,
        ] {
            assert!(!have_ids(batch.as_bytes()), "{batch}");
        }
    }

    #[test]
    fn frames_are_listed_as_they_are() {
        assert_eq!(listed(&[]), br#"{"frames":[]}"#);
        assert_eq!(listed(&[r#"{"a":1}"#.into(), "{}".into()]), br#"{"frames":[{"a":1},{}]}"#);
    }
}
