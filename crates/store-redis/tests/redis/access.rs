//! The least that a user of the server must be allowed: the store works with it, and with no command less.

use std::sync::Arc;

use colloq_store::conformance;
use colloq_store::{Key, News, Topic};
use colloq_store_redis::{ACL_RULES, RedisStore};

use crate::outcomes::open;
use crate::servers::{Cluster, Server, fresh_prefix};

fn allow(server: &Server, rules: &str) {
    let mut command = vec!["ACL", "SETUSER", "colloq", "reset", "on", ">secret"];
    command.extend(rules.split_ascii_whitespace());
    assert_eq!(server.ask(&command), "OK", "{rules}");
}

fn url_of(plain: &str) -> String {
    format!("{}&prefix=colloq:{}", plain.replacen("://", "://colloq:secret@", 1), fresh_prefix())
}

/// Everything that a host does, in the words of the suite.
async fn everything(url: &str) {
    for round in 0..5 {
        let store = open(&url_of(url)).await;
        match round {
            0 => conformance::trimming_keeps_the_newest_256(store).await,
            1 => conformance::user_follows_the_latest_append(store).await,
            2 => conformance::unanswered_follows_the_latest_append(store).await,
            3 => conformance::touch_sets_the_deadline(store).await,
            _ => {
                let (heard, mut news) = tokio::sync::mpsc::unbounded_channel();
                store.listen(Arc::new(move |said: News| {
                    let _ = heard.send(said);
                }));
                let topic = Topic::Session(Key { app: "shop".into(), session: [1; 16] });
                store.follow(&topic);
                assert_eq!(news.recv().await.expect("it is followed").topic, topic);
                store.tell(&Topic::Inbox("shop".into()), "x".into());
                let archive = Arc::new(RedisStore::open(url_of(url).parse().unwrap()).await.unwrap());
                conformance::what_is_put_is_there(archive.clone()).await;
                conformance::tombstones_move_and_stay(Arc::new(RedisStore::open(url_of(url).parse().unwrap()).await.unwrap())).await;
                conformance::schema_min_only_rises(Arc::new(RedisStore::open(url_of(url).parse().unwrap()).await.unwrap())).await;
                conformance::private_values_are_kept_by_name(store.clone()).await;
                conformance::values_by_name_are_replaced_by_whoever_read_them(store.clone()).await;
                let log = conformance::Script::new(7);
                assert!(!store.erase(&log.key, 1).await.unwrap());
                assert!(store.erase(&conformance::Script::new(1).key, 1).await.unwrap());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_the_least_rights_are_enough() {
    let server = Server::start(&[]);
    allow(&server, ACL_RULES);
    everything(&format!("{}?wait=0", server.url())).await;
    assert!(!server.ask(&["ACL", "LOG"]).contains("reason"), "nothing was refused: {}", server.ask(&["ACL", "LOG"]));
    assert!(server.ask(&["--user", "colloq", "--pass", "secret", "--no-auth-warning", "FLUSHALL"]).contains("NOPERM"));
    assert!(server.ask(&["--user", "colloq", "--pass", "secret", "--no-auth-warning", "GET", "other"]).contains("NOPERM"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_the_least_rights_are_enough_in_a_cluster() {
    let cluster = Cluster::start(2_000, &[]);
    cluster.nodes.iter().for_each(|node| allow(node, ACL_RULES));
    everything(&format!("{}?wait=1", cluster.url())).await;
    for node in &cluster.nodes {
        assert!(!node.ask(&["ACL", "LOG"]).contains("reason"), "nothing was refused: {}", node.ask(&["ACL", "LOG"]));
    }
}

#[test]
fn the_least_rights_are_what_the_page_says() {
    let page = include_str!("../../../../README.md");
    assert!(page.contains(ACL_RULES), "README.md shows {ACL_RULES}");
}
