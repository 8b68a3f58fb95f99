//! What a session that begins as a copy begins with: a fork's parent at some message, or a session out of an export.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::code::{Code, Rejection};
use crate::json::shape;
use crate::message::{Draft, Status};
use crate::session::{Auth, Ended};
use crate::sort::sort;
use crate::time::Time;
use crate::{Chain, Context, Free, Head, Id, Limits, Session};

shape! {
    /// A session's state without its place in a log, its clients and its streams.
    pub struct Restored {
        /// Whose it is.
        pub user_id: Arc<str> = "userId",
        /// Its title.
        pub title: Option<Arc<str>> = "title",
        /// When it was created; absent for a fork, which is created now.
        pub created_at: Option<Time> = "createdAt",
        /// What the talk is about.
        pub context: Option<Context> = "context",
        /// The application's data.
        pub data: Option<Free> = "data",
        /// How its user is known; absent for a fork.
        pub auth: Option<Auth> = "auth",
        /// What it may hold and how long it lives.
        pub limits: Limits = "limits",
        /// What stands in the place of compacted messages.
        pub summary: Option<Arc<str>> = "summary",
        /// The session that it was forked from.
        pub forked_from: Option<Id> = "forkedFrom",
        /// Where in the log of that session; absent for a session out of an export.
        pub parent: Option<Head> = "parent",
        /// Its end, where it ended.
        pub ended: Option<Ended> = "ended",
        /// How many messages left the live session.
        pub trimmed: u64 = "trimmed",
        /// The live messages.
        pub messages: Vec<Draft> = "messages",
    }
}

impl Restored {
    /// The chain that its log begins with.
    pub(crate) fn chain(&self, id: Id) -> Chain {
        match (self.forked_from, &self.parent) {
            (Some(parent), Some(head)) => Chain::of_fork(parent, &head.chain, id),
            _ => Chain::ZERO,
        }
    }

    /// The first thing in it that a session cannot hold, by its key.
    pub(crate) fn first_invalid(&self) -> Option<&'static str> {
        let messages = &self.messages;
        let mut ids: Vec<Id> = messages.iter().map(|message| message.id).collect();
        sort(&mut ids, &|one, other| one < other);
        let twice = ids.windows(2).any(|pair| pair[0] == pair[1]);
        if twice || messages.iter().any(|message| message.status == Status::Streaming) {
            return Some("messages");
        }
        if self.context.as_ref().is_some_and(|context| context.first_invalid().is_some()) {
            return Some("context");
        }
        if self.data.as_ref().is_some_and(|data| !data.is_object()) {
            return Some("data");
        }
        self.limits.first_invalid().map(|_| "limits")
    }
}

impl Restored {
    /// Leaves the oldest messages out where there are more than its limits allow, as there are where these were lowered.
    pub(crate) fn trim(&mut self) {
        let size = |message: &Draft| u64::from(message.content_bytes());
        let mut bytes: u64 = self.messages.iter().map(size).sum();
        let mut count = self.messages.len();
        let (count_max, bytes_max) = (self.limits.max_messages as usize, u64::from(self.limits.max_content_bytes));
        let is_left_out = |message: &&Draft| {
            let is_surplus = count > count_max || bytes > bytes_max;
            (count, bytes) = (count - 1, bytes - size(message));
            is_surplus
        };
        let surplus = self.messages.iter().take_while(is_left_out).count();
        self.messages.drain(..surplus);
        self.trimmed += surplus as u64;
    }
}

impl Session {
    /// What a fork of this session begins with: everything up to a message, or all of it. What streams is stopped in the copy.
    ///
    /// # Errors
    /// `messageNotFound`.
    pub fn fork(&self, through: Option<Id>) -> Result<Restored, Rejection> {
        let count = match through {
            Some(id) => self.messages.position(id).ok_or(Code::MessageNotFound)? + 1,
            None => self.messages.len(),
        };
        let mut state = self.export();
        state.messages.truncate(count);
        state.forked_from = Some(self.id);
        state.parent = Some(self.head);
        (state.created_at, state.auth, state.ended) = (None, None, None);
        Ok(state)
    }

    /// What a copy of this session in another store begins with.
    pub fn export(&self) -> Restored {
        let settled = |mut draft: Draft| {
            draft.status = if draft.status == Status::Streaming { Status::Stopped } else { draft.status };
            draft
        };
        Restored {
            user_id: self.user_id.clone(),
            title: self.title.clone(),
            created_at: Some(Time(self.created_at)),
            context: self.context.as_deref().cloned(),
            data: Some(self.data.clone()),
            auth: Some(self.auth),
            limits: self.limits,
            summary: self.summary.clone(),
            forked_from: self.forked_from,
            parent: None,
            ended: self.ended,
            trimmed: self.trimmed,
            messages: self.messages.iter().map(|message| settled(message.to_draft())).collect(),
        }
    }
}
