//! Every "no" that colloq says, in one table: permanent code, HTTP status, whether trying again helps, and a title.
//!
//! Frames, HTTP problems, Rust and TypeScript all take their codes from here; a code that was released never changes its meaning.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Deref;

use crate::json::{Json, JsonError, Object, Reader, write_list, write_text};

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident $text:literal $status:literal $retryable:literal $title:literal;)*) => {
        /// A permanent code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $doc])* #[doc = $title] $name,)* }

        impl Code {
            /// All of them, in the order of their status.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as it is written in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The code of a text.
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// Whether the same request may succeed later.
            pub const fn retryable(self) -> bool {
                match self { $(Self::$name => $retryable,)* }
            }

            /// One sentence for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    Malformed "malformed" 400 false "The request is not what this route or command takes.";
    Unauthenticated "unauthenticated" 401 false "A valid token is needed.";
    Unauthorized "unauthorized" 403 false "The command came from somebody who may not send it.";
    Forbidden "forbidden" 403 false "This role may not do that.";
    SessionNotFound "sessionNotFound" 404 false "There is no such session.";
    MessageNotFound "messageNotFound" 404 false "There is no such message in the session.";
    NotFound "notFound" 404 false "There is no such route.";
    MethodNotAllowed "methodNotAllowed" 405 false "The route does not take this method.";
    Conflict "conflict" 409 true "The request does not fit the state of the session.";
    IdTaken "idTaken" 409 false "The id is in use.";
    OffsetGap "offsetGap" 409 false "The delta begins beyond the end of the text.";
    OffsetMismatch "offsetMismatch" 409 false "The delta differs from the text that is there.";
    ProducerFenced "producerFenced" 409 false "Another producer took the stream over.";
    AlreadyAnswering "alreadyAnswering" 409 false "The message has an answer already.";
    MessageStopped "messageStopped" 409 false "The message no longer streams.";
    SeqGap "seqGap" 409 true "A command before this one is missing.";
    ClientForgotten "clientForgotten" 409 false "The session no longer knows this client.";
    SessionEnded "sessionEnded" 410 false "The session ended; it can be read but not written.";
    VersionMismatch "versionMismatch" 412 true "The session is at another version.";
    TooLarge "tooLarge" 413 false "The content is too large.";
    UnsupportedMediaType "unsupportedMediaType" 415 false "The route does not take this media type.";
    Invalid "invalid" 422 false "A value is not allowed.";
    IdempotencyMismatch "idempotencyMismatch" 422 false "The idempotency key was used with another body.";
    RateLimited "rateLimited" 429 true "Too many requests.";
    LimitReached "limitReached" 429 true "A limit of the session is reached.";
    Internal "internal" 500 true "Something broke; it was logged.";
    Overloaded "overloaded" 503 true "The host has no room for this now.";
    StoreUnavailable "storeUnavailable" 503 true "The store cannot be reached.";
    OutcomeUnknown "outcomeUnknown" 503 true "It is not known whether the request took effect.";
    StoreFull "storeFull" 507 true "The store has no more room.";
}

impl Json for Code {
    fn blank() -> Self {
        Self::Malformed
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        let text = reader.text()?;
        Self::from_text(&text).ok_or_else(|| reader.error("not a code of the table"))
    }

    fn write(&self, out: &mut String) {
        write_text(self.as_str(), out);
    }
}

impl Code {
    /// Whether a command rejected with it leaves no trace: it consumes no seq and makes no entry.
    pub const fn consumes_nothing(self) -> bool {
        matches!(
            self,
            Self::Malformed
                | Self::Unauthenticated
                | Self::Unauthorized
                | Self::RateLimited
                | Self::Overloaded
                | Self::SeqGap
                | Self::ClientForgotten
                | Self::OutcomeUnknown
                | Self::StoreUnavailable
                | Self::StoreFull
                | Self::SessionNotFound
        )
    }
}

/// A field that is not allowed, by JSON Pointer (RFC 6901).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Where in the request.
    pub pointer: String,
    /// What is wrong with it.
    pub code: &'static str,
}

/// An expected "no". Whatever may be refused carries one, so it is a pointer: see [`Refusal`] for its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection(Box<Refusal>);

/// What a rejection says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The permanent code.
    pub code: Code,
    /// What happened here, for people.
    pub message: Cow<'static, str>,
    /// The fields that are wrong, where the code is `invalid`.
    pub errors: Vec<FieldError>,
    /// For streams: the offset in UTF-8 bytes at which the next delta of the part begins.
    pub next_offset: Option<u64>,
}

impl Deref for Rejection {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl Rejection {
    /// A rejection with a message of its own.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self::saying(code, message.into())
    }

    #[cold]
    #[inline(never)]
    fn saying(code: Code, message: Cow<'static, str>) -> Self {
        Self(Box::new(Refusal { code, message, errors: Vec::new(), next_offset: None }))
    }

    /// JSON that does not read: says what is wrong, where in the text, and in which field.
    pub fn malformed(error: &JsonError) -> Self {
        Self::new(Code::Malformed, error.said())
    }

    /// A value that is not allowed, at a JSON Pointer.
    pub fn invalid(pointer: impl Into<Cow<'static, str>>, code: &'static str) -> Self {
        Self::invalid_at(pointer.into(), code)
    }

    #[cold]
    #[inline(never)]
    fn invalid_at(pointer: Cow<'static, str>, code: &'static str) -> Self {
        let mut invalid = Self::from(Code::Invalid);
        invalid.0.errors = alloc::vec![FieldError { pointer: pointer.into_owned(), code }];
        invalid
    }

    /// What happened, for people.
    pub fn into_message(self) -> String {
        self.0.message.into_owned()
    }

    /// With the offset that would have fitted.
    #[must_use]
    pub fn at_offset(mut self, next_offset: u64) -> Self {
        self.0.next_offset = Some(next_offset);
        self
    }

    /// Whether the rejected command leaves no trace: see [`Code::consumes_nothing`].
    pub fn consumes_nothing(&self) -> bool {
        self.code.consumes_nothing()
    }

    /// The problem document of RFC 9457.
    pub fn to_problem(&self) -> String {
        let mut out = String::with_capacity(256);
        let mut object = Object::open(&mut out);
        object.text("type", &["/problems/", self.code.as_str()].concat()).text("title", self.code.title());
        object.field("status", &u32::from(self.code.status())).text("code", self.code.as_str()).text("detail", &self.message);
        object.key("retryable").push_str(if self.code.retryable() { "true" } else { "false" });
        if !self.errors.is_empty() {
            write_list(&self.errors, object.key("errors"), |error, out| {
                let mut object = Object::open(out);
                object.text("pointer", &error.pointer).text("code", error.code);
                object.close();
            });
        }
        object.field("nextOffset", &self.next_offset);
        object.close();
        out
    }
}

impl From<Code> for Rejection {
    #[cold]
    #[inline(never)]
    fn from(code: Code) -> Self {
        Self::new(code, code.title())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_all() {
        let problem = |rejection: &Rejection| serde_json::from_str::<serde_json::Value>(&rejection.to_problem()).unwrap();
        let json = problem(&Rejection::invalid("/a~1b", "tooLong"));
        assert_eq!((&json["type"], &json["status"], &json["code"]), (&"/problems/invalid".into(), &422.into(), &"invalid".into()));
        assert_eq!(json["errors"], serde_json::json!([{ "pointer": "/a~1b", "code": "tooLong" }]));
        assert_eq!((json.get("nextOffset"), &json["retryable"]), (None, &false.into()));
        let json = problem(&Rejection::new(Code::OffsetGap, "a \"hole\"").at_offset(7));
        assert_eq!((&json["nextOffset"], &json["detail"], json.get("errors")), (&7.into(), &"a \"hole\"".into(), None));
        assert_eq!(problem(&Code::RateLimited.into())["retryable"], true);
    }

    #[test]
    fn every_code_is_one_and_is_read_again() {
        for (at, code) in Code::ALL.iter().enumerate() {
            assert_eq!((Code::from_text(code.as_str()), Code::from_json(&code.to_json())), (Some(*code), Ok(*code)));
            assert!((400..600).contains(&code.status()) && code.title().ends_with('.'));
            assert!(Code::ALL[..at].iter().all(|other| other.as_str() != code.as_str() && other.status() <= code.status()));
        }
        assert!(Code::from_text("none").is_none() && Code::from_json("\"none\"").is_err());
    }
}
