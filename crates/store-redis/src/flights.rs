//! What is on its way to the servers, so that a flush can wait for it whoever has stopped waiting.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// See the module's documentation.
#[derive(Default)]
pub(crate) struct Flights {
    state: Mutex<State>,
    landed: Notify,
}

#[derive(Default)]
struct State {
    next: u64,
    open: BTreeSet<u64>,
}

/// One write on its way; dropping it says that it has arrived.
pub(crate) struct Flight {
    flights: Arc<Flights>,
    number: u64,
}

impl Flights {
    pub(crate) fn begin(self: &Arc<Self>) -> Flight {
        let mut state = self.state.lock();
        let number = state.next;
        state.next += 1;
        state.open.insert(number);
        Flight { flights: Arc::clone(self), number }
    }

    /// Waits for all that began before.
    pub(crate) async fn settle(&self) {
        let until = self.state.lock().next;
        loop {
            let landed = self.landed.notified();
            tokio::pin!(landed);
            landed.as_mut().enable();
            if self.state.lock().open.first().is_none_or(|first| *first >= until) {
                return;
            }
            landed.await;
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.state.lock().open.remove(&self.number);
        self.flights.landed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_began_before_is_waited_for_and_nothing_else() {
        let flights = Arc::<Flights>::default();
        flights.settle().await;
        let (first, second) = (flights.begin(), flights.begin());
        let waiting = tokio::spawn({
            let flights = Arc::clone(&flights);
            async move { flights.settle().await }
        });
        tokio::task::yield_now().await;
        let later = flights.begin();
        drop(first);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(second);
        waiting.await.unwrap();
        drop(later);
    }
}
