//! A link for those without WebSocket: its frames as Server-Sent Events, for as long as the token is worth something.
//!
//! It reads nothing of its client, which writes by requests of its own; what the frames say is what a WebSocket would say.

use std::convert::Infallible;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::count::Counted;
use super::frames;
use crate::auth::Grant;
use crate::clock::now_ms;
use crate::engine::{EngineError, Frame, Link, LinkEvents, hex};
use crate::state::{AppState, Closing};

/// So often a silent stream says that it is there.
const PING_EVERY: Duration = Duration::from_secs(15);
const PING: Bytes = Bytes::from_static(b": ping\n\n");
/// Frames that go out at once.
const GATHERED_MAX: usize = 64;

/// What fills the link at first, and may fail while frames already go out.
pub(crate) type Work = BoxFuture<'static, Result<(), EngineError>>;

/// See the module's documentation.
pub(crate) struct Events {
    state: AppState,
    grant: Arc<Grant>,
    link: Link,
    frames: LinkEvents,
    session: Option<Uuid>,
    work: Option<Work>,
    closing: Closing,
    expires: Option<Instant>,
    is_over: bool,
    counted: Counted,
}

impl Events {
    /// A link for somebody; `None` where they have too many.
    pub(crate) fn open(state: &AppState, grant: &Arc<Grant>) -> Option<Self> {
        let counted = state.links().enter(&grant.identity, "events")?;
        let (link, events) = state.engine().open_link();
        link.send(frames::welcome(state.engine(), &link, grant));
        let expires = grant.expires_ms.map(|at_ms| Instant::now() + Duration::from_millis(at_ms.saturating_sub(now_ms())));
        Some(Self {
            state: state.clone(),
            grant: Arc::clone(grant),
            link,
            frames: events,
            session: None,
            work: None,
            closing: state.closing(),
            expires,
            is_over: false,
            counted,
        })
    }

    /// The link.
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// The stream as a body, once the work is under way. A link that follows a session names it.
    pub(crate) fn into_body(mut self, work: Work, session: Option<Uuid>) -> Body {
        (self.work, self.session) = (Some(work), session);
        Body::from_stream(stream::unfold(self, |mut events| async move {
            let piece = events.next().await?;
            Some((Ok::<_, Infallible>(piece), events))
        }))
    }

    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        let ping_at = Instant::now() + PING_EVERY;
        loop {
            if !self.state.auth().is_worth(&self.grant, now_ms()) {
                return Some(self.end("unauthenticated"));
            }
            let expires = self.expires;
            tokio::select! {
                biased;
                () = self.closing.wait() => return None,
                () = self.counted.word() => {}
                () = sleep_until(expires.unwrap_or(ping_at)), if expires.is_some() => return Some(self.end("unauthenticated")),
                frame = self.frames.next() => return frame.ok().map(|first| self.gather(&first)),
                done = run(&mut self.work) => {
                    self.work = None;
                    if let Err(error) = done {
                        return Some(self.end(error.code()));
                    }
                }
                () = sleep_until(ping_at) => return Some(PING),
            }
        }
    }

    /// A frame and those behind it, as far as they are there.
    fn gather(&mut self, first: &Frame) -> Bytes {
        let mut piece = Vec::with_capacity(first.bytes.len() + 128);
        write_event(first, &mut piece);
        for _ in 1..GATHERED_MAX {
            match self.frames.try_next() {
                Ok(Some(frame)) => write_event(&frame, &mut piece),
                _ => break,
            }
        }
        piece.into()
    }

    /// Says why this is the end.
    fn end(&mut self, code: &str) -> Bytes {
        self.is_over = true;
        let title = self.state.engine().code(code).map_or("", |(_, _, title)| title);
        let mut piece = Vec::new();
        write_event(&frames::error(code, title, self.session), &mut piece);
        piece.into()
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.state.engine().leave(&self.link, &self.grant.identity, self.session);
    }
}

/// Goes on with the work that there is.
async fn run(work: &mut Option<Work>) -> Result<(), EngineError> {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

/// Writes a frame as an event: its kind, where its reader stands after it, and the frame.
fn write_event(frame: &Frame, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(kind(&frame.bytes));
    if let Some(head) = &frame.head {
        // Writing to memory does not fail.
        let _ = write!(out, "\nid: {}.{}", head.version, hex(&head.chain));
    }
    out.extend_from_slice(b"\ndata: ");
    out.extend_from_slice(&frame.bytes);
    out.extend_from_slice(b"\n\n");
}

/// The kind of a frame, with which every frame of a host begins.
fn kind(frame: &[u8]) -> &[u8] {
    let rest = frame.strip_prefix(br#"{"kind":""#).unwrap_or_default();
    rest.split(|byte| *byte == b'"').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use colloq_store::Head;

    #[test]
    fn a_frame_is_an_event_with_its_kind_and_place() {
        let mut out = Vec::new();
        write_event(&Frame::at(r#"{"kind":"entries","session":"s"}"#, Head { version: 7, chain: [0xab; 32] }), &mut out);
        write_event(&Frame::new(r#"{"kind":"pong"}"#), &mut out);
        let expected = format!(
            "event: entries\nid: 7.{}\ndata: {{\"kind\":\"entries\",\"session\":\"s\"}}\n\nevent: pong\ndata: {{\"kind\":\"pong\"}}\n\n",
            "ab".repeat(32)
        );
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
