//! A network that can be cut: every connection between nodes of a cluster, and from hosts to them, goes through here.
//!
//! Who connects is told by addresses of the loopback network: nodes come from `127.0.3.N`, and every host asks at an address of its own.
//! Across a cut nothing passes and nobody is told so, as in a network that lost its packets; when it heals, what hung is closed.

use std::net::{IpAddr, Ipv4Addr, TcpListener};

use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// On which side of the cut somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// With the node that is cut off.
    Few,
    /// With all others.
    Many,
    /// This test itself, which reaches everybody.
    Both,
}

/// The cut, where there is one.
#[derive(Clone)]
pub(crate) struct Cut(watch::Sender<bool>);

impl Cut {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn set(&self, is_cut: bool) {
        self.0.send_replace(is_cut);
    }
}

/// The places where a node can be asked.
pub(crate) struct Doors {
    pub(crate) port: u16,
    /// For the test and for nodes, for nodes' bus, and for each host.
    listeners: Vec<(TcpListener, Option<Side>)>,
}

/// Where the nth host asks.
pub(crate) fn address_of_host(nth: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1 + nth, 1)
}

/// Where the nth node comes from.
pub(crate) fn source_of_node(nth: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 3, 1 + nth)
}

impl Doors {
    /// Opens them at a port that is free everywhere; the hosts are on these sides.
    pub(crate) fn open(hosts: &[Side]) -> Self {
        (0..100).find_map(|_| Self::try_open(hosts)).expect("some port is free everywhere")
    }

    fn try_open(hosts: &[Side]) -> Option<Self> {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        let port = first.local_addr().ok()?.port();
        // A cluster's bus has the port ten thousand above.
        let bus = TcpListener::bind((Ipv4Addr::LOCALHOST, port.checked_add(10_000)?)).ok()?;
        let mut listeners = vec![(first, None), (bus, None)];
        for (nth, side) in (0..).zip(hosts) {
            listeners.push((TcpListener::bind((address_of_host(nth), port)).ok()?, Some(*side)));
        }
        Some(Self { port, listeners })
    }

    /// Leads whoever comes to a node on its port, and to its bus.
    pub(crate) fn lead(self, to: u16, side: Side, node_side: fn(u8) -> Side, cut: &Cut) {
        for (nth, (listener, host)) in self.listeners.into_iter().enumerate() {
            let (cut, to) = (cut.clone(), if nth == 1 { to + 10_000 } else { to });
            listener.set_nonblocking(true).expect("a listener takes its options");
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            tokio::spawn(async move {
                while let Ok((stream, from)) = listener.accept().await {
                    let from = match (host, from.ip()) {
                        (Some(side), _) => side,
                        (None, IpAddr::V4(ip)) if ip.octets()[2] == 3 => node_side(ip.octets()[3] - 1),
                        _ => Side::Both,
                    };
                    let crosses = from != Side::Both && from != side;
                    tokio::spawn(carry(stream, to, crosses, cut.0.subscribe()));
                }
            });
        }
    }
}

async fn carry(mut stream: TcpStream, to: u16, crosses: bool, mut cut: watch::Receiver<bool>) {
    let carried = async {
        let mut other = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await?;
        other.set_nodelay(true)?;
        stream.set_nodelay(true)?;
        copy_bidirectional(&mut stream, &mut other).await
    };
    if !crosses {
        let _ = carried.await;
        return;
    }
    let mut carried = Box::pin(carried);
    tokio::select! {
        biased;
        // Both ends stay open and hear nothing.
        _ = cut.wait_for(|is_cut| *is_cut) => {}
        _ = &mut carried => return,
    }
    let _ = cut.wait_for(|is_cut| !*is_cut).await;
}
