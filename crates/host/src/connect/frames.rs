//! The frames of a link, as far as the host reads and writes them itself. What a `submit` says passes to the module as it came.

use std::borrow::Cow;

use bytes::Bytes;
use colloq_store::Head;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::kind::Kind;
use crate::auth::{Grant, role_name, unhex};
use crate::clock::now_ms;
use crate::engine::{Engine, Frame, Link};
use crate::routes::session_id;

/// So many sessions a list has where nobody says.
const LIMIT_DEFAULT: usize = 50;

/// What names a frame of a client. Other fields are skipped unread, however deep they are.
#[derive(Deserialize)]
pub(super) struct Inbound<'a> {
    #[serde(borrow)]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow, default)]
    session: Option<&'a RawValue>,
    #[serde(borrow, default)]
    since: Option<&'a RawValue>,
    #[serde(borrow, default)]
    token: Option<&'a RawValue>,
    #[serde(borrow, default)]
    protocol: Option<&'a RawValue>,
    #[serde(borrow, default)]
    diverged: Option<&'a RawValue>,
    #[serde(borrow, default)]
    state: Option<&'a RawValue>,
    #[serde(borrow, default)]
    limit: Option<&'a RawValue>,
}

impl<'a> Inbound<'a> {
    /// Reads a frame; `None` for what is none.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        // A struct may come as an array too, for serde; a frame may not.
        text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()
    }

    /// What it is; `None` for what a newer client may know.
    pub(super) fn kind(&self) -> Option<Kind> {
        Kind::of(&self.kind)
    }

    /// The session that it names, if that is an id.
    pub(super) fn session(&self) -> Option<Uuid> {
        session_id::parse(self.session?.get().strip_prefix('"')?.strip_suffix('"')?)
    }

    /// The head that a subscriber has; the error is for what is no head.
    pub(super) fn since(&self) -> Result<Option<Head>, ()> {
        head(self.since)
    }

    /// Where a subscriber found another state than the host's; the error is for what is no head.
    pub(super) fn diverged(&self) -> Result<Option<Head>, ()> {
        head(self.diverged)
    }

    /// What somebody does, as it came.
    pub(super) fn state(&self) -> &'a str {
        self.state.map_or("{}", RawValue::get)
    }

    /// How many items a list is to have at first; the error is for what is no such number.
    pub(super) fn limit(&self) -> Result<usize, ()> {
        self.limit.map_or(Ok(LIMIT_DEFAULT), |limit| serde_json::from_str(limit.get()).map_err(|_| ()))
    }

    /// The token; the error is for what is no text.
    pub(super) fn token(&self) -> Result<Option<String>, ()> {
        self.token.map(|token| serde_json::from_str(token.get()).map_err(|_| ())).transpose()
    }

    /// The protocol that the client speaks.
    pub(super) fn protocol(&self) -> Option<u64> {
        serde_json::from_str(self.protocol?.get()).ok()
    }
}

fn head(value: Option<&RawValue>) -> Result<Option<Head>, ()> {
    let Some(value) = value else { return Ok(None) };
    let (version, chain): (u64, &str) = serde_json::from_str(value.get()).map_err(|_| ())?;
    Ok(Some(Head { version, chain: unhex(chain).ok_or(())? }))
}

/// The first frame of a host.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Welcome<'a> {
    kind: &'static str,
    link: u64,
    now: u64,
    user_id: &'a str,
    role: &'static str,
    expires_at: Option<u64>,
    module: &'a str,
    schema: u32,
    limits: &'a RawValue,
}

/// Tells a client whom the host takes it for, and what it runs.
pub(super) fn welcome(engine: &Engine, link: &Link, grant: &Grant) -> Frame {
    let (schema, limits) = engine.schema();
    let identity = &grant.identity;
    frame(&Welcome {
        kind: "welcome",
        link: link.id,
        now: now_ms(),
        user_id: &identity.id,
        role: role_name(identity.role),
        expires_at: grant.expires_ms,
        module: engine.module().1,
        schema,
        limits: serde_json::from_slice(limits).unwrap_or(RawValue::NULL),
    })
}

#[derive(Serialize)]
struct ErrorFrame<'a> {
    kind: &'static str,
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'a str>,
}

/// A frame from what encodes as JSON.
pub(super) fn frame(value: &impl Serialize) -> Frame {
    // These are texts and numbers, which always encode; an empty object would be a frame without a kind, which clients ignore.
    Frame::new(serde_json::to_vec(value).map_or_else(|_| Bytes::from_static(b"{}"), Bytes::from))
}

/// Says that something was not right; the link goes on.
pub(super) fn error(code: &str, message: &str, session: Option<Uuid>) -> Frame {
    error_of(None, code, message, session)
}

/// The same of a kind of frame that has nothing to do with how the session stands.
pub(super) fn error_of(of: Option<&str>, code: &str, message: &str, session: Option<Uuid>) -> Frame {
    let mut text = Uuid::encode_buffer();
    let session = session.map(|session| &*session.hyphenated().encode_lower(&mut text));
    frame(&ErrorFrame { kind: "error", code, message, session, of })
}

/// The answer to a ping.
pub(super) fn pong() -> Frame {
    Frame::new(Bytes::from_static(b"{\"kind\":\"pong\"}"))
}

/// What an error frame says of a problem document.
#[derive(Deserialize)]
pub(super) struct Problem<'a> {
    #[serde(borrow)]
    pub(super) code: Cow<'a, str>,
    #[serde(borrow, default)]
    title: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    detail: Option<Cow<'a, str>>,
}

impl<'a> Problem<'a> {
    /// Reads a problem document; what is none is `internal`.
    pub(super) fn parse(body: &'a [u8]) -> Self {
        serde_json::from_slice(body).unwrap_or(Self { code: "internal".into(), title: None, detail: None })
    }

    /// What to show.
    pub(super) fn message(&self) -> &str {
        self.detail.as_deref().or(self.title.as_deref()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "018f0000-0000-7000-8000-000000000000";

    #[test]
    fn a_frame_is_named_by_its_kind_and_read_no_further() {
        let text = format!(r#"{{"kind":"subscribe","session":"{ID}","since":[7,"{}"],"x":{{"y":[1]}}}}"#, "ab".repeat(32));
        let inbound = Inbound::parse(&text).expect("it is a frame");
        assert_eq!((&*inbound.kind, inbound.session().map(|id| id.to_string()).as_deref()), ("subscribe", Some(ID)));
        assert_eq!(inbound.since(), Ok(Some(Head { version: 7, chain: [0xab; 32] })));
        let deep = format!(r#"{{"kind":"submit","commands":{}1{}}}"#, "[".repeat(30_000), "]".repeat(30_000));
        assert!(Inbound::parse(&deep).is_some_and(|inbound| inbound.kind == "submit"));
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        for text in [
            "",
            "null",
            "[]",
            r#"["ping",null,null,null,null]"#,
            "{}",
            r#"{"kind":1}"#,
            r#"{"kind":"a","kind":"b"}"#,
            r#"{"kind":"ping"}x"#,
            "{\"kind\":\"\u{0}\"}",
        ] {
            assert!(Inbound::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn fields_that_are_not_what_they_should_be() {
        let parse = |text| Inbound::parse(text).expect("it is a frame");
        for since in ["1", "[1]", "[-1,\"\"]", "[1,\"ab\"]", "\"x\"", "[18446744073709551616,\"\"]"] {
            let text = format!(r#"{{"kind":"subscribe","since":{since}}}"#);
            assert_eq!(Inbound::parse(&text).map(|inbound| inbound.since()), Some(Err(())), "{since}");
        }
        assert_eq!(parse(r#"{"kind":"subscribe","since":null}"#).since(), Ok(None));
        assert_eq!(parse(r#"{"kind":"hello","token":7}"#).token(), Err(()));
        assert_eq!(parse(r#"{"kind":"hello","protocol":"1"}"#).protocol(), None);
        assert_eq!(parse(r#"{"kind":"subscribe","session":{}}"#).session(), None);
        assert_eq!(parse(r#"{"kind":"subscribe","session":"*\n"}"#).session(), None);
    }

    #[test]
    fn errors_are_frames_with_a_code() {
        let frame = error("malformed", "no \"frame\"", None);
        assert_eq!(frame.bytes, r#"{"kind":"error","code":"malformed","message":"no \"frame\""}"#);
    }
}
