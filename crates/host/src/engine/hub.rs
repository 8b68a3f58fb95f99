//! The links of a host and their queues. Every queue is bounded: a link that does not read is cut off, and resumes by version.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use colloq_store::Head;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

/// The most bytes that wait for a link, beside the last frame. A first snapshot always fits.
const QUEUE_BYTES_MAX: usize = 4 << 20;
/// The most frames that wait for a link.
const QUEUE_FRAMES_MAX: usize = 4096;
/// A queue that was read empty keeps room for so many frames: most links lie idle.
const QUEUE_FRAMES_KEPT: usize = 8;
/// Whoever has more to tell than fits goes on once no more than this waits ...
const ROOM_BYTES: usize = 1 << 20;
/// ... and gives up on a link that takes longer to read.
const ROOM_TIME_MAX: Duration = Duration::from_secs(10);
const ROOM_LOOK_EVERY: Duration = Duration::from_millis(5);

/// A frame as it goes out: one allocation, however many links take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// JSON.
    pub bytes: Bytes,
    /// Where a reader stands after it, for a frame that moves them on in a log.
    pub head: Option<Arc<Head>>,
}

impl Frame {
    /// A frame that moves nobody on.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), head: None }
    }

    /// A frame after which its reader stands at a head.
    pub fn at(bytes: impl Into<Bytes>, head: Head) -> Self {
        Self { bytes: bytes.into(), head: Some(Arc::new(head)) }
    }
}

/// Why a link was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It does not read: close with 1013.
    Slow,
    /// The host has to begin anew with its session: close with 1012, and the client comes back at once.
    Restart,
}

/// A link's handle.
#[derive(Clone)]
pub struct Link {
    /// Its number; odd, so that it is no ticket of a request.
    pub id: u64,
    queue: Arc<Queue>,
}

/// What comes out for a link.
pub struct LinkEvents {
    queue: Arc<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    news: Notify,
    closed: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    frames: std::collections::VecDeque<Frame>,
    bytes: usize,
    cut: Option<Cut>,
}

impl Link {
    /// The link of a number, which is odd, and the end where its frames come out.
    pub(crate) fn open(id: u64) -> (Self, LinkEvents) {
        let queue = Arc::<Queue>::default();
        (Self { id, queue: Arc::clone(&queue) }, LinkEvents { queue })
    }

    /// Puts a frame into the link's queue; one that is full cuts the link off.
    pub fn send(&self, frame: Frame) {
        if self.is_closed() {
            return;
        }
        let mut waiting = self.queue.waiting.lock();
        if waiting.cut.is_some() {
            return;
        }
        if waiting.frames.len() >= QUEUE_FRAMES_MAX || waiting.bytes > QUEUE_BYTES_MAX {
            waiting.cut = Some(Cut::Slow);
            waiting.frames.clear();
        } else {
            waiting.bytes += frame.bytes.len();
            waiting.frames.push_back(frame);
        }
        drop(waiting);
        self.queue.news.notify_one();
    }

    /// Waits until most of what was put in is read; `false` where nobody reads.
    pub(crate) async fn room(&self) -> bool {
        self.room_within(ROOM_TIME_MAX).await
    }

    async fn room_within(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            {
                let waiting = self.queue.waiting.lock();
                if self.is_closed() || waiting.cut.is_some() {
                    return false;
                }
                if waiting.bytes <= ROOM_BYTES {
                    return true;
                }
            }
            if Instant::now() >= deadline {
                return false;
            }
            sleep(ROOM_LOOK_EVERY).await;
        }
    }

    /// Cuts the link off. What it was sent before it still gets, unless it does not read.
    pub fn cut(&self, why: Cut) {
        let mut waiting = self.queue.waiting.lock();
        waiting.cut.get_or_insert(why);
        if why == Cut::Slow {
            waiting.frames.clear();
        }
        drop(waiting);
        self.queue.news.notify_one();
    }

    /// Whether its reading end is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.queue.closed.load(Ordering::Relaxed)
    }
}

impl LinkEvents {
    /// The next frame; `Err` once the link was cut off. Cancelling loses nothing.
    ///
    /// # Errors
    /// Why it was cut off.
    pub async fn next(&mut self) -> Result<Frame, Cut> {
        loop {
            if let Some(frame) = self.try_next()? {
                return Ok(frame);
            }
            self.queue.news.notified().await;
        }
    }

    /// The next frame, if one is there.
    pub(crate) fn try_next(&mut self) -> Result<Option<Frame>, Cut> {
        let mut waiting = self.queue.waiting.lock();
        let frame = waiting.frames.pop_front();
        match (&frame, waiting.cut) {
            (Some(frame), _) => waiting.bytes -= frame.bytes.len(),
            (None, Some(cut)) => return Err(cut),
            (None, None) => waiting.frames.shrink_to(QUEUE_FRAMES_KEPT),
        }
        Ok(frame)
    }
}

impl Drop for LinkEvents {
    fn drop(&mut self) {
        self.queue.closed.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_link_that_does_not_read_is_cut_off() {
        let (link, mut events) = Link::open(1);
        for _ in 0..QUEUE_FRAMES_MAX {
            link.send(Frame::new("x"));
        }
        assert!(events.next().await.is_ok());
        link.send(Frame::new("x"));
        assert!(events.next().await.is_ok());
        link.send(Frame::new("x"));
        link.send(Frame::new("x"));
        assert_eq!(events.next().await, Err(Cut::Slow));
    }

    #[tokio::test]
    async fn a_link_that_begins_anew_gets_what_it_was_sent() {
        let (link, mut events) = Link::open(1);
        link.send(Frame::new("x"));
        link.cut(Cut::Restart);
        link.send(Frame::new("y"));
        assert_eq!(events.next().await, Ok(Frame::new("x")));
        assert_eq!(events.next().await, Err(Cut::Restart));
    }

    #[tokio::test]
    async fn whoever_has_much_to_tell_waits_for_its_reader() {
        let (link, mut events) = Link::open(1);
        assert!(link.room().await);
        link.send(Frame::new(vec![b' '; ROOM_BYTES]));
        assert!(link.room().await);
        link.send(Frame::new("x"));
        assert!(!link.room_within(Duration::from_millis(10)).await);
        assert!(events.next().await.is_ok() && link.room().await);
        drop(events);
        assert!(!link.room().await);
    }
}
