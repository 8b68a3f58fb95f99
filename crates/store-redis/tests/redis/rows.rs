//! Rows of the indexes that are wrong: none is believed, and all are mended.

use std::fmt::Write as _;

use colloq_store::conformance::{Script, Subject};
use colloq_store::{Touch, Unanswered};

use crate::outcomes::open;
use crate::servers::Server;

const LIST: &str = "colloq:list:{shop/ada}";

async fn listed(store: &Subject, user: &str) -> Vec<u128> {
    let page = store.list("shop", user, None, 10).await.unwrap();
    page.items.iter().map(|row| u128::from_be_bytes(row.session)).collect()
}

/// Tries until it is so; what is mended beside a read comes a moment after it.
async fn at_last<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    for _ in 0..500 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("never {what}");
}

/// Puts a row by `redis-cli`: each byte by its escape, which EVAL undoes.
fn put_row(server: &Server, key: &str, at_ms: u64, session: u128, generation: u64) {
    let bytes = [&session.to_be_bytes()[..], &generation.to_be_bytes()].concat();
    let mut row = String::new();
    for byte in bytes {
        write!(row, "\\{byte:03}").unwrap();
    }
    let done = server.ask(&["EVAL", &format!("return redis.call('ZADD', KEYS[1], ARGV[1], '{row}')"), "1", key, &at_ms.to_string()]);
    assert!(done == "0" || done == "1", "{done}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_rows_that_no_session_names_are_not_shown_and_go() {
    let server = Server::start(&[]);
    let store = open(&server.url()).await;
    let mut log = Script::new(1);
    log.append(&store, 1, 100).await;
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
    // Of a generation that the session left behind; of a session that never came, long ago; of one that may be on its way.
    put_row(&server, LIST, 500, 1, 0);
    put_row(&server, LIST, 400, 2, 1);
    put_row(&server, LIST, now, 3, 1);
    put_row(&server, LIST, now, 1, 9);
    assert_eq!(listed(&store, "ada").await, [1]);
    assert_eq!(server.ask(&["ZCARD", LIST]), "3", "the session's own, and two that may be on their way");
    assert!(store.erase(&log.key, now).await.unwrap());
    assert_eq!(listed(&store, "ada").await, []);
    assert_eq!(server.ask(&["ZCARD", LIST]), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_row_at_the_wrong_place_is_moved() {
    let server = Server::start(&[]);
    let store = open(&server.url()).await;
    for number in 1..=4 {
        Script::new(number).append(&store, 1, number as u64 * 100).await;
    }
    put_row(&server, LIST, 1, 4, 1);
    put_row(&server, LIST, 900, 1, 1);
    let first = store.list("shop", "ada", None, 2).await.unwrap();
    assert_eq!(first.items.iter().map(|row| row.active_ms).collect::<Vec<_>>(), [300, 200], "the fourth is not met yet");
    assert_eq!(listed(&store, "ada").await, [4, 3, 2, 1]);
    assert_eq!(listed(&store, "ada").await, [4, 3, 2, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_rows_that_a_node_lost_come_back_with_a_load() {
    let server = Server::start(&[]);
    let store = open(&server.url()).await;
    let mut log = Script::new(1);
    let mut append = log.next(1, 100);
    append.meta.unanswered = Some(Unanswered { message: [7; 16], at_ms: 90 });
    log.send(&store, append).await;
    let keys = server.ask(&["KEYS", "colloq:[dlw]*"]);
    let lost: Vec<&str> = keys.lines().filter(|key| *key != "colloq:layout").collect();
    assert_eq!(lost.len(), 3, "{keys}");
    server.ask(&[&["DEL"][..], &lost].concat());
    assert_eq!(listed(&store, "ada").await, []);
    assert!(log.load(&store).await.is_some());
    at_last("all three are back", || async {
        let (due, waiting) = (store.due(5_000, 9).await.unwrap(), store.unanswered("shop", None, 9).await.unwrap());
        (listed(&store, "ada").await.len(), due.len(), waiting.len()) == (1, 1, 1)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_deadline_that_moves_later_costs_the_index_nothing() {
    let server = Server::start(&[]);
    let store = open(&server.url()).await;
    let mut log = Script::new(1);
    log.append(&store, 1, 100).await;
    let index = server.ask(&["KEYS", "colloq:due:*"]);
    let place = || server.ask(&["ZRANGE", &index, "0", "-1", "WITHSCORES"]).lines().last().unwrap_or_default().to_owned();
    assert_eq!(place(), "1100");
    for active_ms in [200, 300, 400] {
        log.append(&store, 1, active_ms).await;
    }
    store.touch(&log.key, Touch::new(500, Some(3_000)));
    store.flush().await.unwrap();
    assert_eq!(place(), "1100", "it stands where it stood");
    assert_eq!(store.due(2_999, 9).await.unwrap(), []);
    assert_eq!((place(), server.ask(&["ZCARD", &index])), ("3000".to_owned(), "1".to_owned()), "until somebody meets it");
    // One that comes earlier gets a row of its own, and the other goes.
    let mut append = log.next(1, 600);
    append.meta.deadline_ms = Some(700);
    log.send(&store, append).await;
    assert_eq!((place(), server.ask(&["ZCARD", &index])), ("700".to_owned(), "1".to_owned()));
    assert_eq!(store.due(700, 9).await.unwrap(), [log.key.clone()]);
}
