//! `POST .../messages/{mid}/stream`: a whole answer in one request, as JSON Lines.
//!
//! The host cuts the body into lines and gathers those of some 20 ms into one call; what a line says, only the module knows. A
//! connection that breaks off leaves the message streaming: another request may go on. When somebody stops the message, talks it over or
//! takes it over, the request ends with that at once, whether or not a line comes.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

use super::refusal::Refusal;
use super::{Caller, body, etag};
use crate::auth::Grant;
use crate::clock::now_ms;
use crate::engine::{Answer, CallSpec, Link, LinkEvents, Op};
use crate::reply;
use crate::state::AppState;

const GATHER_TIME: Duration = Duration::from_millis(20);
const GATHER_BYTES: usize = 64 << 10;
const LINE_BYTES_MAX: usize = 256 << 10;
/// Longer than a message may stream without a delta: then the core has given it up.
const SILENCE_MAX: Duration = Duration::from_secs(90);

/// Takes the lines in their order; answers with the last answer, or with the first rejection.
pub(super) async fn answer(caller: &Caller<'_>, session: Uuid, message: &str, body: Body) -> Result<Response, Refusal> {
    if !body::is_of_type(&caller.parts.headers, &["application/x-ndjson"]) {
        return Err(Refusal::with("unsupportedMediaType", "This route takes application/x-ndjson."));
    }
    if caller.key.is_some() {
        return Err(Refusal::with("malformed", "A stream takes no Idempotency-Key: the offsets of its lines make it exactly once."));
    }
    let streaming = Streaming {
        state: caller.state.clone(),
        grant: Arc::clone(&caller.grant),
        session,
        message: message.into(),
        condition: etag::wanted(&caller.parts.headers),
    };
    // A task of its own: a connection that breaks off drops this request, but not the lines that came whole.
    let answer = tokio::spawn(streaming.run(Lines::new(body))).await.map_err(|_| Refusal::new("internal"))??;
    Ok(reply::write(answer, None))
}

/// What the lines are for.
struct Streaming {
    state: AppState,
    grant: Arc<Grant>,
    session: Uuid,
    message: Box<str>,
    condition: Option<u64>,
}

impl Streaming {
    async fn run(mut self, mut lines: Lines) -> Result<Answer, Refusal> {
        let mut session = Listening::to(&self);
        let (mut last, mut said) = (None, Bytes::new());
        loop {
            let batch = tokio::select! {
                biased;
                batch = lines.next() => batch?,
                () = session.changed() => {
                    let answer = self.check(said.clone()).await?;
                    if answer.status >= 400 {
                        return Ok(answer);
                    }
                    continue;
                }
            };
            let Some(batch) = batch else { break };
            // A request may take longer than its token is good for.
            if !self.state.auth().is_worth(&self.grant, now_ms()) {
                return Err(Refusal::new("unauthenticated"));
            }
            said = batch.clone();
            let answer = self.call(batch).await?;
            if answer.status >= 400 {
                return Ok(answer);
            }
            last = Some(answer);
        }
        match last {
            Some(answer) => Ok(answer),
            None => self.call(Bytes::new()).await,
        }
    }

    /// Whether whoever sent these lines may still write.
    async fn check(&self, said: Bytes) -> Result<Answer, Refusal> {
        let spec = CallSpec::new(&self.grant.identity, self.session, Op::CheckStream(&self.message), said);
        Ok(self.state.engine().call(spec).await?)
    }

    async fn call(&mut self, body: Bytes) -> Result<Answer, Refusal> {
        // The first batch moves the version, so the request's condition is for it alone.
        let condition = self.condition.take();
        let (identity, op) = (&self.grant.identity, Op::StreamLines(&self.message));
        let spec = CallSpec { condition, ..CallSpec::new(identity, self.session, op, body) };
        Ok(self.state.engine().call(spec).await?)
    }
}

/// Hears of what happens in the session while the lines come.
struct Listening {
    state: AppState,
    grant: Arc<Grant>,
    session: Uuid,
    link: Link,
    events: LinkEvents,
}

impl Listening {
    fn to(streaming: &Streaming) -> Self {
        let (state, grant, session) = (streaming.state.clone(), Arc::clone(&streaming.grant), streaming.session);
        let (link, events) = state.engine().open_link();
        state.engine().listen(&link, &grant.identity.app, session);
        Self { state, grant, session, link, events }
    }

    /// Answers once something happened. Cut off, it hears nothing more, and the next line says what there is to say.
    async fn changed(&mut self) {
        if self.events.next().await.is_err() {
            std::future::pending::<()>().await;
        }
        while let Ok(Some(_)) = self.events.try_next() {}
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.state.engine().leave(&self.link, &self.grant.identity, [self.session]);
    }
}

/// The body, as batches of whole lines.
struct Lines {
    body: Body,
    buffer: BytesMut,
    end: End,
}

/// How a body ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    NotYet,
    Clean,
    Broken,
}

impl Lines {
    fn new(body: Body) -> Self {
        Self { body, buffer: BytesMut::new(), end: End::NotYet }
    }

    /// The next batch; `None` at the end of the body.
    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        // Whatever came before is kept where this is broken off.
        self.gather().await?;
        let end_of_line = self.buffer.iter().rposition(|byte| *byte == b'\n');
        let batch = match (end_of_line, self.end) {
            (Some(at), _) => self.buffer.split_to(at + 1),
            (None, End::Clean) if self.buffer.is_empty() => return Ok(None),
            (None, End::Clean) => self.buffer.split(),
            (None, End::NotYet) => return Err(too_long()),
            (None, End::Broken) => return Err(Refusal::with("malformed", "The body broke off.")),
        };
        check_lines(&batch)?;
        Ok(Some(batch.freeze()))
    }

    /// Reads until there is a batch: 20 ms after its first line, or when it is large.
    async fn gather(&mut self) -> Result<(), Refusal> {
        let mut until = None;
        while self.end == End::NotYet {
            let has_line = self.buffer.contains(&b'\n');
            if self.buffer.len() >= if has_line { GATHER_BYTES } else { LINE_BYTES_MAX + 1 } {
                break;
            }
            let frame = if has_line {
                let until = *until.get_or_insert_with(|| Instant::now() + GATHER_TIME);
                match timeout_at(until, self.body.frame()).await {
                    Ok(frame) => frame,
                    Err(_) => break,
                }
            } else {
                let silent = |_| Refusal::with("malformed", "No line came for too long.");
                timeout(SILENCE_MAX, self.body.frame()).await.map_err(silent)?
            };
            match frame {
                Some(Ok(frame)) => self.buffer.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
                Some(Err(_)) => self.end = End::Broken,
                None => self.end = End::Clean,
            }
        }
        Ok(())
    }
}

fn check_lines(batch: &[u8]) -> Result<(), Refusal> {
    let is_long = batch.len() > LINE_BYTES_MAX && batch.split(|byte| *byte == b'\n').any(|line| line.len() > LINE_BYTES_MAX);
    if is_long { Err(too_long()) } else { Ok(()) }
}

fn too_long() -> Refusal {
    Refusal::with("tooLarge", "A line has at most 256 KiB.")
}

#[cfg(test)]
mod tests;
