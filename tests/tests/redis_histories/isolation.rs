//! A primary that is cut off together with a host: it goes on acknowledging until it notices, and the others replace it.

use std::process::Command;
use std::time::Duration;

use tokio::time::sleep;

use crate::proxy::{Cut, Doors, Side, address_of_host, source_of_node};
use crate::record::Outcome;
use crate::servers::{Cluster, Server};
use crate::settings::{NODE_TIMEOUT_MS, PLAIN, SAFE, SETTINGS, Setting};
use crate::talk::Run;

const NODES: u8 = 6;
const CONVERSATIONS: usize = 8;
/// The first host is cut off with the first node, which is a primary.
const HOSTS: [Side; 2] = [Side::Few, Side::Many];

fn side_of_node(nth: u8) -> Side {
    if nth == 0 { Side::Few } else { Side::Many }
}

/// A cluster whose nodes are reached through doors alone; gives the doors' ports.
fn cluster(options: &[&str], cut: &Cut) -> (Cluster, Vec<u16>) {
    let (mut nodes, mut ports) = (Vec::new(), Vec::new());
    let timeout = NODE_TIMEOUT_MS.to_string();
    for nth in 0..NODES {
        let doors = Doors::open(&HOSTS);
        let (port, bus, source) = (doors.port.to_string(), (doors.port + 10_000).to_string(), source_of_node(nth).to_string());
        let mut all = vec!["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", &timeout];
        all.extend(["--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0"]);
        // Whoever asks is told a port alone, and so goes on asking at the address where they asked.
        all.extend(["--cluster-announce-ip", "127.0.0.1", "--cluster-preferred-endpoint-type", "unknown-endpoint"]);
        all.extend(["--cluster-announce-port", &port, "--cluster-announce-bus-port", &bus, "--bind-source-addr", &source]);
        all.extend(options);
        let node = Server::start(&all);
        ports.push(doors.port);
        doors.lead(node.port, side_of_node(nth), side_of_node, cut);
        nodes.push(node);
    }
    let mut create = Command::new("redis-cli");
    create.args(["--cluster", "create"]).args(ports.iter().map(|port| format!("127.0.0.1:{port}")));
    let output = create.args(["--cluster-replicas", "1", "--cluster-yes"]).output().expect("redis-cli");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let cluster = Cluster { nodes };
    cluster.wait_until_whole();
    (cluster, ports)
}

async fn isolate((name, options, store, is_safe): Setting) -> Outcome {
    let cut = Cut::new();
    let (cluster, ports) = tokio::task::block_in_place(|| cluster(options, &cut));
    let at = |address: std::net::Ipv4Addr| {
        let seeds: Vec<String> = ports.iter().map(|port| format!("{address}:{port}")).collect();
        format!("redis+cluster://{}?timeout=500{store}", seeds.join(","))
    };
    assert!(cluster.primaries().contains(&0), "the first node is a primary");
    let run = Run::start(&[at(address_of_host(0)), at(address_of_host(1))], CONVERSATIONS).await;
    run.more(200).await;
    run.record.harm();
    cut.set(true);
    let timeout = Duration::from_millis(NODE_TIMEOUT_MS.into());
    sleep(timeout * 4).await;
    assert_eq!(cluster.primaries().len(), 4, "one took over, and the one that is cut off does not know");
    cut.set(false);
    tokio::task::block_in_place(|| cluster.wait_until_whole());
    let again = run.more(200).await;
    assert!(again < timeout + Duration::from_secs(5), "it took {again:?}");
    let outcome = run.finish(&at(std::net::Ipv4Addr::LOCALHOST)).await;
    println!("{name}, a primary cut off with a host: {outcome}");
    assert!(!is_safe || outcome.lost == 0, "{name}: {outcome}");
    outcome
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_what_a_primary_says_that_is_cut_off_with_a_host_is_noticed() {
    assert!(isolate(PLAIN).await.acknowledged > 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_primary_that_is_cut_off_with_a_host_acknowledges_nothing_that_is_lost() {
    assert!(isolate(SAFE).await.acknowledged > 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_losses_of_a_primary_that_is_cut_off_are_counted() {
    if std::env::var_os("COLLOQ_FULL").is_none() {
        return;
    }
    for setting in SETTINGS {
        for _ in 0..3 {
            isolate(setting).await;
        }
    }
}
