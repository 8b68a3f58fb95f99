//! What all operations of a store share.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;

use bytes::Bytes;
use colloq_store::{Key, StoreError, Touch};
use parking_lot::Mutex;

use crate::address::{Address, Mode};
use crate::error::OpenError;
use crate::flights::Flights;
use crate::keys::Keys;
use crate::known::Known;
use crate::news::Mouth;
use crate::request::Request;
use crate::servers::{Deed, Servers};

/// The layout of keys and rows.
const LAYOUT: &str = "1";

/// See the module's documentation.
pub(crate) struct Inner {
    pub(crate) servers: Servers,
    pub(crate) keys: Keys,
    pub(crate) flights: Arc<Flights>,
    pub(crate) touches: Mutex<HashMap<Key, Touch>>,
    pub(crate) mouth: Mouth,
    pub(crate) known: Known,
    /// Tells this host's own news from others'.
    pub(crate) me: [u8; 8],
}

impl Inner {
    pub(crate) fn new(address: Address) -> Self {
        Self {
            keys: Keys::new(&address.prefix),
            servers: Servers::new(address),
            flights: Arc::default(),
            touches: Mutex::default(),
            mouth: Mouth::new(),
            known: Known::default(),
            me: RandomState::new().build_hasher().finish().to_be_bytes(),
        }
    }

    /// Whether what is there can be used.
    pub(crate) async fn check(&self) -> Result<(), OpenError> {
        let at = || self.servers.address().to_string();
        let unusable = |why: String| OpenError::Unusable { at: at(), why };
        let key = self.keys.layout();
        let claim = Request::new("SET", &key).arg(LAYOUT).arg("NX");
        self.servers.send(&claim, Deed::Again).await.map_err(|fault| unusable(StoreError::from(fault).to_string()))?;
        let found = self.servers.send(&Request::new("GET", &key), Deed::Again).await;
        let found = found.and_then(|mut reply| reply.string()).map_err(|fault| unusable(StoreError::from(fault).to_string()))?;
        match found {
            Some(found) if found != LAYOUT => Err(OpenError::Newer { at: at(), found, known: LAYOUT.into() }),
            _ => Ok(()),
        }
    }

    /// Whether anybody answers, and all that was accepted is with the servers.
    pub(crate) async fn flush(self: &Arc<Self>) -> Result<(), StoreError> {
        self.write_touches().await;
        self.flights.settle().await;
        self.servers.send(&Request::new("GET", &self.keys.layout()), Deed::Again).await?;
        Ok(())
    }

    /// How a script publishes that a session moved, and what.
    pub(crate) fn news_of_store(&self) -> (&'static str, Bytes) {
        (self.publish(), Bytes::copy_from_slice(&self.me))
    }

    /// In a cluster a channel belongs to the node of its slot; elsewhere there is one node.
    pub(crate) fn publish(&self) -> &'static str {
        if self.servers.address().mode == Mode::Cluster { "SPUBLISH" } else { "PUBLISH" }
    }
}
