//! Commits that fail: a full disk, and a commit whose outcome nobody knows. The connection is a real one, made to fail by `SQLite`'s
//! own means.

use std::sync::Arc;

use colloq_store::conformance::Script;
use colloq_store::{AppendError, StoreError};
use tokio::sync::oneshot::{self, Receiver};

use super::Writer;
use crate::file;
use crate::queue::{Batch, Op, Queue};

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
    send(&mut writer, &[&first], 5);
    writer.connection.execute("DELETE FROM log WHERE version = 3", []).unwrap();
    // An append on the head of nothing must read the missing row to say what it missed.
    let mut answers = send(&mut writer, &[&first, &second], 1);
    assert!(matches!(answers[0].try_recv(), Ok(Err(AppendError::Store(StoreError::Damaged(_))))));
    assert!(matches!(answers[1].try_recv(), Ok(Ok(()))));
    first.records = first.next(5, 10).records;
    let mut answers = send(&mut writer, &[&first], 1);
    assert!(matches!(answers[0].try_recv(), Ok(Ok(()))), "its own head still takes appends");
    assert!(writer.erase(&first.key, 20).unwrap(), "and it can be erased");
}
