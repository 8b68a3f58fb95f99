//! The messages of a live session, oldest first, shared between the confirmed state and the optimistic one.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::Id;
use crate::message::{Draft, Message, Status};

/// An ordered list of messages. Cloning shares every message; changing one copies only that one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    list: Vec<Arc<Message>>,
    /// The highest id ever held: a higher one is new without a search, and ids grow with time.
    highest: Option<Id>,
    content_bytes: u64,
}

impl Messages {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The bytes of all their texts.
    pub fn content_bytes(&self) -> u64 {
        self.content_bytes
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> core::slice::Iter<'_, Arc<Message>> {
        self.list.iter()
    }

    /// The newest `count`, oldest first.
    pub fn last(&self, count: usize) -> &[Arc<Message>] {
        &self.list[self.list.len().saturating_sub(count)..]
    }

    /// One by its id. The search begins at the newest.
    pub fn find(&self, id: Id) -> Option<&Arc<Message>> {
        if self.highest.is_none_or(|highest| id > highest) {
            return None;
        }
        self.list.iter().rev().find(|message| message.id == id)
    }

    /// Appends one.
    pub(crate) fn push(&mut self, message: Message) {
        self.highest = self.highest.max(Some(message.id));
        self.content_bytes += u64::from(message.content_bytes);
        self.list.push(Arc::new(message));
    }

    /// Changes one; does nothing where it is not there.
    pub(crate) fn change(&mut self, id: Id, change: impl FnOnce(&mut Draft)) {
        let Some(slot) = self.list.iter_mut().rev().find(|message| message.id == id) else {
            return;
        };
        let message = Arc::make_mut(slot);
        self.content_bytes -= u64::from(message.content_bytes);
        message.change(change);
        self.content_bytes += u64::from(message.content_bytes);
    }

    /// Removes those with these ids.
    pub(crate) fn remove(&mut self, ids: &[Id]) {
        let bytes = &mut self.content_bytes;
        self.list.retain(|message| {
            let stays = !ids.contains(&message.id);
            *bytes -= if stays { 0 } else { u64::from(message.content_bytes) };
            stays
        });
    }

    /// Takes over the message that another list holds under an id, so that both share it.
    pub(crate) fn adopt(&mut self, id: Id, other: &Self) {
        let mine = self.list.iter_mut().rev().find(|message| message.id == id);
        if let (Some(mine), Some(theirs)) = (mine, other.find(id)) {
            *mine = Arc::clone(theirs);
        }
    }

    /// The oldest that have to leave so that at most `count` messages and `bytes` of text remain; never one that streams.
    pub(crate) fn surplus(&self, count: usize, bytes: u64) -> Vec<Id> {
        let mut left = (self.list.len(), self.content_bytes);
        let mut surplus = Vec::new();
        for message in &self.list {
            if left.0 <= count && left.1 <= bytes {
                break;
            }
            if message.status != Status::Streaming {
                surplus.push(message.id);
                left = (left.0 - 1, left.1 - u64::from(message.content_bytes));
            }
        }
        surplus
    }
}

impl<'a> IntoIterator for &'a Messages {
    type Item = &'a Arc<Message>;
    type IntoIter = core::slice::Iter<'a, Arc<Message>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
