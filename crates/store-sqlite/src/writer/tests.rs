//! Commits that fail: a full disk, and a commit whose outcome nobody knows. The connection is a real one, made to fail by `SQLite`'s
//! own means.

use std::sync::Arc;

use colloq_store::conformance::Script;
use colloq_store::{AppendError, Snapshot, StoreError};
use tokio::sync::oneshot::{self, Receiver};

use super::Writer;
use crate::file;
use crate::queue::{Batch, Op, Queue};
use crate::reads;

type Answer = Receiver<Result<(), AppendError>>;

fn writer(folder: &tempfile::TempDir) -> Writer {
    let file = file::open(&folder.path().join("test.db")).unwrap();
    Writer::new(file.writer, Arc::new(Queue::default())).unwrap()
}

/// Sends appends of `count` entries for some sessions as one batch.
fn send(writer: &mut Writer, scripts: &[&Script], count: usize) -> Vec<Answer> {
    let (ops, answers) = scripts
        .iter()
        .map(|script| {
            let (reply, answer) = oneshot::channel();
            (Op::Append(Box::new(script.next(count, 10)), reply), answer)
        })
        .unzip();
    writer.handle_batch(Batch { ops, touches: std::collections::HashMap::new() });
    answers
}

#[test]
fn failed_commit_is_in_doubt_and_stops_all_writing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(&folder);
    let (first, second) = (Script::new(1), Script::new(2));
    for mut answer in send(&mut writer, &[&first], 2) {
        assert!(matches!(answer.try_recv(), Ok(Ok(()))));
    }
    writer.connection.commit_hook(Some(|| true)).unwrap();
    for mut answer in send(&mut writer, &[&second], 2) {
        assert!(matches!(answer.try_recv(), Ok(Err(AppendError::Unknown(_)))));
    }
    writer.connection.commit_hook(None::<fn() -> bool>).unwrap();
    for mut answer in send(&mut writer, &[&second], 2) {
        assert!(matches!(answer.try_recv(), Ok(Err(AppendError::Store(StoreError::Unavailable(_))))));
    }
    let (reply, mut answer) = oneshot::channel();
    writer.queue.push(Op::Flush(reply));
    assert!(matches!(answer.try_recv(), Ok(Err(StoreError::Unavailable(_)))));
}

#[test]
fn full_disk_is_said_and_does_not_stop_writing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(&folder);
    let (mut first, second) = (Script::new(1), Script::new(2));
    first.records = first.next(1, 10).records;
    let created = Script::new(1);
    for mut answer in send(&mut writer, &[&created], 1) {
        assert!(matches!(answer.try_recv(), Ok(Ok(()))));
    }
    let pages: i64 = writer.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    writer.connection.execute_batch(&format!("PRAGMA max_page_count = {}", pages + 2)).unwrap();
    for mut answer in send(&mut writer, &[&first, &second], 400) {
        assert!(matches!(answer.try_recv(), Ok(Err(AppendError::Store(StoreError::Full(_))))));
    }
    writer.connection.execute_batch("PRAGMA max_page_count = 1000000").unwrap();
    for mut answer in send(&mut writer, &[&first, &second], 400) {
        assert!(matches!(answer.try_recv(), Ok(Ok(()))), "the head is where it was before the disk was full");
    }
}

#[test]
fn damage_in_one_session_leaves_the_others_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(&folder);
    let (mut first, second) = (Script::new(1), Script::new(2));
    for count in [1, 2, 2] {
        first.records.extend(first.next(count, 10).records);
        let sent = Script { records: first.records[..first.records.len() - count].to_vec(), ..first.clone() };
        send(&mut writer, &[&sent], count);
    }
    writer.connection.execute("DELETE FROM log WHERE version = 3", []).unwrap();
    let records = std::mem::take(&mut first.records);
    // An append on the head of nothing must read the missing row to say what it missed.
    let mut answers = send(&mut writer, &[&first, &second], 1);
    assert!(matches!(answers[0].try_recv(), Ok(Err(AppendError::Store(StoreError::Damaged(_))))));
    assert!(matches!(answers[1].try_recv(), Ok(Ok(()))));
    first.records = records;
    let mut answers = send(&mut writer, &[&first], 1);
    assert!(matches!(answers[0].try_recv(), Ok(Ok(()))), "its own head still takes appends");
    assert!(writer.erase(&first.key, 20).unwrap(), "and it can be erased");
}

/// Rows of many sessions in turn, each with a snapshot now and then: what no log needs is swept away as more comes, and what the sweep
/// did not come by goes with its session.
#[test]
fn what_no_log_needs_is_swept_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(&folder);
    let mut scripts: Vec<Script> = (1..=8).map(Script::new).collect();
    for round in 1..=320 {
        let mut answers = send(&mut writer, &scripts.iter().collect::<Vec<_>>(), 2);
        assert!(answers.iter_mut().all(|answer| matches!(answer.try_recv(), Ok(Ok(())))));
        for script in &mut scripts {
            let append = script.next(2, 10);
            script.records.extend(append.records);
            if round % 32 == 0 {
                writer.put_snapshot(&script.key, &Snapshot { head: script.head(), bytes: "state".into() }).unwrap();
            }
        }
    }
    let rows = |writer: &Writer| -> i64 { writer.connection.query_row("SELECT count(*) FROM log", [], |row| row.get(0)).unwrap() };
    let (needed, there) = (8 * 128, rows(&writer));
    assert!((needed..=needed * 2).contains(&there), "{there} rows of 2,560 are there, {needed} are needed");
    for script in &scripts {
        let loaded = reads::entries_after(&writer.connection, &script.key, script.head_at(385), usize::MAX).unwrap();
        assert_eq!(loaded.as_deref(), Some(script.after(385)));
        assert!(writer.erase(&script.key, 20).unwrap());
    }
    assert_eq!(rows(&writer), 0, "nothing of an erased session is left");
}
