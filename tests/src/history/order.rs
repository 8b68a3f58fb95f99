//! Order in real time: what was asked for after something else was acknowledged stands behind it.

use std::collections::BTreeMap;

use super::logs::Log;

/// What was acknowledged of each session, and what had been when each thing was asked for.
#[derive(Default)]
pub(super) struct Order<'a> {
    acknowledged: BTreeMap<&'a str, u64>,
    asked: BTreeMap<u64, u64>,
    /// Sessions whose log was another one at some time: reads of it are as old as they are.
    unsure: BTreeMap<&'a str, u64>,
}

impl<'a> Order<'a> {
    pub(super) fn invoke(&mut self, op: u64, session: &'a str) {
        self.asked.insert(op, self.acknowledged.get(session).copied().unwrap_or(0));
    }

    /// A write was acknowledged, and stands at a version.
    pub(super) fn write(&mut self, op: u64, session: &'a str, version: u64, wrong: &mut Vec<String>) {
        let before = self.asked.get(&op).copied().unwrap_or(0);
        if version <= before && !self.unsure.contains_key(session) {
            wrong.push(format!("{session}: op {op} stands at {version}, though {before} was acknowledged before it was asked for"));
        }
        self.acknowledge(session, version);
    }

    /// A session was read at a version.
    pub(super) fn read(&mut self, op: u64, session: &'a str, version: u64, log: &Log<'_>, wrong: &mut Vec<String>) {
        if self.unsure.contains_key(session) {
            return;
        }
        let before = self.asked.get(&op).copied().unwrap_or(0);
        if version < before {
            wrong.push(format!("{session}: op {op} read version {version}, though {before} was acknowledged before it was asked for"));
        }
        if version > log.texts.len() as u64 && log.lost.is_empty() {
            wrong.push(format!("{session}: op {op} read version {version}, and the log has {}", log.texts.len()));
        }
        self.acknowledge(session, version);
    }

    /// The store lost what stood behind a version.
    pub(super) fn lost(&mut self, session: &'a str, after: u64) {
        self.unsure.insert(session, after);
    }

    fn acknowledge(&mut self, session: &'a str, version: u64) {
        let known = self.acknowledged.entry(session).or_insert(0);
        *known = (*known).max(version);
    }
}
