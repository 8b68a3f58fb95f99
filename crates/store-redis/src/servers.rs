//! All servers of a store: who has which slot, and where a request goes.
//!
//! A request that may have been carried out is never sent again from here; one that was refused is, for a while.

use std::collections::HashMap;
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use redis::Value;
use tokio::time::{Instant, sleep};

use crate::address::{Address, Mode};
use crate::error::Fault;
use crate::node::{Node, ask_sentinel};
use crate::reply::{Reply, text};
use crate::request::Request;

/// So long a request is tried that is refused: a slot that moves, a master that is being replaced.
const TRY_MAX: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(50);
/// The slots of a cluster.
const SLOTS: u16 = 16_384;

/// What a request does, and so how it may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Reads, or writes what may be written twice at any time: it is sent again when no answer comes.
    Again,
    /// Writes, and is answered once it is as durable as the address says.
    Once,
}

/// See the module's documentation.
pub(crate) struct Servers {
    address: Arc<Address>,
    nodes: Mutex<HashMap<(String, u16), Arc<Node>>>,
    map: Mutex<Arc<Map>>,
    refreshing: tokio::sync::Mutex<()>,
}

/// Who has which slots.
#[derive(Default)]
pub(crate) struct Map {
    /// Ranges of slots (first, last) in their order.
    ranges: Vec<(u16, u16, Arc<Node>)>,
}

impl Map {
    fn node(&self, slot: u16) -> Option<&Arc<Node>> {
        let after = self.ranges.partition_point(|(first, _, _)| *first <= slot);
        self.ranges[..after].last().filter(|(_, last, _)| slot <= *last).map(|(_, _, node)| node)
    }
}

impl Servers {
    pub(crate) fn new(address: Address) -> Self {
        let address = Arc::new(address);
        Self { address, nodes: Mutex::default(), map: Mutex::default(), refreshing: tokio::sync::Mutex::default() }
    }

    pub(crate) fn address(&self) -> &Arc<Address> {
        &self.address
    }

    /// Who has a slot, as far as is known.
    pub(crate) fn node(&self, slot: u16) -> Option<Arc<Node>> {
        self.map.lock().node(slot).cloned()
    }

    /// Who has a slot, asked for where it is not known.
    pub(crate) async fn find(&self, slot: u16) -> Result<Arc<Node>, Fault> {
        let map = Arc::clone(&self.map.lock());
        if let Some(node) = map.node(slot) {
            return Ok(Arc::clone(node));
        }
        self.refresh(&map).await?;
        self.node(slot).ok_or_else(|| Fault::refused(format!("no node serves the slot {slot}")))
    }

    /// All nodes that serve slots, each once and always in the same order, and a number that changes when slots move.
    pub(crate) fn serving(&self) -> (Vec<Arc<Node>>, u64) {
        let map = Arc::clone(&self.map.lock());
        let mut nodes: Vec<Arc<Node>> = map.ranges.iter().map(|(_, _, node)| Arc::clone(node)).collect();
        nodes.sort_by(|one, other| (&one.host, one.port).cmp(&(&other.host, other.port)));
        nodes.dedup_by(|one, other| Arc::ptr_eq(one, other));
        let mut hasher = std::hash::DefaultHasher::new();
        for (first, last, node) in &map.ranges {
            (first, last, &node.host, node.port).hash(&mut hasher);
        }
        (nodes, hasher.finish())
    }

    /// Carries out a request and answers what the server said.
    pub(crate) async fn send(&self, request: &Request, deed: Deed) -> Result<Reply, Fault> {
        let until = Instant::now() + TRY_MAX;
        let mut ask: Option<Arc<Node>> = None;
        loop {
            let map = Arc::clone(&self.map.lock());
            let is_asking = ask.is_some();
            let sent = match ask.take() {
                Some(node) => self.send_to(&node, request, deed, true).await,
                None => match self.find(request.slot).await {
                    Ok(node) => self.send_to(&node, request, deed, is_asking).await,
                    Err(fault) => Err(fault),
                },
            };
            let fault = match sent {
                Ok(Value::ServerError(error)) => match error.code() {
                    "MOVED" => {
                        self.refresh(&map).await?;
                        Fault::of_server(&error)
                    }
                    "ASK" => {
                        ask = error.details().and_then(|details| self.named(details));
                        Fault::of_server(&error)
                    }
                    "TRYAGAIN" | "CLUSTERDOWN" | "LOADING" | "MASTERDOWN" | "READONLY" | "NOREPLICAS" => {
                        sleep(PAUSE).await;
                        // Nobody else knows better when asked in the same moment.
                        let _ = self.refresh(&map).await;
                        Fault::of_server(&error)
                    }
                    _ => return Err(Fault::of_server(&error)),
                },
                Ok(value) => return Ok(Reply::new(value)),
                Err(fault) => {
                    let is_over = matches!(fault, Fault::Lost(_)) && deed == Deed::Once;
                    if !is_over {
                        sleep(PAUSE).await;
                    }
                    let refreshed = self.refresh(&map).await;
                    if is_over {
                        return Err(fault);
                    }
                    refreshed.err().unwrap_or(fault)
                }
            };
            if Instant::now() >= until {
                return Err(fault);
            }
        }
    }

    /// Sends a request to a node, which is given the script where it does not know it.
    async fn send_to(&self, node: &Node, request: &Request, deed: Deed, is_asking: bool) -> Result<Value, Fault> {
        let is_waiting = deed == Deed::Once && self.address.wait > 0;
        let once = async || if is_waiting { node.send_waiting(request, is_asking).await } else { node.send(request, is_asking).await };
        match (once().await?, request.script) {
            (Value::ServerError(error), Some(script)) if error.code() == "NOSCRIPT" => {
                node.teach(script).await?;
                once().await
            }
            (value, _) => Ok(value),
        }
    }

    /// Finds out anew who has which slots, unless somebody else has since `seen`.
    pub(crate) async fn refresh(&self, seen: &Arc<Map>) -> Result<(), Fault> {
        let _alone = self.refreshing.lock().await;
        if !Arc::ptr_eq(&self.map.lock(), seen) {
            return Ok(());
        }
        let map = match &self.address.mode {
            Mode::Single => self.whole(self.address.seeds[0].clone()),
            Mode::Sentinel(name) => self.whole(self.master(name).await?),
            Mode::Cluster => self.cluster().await?,
        };
        self.forget_strangers(&map);
        *self.map.lock() = Arc::new(map);
        Ok(())
    }

    /// The same, where somebody had reason to doubt what is known.
    pub(crate) async fn renew(&self) {
        let seen = Arc::clone(&self.map.lock());
        if let Err(fault) = self.refresh(&seen).await {
            tracing::debug!(error = %colloq_store::StoreError::from(fault), "nobody says who has which slots");
        }
    }

    /// The map where one server has everything.
    fn whole(&self, (host, port): (String, u16)) -> Map {
        Map { ranges: vec![(0, SLOTS - 1, self.at(&host, port))] }
    }

    async fn master(&self, name: &str) -> Result<(String, u16), Fault> {
        let mut why = format!("no sentinel knows a master {name}");
        for (host, port) in &self.address.seeds {
            match ask_sentinel(&self.address, host, *port).await {
                Ok(Some(master)) => return Ok(master),
                Ok(None) => {}
                Err(error) => why = format!("{host}:{port}: {error}"),
            }
        }
        Err(Fault::refused(why))
    }

    /// Asks one node after the other for the slots.
    async fn cluster(&self) -> Result<Map, Fault> {
        let mut asked: Vec<Arc<Node>> = self.nodes.lock().values().cloned().collect();
        asked.extend(self.address.seeds.iter().map(|(host, port)| self.at(host, *port)));
        let mut command = redis::cmd("CLUSTER");
        command.arg("SLOTS");
        let request = Request { slot: 0, command, script: None };
        let mut why = String::from("no node of the cluster answers");
        for node in asked {
            match node.send(&request, false).await {
                Ok(Value::Array(rows)) if !rows.is_empty() => {
                    let mut ranges = rows.iter().map(|row| self.range(row, &node.host)).collect::<Option<Vec<_>>>();
                    if let Some(ranges) = &mut ranges {
                        ranges.sort_by_key(|(first, _, _)| *first);
                        return Ok(Map { ranges: std::mem::take(ranges) });
                    }
                    why = "CLUSTER SLOTS is not understood".into();
                }
                Ok(Value::ServerError(error)) => {
                    why = format!("{}:{}: {} {}", node.host, node.port, error.code(), error.details().unwrap_or_default());
                }
                Ok(_) => {}
                Err(Fault::Lost(lost)) => why = lost,
                Err(Fault::Refused(error)) => why = error.to_string(),
            }
        }
        Err(Fault::refused(why))
    }

    /// A row of CLUSTER SLOTS: first slot, last slot, the master, its replicas. A node that does not say its host is the one that was asked.
    fn range(&self, row: &Value, asked: &str) -> Option<(u16, u16, Arc<Node>)> {
        let Value::Array(row) = row else { return None };
        let [Value::Int(first), Value::Int(last), Value::Array(master), ..] = &row[..] else { return None };
        let [host, Value::Int(port), ..] = &master[..] else { return None };
        let host = text(host).filter(|host| !host.is_empty()).unwrap_or(asked);
        Some((u16::try_from(*first).ok()?, u16::try_from(*last).ok()?, self.at(host, u16::try_from(*port).ok()?)))
    }

    /// The node that an answer `ASK slot host:port` names.
    fn named(&self, details: &str) -> Option<Arc<Node>> {
        let (host, port) = details.split_ascii_whitespace().nth(1)?.rsplit_once(':')?;
        Some(self.at(host, port.parse().ok()?))
    }

    fn at(&self, host: &str, port: u16) -> Arc<Node> {
        let mut nodes = self.nodes.lock();
        Arc::clone(nodes.entry((host.to_owned(), port)).or_insert_with(|| Node::new(&self.address, host, port)))
    }

    /// Nodes that serve nothing are let go, but some that can be asked who does.
    fn forget_strangers(&self, map: &Map) {
        let mut nodes = self.nodes.lock();
        if nodes.len() > 2 * map.ranges.len() + self.address.seeds.len() {
            nodes.retain(|_, node| map.ranges.iter().any(|(_, _, serving)| Arc::ptr_eq(serving, node)));
        }
    }
}
