//! Touches that wait: of a session only the latest counts, and they go together a few times a second.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use colloq_store::{Key, StoreError, Touch};
use futures_util::{StreamExt as _, stream};

use crate::error::Fault;
use crate::inner::Inner;
use crate::request::{Request, or_empty};
use crate::rows::Stale;
use crate::script::TOUCH;
use crate::servers::Deed;

/// How long a touch waits for others.
const WAIT: Duration = Duration::from_millis(200);
/// So many are written at a time.
const AT_ONCE: usize = 64;
const ROUNDS_MAX: usize = 8;

impl Inner {
    pub(crate) fn touch(self: &Arc<Self>, key: &Key, touch: Touch) {
        let mut touches = self.touches.lock();
        let is_first = touches.is_empty();
        match touches.entry(key.clone()) {
            Entry::Vacant(vacant) => {
                vacant.insert(touch);
            }
            Entry::Occupied(mut waiting) if waiting.get().active_ms <= touch.active_ms => {
                waiting.insert(touch);
            }
            Entry::Occupied(_) => {}
        }
        drop(touches);
        if is_first {
            let inner = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(WAIT).await;
                inner.write_touches().await;
            });
        }
    }

    pub(crate) async fn write_touches(self: &Arc<Self>) {
        let _flight = self.flights.begin();
        let touches: HashMap<Key, Touch> = std::mem::take(&mut *self.touches.lock());
        let writing = stream::iter(touches).map(|(key, touch)| async move {
            if let Err(fault) = self.write_touch(&key, touch).await {
                tracing::warn!(error = %StoreError::from(fault), ?key, "a touch was not kept");
            }
        });
        writing.buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    async fn write_touch(&self, key: &Key, touch: Touch) -> Result<(), Fault> {
        let keys = self.keys.of(key);
        let mut generation = None;
        for _ in 0..ROUNDS_MAX {
            let request =
                Request::script(&TOUCH, &keys.all()).arg(touch.active_ms).arg(or_empty(touch.deadline_ms)).arg(or_empty(generation));
            let mut reply = self.servers.send(&request, Deed::Again).await?;
            match (&*reply.word()?, touch.deadline_ms) {
                ("rows", Some(deadline_ms)) => {
                    let number = reply.number_or_zero()?;
                    self.write_due_row(key, deadline_ms, number).await?;
                    generation = Some(number);
                }
                ("done", _) => {
                    let (listed, active_ms, user) = (reply.number_or_zero()?, reply.number_or_zero()?, reply.string()?);
                    let stale = Stale { due: reply.number()?, ..Stale::default() };
                    self.settle_rows(key, user.as_deref().map(|user| (user, active_ms, listed)), &stale).await;
                    return Ok(());
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }
}
