//! What is kept across a close, and what is refused at an open.
//!
//! Files are damaged by hand here; a test must never take a refusal for granted without looking at the file afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use colloq_store::conformance::{Script, Subject};
use colloq_store::{AppendError, Snapshot, Touch, Unanswered, Waiting};
use colloq_store_sqlite::{OpenError, SqliteStore};
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    (folder, path)
}

fn open(path: &Path) -> Subject {
    Arc::new(SqliteStore::open(path).unwrap())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

fn refusal(path: &Path) -> OpenError {
    match SqliteStore::open(path) {
        Ok(_) => panic!("the file was taken"),
        Err(error) => error,
    }
}

/// A refused file stays as it was, and the message says what to do.
fn expect_damaged(path: &Path) {
    let before = fs::read(path).unwrap();
    let error = refusal(path);
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    let said = error.to_string();
    assert!(said.contains("restore it from a backup") && said.contains(&*path.to_string_lossy()), "{said}");
    assert_eq!(fs::read(path).unwrap(), before);
}

async fn fill(path: &Path) -> Script {
    let store = open(path);
    let mut log = Script::new(1);
    log.append(&store, 500, 10).await;
    log
}

/// The same with a row for each entry, as older layouts have it.
async fn fill_singly(path: &Path) -> Script {
    let store = open(path);
    let mut log = Script::new(1);
    for at in 1..=300 {
        log.append(&store, 1, at).await;
    }
    log
}

#[tokio::test]
async fn everything_is_there_after_a_reopen() {
    let (_folder, path) = place();
    let (mut log, mut gone) = (Script::new(1), Script::new(2));
    let store = open(&path);
    log.append(&store, 600, 10).await;
    gone.append(&store, 3, 10).await;
    let snapshot = Snapshot { head: log.head_at(590), bytes: "state".into() };
    store.put_snapshot(&log.key, snapshot.clone()).await.unwrap();
    assert!(store.erase(&gone.key, 20).await.unwrap());
    store.touch(&log.key, Touch::new(70, Some(80)));
    drop(store);
    assert!(!beside(&path, "-wal").exists(), "a clean close leaves one file");
    for _ in 0..2 {
        let store = open(&path);
        let loaded = log.loaded(&store).await;
        assert_eq!((loaded.snapshot.as_ref(), &loaded.records[..], loaded.touched_ms), (Some(&snapshot), log.after(590), 70));
        assert_eq!(store.entries_after(&log.key, log.head_at(400), usize::MAX).await.unwrap().as_deref(), Some(log.after(400)));
        assert_eq!(store.entries_after(&log.key, log.head_at(300), usize::MAX).await.unwrap(), None);
        assert_eq!(store.due(80, 10).await.unwrap(), std::slice::from_ref(&log.key));
        assert!(matches!(store.append(gone.next(1, 30)).await, Err(AppendError::Erased)));
    }
    let store = open(&path);
    log.append(&store, 3, 90).await;
    let mut fresh = Script::new(3);
    fresh.append(&store, 2, 90).await;
    assert_eq!(log.loaded(&store).await.records, log.after(590));
    assert_eq!(fresh.loaded(&store).await.records, fresh.records);
}

#[tokio::test]
async fn second_open_is_refused_and_names_the_file() {
    let (_folder, path) = place();
    let first = SqliteStore::open(&path).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    assert!(error.to_string().contains("test.db.lock"), "{error}");
    #[cfg(unix)]
    {
        let alias = beside(&path, ".alias");
        std::os::unix::fs::symlink(&path, &alias).unwrap();
        assert!(matches!(refusal(&alias), OpenError::InUse { .. }));
    }
    let mut log = Script::new(1);
    let first: Subject = Arc::new(first);
    log.append(&first, 1, 10).await;
    drop(first);
    assert_eq!(log.loaded(&open(&path)).await.records, log.records);
}

#[tokio::test]
async fn garbage_and_an_empty_file_are_refused() {
    let (_folder, path) = place();
    fs::write(&path, b"").unwrap();
    expect_damaged(&path);
    fs::write(&path, b"this is no database, and long enough to look at: ".repeat(400)).unwrap();
    expect_damaged(&path);
}

#[tokio::test]
async fn truncated_file_is_refused() {
    let (_folder, path) = place();
    fill(&path).await;
    let whole = fs::read(&path).unwrap();
    for length in [5, 60, 100, 512, 4096, 4097, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        expect_damaged(&path);
    }
    fs::write(&path, &whole).unwrap();
    SqliteStore::open(&path).unwrap();
}

#[tokio::test]
async fn missing_file_with_commits_beside_it_is_refused() {
    let (_folder, path) = place();
    fs::write(beside(&path, "-wal"), b"commits").unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert!(!path.exists());
}

#[tokio::test]
async fn foreign_and_newer_files_are_refused() {
    let (_folder, path) = place();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    assert!(matches!(refusal(&path), OpenError::Foreign { .. }));
    fs::remove_file(&path).unwrap();
    fill(&path).await;
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 9).unwrap();
    assert!(matches!(refusal(&path), OpenError::Newer { found: 9, known: 4, .. }));
    rusqlite::Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 1; ALTER TABLE log DROP COLUMN bytes").unwrap();
    expect_damaged(&path);
}

/// Makes a file what the third layout made of it, where every append had one entry.
fn to_layout_3(path: &Path) {
    let without = "DROP INDEX log_waypoints; ALTER TABLE log DROP COLUMN more;
        CREATE INDEX log_waypoints ON log (session, version) WHERE version % 64 = 0; PRAGMA user_version = 3";
    rusqlite::Connection::open(path).unwrap().execute_batch(without).unwrap();
}

/// Makes a file what the second layout made of it.
fn to_layout_2(path: &Path) {
    to_layout_3(path);
    let without = "DROP INDEX sessions_by_waiting; ALTER TABLE sessions DROP COLUMN waiting_ms;
        ALTER TABLE sessions DROP COLUMN waiting; PRAGMA user_version = 2";
    rusqlite::Connection::open(path).unwrap().execute_batch(without).unwrap();
}

/// Makes a file what the first layout made of it.
fn to_layout_1(path: &Path) {
    to_layout_2(path);
    rusqlite::Connection::open(path).unwrap().execute_batch("DROP TABLE privates; PRAGMA user_version = 1").unwrap();
}

/// The store cannot tell from a log who waits for an answer, so it asks to have a look at each session of an older file.
#[tokio::test]
async fn every_session_of_an_older_layout_is_due_once() {
    let (_folder, path) = place();
    let (mut log, mut gone) = (Script::new(1), Script::new(2));
    let store = open(&path);
    for script in [&mut log, &mut gone] {
        script.append(&store, 1, 100).await;
        script.append(&store, 1, 100).await;
    }
    assert!(store.erase(&gone.key, 110).await.unwrap());
    drop(store);
    to_layout_2(&path);
    let store = open(&path);
    assert_eq!(store.unanswered("shop", None, 10).await.unwrap(), []);
    assert_eq!(store.due(0, 10).await.unwrap(), std::slice::from_ref(&log.key));
    let unanswered = Some(Unanswered { message: [5; 16], at_ms: 90 });
    store.touch(&log.key, Touch { active_ms: 100, deadline_ms: Some(900), unanswered });
    store.flush().await.unwrap();
    let waiting = Waiting { session: log.key.session, message: [5; 16], user: "ada".into(), at_ms: 90 };
    for _ in 0..2 {
        assert_eq!(store.unanswered("shop", None, 10).await.unwrap(), std::slice::from_ref(&waiting));
        assert_eq!(store.due(899, 10).await.unwrap(), []);
    }
    log.append(&store, 1, 100).await;
    assert_eq!(store.unanswered("shop", None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_file_of_the_first_layout_is_taken_over() {
    let (_folder, path) = place();
    let mut log = fill_singly(&path).await;
    to_layout_1(&path);
    for reopened in [false, true] {
        let store = open(&path);
        assert_eq!(log.loaded(&store).await.records, log.records);
        let value = store.private(&log.key, "a").await.unwrap();
        assert_eq!(value.is_some(), reopened);
        store.put_private(&log.key, "a", Some("1".into())).await.unwrap();
        log.append(&store, 1, 20).await;
    }
    let layout: i64 = rusqlite::Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(layout, 4);
}

/// Rows of one entry and rows of many stand in one log: every place in it is found, trimmed and erased.
#[tokio::test]
async fn a_log_of_the_third_layout_goes_on_in_the_fourth() {
    let (_folder, path) = place();
    let mut log = fill_singly(&path).await;
    to_layout_3(&path);
    let store = open(&path);
    for count in [1, 5, 200, 1, 63, 64, 65] {
        log.append(&store, count, 400).await;
    }
    for version in 0..=log.head().version {
        let found = store.entries_after(&log.key, log.head_at(version), usize::MAX).await.unwrap();
        assert_eq!(found.as_deref(), Some(log.after(version)), "after {version}");
    }
    for (snapshot, floor) in [(250, 250), (640, 443)] {
        store.put_snapshot(&log.key, Snapshot { head: log.head_at(snapshot), bytes: "state".into() }).await.unwrap();
        assert_eq!(store.head_at(&log.key, floor - 1).await.unwrap(), None);
        for version in floor + 1..=log.head().version {
            assert_eq!(store.head_at(&log.key, version).await.unwrap(), Some(log.head_at(version)));
        }
    }
    assert!(store.erase(&log.key, 500).await.unwrap());
    drop(store);
    let left: i64 = rusqlite::Connection::open(&path).unwrap().query_row("SELECT count(*) FROM log", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_file_of_this_layout_without_its_table_is_damaged() {
    let (_folder, path) = place();
    fill(&path).await;
    to_layout_1(&path);
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 2).unwrap();
    expect_damaged(&path);
}

#[tokio::test]
async fn private_values_are_there_after_a_reopen() {
    let (_folder, path) = place();
    let (mut log, mut gone) = (Script::new(1), Script::new(2));
    let store = open(&path);
    for script in [&mut log, &mut gone] {
        script.append(&store, 1, 10).await;
        for name in ["a", "b"] {
            store.put_private(&script.key, name, Some(format!("the value of {name}").into())).await.unwrap();
        }
    }
    store.put_private(&log.key, "b", None).await.unwrap();
    assert!(store.erase(&gone.key, 20).await.unwrap());
    drop(store);
    for _ in 0..2 {
        let store = open(&path);
        assert_eq!(store.private(&log.key, "a").await.unwrap().as_deref(), Some(&b"the value of a"[..]));
        assert_eq!((store.privates(&log.key).await.unwrap(), store.privates(&gone.key).await.unwrap()), (vec!["a".to_owned()], vec![]));
        assert_eq!(store.private(&gone.key, "a").await.unwrap(), None);
    }
    let left: i64 = rusqlite::Connection::open(&path).unwrap().query_row("SELECT count(*) FROM privates", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1, "what was erased and removed is not in the file");
}

#[tokio::test]
async fn half_made_file_of_a_crash_is_made_anew() {
    let (_folder, path) = place();
    fs::write(beside(&path, ".new"), b"half").unwrap();
    let log = fill(&path).await;
    assert_eq!(log.loaded(&open(&path)).await.records, log.records);
}

#[tokio::test]
async fn folder_that_is_missing_is_an_error() {
    let (folder, _) = place();
    assert!(matches!(refusal(&folder.path().join("missing/test.db")), OpenError::Io { .. }));
}

#[tokio::test]
async fn torn_write_ahead_log_gives_a_clean_prefix() {
    let (folder, path) = place();
    let store = open(&path);
    let mut log = Script::new(1);
    for at in 1..=40 {
        log.append(&store, 1, at).await;
    }
    let (main, wal) = (fs::read(&path).unwrap(), fs::read(beside(&path, "-wal")).unwrap());
    drop(store);
    let mut lengths = Vec::new();
    for part in 0..=24 {
        let torn = folder.path().join(format!("torn{part}.db"));
        fs::write(&torn, &main).unwrap();
        fs::write(beside(&torn, "-wal"), &wal[..wal.len() * part / 24 - part % 5]).unwrap();
        let store = open(&torn);
        let records = log.load(&store).await.map_or(Vec::new(), |loaded| loaded.records);
        assert_eq!(records, log.records[..records.len()]);
        lengths.push(records.len());
        let mut rest = Script { records, ..log.clone() };
        rest.append(&store, 2, 50).await;
        assert_eq!(rest.loaded(&store).await.records, rest.records);
    }
    assert!(lengths.is_sorted() && lengths[0] == 0 && lengths[12] > 0, "{lengths:?}");
    assert!(lengths.windows(2).filter(|pair| pair[0] < pair[1]).count() > 10, "{lengths:?}");
}
