//! `apply`: folds what was decided into the state. It cannot fail and holds no policy.

use alloc::sync::Arc;

use crate::entry::{Entry, Outcome};
use crate::event::Event;
use crate::message::{Draft, FIRST_PART, Message, Part, Status};
use crate::session::{Auth, AuthState, Ended};
use crate::{Chain, Head, Id, Role, Session, Stamp};

impl Session {
    /// Folds an entry in. `chain` is the chain after it, computed over its bytes by whoever holds them.
    pub fn apply(&mut self, entry: &Entry, chain: Chain) {
        for event in &entry.events {
            self.fold(event, &entry.stamp);
        }
        if let Some(id) = entry.command {
            let rejected = match entry.outcome {
                Outcome::Accepted => None,
                Outcome::Rejected(code) => Some(code),
            };
            self.clients.record(id, entry.version, rejected);
        }
        self.now = self.now.max(entry.stamp.now);
        self.head = Head { version: entry.version, chain };
    }

    /// Folds one event in.
    pub(crate) fn fold(&mut self, event: &Event, stamp: &Stamp) {
        match event {
            Event::SessionCreated(created) => {
                *self = Self::vacant(&created.app, created.id);
                self.user_id = created.user_id.clone();
                self.title.clone_from(&created.title);
                self.created_at = stamp.now;
                self.context = Arc::new(created.context.clone().unwrap_or_default());
                self.data = created.data.clone().unwrap_or_else(crate::Free::empty_object);
                self.limits = created.limits;
                let anonymous = stamp.actor.anonymous && stamp.actor.role == Role::User;
                let state = if anonymous { AuthState::Anonymous } else { AuthState::Authenticated };
                self.auth = Auth { state, since: stamp.now, generation: 0 };
            }
            Event::MessagesTrimmed(trimmed) => {
                self.messages.remove(&trimmed.messages);
                self.trimmed += trimmed.messages.len() as u64;
            }
            Event::ProjectSet(set) => Arc::make_mut(&mut self.context).active_project.clone_from(&set.project),
            Event::IssueRecorded(recorded) => Arc::make_mut(&mut self.context).record(recorded.issue.clone()),
            Event::IssueRemoved(removed) => {
                Arc::make_mut(&mut self.context).recent_issues.retain(|issue| issue.id != removed.issue);
            }
            Event::PreferencesSet(set) => {
                let preferences = &mut Arc::make_mut(&mut self.context).user_preferences;
                if let Some(language) = &set.preferences.language {
                    preferences.language = language.clone();
                }
                preferences.response_format = set.preferences.response_format.unwrap_or(preferences.response_format);
            }
            Event::Renamed(renamed) => self.title.clone_from(&renamed.title),
            Event::DataPatched(patched) => self.data = self.data.merged(&patched.patch),
            Event::LimitsSet(set) => self.limits = set.limits,
            Event::SessionEnded(ended) => self.ended = Some(Ended { at: stamp.now, reason: ended.reason }),
            _ => self.fold_message(event, stamp),
        }
    }

    /// Folds an event that creates or changes one message.
    fn fold_message(&mut self, event: &Event, stamp: &Stamp) {
        match event {
            Event::MessageAppended(appended) => {
                let Some(id) = appended.message.id else { return };
                let message = Message::new(Draft::new(&appended.message, id, stamp));
                if message.status == Status::Streaming {
                    self.streams.open(id, &stamp.actor, stamp.now);
                }
                self.messages.push(message);
            }
            Event::DeltaAppended(delta) => {
                self.streams.renew(delta.message, stamp.now);
                if !delta.text.is_empty() {
                    self.messages.change(delta.message, |draft| append_text(draft, delta.part.as_deref(), &delta.text));
                }
            }
            Event::PartSet(set) => {
                self.streams.renew(set.message, stamp.now);
                self.messages.change(set.message, |draft| match draft.parts.iter_mut().find(|part| part.id == set.part.id) {
                    Some(part) => *part = set.part.clone(),
                    None => draft.parts.push(set.part.clone()),
                });
            }
            Event::MessageCompleted(completed) => self.close(completed.message, |draft| {
                draft.status = Status::Complete;
                draft.metadata.clone_from(&completed.metadata);
            }),
            Event::MessageStopped(stopped) => self.close(stopped.message, |draft| draft.status = Status::Stopped),
            Event::MessageFailed(failed) => self.close(failed.message, |draft| {
                draft.status = Status::Failed;
                draft.error = Some(failed.error.clone());
            }),
            _ => {}
        }
    }

    fn close(&mut self, message: Id, change: impl FnOnce(&mut Draft)) {
        self.streams.close(message);
        self.messages.change(message, change);
    }
}

/// Adds text to a part; a part that is not there yet begins.
fn append_text(draft: &mut Draft, part: Option<&str>, text: &str) {
    let known = match part {
        Some(id) => draft.parts.iter_mut().find(|part| &*part.id == id),
        None => draft.parts.iter_mut().find(|part| part.is_text()),
    };
    match known {
        Some(part) => part.text.get_or_insert_default().push_str(text),
        None => draft.parts.push(Part::text(part.unwrap_or(FIRST_PART), text)),
    }
}
