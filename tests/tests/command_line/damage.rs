//! Backups that are torn or of which a bit is another: refused with the place, before anything is made.

use colloq_tests::host::Place;

use crate::stage::{run, stop, talks};

async fn backup(place: &Place) -> Vec<u8> {
    let host = place.start().await;
    talks(&host.http()).await;
    stop(host).await;
    run(place, "backup all.backup").await.done();
    std::fs::read(place.path().join("all.backup")).expect("it is there")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_or_flipped_backup_is_refused_with_its_place() {
    let place = Place::new();
    let bytes = backup(&place).await;
    let target = place.path().join("other.db");
    let offset = |said: &str| -> u64 {
        let (_, rest) = said.rsplit_once("at byte ").expect("the place is named");
        rest.trim().parse().expect("a number")
    };
    for end in [0, 1, 15, 16, 20, 60, bytes.len() / 3, bytes.len() / 2, bytes.len() - 40, bytes.len() - 1] {
        std::fs::write(place.path().join("torn.backup"), &bytes[..end]).expect("a file");
        let said = run(&place, "restore torn.backup --store sqlite:other.db").await.refused("backupDamaged");
        assert!(offset(&said) <= end as u64 && !target.exists(), "{end}: {said}");
    }
    for at in [17, 100, bytes.len() / 2, bytes.len() - 50, bytes.len() - 1] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        std::fs::write(place.path().join("flipped.backup"), &flipped).expect("a file");
        for words in ["restore flipped.backup --store sqlite:other.db", "inspect --backup flipped.backup"] {
            let said = run(&place, words).await.refused("backupDamaged");
            assert!(offset(&said) <= at as u64 && !target.exists(), "{at}: {said}");
        }
    }
    for (name, text) in [("text", "nonsense\n"), ("later", "colloq backup 2\nxxxx")] {
        std::fs::write(place.path().join(name), text).expect("a file");
        run(&place, &format!("restore {name} --store sqlite:other.db")).await.refused("notABackup");
    }
    run(&place, "restore nothing --store sqlite:other.db").await.refused("fileMissing");
    assert!(!target.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_bytes_changed_is_told_session_by_session() {
    let place = Place::new();
    let host = place.start().await;
    let session = crate::stage::create(&host.http(), "ada").await;
    crate::stage::say(&host.http(), &session, "needle-in-the-log").await;
    let other = crate::stage::create(&host.http(), "ada").await;
    stop(host).await;
    let path = place.path().join("colloq.db");
    let mut bytes = std::fs::read(&path).expect("it is there");
    let places: Vec<usize> = (0..bytes.len() - 17).filter(|at| &bytes[*at..at + 17] == b"needle-in-the-log").collect();
    assert!(!places.is_empty(), "the file holds what was said");
    for at in places {
        bytes[at] = b'N';
    }
    std::fs::write(&path, &bytes).expect("it can be written");
    let ran = run(&place, "inspect").await;
    let totals: serde_json::Value = serde_json::from_str(&ran.out).expect("it is JSON");
    assert_eq!(
        (&totals["sessions"], &totals["damaged"][0]["session"]),
        (&serde_json::json!(2), &serde_json::json!(session)),
        "{}",
        ran.err
    );
    ran.refused("storeDamaged");
    run(&place, &format!("inspect {session}")).await.refused("sessionDamaged");
    run(&place, &format!("inspect {other}")).await.done();
    run(&place, "export lines").await.refused("sessionDamaged");
    assert!(!place.path().join("lines").exists() && !place.path().join("lines.part").exists());
}
