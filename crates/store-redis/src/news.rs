//! What is heard from other hosts, and what they are told: by publish and subscribe, of a cluster's slots where it is one.
//!
//! A channel is followed on the node that has its slot, each by a command of its own. When a connection ends or a slot moves it is
//! followed anew, and whoever follows the topic is told to look: nothing that is published is kept for those who were away.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use colloq_store::{Hear, News, Topic};
use futures_util::future::join_all;
use parking_lot::Mutex;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ProtocolVersion, PushInfo, PushKind, Value};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use crate::address::Mode;
use crate::inner::Inner;
use crate::keys::slot;
use crate::node::{Node, connect};
use crate::request::Request;
use crate::servers::Deed;

/// How often is tried again what could not be followed, and looked whether slots have moved.
const TRY_EVERY: Duration = Duration::from_millis(500);
/// So much is told at a time.
const TELL_AT_ONCE: usize = 256;
/// What waits to be told beyond that is dropped: it is news, and there will be others.
const TELL_WAITING_MAX: usize = 16_384;

/// What changes in what is followed.
enum Change {
    Follow(Topic),
    Unfollow(Topic),
    /// The server ended the subscription of a channel.
    Lost(String),
    /// A connection ended.
    Gone(u64),
}

/// The ends that the store holds.
pub(crate) struct Mouth {
    changes: mpsc::UnboundedSender<Change>,
    said: mpsc::Sender<(String, Bytes)>,
    /// Until somebody listens.
    ears: Mutex<Option<Ears>>,
}

struct Ears {
    changes: mpsc::UnboundedReceiver<Change>,
    said: mpsc::Receiver<(String, Bytes)>,
}

/// Channels that are followed, and what they are about.
type Wanted = Arc<Mutex<HashMap<String, Topic>>>;

impl Mouth {
    pub(crate) fn new() -> Self {
        let ((changes, changing), (said, saying)) = (mpsc::unbounded_channel(), mpsc::channel(TELL_WAITING_MAX));
        Self { changes, said, ears: Mutex::new(Some(Ears { changes: changing, said: saying })) }
    }

    pub(crate) fn follow(&self, topic: &Topic) {
        let _ = self.changes.send(Change::Follow(topic.clone()));
    }

    pub(crate) fn unfollow(&self, topic: &Topic) {
        let _ = self.changes.send(Change::Unfollow(topic.clone()));
    }

    pub(crate) fn tell(&self, channel: String, message: Bytes) {
        if self.said.try_send((channel, message)).is_err() {
            tracing::warn!("other hosts are not told of something: too much waits");
        }
    }
}

/// Begins to hear and to tell; ends with the store.
pub(crate) fn listen(inner: &Arc<Inner>, hear: Hear) {
    let Some(Ears { changes, said }) = inner.mouth.ears.lock().take() else { return };
    let weak = Arc::downgrade(inner);
    tokio::spawn(async move {
        let mut said = said;
        let mut batch = Vec::new();
        while said.recv_many(&mut batch, TELL_AT_ONCE).await > 0 {
            let Some(inner) = weak.upgrade() else { return };
            let requests: Vec<Request> =
                batch.drain(..).map(|(channel, message)| Request::new(inner.publish(), &channel).arg(&message[..])).collect();
            // They are sent in their order.
            for result in join_all(requests.iter().map(|request| inner.servers.send(request, Deed::Again))).await {
                if result.is_err() {
                    tracing::debug!("other hosts could not be told of something");
                }
            }
        }
    });
    let listener = Listener {
        inner: Arc::downgrade(inner),
        changed: inner.mouth.changes.clone(),
        is_cluster: inner.servers.address().mode == Mode::Cluster,
        me: inner.me,
        hear,
        wanted: Wanted::default(),
        links: HashMap::new(),
        astray: HashSet::new(),
        next_link: 0,
    };
    tokio::spawn(listener.run(changes));
}

/// Follows channels wherever they are.
struct Listener {
    inner: std::sync::Weak<Inner>,
    changed: mpsc::UnboundedSender<Change>,
    is_cluster: bool,
    me: [u8; 8],
    hear: Hear,
    wanted: Wanted,
    links: HashMap<u64, Link>,
    /// Channels that are wanted and not followed.
    astray: HashSet<String>,
    next_link: u64,
}

/// A connection on which channels are followed.
struct Link {
    node: Arc<Node>,
    connection: MultiplexedConnection,
    channels: HashSet<String>,
}

impl Listener {
    async fn run(mut self, mut changes: mpsc::UnboundedReceiver<Change>) {
        let mut tries = interval(TRY_EVERY);
        tries.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                change = changes.recv() => match change {
                    Some(change) => self.handle(change).await,
                    None => return,
                },
                _ = tries.tick() => {
                    let Some(inner) = self.inner.upgrade() else { return };
                    self.leave_moved(&inner);
                    self.follow_astray(&inner).await;
                }
            }
        }
    }

    async fn handle(&mut self, change: Change) {
        match change {
            Change::Follow(topic) => {
                let Some(inner) = self.inner.upgrade() else { return };
                let channel = inner.keys.channel(&topic);
                if self.wanted.lock().insert(channel.clone(), topic).is_none() {
                    self.astray.insert(channel);
                    self.follow_astray(&inner).await;
                }
            }
            Change::Unfollow(topic) => {
                let Some(inner) = self.inner.upgrade() else { return };
                let channel = inner.keys.channel(&topic);
                self.wanted.lock().remove(&channel);
                self.astray.remove(&channel);
                let command = if self.is_cluster { "SUNSUBSCRIBE" } else { "UNSUBSCRIBE" };
                for link in self.links.values_mut().filter(|link| link.channels.contains(&channel)) {
                    link.channels.remove(&channel);
                    let _ = link.connection.send_packed_command(redis::cmd(command).arg(&channel)).await;
                }
            }
            Change::Lost(channel) => {
                for link in self.links.values_mut() {
                    link.channels.remove(&channel);
                }
                if self.wanted.lock().contains_key(&channel) {
                    self.astray.insert(channel);
                }
            }
            Change::Gone(number) => {
                let channels = self.links.remove(&number).map(|link| link.channels).unwrap_or_default();
                self.astray.extend(channels);
            }
        }
    }

    /// Lets go of links to nodes that no longer have the slots of their channels.
    fn leave_moved(&mut self, inner: &Inner) {
        if !self.is_cluster && self.links.len() < 2 {
            let node = inner.servers.node(0);
            let is_there = |link: &Link| node.as_ref().is_none_or(|node| Arc::ptr_eq(node, &link.node));
            if self.links.values().all(is_there) {
                return;
            }
        }
        let has_moved = |link: &Link| {
            let elsewhere = |channel: &String| inner.servers.node(slot(channel)).is_some_and(|node| !Arc::ptr_eq(&node, &link.node));
            link.channels.iter().any(elsewhere)
        };
        let moved: Vec<u64> = self.links.iter().filter(|(_, link)| has_moved(link)).map(|(number, _)| *number).collect();
        for number in moved {
            let channels = self.links.remove(&number).map(|link| link.channels).unwrap_or_default();
            self.astray.extend(channels);
        }
    }

    /// Follows what is wanted and not followed, as far as that can be done now. Whoever wanted it is told to look.
    async fn follow_astray(&mut self, inner: &Arc<Inner>) {
        let mut failed: Vec<Arc<Node>> = Vec::new();
        for channel in std::mem::take(&mut self.astray) {
            let topic = self.wanted.lock().get(&channel).cloned();
            let Some(topic) = topic else { continue };
            let node = inner.servers.find(slot(&channel)).await.ok().filter(|node| !failed.iter().any(|other| Arc::ptr_eq(other, node)));
            let is_followed = match &node {
                Some(node) => self.follow_on(inner, node, &channel).await,
                None => false,
            };
            if is_followed {
                (self.hear)(News { topic, body: Bytes::new() });
            } else {
                failed.extend(node);
                self.astray.insert(channel);
            }
        }
    }

    async fn follow_on(&mut self, inner: &Arc<Inner>, node: &Arc<Node>, channel: &str) -> bool {
        let Some(number) = self.link(inner, node).await else { return false };
        let Some(link) = self.links.get_mut(&number) else { return false };
        let command = if self.is_cluster { "SSUBSCRIBE" } else { "SUBSCRIBE" };
        let answer = link.connection.send_packed_command(redis::cmd(command).arg(channel)).await;
        match answer {
            Ok(Value::ServerError(error)) => {
                tracing::debug!(code = error.code(), "a channel cannot be followed");
                inner.servers.renew().await;
                false
            }
            Ok(_) => {
                link.channels.insert(channel.to_owned());
                true
            }
            Err(error) => {
                tracing::debug!(%error, "a channel cannot be followed");
                let link = self.links.remove(&number);
                self.astray.extend(link.map(|link| link.channels).unwrap_or_default());
                inner.servers.renew().await;
                false
            }
        }
    }

    /// The link to a node, opened where there is none.
    async fn link(&mut self, inner: &Arc<Inner>, node: &Arc<Node>) -> Option<u64> {
        let known = self.links.iter().find(|(_, link)| Arc::ptr_eq(&link.node, node)).map(|(number, _)| *number);
        if known.is_some() {
            return known;
        }
        let number = self.next_link;
        let (me, hear, wanted, changed) = (self.me, Arc::clone(&self.hear), Arc::clone(&self.wanted), self.changed.clone());
        let heard = move |info: PushInfo| -> Result<(), ()> {
            match info.kind {
                PushKind::Message | PushKind::SMessage => {
                    if let Some(news) = read(&info.data, me, &wanted.lock()) {
                        hear(news);
                    }
                }
                PushKind::SUnsubscribe => {
                    if let Some(Value::BulkString(channel)) = info.data.first() {
                        let _ = changed.send(Change::Lost(String::from_utf8_lossy(channel).into_owned()));
                    }
                }
                PushKind::Disconnection => {
                    let _ = changed.send(Change::Gone(number));
                }
                _ => {}
            }
            Ok(())
        };
        let address = inner.servers.address();
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(address.timeout)).set_push_sender(heard);
        match connect(address, &node.host, node.port, ProtocolVersion::RESP3, config).await {
            Ok(connection) => {
                self.next_link += 1;
                self.links.insert(number, Link { node: Arc::clone(node), connection, channels: HashSet::new() });
                Some(number)
            }
            Err(error) => {
                tracing::debug!(%error, host = node.host, port = node.port, "nothing can be followed there");
                inner.servers.renew().await;
                None
            }
        }
    }
}

/// What a message says, unless it is this host's own or about nothing that is followed.
fn read(data: &[Value], me: [u8; 8], wanted: &HashMap<String, Topic>) -> Option<News> {
    let [Value::BulkString(channel), Value::BulkString(message)] = data else { return None };
    let topic = wanted.get(std::str::from_utf8(channel).ok()?)?;
    let (who, body) = message.split_first_chunk()?;
    (*who != me).then(|| News { topic: topic.clone(), body: Bytes::copy_from_slice(body) })
}
