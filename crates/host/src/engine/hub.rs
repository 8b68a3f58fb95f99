//! The links of a host and their queues. Every queue is bounded: a link that does not read is cut off, and resumes by version.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// The most bytes that wait for a link, beside the last frame. A first snapshot always fits.
const QUEUE_BYTES_MAX: usize = 4 << 20;
/// The most frames that wait for a link.
const QUEUE_FRAMES_MAX: usize = 4096;

/// A frame as it goes out: one allocation, however many links take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame(pub Bytes);

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

static NEXT_LINK: AtomicU64 = AtomicU64::new(0);

impl Link {
    /// A link and the end where its frames come out.
    pub(crate) fn open() -> (Self, LinkEvents) {
        let queue = Arc::<Queue>::default();
        let id = NEXT_LINK.fetch_add(1, Ordering::Relaxed) * 2 + 1;
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
            waiting.bytes += frame.0.len();
            waiting.frames.push_back(frame);
        }
        drop(waiting);
        self.queue.news.notify_one();
    }

    /// Cuts the link off.
    pub fn cut(&self, why: Cut) {
        self.queue.waiting.lock().cut.get_or_insert(why);
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
            {
                let mut waiting = self.queue.waiting.lock();
                if let Some(cut) = waiting.cut {
                    return Err(cut);
                }
                if let Some(frame) = waiting.frames.pop_front() {
                    waiting.bytes -= frame.0.len();
                    return Ok(frame);
                }
            }
            self.queue.news.notified().await;
        }
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
        let (link, mut events) = Link::open();
        for _ in 0..QUEUE_FRAMES_MAX {
            link.send(Frame(Bytes::from_static(b"x")));
        }
        assert!(events.next().await.is_ok());
        link.send(Frame(Bytes::from_static(b"x")));
        assert!(events.next().await.is_ok());
        link.send(Frame(Bytes::from_static(b"x")));
        link.send(Frame(Bytes::from_static(b"x")));
        assert_eq!(events.next().await, Err(Cut::Slow));
    }
}
