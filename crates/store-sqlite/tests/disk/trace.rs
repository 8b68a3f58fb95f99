//! What a writer did to its disk, in its order, and the disks that a power cut could leave.

use std::fs;
use std::path::Path;

use crate::writer::acknowledged;

/// The database and its write-ahead log.
pub(crate) const FILES: usize = 2;
/// What a disk writes as a whole or not at all.
const SECTOR: usize = 512;

/// One thing that was done.
pub(crate) enum Step {
    Write {
        file: usize,
        offset: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        file: usize,
        length: usize,
    },
    Sync {
        file: usize,
    },
    /// A session was acknowledged up to a version.
    Told {
        session: usize,
        version: usize,
    },
}

/// See the module's documentation.
pub(crate) struct Trace {
    /// What the files were before.
    base: [Vec<u8>; FILES],
    pub(crate) steps: Vec<Step>,
}

/// How much of what was not synced reached the disk.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// Nothing.
    Forgotten,
    /// Everything.
    Kept,
    /// Everything, but the last write up to this byte only.
    Torn(usize),
    /// Some of it, sector by sector.
    Mixed(u64),
}

impl Trace {
    pub(crate) fn read(path: &Path, base: [Vec<u8>; FILES]) -> Self {
        let bytes = fs::read(path).unwrap();
        let (mut rest, mut steps) = (&bytes[..], Vec::new());
        let number = |bytes: &[u8]| u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        // The last record may be half written: the writer was killed.
        while rest.len() >= 18 {
            let (what, file, offset, length) = (rest[0], rest[1] as usize, number(&rest[2..]), number(&rest[10..]));
            if rest.len() < 18 + length {
                break;
            }
            let body = &rest[18..18 + length];
            rest = &rest[18 + length..];
            match what {
                b'W' => steps.push(Step::Write { file: file - 1, offset, bytes: body.to_vec() }),
                b'T' => steps.push(Step::Truncate { file: file - 1, length: offset }),
                b'S' => steps.push(Step::Sync { file: file - 1 }),
                b'A' => {
                    let text = String::from_utf8_lossy(body);
                    let told = text.lines().filter_map(|line| acknowledged(line.strip_prefix("said ")?));
                    steps.extend(told.map(|(session, version)| Step::Told { session, version }));
                }
                other => panic!("the trace holds {other}"),
            }
        }
        Self { base, steps }
    }

    /// What each session had been told when so many steps were done.
    pub(crate) fn told(&self, count: usize) -> [usize; 3] {
        let mut told = [0; 3];
        for step in &self.steps[..count] {
            if let Step::Told { session, version } = step {
                told[*session] = *version;
            }
        }
        told
    }

    /// The files as a power cut leaves them when so many steps were done.
    pub(crate) fn disk(&self, count: usize, fate: Fate) -> [Vec<u8>; FILES] {
        let mut disk = self.base.clone();
        for (file, content) in disk.iter_mut().enumerate() {
            let is_mine = |step: &Step| match step {
                Step::Write { file: of, .. } | Step::Truncate { file: of, .. } | Step::Sync { file: of } => *of == file,
                Step::Told { .. } => false,
            };
            let mine: Vec<&Step> = self.steps[..count].iter().filter(|step| is_mine(step)).collect();
            let synced = mine.iter().rposition(|step| matches!(step, Step::Sync { .. })).map_or(0, |at| at + 1);
            for step in &mine[..synced] {
                apply(content, step, Part::All);
            }
            let is_last_of_all = |step: &Step| self.steps[..count].last().is_some_and(|last| std::ptr::eq(last, step));
            for (nth, step) in mine[synced..].iter().enumerate() {
                let part = match fate {
                    Fate::Forgotten => continue,
                    Fate::Torn(at) if is_last_of_all(step) => Part::UpTo(at),
                    Fate::Kept | Fate::Torn(_) => Part::All,
                    Fate::Mixed(seed) => Part::Sectors(mixed(seed ^ (nth as u64) << 8 ^ file as u64)),
                };
                apply(content, step, part);
            }
        }
        disk
    }
}

/// What of a write reached the disk.
#[derive(Clone, Copy)]
enum Part {
    All,
    UpTo(usize),
    Sectors(u64),
}

/// Carries out a step, or a part of it.
fn apply(content: &mut Vec<u8>, step: &Step, part: Part) {
    let is_kept = |sector: usize| match part {
        Part::All => true,
        Part::UpTo(at) => sector * SECTOR < at,
        Part::Sectors(seed) => mixed(seed ^ (sector as u64) << 40) & 1 == 0,
    };
    match step {
        Step::Write { offset, bytes, .. } => {
            let end = if let Part::UpTo(at) = part { at.min(bytes.len()) } else { bytes.len() };
            for (sector, piece) in bytes[..end].chunks(SECTOR).enumerate().filter(|(sector, _)| is_kept(*sector)) {
                let at = offset + sector * SECTOR;
                if content.len() < at + piece.len() {
                    content.resize(at + piece.len(), 0);
                }
                content[at..at + piece.len()].copy_from_slice(piece);
            }
        }
        Step::Truncate { length, .. } if is_kept(0) => content.resize(*length, 0),
        _ => {}
    }
}

/// A number that follows from another, and looks like chance.
pub(crate) fn mixed(seed: u64) -> u64 {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
