//! Those who watch more than one session: agents the inbox of their app, people the list of their sessions.
//!
//! Both are told what an append changed, once it is in the store, by whatever shard or host made it. Nobody is told of a session that
//! their token does not cover.

mod inbox;
mod lists;
mod others;
mod told;

use std::sync::Arc;

use bytes::Bytes;
use colloq_store::{Append, Key, Store};
use uuid::Uuid;

use super::Identity;
use super::effects::News;
use super::hub::{Cut, Frame, Link};
pub(super) use inbox::Inbox;
pub(super) use lists::Lists;

/// The most bytes that wait for a watcher who is still reading what there was before.
const HELD_BYTES_MAX: usize = 4 << 20;

/// All watchers of a host.
pub(super) struct Watches {
    pub(super) inbox: Inbox,
    pub(super) lists: Arc<Lists>,
    store: Arc<dyn Store>,
    is_shared: bool,
}

impl Watches {
    pub(super) fn new(store: &Arc<dyn Store>) -> Self {
        let is_shared = store.is_shared();
        let (inbox, lists) = (Inbox::new(Arc::clone(store)), Arc::new(Lists::new(Arc::clone(store))));
        Self { inbox, lists, store: Arc::clone(store), is_shared }
    }

    /// An append is in the store.
    pub(super) fn handle_append(&self, append: &Append, news: &News) {
        let (key, meta) = (&append.key, &append.meta);
        let session = Uuid::from_bytes(key.session);
        if news.turned {
            self.tell_inbox(&key.app, session, &meta.user, meta.unanswered);
        }
        if let Some(former) = &news.former {
            self.tell_list(&key.app, &Arc::from(&**former), session, None);
        }
        self.tell_list(&key.app, &meta.user, session, Some(&meta.summary));
    }

    /// A session was erased.
    pub(super) fn handle_erased(&self, key: &Key, user: Option<&str>) {
        let session = Uuid::from_bytes(key.session);
        self.tell_inbox(&key.app, session, "", None);
        if let Some(user) = user {
            self.tell_list(&key.app, &Arc::from(user), session, None);
        }
    }

    /// A link watches nothing any more.
    pub(super) fn leave(&self, link: &Link, identity: &Identity) {
        self.inbox.leave(link, &identity.app);
        self.lists.leave(link, &identity.app, &identity.id);
    }
}

/// The sessions that a token names; `None` for all that its bearer may see.
pub type Covered = Option<Arc<[Uuid]>>;

/// Somebody who watches.
struct Watcher {
    link: Link,
    covered: Covered,
    /// What happens while the link is told what there was before, to come after it.
    held: Option<Vec<Frame>>,
}

impl Watcher {
    fn new(link: &Link, covered: Covered) -> Self {
        Self { link: link.clone(), covered, held: Some(Vec::new()) }
    }

    fn covers(&self, session: Uuid) -> bool {
        covers(&self.covered, session)
    }

    fn send(&mut self, frame: Frame) {
        let Some(held) = &mut self.held else { return self.link.send(frame) };
        let bytes: usize = held.iter().map(|frame| frame.bytes.len()).sum();
        if bytes > HELD_BYTES_MAX {
            self.link.cut(Cut::Slow);
            held.clear();
        } else {
            held.push(frame);
        }
    }

    /// What there was before is told.
    fn release(&mut self) {
        for frame in self.held.take().unwrap_or_default() {
            self.link.send(frame);
        }
    }
}

fn covers(covered: &Covered, session: Uuid) -> bool {
    covered.as_ref().is_none_or(|sessions| sessions.contains(&session))
}

/// A frame of a kind with what comes and what goes.
fn frame<'a>(kind: &str, upsert: impl IntoIterator<Item = &'a [u8]>, remove: impl IntoIterator<Item = Uuid>) -> Frame {
    let mut json = format!(r#"{{"kind":"{kind}","upsert":["#).into_bytes();
    for (at, item) in upsert.into_iter().enumerate() {
        json.extend_from_slice(if at > 0 { b"," } else { b"" });
        json.extend_from_slice(item);
    }
    json.extend_from_slice(b"],\"remove\":[");
    for (at, session) in remove.into_iter().enumerate() {
        json.extend_from_slice(if at > 0 { b",\"" } else { b"\"" });
        json.extend_from_slice(session.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
        json.push(b'"');
    }
    json.extend_from_slice(b"]}");
    Frame::new(Bytes::from(json))
}
