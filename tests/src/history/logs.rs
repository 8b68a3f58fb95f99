//! The logs of a history, read and replayed.

use std::collections::BTreeMap;

use colloq_core::json::Json;
use colloq_core::{CommandId, Entry, Replica, Session, Upstream, session_json};
use serde_json::Value;

use super::Event;

/// A log, read.
pub(super) struct Log<'a> {
    pub(super) texts: &'a [String],
    pub(super) entries: Vec<Entry>,
    /// Where a command's entry stands, by the id's text.
    by_id: BTreeMap<(String, u64), usize>,
    /// Where texts stand that have a tilde on either side.
    by_mark: BTreeMap<&'a str, Vec<usize>>,
    pub(super) is_erased: bool,
    /// What the store lost of it: behind which version, and what.
    pub(super) lost: Vec<(u64, &'a [String])>,
}

impl<'a> Log<'a> {
    /// Reads all logs of a history; what is wrong with one is said.
    pub(super) fn read_all(events: &'a [Event], wrong: &mut Vec<String>) -> BTreeMap<&'a str, Self> {
        let mut logs = BTreeMap::new();
        for event in events {
            if let Event::Log { session, entries, erased } = event {
                logs.insert(session.as_str(), Self::read(session, entries, *erased, wrong));
            }
        }
        for event in events {
            if let Event::Lost { session, after, entries, .. } = event
                && let Some(log) = logs.get_mut(session.as_str())
            {
                log.lost.push((*after, entries));
            }
        }
        logs
    }

    fn read(session: &str, texts: &'a [String], is_erased: bool, wrong: &mut Vec<String>) -> Self {
        let mut log = Self { texts, entries: Vec::new(), by_id: BTreeMap::new(), by_mark: BTreeMap::new(), is_erased, lost: Vec::new() };
        for (at, text) in texts.iter().enumerate() {
            for piece in text.split('~').skip(1).filter(|piece| piece.len() < 64) {
                let places = log.by_mark.entry(piece).or_default();
                if places.last() != Some(&at) {
                    places.push(at);
                }
            }
            let Ok(entry) = Entry::from_json(text) else {
                wrong.push(format!("{session}: entry {} does not read: {text}", at + 1));
                break;
            };
            if entry.version != at as u64 + 1 {
                wrong.push(format!("{session}: the entry at {} says that it is {}", at + 1, entry.version));
            }
            if let Some(id) = entry.command
                && let Some(other) = log.by_id.insert(key(id), at)
            {
                wrong.push(format!("{session}: command {:?} is there twice, at {} and {}", key(id), other + 1, at + 1));
            }
            log.entries.push(entry);
        }
        log
    }

    /// The entry of a command: by its id, or by a mark. More than one is wrong.
    pub(super) fn find(&self, id: Option<&(String, u64)>, mark: Option<&str>) -> Vec<usize> {
        match (id, mark) {
            (Some(id), _) => self.by_id.get(id).copied().into_iter().collect(),
            (None, Some(mark)) => self.marked(mark),
            (None, None) => Vec::new(),
        }
    }

    /// The entries that bear a mark.
    pub(super) fn marked(&self, mark: &str) -> Vec<usize> {
        self.by_mark.get(mark.trim_matches('~')).cloned().unwrap_or_default()
    }

    /// Whether what the store lost holds a command.
    pub(super) fn lost_holds(&self, id: Option<&(String, u64)>, mark: Option<&str>) -> bool {
        let named = id.map(|(client, seq)| format!("\"command\":[\"{client}\",{seq}]"));
        let is_it =
            |text: &String| named.as_ref().is_some_and(|named| text.contains(named)) || mark.is_some_and(|mark| text.contains(mark));
        self.lost.iter().flat_map(|(_, entries)| *entries).any(is_it)
    }

    /// The version behind which the log was another one at some time.
    pub(super) fn sure(&self) -> u64 {
        self.lost.iter().map(|(after, _)| *after).min().unwrap_or(u64::MAX)
    }

    /// What the session looks like at versions, in ascending order, without what stands beside the log.
    ///
    /// # Errors
    /// Why the log does not replay.
    pub(super) fn views(&self, session: &str, versions: &[u64]) -> Result<BTreeMap<u64, Value>, String> {
        let session = session.parse().map_err(|_| "not a session's id")?;
        let mut replica = Replica::<()>::new(Upstream::Host, Session::vacant("default", session));
        let mut views = BTreeMap::new();
        for text in self.texts {
            let from = replica.confirmed().head;
            replica.handle_entries(from, &[text.as_str()]).map_err(|why| format!("entry {}: {}", from.version + 1, why.said()))?;
            let version = replica.confirmed().head.version;
            if versions.binary_search(&version).is_ok() {
                views.insert(version, timeless(&session_json(replica.confirmed(), 0, None)));
            }
        }
        Ok(views)
    }
}

fn key(CommandId(client, seq): CommandId) -> (String, u64) {
    (client.to_string(), seq)
}

/// A session's JSON without the time of its last activity, which no log holds.
pub(super) fn timeless(json: &str) -> Value {
    let mut view: Value = serde_json::from_str(json).unwrap_or_default();
    strip(&mut view);
    view
}

pub(super) fn strip(view: &mut Value) {
    if let Some(fields) = view.as_object_mut() {
        fields.remove("lastActivity");
    }
}
