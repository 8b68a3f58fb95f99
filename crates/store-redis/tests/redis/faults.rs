//! Servers that are killed, stopped and replaced while appends run: what was acknowledged is there, or is noticed to be gone.
//!
//! A writer does what a host does: it sends the identical entries again until it knows what became of them, and where the store
//! has another history than it was told, it counts what was lost and goes on from the store's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use colloq_store::conformance::{Script, Subject, chain_after};
use colloq_store::{Append, AppendError, Head, Loaded};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::outcomes::open;
use crate::servers::{Cluster, Server, Watched};

/// After how long a node of the cluster is taken for dead.
const NODE_TIMEOUT_MS: u32 = 1_000;
/// What the requirement allows beyond that.
const GRACE: Duration = Duration::from_secs(5);

/// What writers share.
#[derive(Default)]
pub(crate) struct Run {
    is_over: AtomicBool,
    acknowledged: AtomicU64,
    /// Acknowledged entries that the store turned out not to have.
    lost: AtomicU64,
}

/// Writes one session until the run is over; gives its log as it believes it to be.
async fn write(run: Arc<Run>, store: Subject, mut log: Script) -> Script {
    let mut round = 0_u64;
    while !run.is_over.load(Ordering::Relaxed) {
        round += 1;
        let append = log.next(1 + (round % 3) as usize, 10 + round);
        settle(&run, &store, &mut log, append).await;
    }
    log
}

/// Sends the identical entries until it is known what became of them.
async fn settle(run: &Run, store: &Subject, log: &mut Script, append: Append) {
    loop {
        match store.append(append.clone()).await {
            Ok(()) => {
                run.acknowledged.fetch_add(append.records.len() as u64, Ordering::Relaxed);
                log.records.extend(append.records);
                return;
            }
            Err(AppendError::Unknown(_) | AppendError::Store(_)) => sleep(Duration::from_millis(30)).await,
            Err(AppendError::Conflict(loaded)) => return take_over(run, log, &loaded),
            Err(AppendError::Erased) => panic!("nobody erased it"),
            Err(other) => panic!("{other}"),
        }
    }
}

/// The store has another history: what is not in it was lost.
fn take_over(run: &Run, log: &mut Script, loaded: &Loaded) {
    assert!(loaded.snapshot.is_none(), "nobody took a snapshot");
    let first = loaded.records.first().map_or(1, |record| record.head.version);
    let mut history = log.records[..first as usize - 1].to_vec();
    history.extend(loaded.records.iter().cloned());
    let common = history.iter().zip(&log.records).take_while(|(one, other)| one == other).count();
    run.lost.fetch_add((log.records.len() - common) as u64, Ordering::Relaxed);
    log.records = history;
}

/// A store's history is one chain without a gap, and is what its only writer was told last.
async fn check(run: &Run, store: &Subject, mut log: Script) {
    let loaded = log.load(store).await.unwrap_or(Loaded { snapshot: None, records: vec![], touched_ms: 0 });
    let mut head = Head::ZERO;
    for record in &loaded.records {
        assert_eq!(record.head, Head { version: head.version + 1, chain: chain_after(head.chain, &record.bytes) });
        head = record.head;
    }
    take_over(run, &mut log, &loaded);
}

pub(crate) struct Outcome {
    pub(crate) acknowledged: u64,
    /// Noticed while writing.
    pub(crate) noticed: u64,
    /// Noticed or not.
    pub(crate) lost: u64,
}

/// Writes some sessions while `harm` is done.
pub(crate) async fn under<F: AsyncFnOnce(&Run)>(url: &str, sessions: u128, harm: F) -> Outcome {
    let (run, store) = (Arc::<Run>::default(), open(url).await);
    let mut writers = JoinSet::new();
    for number in 0..sessions {
        writers.spawn(write(Arc::clone(&run), store.clone(), Script::new(number)));
    }
    harm(&run).await;
    sleep(Duration::from_millis(300)).await;
    run.is_over.store(true, Ordering::Relaxed);
    let logs = writers.join_all().await;
    let noticed = run.lost.load(Ordering::Relaxed);
    for log in logs {
        check(&run, &store, log).await;
    }
    let acknowledged = run.acknowledged.load(Ordering::Relaxed);
    Outcome { acknowledged, noticed, lost: run.lost.load(Ordering::Relaxed) }
}

/// Waits until so many more entries are acknowledged, and says how long that took.
pub(crate) async fn more(run: &Run, count: u64) -> Duration {
    let (begun, target) = (Instant::now(), run.acknowledged.load(Ordering::Relaxed) + count);
    while run.acknowledged.load(Ordering::Relaxed) < target {
        assert!(begun.elapsed() < Duration::from_mins(1), "nothing is written any more");
        sleep(Duration::from_millis(5)).await;
    }
    begun.elapsed()
}

fn cycles() -> usize {
    if std::env::var_os("COLLOQ_FULL").is_some() { 50 } else { 6 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_nothing_is_lost_when_a_server_that_syncs_always_is_killed() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let url = format!("{}?timeout=500", server.url());
    let outcome = under(&url, 6, async |run| {
        for cycle in 0..cycles() {
            more(run, 20 + cycle as u64 * 37 % 101).await;
            server.kill();
            server.restart();
        }
        more(run, 20).await;
    })
    .await;
    assert!(outcome.acknowledged > 100);
    assert_eq!(outcome.lost, 0, "of {} acknowledged entries", outcome.acknowledged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_killed_primary_is_replaced_and_what_it_lost_is_noticed() {
    let mut cluster = Cluster::start(NODE_TIMEOUT_MS, &["--appendonly", "yes", "--appendfsync", "always"]);
    let url = format!("{}?timeout=500", cluster.url());
    let outcome = under(&url, 12, async |run| {
        for _ in 0..if cycles() > 6 { 6 } else { 1 } {
            let primary = cluster.primaries()[0];
            let keys = cluster.nodes[primary].ask(&["CLUSTER", "NODES"]);
            assert!(keys.contains("myself,master"));
            more(run, 200).await;
            cluster.nodes[primary].kill();
            written_again(run, &cluster).await;
            cluster.nodes[primary].restart();
            cluster.wait_until_whole();
        }
    })
    .await;
    assert!(outcome.acknowledged > 200);
    assert_eq!(outcome.lost, outcome.noticed, "whatever was lost was noticed by those who wrote on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_nothing_is_lost_when_a_primary_is_killed_whose_appends_were_waited_for() {
    let mut cluster = Cluster::start(NODE_TIMEOUT_MS, &["--appendonly", "yes", "--appendfsync", "always"]);
    let url = format!("{}?timeout=500&wait=1&wait_timeout=300", cluster.url());
    let outcome = under(&url, 12, async |run| {
        more(run, 200).await;
        let primary = cluster.primaries()[1];
        cluster.nodes[primary].kill();
        sleep(Duration::from_millis(u64::from(NODE_TIMEOUT_MS) * 2)).await;
        // Its replica took over and has none of its own: its sessions are written again once it is back.
        cluster.nodes[primary].restart();
        cluster.wait_until_whole();
        written_again(run, &cluster).await;
    })
    .await;
    assert_eq!(outcome.lost, 0, "of {} acknowledged entries", outcome.acknowledged);
}

/// Every session is written again in the time that is allowed.
async fn written_again(run: &Run, cluster: &Cluster) {
    let begun = Instant::now();
    // Sessions of all nodes are among the writers, so the cluster serves all slots once it says so.
    let is_up = |cluster: &Cluster| {
        let living = cluster.nodes.iter().find(|node| node.is_running()).expect("some live");
        let nodes = living.ask(&["CLUSTER", "NODES"]);
        nodes.lines().filter(|line| line.contains("master") && !line.contains("fail") && line.split(' ').count() > 8).count() == 3
    };
    while !is_up(cluster) {
        assert!(begun.elapsed() < Duration::from_millis(NODE_TIMEOUT_MS.into()) + GRACE, "no replica took over");
        sleep(Duration::from_millis(20)).await;
    }
    more(run, 500).await;
    let allowed = Duration::from_millis(NODE_TIMEOUT_MS.into()) + GRACE;
    assert!(begun.elapsed() < allowed, "it took {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_master_that_sentinels_replace_is_found_again() {
    let mut watched = Watched::start(&[]);
    let url = format!("{}?timeout=500", watched.url());
    let outcome = under(&url, 4, async |run| {
        more(run, 50).await;
        watched.master.kill();
        assert!(more(run, 50).await < Duration::from_secs(30));
        assert!(watched.replica.ask(&["ROLE"]).starts_with("master"));
    })
    .await;
    assert_eq!(outcome.lost, outcome.noticed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_slot_that_moves_while_it_is_written_loses_nothing() {
    let cluster = Cluster::start(NODE_TIMEOUT_MS, &[]);
    let outcome = under(&format!("{}?timeout=500", cluster.url()), 8, async |run| {
        more(run, 100).await;
        for number in 0..8 {
            let slot = cluster.nodes[0].ask(&["CLUSTER", "KEYSLOT", &format!("colloq:{{shop/{number:032x}}}")]);
            move_slot(&cluster, &slot, run).await;
        }
        more(run, 100).await;
    })
    .await;
    assert_eq!(outcome.lost, 0, "of {} acknowledged entries", outcome.acknowledged);
    let errors: String = cluster.nodes.iter().map(|node| node.ask(&["INFO", "errorstats"])).collect();
    assert!(errors.contains("errorstat_ASK") || errors.contains("errorstat_TRYAGAIN"), "the slots moved under the writers: {errors}");
}

/// Moves a slot from its primary to another one, key by key, as an operator's tool does.
async fn move_slot(cluster: &Cluster, slot: &str, run: &Run) {
    let primaries = cluster.primaries();
    let id = |at: usize| cluster.nodes[at].ask(&["CLUSTER", "MYID"]);
    // Its own node gives an answer where others point elsewhere.
    let has = |at: &usize| !cluster.nodes[*at].ask(&["CLUSTER", "SETSLOT", slot, "MIGRATING", &id(primaries[0])]).contains("not the owner");
    let from = *primaries.iter().skip(1).find(|at| has(at)).unwrap_or(&primaries[0]);
    let to = *primaries.iter().find(|at| **at != from).expect("there are three");
    let (source, target) = (&cluster.nodes[from], &cluster.nodes[to]);
    target.ask(&["CLUSTER", "SETSLOT", slot, "IMPORTING", &id(from)]);
    source.ask(&["CLUSTER", "SETSLOT", slot, "MIGRATING", &id(to)]);
    loop {
        let keys = source.ask(&["CLUSTER", "GETKEYSINSLOT", slot, "1"]);
        let Some(key) = keys.lines().next().filter(|key| !key.is_empty()) else { break };
        assert_eq!(source.ask(&["MIGRATE", "127.0.0.1", &target.port.to_string(), key, "0", "5000"]), "OK");
        more(run, 5).await;
    }
    for node in [target, source] {
        assert_eq!(node.ask(&["CLUSTER", "SETSLOT", slot, "NODE", &id(to)]), "OK");
    }
}
