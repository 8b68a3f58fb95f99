//! `apply`: folds what was decided into the state. It cannot fail and holds no policy.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::entry::Entry;
use crate::event::{Event, SessionCreated};
use crate::message::{Draft, Part, Status};
use crate::once::Used;
use crate::restored::Restored;
use crate::session::{Auth, AuthState, Ended};
use crate::time::Time;
use crate::{Chain, Context, Free, Head, Id, Role, Session, Stamp};

impl Session {
    /// Folds an entry in. `chain` is the chain after it, computed over its bytes by whoever holds them.
    pub fn apply(&mut self, entry: &Entry, chain: Chain) {
        for event in &entry.events {
            self.fold(event, &entry.stamp);
        }
        let (version, rejected) = (entry.version, entry.outcome.rejected());
        if let Some(id) = entry.command {
            self.clients.record(id, version, rejected);
        }
        if let Some(id) = entry.once {
            self.keys.record(Used { id, version, at: entry.stamp.now, rejected, message: entry.message() });
        }
        self.now = self.now.max(entry.stamp.now);
        self.head = Head { version, chain };
    }

    /// Folds one event in.
    pub(crate) fn fold(&mut self, event: &Event, stamp: &Stamp) {
        match event {
            Event::SessionCreated(created) => self.begin(created, stamp),
            Event::SessionRestored(restored) => {
                *self = Self::vacant(&restored.app, restored.id);
                self.restore(&restored.state, stamp);
            }
            Event::MessagesTrimmed(trimmed) => {
                self.messages.remove(&trimmed.messages);
                self.trimmed += trimmed.messages.len() as u64;
            }
            Event::Rewound(rewound) => {
                let len = rewound.through.map_or(Some(0), |through| self.messages.position(through).map(|at| at + 1));
                self.messages.truncate(len.unwrap_or(usize::MAX));
                self.streams.retain(|message| self.messages.find(message).is_some());
            }
            Event::Compacted(compacted) => {
                let count = self.messages.position(compacted.through).map_or(0, |at| at + 1);
                self.messages.remove_oldest(count);
                self.trimmed += count as u64;
                self.summary = Some(compacted.summary.clone());
            }
            Event::Renamed(renamed) => self.title.clone_from(&renamed.title),
            Event::DataPatched(patched) => self.data = self.data.merged(&patched.patch),
            Event::LimitsSet(set) => self.limits = set.limits,
            Event::SignedIn(signed) => {
                self.user_id = signed.user_id.clone();
                self.auth = Auth { state: AuthState::Authenticated, since: Time(stamp.now), generation: self.auth.generation + 1 };
            }
            Event::SignedOut(_) => {
                self.auth = Auth { state: AuthState::Anonymous, since: Time(stamp.now), generation: self.auth.generation + 1 };
            }
            Event::SessionEnded(ended) => self.ended = Some(Ended { at: Time(stamp.now), reason: ended.reason }),
            Event::ProjectSet(_) | Event::IssueRecorded(_) | Event::IssueRemoved(_) | Event::PreferencesSet(_) => self.fold_context(event),
            _ => self.fold_message(event, stamp),
        }
    }

    fn begin(&mut self, created: &SessionCreated, stamp: &Stamp) {
        *self = Self::vacant(&created.app, created.id);
        self.user_id = created.user_id.clone();
        self.title.clone_from(&created.title);
        self.created_at = stamp.now;
        self.context = created.context.clone().map(Arc::new);
        self.data = created.data.clone().unwrap_or(Free::EMPTY);
        self.limits = created.limits;
        let anonymous = stamp.actor.anonymous && stamp.actor.role == Role::User;
        let state = if anonymous { AuthState::Anonymous } else { AuthState::Authenticated };
        self.auth = Auth { state, since: Time(stamp.now), generation: 0 };
    }

    fn restore(&mut self, state: &Restored, stamp: &Stamp) {
        let since = Auth { state: AuthState::Authenticated, since: Time(stamp.now), generation: 0 };
        self.user_id = state.user_id.clone();
        self.title.clone_from(&state.title);
        self.created_at = state.created_at.map_or(stamp.now, |at| at.0);
        self.context = state.context.clone().map(Arc::new);
        self.data = state.data.clone().unwrap_or(Free::EMPTY);
        self.auth = state.auth.unwrap_or(since);
        self.limits = state.limits;
        self.summary.clone_from(&state.summary);
        self.forked_from = state.forked_from;
        self.ended = state.ended;
        self.trimmed = state.trimmed;
        state.messages.iter().for_each(|draft| self.messages.push(draft.clone()));
    }

    fn fold_context(&mut self, event: &Event) {
        let context = Arc::make_mut(self.context.get_or_insert_with(|| Arc::new(Context::default())));
        match event {
            Event::ProjectSet(set) => context.active_project.clone_from(&set.project),
            Event::IssueRecorded(recorded) => context.record(recorded.issue.clone()),
            Event::IssueRemoved(removed) => context.recent_issues.retain(|issue| issue.id != removed.issue),
            Event::PreferencesSet(set) => {
                let preferences = &mut context.user_preferences;
                if let Some(language) = &set.preferences.language {
                    preferences.language.clone_from(language);
                }
                preferences.response_format = set.preferences.response_format.unwrap_or(preferences.response_format);
            }
            _ => {}
        }
    }

    /// Folds an event that creates or changes one message.
    fn fold_message(&mut self, event: &Event, stamp: &Stamp) {
        match event {
            Event::MessageAppended(appended) => {
                let Some(id) = appended.message.id else { return };
                let draft = Draft::new(&appended.message, id, stamp);
                if draft.status == Status::Streaming {
                    self.streams.open(id, &stamp.actor, stamp.now);
                }
                self.messages.push(draft);
            }
            Event::DeltaAppended(delta) => {
                self.streams.renew(delta.message, stamp.now);
                if !delta.text.is_empty() {
                    self.messages.change(delta.message, &mut |draft| append_text(draft, delta.part.as_deref(), &delta.text));
                }
            }
            Event::PartSet(set) => {
                self.streams.renew(set.message, stamp.now);
                self.messages.change(set.message, &mut |draft| match draft.part_mut(Some(&set.part.id)) {
                    Some(part) => *part = set.part.clone(),
                    None => draft.parts.push(set.part.clone()),
                });
            }
            Event::MessageRevised(revised) => {
                self.streams.renew(revised.message, stamp.now);
                self.messages.change(revised.message, &mut |draft| {
                    if let Some(text) = draft.part_mut(revised.part.as_deref()).and_then(|part| part.text.as_mut()) {
                        text.truncate(revised.from as usize);
                    }
                    append_text(draft, revised.part.as_deref(), &revised.text);
                });
            }
            Event::ProducerChanged(changed) => self.streams.take_over(changed.message, &stamp.actor, changed.epoch, stamp.now),
            Event::MessageRemoved(removed) => {
                self.streams.close(removed.message);
                self.messages.remove(&[removed.message]);
            }
            Event::MetadataSet(set) => {
                self.messages.change(set.message, &mut |draft| draft.metadata = Some(set.metadata.clone()));
            }
            _ => self.fold_end(event),
        }
    }

    /// Folds the end of a stream in.
    fn fold_end(&mut self, event: &Event) {
        match event {
            Event::MessageCompleted(completed) => self.close(completed.message, &mut |draft| {
                draft.status = Status::Complete;
                draft.metadata.clone_from(&completed.metadata);
            }),
            Event::MessageStopped(stopped) => self.close(stopped.message, &mut |draft| draft.status = Status::Stopped),
            Event::MessageInterrupted(interrupted) => self.close(interrupted.message, &mut |draft| {
                draft.status = Status::Interrupted;
                draft.cut(interrupted.heard.unwrap_or(u64::MAX));
                draft.metadata.clone_from(&interrupted.metadata);
            }),
            Event::MessageFailed(failed) => self.close(failed.message, &mut |draft| {
                draft.status = Status::Failed;
                draft.error = Some(failed.error.clone());
            }),
            _ => {}
        }
    }

    fn close(&mut self, message: Id, change: &mut dyn FnMut(&mut Draft)) {
        self.streams.close(message);
        self.messages.change(message, change);
    }
}

/// Adds text to a part; a part that is not there yet begins.
fn append_text(draft: &mut Draft, part: Option<&str>, text: &str) {
    if let Some(part) = draft.part_mut(part) {
        return part.text.get_or_insert_default().push_str(text);
    }
    let ids: Vec<&str> = draft.parts.iter().map(|part| &*part.id).collect();
    let id = part.map_or_else(|| Draft::fresh_part_id(&ids), Into::into);
    draft.parts.push(Part::text(&id, text));
}

#[cfg(test)]
mod tests;
