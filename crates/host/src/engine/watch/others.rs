//! What other hosts of a shared store are told for their watchers, and what they tell.
//!
//! It is for watchers alone: nothing is decided on it.

use std::sync::Arc;

use bytes::Bytes;
use colloq_store::{Topic, Unanswered};
use uuid::Uuid;

use super::Watches;

/// What changed in an inbox: the session, and what waits there: the message, since when, whose it is.
fn inbox_body(session: Uuid, user: &str, unanswered: Option<Unanswered>) -> Bytes {
    let mut body = session.as_bytes().to_vec();
    if let Some(Unanswered { message, at_ms }) = unanswered {
        body.extend_from_slice(&message);
        body.extend_from_slice(&at_ms.to_be_bytes());
        body.extend_from_slice(user.as_bytes());
    }
    body.into()
}

fn read_inbox(body: &[u8]) -> Option<(Uuid, &str, Option<Unanswered>)> {
    let (session, rest) = body.split_first_chunk()?;
    let session = Uuid::from_bytes(*session);
    if rest.is_empty() {
        return Some((session, "", None));
    }
    let (message, rest) = rest.split_first_chunk()?;
    let (at_ms, user) = rest.split_first_chunk()?;
    Some((session, str::from_utf8(user).ok()?, Some(Unanswered { message: *message, at_ms: u64::from_be_bytes(*at_ms) })))
}

impl Watches {
    /// A session waits for an answer or no more: watchers everywhere are told.
    pub(super) fn tell_inbox(&self, app: &Arc<str>, session: Uuid, user: &str, unanswered: Option<Unanswered>) {
        self.inbox.tell(app, session, user, unanswered);
        if self.is_shared {
            self.store.tell(&Topic::Inbox(Arc::clone(app)), inbox_body(session, user, unanswered));
        }
    }

    /// A session of a user changed, or is no more one of theirs: watchers everywhere are told.
    pub(super) fn tell_list(&self, app: &Arc<str>, user: &Arc<str>, session: Uuid, summary: Option<&Bytes>) {
        self.lists.tell(app, user, session, summary);
        if self.is_shared {
            let topic = Topic::List { app: Arc::clone(app), user: Arc::clone(user) };
            self.store.tell(&topic, [&session.as_bytes()[..], summary.map_or(&[], |summary| &summary[..])].concat().into());
        }
    }

    /// Another host says what changed.
    pub(in crate::engine) fn hear(&self, topic: &Topic, body: &Bytes) {
        match topic {
            Topic::Inbox(app) => {
                if let Some((session, user, unanswered)) = read_inbox(body) {
                    self.inbox.tell(app, session, user, unanswered);
                }
            }
            Topic::List { app, user } => {
                if let Some((session, summary)) = body.split_first_chunk() {
                    let summary = Some(body.slice_ref(summary)).filter(|summary| !summary.is_empty());
                    self.lists.tell(app, user, Uuid::from_bytes(*session), summary.as_ref());
                }
            }
            Topic::Session(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_are_told_comes_back() {
        let (session, unanswered) = (Uuid::from_u128(7), Unanswered { message: [3; 16], at_ms: 1 << 40 });
        assert_eq!(read_inbox(&inbox_body(session, "ada", Some(unanswered))), Some((session, "ada", Some(unanswered))));
        assert_eq!(read_inbox(&inbox_body(session, "ada", None)), Some((session, "", None)));
        assert_eq!(read_inbox(b"short"), None);
        assert_eq!(read_inbox(&[0; 20]), None);
    }
}
