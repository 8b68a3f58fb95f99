//! The settings of a cluster that promise different things, and what may happen to its servers: the same for losses of the store alone
//! and for histories of whole hosts.

use std::time::Duration;

use tokio::time::sleep;

use crate::servers::{Cluster, Server};

pub const NODE_TIMEOUT_MS: u32 = 1_000;
pub const ALWAYS: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];
const REPLICAS: [&str; 4] = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "1"];

/// A setting: its name, the servers' options, the store's, and whether it may lose nothing.
pub type Setting = (&'static str, &'static [&'static str], &'static str, bool);

pub const PLAIN: Setting = ("plain", &[], "", false);
pub const SAFE: Setting = ("appendfsync always, wait=1", &ALWAYS, "&wait=1&wait_timeout=500", true);
pub const SETTINGS: [Setting; 4] =
    [PLAIN, ("min-replicas-to-write 1", &REPLICAS, "", false), ("wait=1", &[], "&wait=1&wait_timeout=500", false), SAFE];

/// What happens to servers.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    PrimaryKilled,
    PrimaryStopped,
    PrimaryRestarted,
    AllKilled,
}

impl Trouble {
    /// Lets it happen, and waits until the cluster is whole again.
    pub async fn happen(self, cluster: &mut Cluster) {
        let primary = cluster.primaries()[0];
        let timeout = Duration::from_millis(NODE_TIMEOUT_MS.into());
        match self {
            Self::PrimaryKilled => {
                cluster.nodes[primary].kill();
                sleep(timeout * 3).await;
                cluster.nodes[primary].restart();
            }
            Self::PrimaryStopped => {
                cluster.nodes[primary].signal("STOP");
                sleep(timeout * 2).await;
                cluster.nodes[primary].signal("CONT");
            }
            Self::PrimaryRestarted => {
                cluster.nodes[primary].kill();
                cluster.nodes[primary].restart();
            }
            Self::AllKilled => {
                cluster.nodes.iter_mut().for_each(Server::kill);
                cluster.nodes.iter_mut().for_each(Server::restart);
            }
        }
        cluster.wait_until_whole();
    }
}
