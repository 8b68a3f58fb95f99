//! Why a link ends, and the code that its client is told.

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes};
use tokio_tungstenite::tungstenite::Error as WireError;

use crate::engine::Cut;

/// Why a link ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Close {
    /// The connection broke: nobody is there to be told.
    Gone,
    /// The client closed the link, and waits for the echo of that.
    Left,
    /// The client breaks the protocol of WebSocket itself.
    Protocol,
    /// A message is no UTF-8.
    NotText,
    /// A message is too large.
    TooLarge,
    /// The host goes down.
    Restart,
    /// The client does not read what it is sent.
    Slow,
    /// The user has too many links.
    TooMany,
    /// The first frame is no hello that this host understands.
    Malformed,
    /// The token is missing, bad or expired.
    Unauthenticated,
    /// The token is another's.
    Forbidden,
}

impl Close {
    /// Reads what went wrong on the wire.
    pub(super) fn from_error(error: axum::Error) -> Self {
        match error.into_inner().downcast_ref::<WireError>() {
            Some(WireError::Capacity(_)) => Self::TooLarge,
            Some(WireError::Protocol(_)) => Self::Protocol,
            Some(WireError::Utf8(_)) => Self::NotText,
            Some(WireError::WriteBufferFull(_)) => Self::Slow,
            Some(WireError::Io(error)) if error.kind() == std::io::ErrorKind::TimedOut => Self::Slow,
            _ => Self::Gone,
        }
    }

    /// What it is called where it is counted.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Left => "left",
            Self::Protocol => "protocol",
            Self::NotText => "notText",
            Self::TooLarge => "tooLarge",
            Self::Restart => "restart",
            Self::Slow => "slow",
            Self::TooMany => "tooMany",
            Self::Malformed => "malformed",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
        }
    }

    /// The close frame; `None` where nobody would read it.
    pub(super) fn message(self) -> Option<Message> {
        let (code, reason) = match self {
            Self::Gone | Self::Left => return None,
            Self::Protocol => (1002, "protocol error"),
            Self::NotText => (1007, "not UTF-8"),
            Self::TooLarge => (1009, "a message has at most 64 KiB"),
            Self::Restart => (1012, "the host restarts"),
            Self::Slow => (1013, "slow reader"),
            Self::TooMany => (1013, "too many links"),
            Self::Malformed => (4400, "malformed"),
            Self::Unauthenticated => (4401, "unauthenticated"),
            Self::Forbidden => (4403, "forbidden"),
        };
        Some(Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) })))
    }
}

impl From<Cut> for Close {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::Slow => Self::Slow,
            Cut::Restart => Self::Restart,
        }
    }
}
