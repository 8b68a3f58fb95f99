//! Kills at named points, which a kill from outside seldom meets: before a write, behind a sync and before its answer, in the middle of a
//! checkpoint, and again while the store is being opened after a kill.

use std::sync::Arc;

use colloq_store::conformance::Subject;
use colloq_store_sqlite::SqliteStore;

use crate::trace::mixed;
use crate::writer::{Writer, acknowledged, folder, stand};

/// The cycles of a round; the long figures are many rounds, each over a file of its own, for every cycle has all of the file read again.
const CYCLES: u64 = 25;
const ROUNDS_FULL: u64 = 20;

/// What was counted.
#[derive(Default)]
struct Tally {
    kills: u64,
    /// Those that came while the store was being opened.
    in_recovery: u64,
    /// Those before anything was acknowledged.
    silent: u64,
    acknowledged: usize,
}

#[tokio::test]
async fn kills_at_named_points_lose_nothing() {
    let rounds = if std::env::var_os("COLLOQ_FULL").is_some() { ROUNDS_FULL } else { 1 };
    let mut tally = Tally::default();
    for nth in 0..rounds {
        if !round(nth, &mut tally).await {
            return;
        }
    }
    let Tally { kills, in_recovery, silent, acknowledged } = tally;
    println!("{kills} kills, {in_recovery} of them while the store was being opened, {acknowledged} entries acknowledged");
    assert!(in_recovery > 0 && silent < kills, "kills met what they were to meet");
}

/// Kills writers of one file; `false` where there can be none.
async fn round(nth: u64, tally: &mut Tally) -> bool {
    let folder = folder();
    let path = folder.path().join("killed.db");
    let mut told = [0_usize; 3];
    for cycle in nth * CYCLES..(nth + 1) * CYCLES {
        // Every third time it is killed again before it has opened its file: at one of its first writes, which bring the last log home.
        let faults: &[(char, u64)] = match cycle % 3 {
            0 => &[('k', 700)],
            1 => &[('K', 150)],
            _ => &[('k', 300), ('k', 6), ('K', 3)],
        };
        for (nth, (kind, below)) in faults.iter().enumerate() {
            let point = 1 + mixed(cycle * 7 + nth as u64) % below;
            let trace = folder.path().join("trace");
            let _ = std::fs::remove_file(&trace);
            let Some(mut writer) = Writer::start(&path, &trace, &format!("{kind}{point}")) else { return false };
            let mut said = 0;
            while let Some(line) = writer.next() {
                let (session, version) = acknowledged(&line).expect("nothing fails but by the kill");
                (told[session], said) = (version, said + 1);
            }
            writer.kill();
            tally.kills += 1;
            tally.in_recovery += u64::from(nth > 0 && said == 0);
            tally.silent += u64::from(said == 0);
        }
        let store: Subject = Arc::new(SqliteStore::open(&path).unwrap());
        let found = stand(&store).await.unwrap();
        for session in 0..3 {
            let (told, found) = (told[session], found[session]);
            assert!(found >= told, "cycle {cycle}, session {session}: {told} were acknowledged, {found} are there");
        }
    }
    tally.acknowledged += told.iter().sum::<usize>();
    true
}
