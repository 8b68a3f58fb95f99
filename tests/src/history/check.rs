//! What has to hold of every history.
//!
//! Logs have no gap and no command twice. What was acknowledged is in the log, once and as it was told, or the store lost it; what was
//! refused is not. What came later in time stands later in the log, and a read shows all that was acknowledged before it was asked for.
//! A read is a prefix of the log. What the store lost is in the log again, or it was reported.

use std::collections::BTreeMap;

use super::logs::{Log, strip};
use super::order::Order;
use super::{Event, Want};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What must not be.
    pub wrong: Vec<String>,
    /// How many writes were acknowledged and are in a log.
    pub kept: u64,
    /// How many writes were acknowledged and lost by the store itself.
    pub lost: u64,
    /// How many reads were compared with the log.
    pub reads: u64,
    /// How many ends nobody knows.
    pub unknown: u64,
}

/// Something that a client wanted.
pub(super) struct Op<'a> {
    pub(super) session: &'a str,
    pub(super) want: Want,
    pub(super) mark: Option<&'a str>,
}

/// Checks a history.
pub fn check(events: &[Event]) -> Verdict {
    let mut verdict = Verdict::default();
    let logs = Log::read_all(events, &mut verdict.wrong);
    let mut ops = BTreeMap::new();
    let mut order = Order::default();
    let mut reads: BTreeMap<&str, Vec<(u64, &Event)>> = BTreeMap::new();
    for event in events {
        match event {
            Event::Invoke { op, session, want, mark, .. } => {
                ops.insert(*op, Op { session, want: *want, mark: mark.as_deref() });
                order.invoke(*op, session);
            }
            // What was rejected before there was a session leaves no log.
            Event::Ok { op, code: Some(_), .. } if ops.get(op).is_some_and(|asked| !logs.contains_key(asked.session)) => {}
            Event::Ok { op, version, view, .. } => {
                let Some((asked, log)) = ops.get(op).and_then(|asked| Some((asked, logs.get(asked.session)?))) else {
                    verdict.wrong.push(format!("op {op} was answered, and nobody asked, or there is no log"));
                    continue;
                };
                match asked.want {
                    Want::Write => check_kept(event, asked, log, &mut order, &mut verdict),
                    Want::Read => order.read(*op, asked.session, *version, log, &mut verdict.wrong),
                    Want::Erase if !log.is_erased && log.lost.is_empty() => {
                        verdict.wrong.push(format!("op {op}: {} was erased, and is there", asked.session));
                    }
                    Want::Erase => {}
                }
                if view.is_some() {
                    reads.entry(asked.session).or_default().push((*version, event));
                }
            }
            Event::Fail { op, code, .. } => {
                // An erased session refuses what it did before, too.
                let log = |session| logs.get(session).filter(|log| !log.is_erased);
                let found = ops.get(op).and_then(|asked| Some(log(asked.session)?.marked(asked.mark?)));
                if let Some([at, ..]) = found.as_deref() {
                    verdict.wrong.push(format!("op {op} was refused ({code}), and is in the log at {}", at + 1));
                }
            }
            Event::Unknown { .. } => verdict.unknown += 1,
            Event::Lost { session, after, .. } => order.lost(session, *after),
            Event::Reported { .. } | Event::Log { .. } => {}
        }
    }
    check_once(&ops, &logs, &mut verdict.wrong);
    for (session, reads) in reads {
        check_reads(session, &logs[session], reads, &mut verdict);
    }
    check_losses(events, &logs, &mut verdict.wrong);
    verdict
}

/// What was acknowledged is in the log as it was told.
fn check_kept<'a>(event: &Event, asked: &Op<'a>, log: &Log<'_>, order: &mut Order<'a>, verdict: &mut Verdict) {
    let Event::Ok { op, version, id, code, .. } = event else { return };
    let what = || format!("{}: op {op} ({id:?}, {:?})", asked.session, asked.mark);
    // The mark is in the events, and what was rejected has none.
    let mark = asked.mark.filter(|_| code.is_none());
    let Some(at) = log.find(id.as_ref(), mark).first().copied() else {
        if id.is_none() && mark.is_none() {
            return;
        }
        if log.lost_holds(id.as_ref(), mark) {
            verdict.lost += 1;
        } else {
            verdict.wrong.push(format!("{} was acknowledged at {version} and is not in the log", what()));
        }
        return;
    };
    verdict.kept += 1;
    let entry = &log.entries[at];
    let is_sure = *version <= log.sure() || entry.version <= log.sure();
    if *version != 0 && entry.version != *version && is_sure {
        verdict.wrong.push(format!("{} was acknowledged at {version} and stands at {}", what(), entry.version));
    }
    if entry.outcome.rejected().map(colloq_core::Code::as_str) != code.as_deref() && !log.lost_holds(id.as_ref(), mark) {
        verdict.wrong.push(format!("{} was told {code:?}, and the log says {:?}", what(), entry.outcome));
    }
    if let Some(mark) = asked.mark.filter(|_| code.is_none() && id.is_some())
        && !log.texts[at].contains(mark)
    {
        verdict.wrong.push(format!("{} was acknowledged at {version}, where something else stands: {}", what(), log.texts[at]));
    }
    // What the store lost stood where it was told, wherever it came to stand afterwards.
    let stood = if is_sure || *version == 0 { entry.version } else { *version };
    order.write(*op, asked.session, stood, &mut verdict.wrong);
}

/// A mark stands in one entry, whatever its client was told.
fn check_once(ops: &BTreeMap<u64, Op<'_>>, logs: &BTreeMap<&str, Log<'_>>, wrong: &mut Vec<String>) {
    for (op, asked) in ops {
        let Some((mark, log)) = asked.mark.zip(logs.get(asked.session)) else { continue };
        let found = log.marked(mark);
        if found.len() > 1 {
            let versions: Vec<usize> = found.iter().map(|at| at + 1).collect();
            wrong.push(format!("{}: op {op} ({mark}) took effect {} times, at {versions:?}", asked.session, found.len()));
        }
    }
}

/// What was read is what the log says of that version.
fn check_reads(session: &str, log: &Log<'_>, reads: Vec<(u64, &Event)>, verdict: &mut Verdict) {
    let mut versions: Vec<u64> = reads.iter().map(|(version, _)| *version).collect();
    versions.sort_unstable();
    versions.dedup();
    let views = match log.views(session, &versions) {
        Ok(views) => views,
        Err(why) => return verdict.wrong.push(format!("{session}: the log does not replay: {why}")),
    };
    // What was read of a history that the store lost cannot be compared.
    for (version, event) in reads.into_iter().filter(|(version, _)| *version <= log.sure()) {
        let Event::Ok { op, view: Some(view), .. } = event else { continue };
        let mut view = view.clone();
        strip(&mut view);
        verdict.reads += 1;
        if views.get(&version) != Some(&view) {
            let said = views.get(&version).map_or_else(|| "nothing".into(), ToString::to_string);
            verdict.wrong.push(format!("{session}: op {op} read version {version} as {view}, and the log says {said}"));
        }
    }
}

/// What the store lost is in the log again, or was reported by whoever had it.
fn check_losses(events: &[Event], logs: &BTreeMap<&str, Log<'_>>, wrong: &mut Vec<String>) {
    let reported = |wanted: &str, text: &String| {
        events.iter().any(|event| matches!(event, Event::Reported { session, entries, .. } if session == wanted && entries.contains(text)))
    };
    for event in events {
        let Event::Lost { session, after, entries, held, .. } = event else { continue };
        let Some(log) = logs.get(session.as_str()) else { continue };
        for (at, text) in entries.iter().take(*held).enumerate() {
            if !log.texts.contains(text) && !log.is_erased && !reported(session, text) {
                wrong.push(format!("{session}: the store lost version {}, and nobody reported it: {text}", after + 1 + at as u64));
                break;
            }
        }
    }
}
