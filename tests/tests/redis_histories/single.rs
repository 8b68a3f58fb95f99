//! One server that is killed and started again, and a master that a sentinel replaces, under two hosts.

use std::time::Duration;

use crate::servers::{Server, Watched};
use crate::settings::ALWAYS;
use crate::talk::Run;

const CONVERSATIONS: usize = 8;
const KILLS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_server_that_syncs_always_loses_nothing_when_it_is_killed() {
    let mut server = Server::start(&ALWAYS);
    let url = format!("{}?timeout=500", server.url());
    let run = Run::start(&vec![url.clone(); 2], CONVERSATIONS).await;
    run.more(60).await;
    run.record.harm();
    for kill in 0..KILLS {
        run.more(20 + kill as u64 * 37).await;
        tokio::task::block_in_place(|| {
            server.kill();
            server.restart();
        });
    }
    run.more(100).await;
    let outcome = run.finish(&url).await;
    println!("one server, killed {KILLS} times: {outcome}");
    assert_eq!(outcome.lost, 0, "{outcome}");
}

/// What its replica did not have yet is gone with a master: given back, or reported.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_what_a_master_says_that_a_sentinel_replaces_is_kept_or_reported() {
    let mut watched = tokio::task::block_in_place(|| Watched::start(&[]));
    let url = format!("{}?timeout=500", watched.url());
    let run = Run::start(&vec![url.clone(); 2], CONVERSATIONS).await;
    run.more(150).await;
    run.record.harm();
    tokio::task::block_in_place(|| watched.master.kill());
    assert!(run.more(150).await < Duration::from_secs(30));
    assert!(watched.replica.ask(&["ROLE"]).starts_with("master"));
    let outcome = run.finish(&url).await;
    println!("a master that a sentinel replaces: {outcome}");
    assert!(outcome.acknowledged > 150);
}
