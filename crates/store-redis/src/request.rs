//! One request to one node: a command, or a script that the node may still have to be given.

use std::sync::LazyLock;

use colloq_store::Meta;
use redis::{Cmd, ToRedisArgs};

use crate::keys::slot;
use crate::script::Script;

/// See the module's documentation.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) slot: u16,
    pub(crate) command: Cmd,
    pub(crate) script: Option<&'static LazyLock<Script>>,
}

impl Request {
    /// A command about one key.
    pub(crate) fn new(name: &str, key: &str) -> Self {
        let mut command = redis::cmd(name);
        command.arg(key);
        Self { slot: slot(key), command, script: None }
    }

    /// A script about keys of one slot.
    pub(crate) fn script(script: &'static LazyLock<Script>, keys: &[&str]) -> Self {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&script.sha).arg(keys.len()).arg(keys);
        Self { slot: slot(keys[0]), command, script: Some(script) }
    }

    pub(crate) fn arg(mut self, arg: impl ToRedisArgs) -> Self {
        self.command.arg(arg);
        self
    }

    /// Six arguments: what the store's indexes hold of a session.
    pub(crate) fn meta(self, meta: &Meta) -> Self {
        let unanswered = meta.unanswered.as_ref();
        self.arg(&*meta.user)
            .arg(&meta.summary[..])
            .arg(meta.active_ms)
            .arg(or_empty(meta.deadline_ms))
            .arg(unanswered.map_or(&[][..], |unanswered| &unanswered.message[..]))
            .arg(or_empty(unanswered.map(|unanswered| unanswered.at_ms)))
    }
}

/// A number as an argument; empty for none.
pub(crate) fn or_empty(number: Option<u64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}
