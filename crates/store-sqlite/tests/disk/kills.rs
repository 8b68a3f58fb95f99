//! Kills at named points, which a kill from outside seldom meets: before a write, behind a sync and before its answer, in the middle of a
//! checkpoint, and again while the store is being opened after a kill.

use std::sync::Arc;

use colloq_store::conformance::Subject;
use colloq_store_sqlite::SqliteStore;

use crate::trace::mixed;
use crate::writer::{Writer, acknowledged, folder, stand};

#[tokio::test]
async fn kills_at_named_points_lose_nothing() {
    let cycles = if std::env::var_os("COLLOQ_FULL").is_some() { 500 } else { 25 };
    let folder = folder();
    let path = folder.path().join("killed.db");
    let (mut told, mut in_recovery, mut silent) = ([0_usize; 3], 0, 0);
    for cycle in 0..cycles {
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
            let Some(mut writer) = Writer::start(&path, &trace, &format!("{kind}{point}")) else { return };
            let mut said = 0;
            while let Some(line) = writer.next() {
                let (session, version) = acknowledged(&line).expect("nothing fails but by the kill");
                (told[session], said) = (version, said + 1);
            }
            writer.kill();
            in_recovery += u32::from(nth > 0 && said == 0);
            silent += u32::from(said == 0);
        }
        let store: Subject = Arc::new(SqliteStore::open(&path).unwrap());
        let found = stand(&store).await.unwrap();
        for session in 0..3 {
            let (told, found) = (told[session], found[session]);
            assert!(found >= told, "cycle {cycle}, session {session}: {told} were acknowledged, {found} are there");
        }
    }
    println!("{cycles} cycles, {in_recovery} kills while the store was being opened, {} entries acknowledged", told.iter().sum::<usize>());
    assert!(in_recovery > 0 && u64::from(silent) < cycles, "kills met what they were to meet");
}
