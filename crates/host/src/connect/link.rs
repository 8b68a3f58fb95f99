//! The life of a link: greeting, frames in and out at the same time, and a close that its client can read.
//!
//! One task does it all; while a frame is dealt with, frames still go out, and no further one is read.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use futures_util::{FutureExt as _, SinkExt as _};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};

use super::close::Close;
use super::count::Counted;
use super::greeting::greet;
use super::pace::Pace;
use super::seat::Seat;
use crate::auth::Grant;
use crate::clock::now_ms;
use crate::engine::{Cut, Frame, LinkEvents};
use crate::state::{AppState, Closing};

/// A client that takes longer to read what is sent at once is cut off; one that reads nothing at all is so earlier, by its connection.
const WRITE_TIME_MAX: Duration = Duration::from_mins(1);
/// A client that was silent so long is pinged ...
const SILENCE_TIME: Duration = Duration::from_mins(1);
/// ... and one that does not answer is gone.
const ANSWER_TIME: Duration = Duration::from_secs(30);
const LINGER_TIME: Duration = Duration::from_secs(1);
/// Frames that go out between two looks at anything else.
const GATHERED_MAX: usize = 64;

/// Serves a link until it ends.
pub(super) async fn run(mut socket: WebSocket, state: AppState, known: Option<Arc<Grant>>) {
    let mut closing = state.closing();
    let greeted = tokio::select! {
        () = closing.wait() => Err(Close::Restart),
        greeted = Box::pin(greet(&mut socket, &state, known)) => greeted,
    };
    let close = match greeted {
        Err(close) => close,
        Ok(grant) => match state.links().enter(&grant.identity, "websocket") {
            None => Close::TooMany,
            Some(counted) => {
                let (link, events) = state.engine().open_link();
                let seat = Seat::new(state.clone(), link, grant);
                seat.welcome();
                let mut wire = Wire { socket: &mut socket, events, counted };
                let close = wire.serve(seat, &mut closing).await;
                wire.send_rest(close).await;
                close
            }
        },
    };
    state.engine().gauges().note_close(close.name());
    say_goodbye(&mut socket, close).await;
}

/// The message of a frame; `None` for what is not UTF-8, which the module never writes.
pub(super) fn text(bytes: Bytes) -> Option<Message> {
    Utf8Bytes::try_from(bytes).ok().map(Message::Text)
}

struct Wire<'a> {
    socket: &'a mut WebSocket,
    events: LinkEvents,
    counted: Counted,
}

impl Wire<'_> {
    async fn serve(&mut self, mut seat: Seat, closing: &mut Closing) -> Close {
        let mut pace = Pace::new(Instant::now());
        let mut watch = Watch::new(&seat);
        let mut timer = std::pin::pin!(sleep_until(watch.next()));
        loop {
            // Also before the first frame: what opened the link may have become void before it was counted.
            if !seat.is_worth() {
                return Close::Unauthenticated;
            }
            let message = tokio::select! {
                () = closing.wait() => return Close::Restart,
                () = self.counted.word() => continue,
                frame = self.events.next() => match self.send(frame).await {
                    Ok(()) => continue,
                    Err(close) => return close,
                },
                () = &mut timer => match self.wake(&mut watch, timer.as_mut()).await {
                    Ok(()) => continue,
                    Err(close) => return close,
                },
                message = self.socket.recv() => message,
            };
            watch.hear();
            let text = match message {
                Some(Ok(Message::Text(text))) => Some(text),
                Some(Ok(Message::Binary(_))) => None,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(_))) => return Close::Left,
                None => return Close::Gone,
                Some(Err(error)) => return Close::from_error(error),
            };
            let wait = pace.take(Instant::now(), text.as_ref().map_or(0, |text| text.len()));
            if let Err(close) = self.deal_with(&mut seat, text, wait, closing).await {
                return close;
            }
            if watch.follow(&seat) {
                timer.as_mut().reset(watch.next());
            }
        }
    }

    /// Has a frame dealt with; what goes out meanwhile goes out.
    async fn deal_with(
        &mut self,
        seat: &mut Seat,
        text: Option<Utf8Bytes>,
        wait: Option<Duration>,
        closing: &mut Closing,
    ) -> Result<(), Close> {
        let handling = async {
            if let Some(wait) = wait {
                sleep(wait).await;
            }
            // A link over a limit is not read meanwhile, so that nothing of it is lost.
            while let Some(wait) = seat.wait() {
                sleep(wait).await;
            }
            if let Some(text) = text {
                return seat.handle(text).await;
            }
            seat.refuse_binary();
            Ok(())
        };
        // Most links lie idle, and what they take is not to hold room for all that a frame can bring about.
        let mut handling = Box::pin(handling);
        loop {
            tokio::select! {
                biased;
                handled = &mut handling => return handled,
                frame = self.events.next() => self.send(frame).await?,
                () = closing.wait() => return Err(Close::Restart),
            }
        }
    }

    /// Sends a frame and those behind it, as far as they are there, in as few writes as can be.
    async fn send(&mut self, first: Result<Frame, Cut>) -> Result<(), Close> {
        let sending = async {
            let mut next = first;
            for _ in 0..GATHERED_MAX {
                if let Some(message) = text(next?.bytes) {
                    self.socket.feed(message).await.map_err(Close::from_error)?;
                }
                match self.events.next().now_or_never() {
                    Some(frame) => next = frame,
                    None => return self.socket.flush().await.map_err(Close::from_error),
                }
            }
            // The last one taken must not be lost.
            match text(next?.bytes) {
                Some(message) => self.socket.send(message).await.map_err(Close::from_error),
                None => Ok(()),
            }
        };
        timeout(WRITE_TIME_MAX, sending).await.unwrap_or(Err(Close::Slow))
    }

    /// What is still in the queue goes out before the close, so that the client knows why.
    async fn send_rest(&mut self, close: Close) {
        if matches!(close, Close::Gone | Close::Left | Close::Slow) {
            return;
        }
        while let Some(Ok(frame)) = self.events.next().now_or_never() {
            if self.send(Ok(frame)).await.is_err() {
                return;
            }
        }
    }

    /// The timer rang: the token expired, or the client has been silent.
    async fn wake(&mut self, watch: &mut Watch, timer: std::pin::Pin<&mut Sleep>) -> Result<(), Close> {
        let now = Instant::now();
        if watch.expires.is_some_and(|expires| expires <= now) {
            return Err(Close::Unauthenticated);
        }
        if now >= watch.silent_until() {
            if watch.is_pinged {
                return Err(Close::Gone);
            }
            watch.is_pinged = true;
            let ping = self.socket.send(Message::Ping(Bytes::new()));
            timeout(WRITE_TIME_MAX, ping).await.map_err(|_| Close::Slow)?.map_err(Close::from_error)?;
        }
        timer.reset(watch.next());
        Ok(())
    }
}

/// When to look after a link that says nothing.
struct Watch {
    heard: Instant,
    is_pinged: bool,
    grant: Arc<crate::auth::Grant>,
    expires: Option<Instant>,
}

impl Watch {
    fn new(seat: &Seat) -> Self {
        let grant = Arc::clone(seat.grant());
        let expires = expiry(&grant);
        Self { heard: Instant::now(), is_pinged: false, grant, expires }
    }

    fn hear(&mut self) {
        self.heard = Instant::now();
        self.is_pinged = false;
    }

    /// Takes over the expiry of a newer token; says whether there was one.
    fn follow(&mut self, seat: &Seat) -> bool {
        let is_new = !Arc::ptr_eq(&self.grant, seat.grant());
        if is_new {
            self.grant = Arc::clone(seat.grant());
            self.expires = expiry(&self.grant);
        }
        is_new
    }

    fn silent_until(&self) -> Instant {
        self.heard + if self.is_pinged { SILENCE_TIME + ANSWER_TIME } else { SILENCE_TIME }
    }

    fn next(&self) -> Instant {
        let silent = self.silent_until();
        self.expires.map_or(silent, |expires| expires.min(silent))
    }
}

fn expiry(grant: &crate::auth::Grant) -> Option<Instant> {
    let left_ms = grant.expires_ms?.saturating_sub(now_ms());
    Some(Instant::now() + Duration::from_millis(left_ms))
}

/// Closes so that the client reads the code: the connection stays a moment, because what came unread would reset it.
async fn say_goodbye(socket: &mut WebSocket, close: Close) {
    let lingering = async {
        let said = match close.message() {
            Some(message) => socket.send(message).await,
            // The echo of the client's close is in the buffer.
            None if close == Close::Left => socket.flush().await,
            None => return,
        };
        if said.is_err() {
            return;
        }
        while let Some(received) = socket.recv().await {
            if received.is_err() {
                sleep(LINGER_TIME).await;
            }
        }
    };
    let _ = timeout(LINGER_TIME, lingering).await;
}
