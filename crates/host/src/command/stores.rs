//! Opens stores for commands. Nothing is created where something is to be read, and a store that a host holds is left to it.

use std::env;
use std::sync::Arc;

use colloq_host::config::{Place, StoreAddress};
use colloq_store::Archive;
use colloq_store_redis::RedisStore;
use colloq_store_sqlite::{OpenError, SqliteStore};

use super::Failure;
use super::remote::Remote;

/// Where a command works.
pub(crate) enum At {
    Store(Arc<dyn Archive>),
    Host(Remote),
}

/// Whether a store has to be there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Must {
    Exist,
    MayBegin,
}

/// Opens what was named, or the default.
pub(crate) async fn place(place: &Place, must: Must) -> Result<At, Failure> {
    if let Some(url) = &place.url {
        return Ok(At::Host(Remote::new(url, place.key.as_deref(), place.ca_file.as_deref())?));
    }
    let said = match (&place.store, env::var("COLLOQ_STORE")) {
        (Some(address), _) => address.clone(),
        (None, Ok(text)) => text.parse().map_err(|error| Failure::new("badStore", format!("COLLOQ_STORE: {error}")))?,
        (None, Err(_)) => StoreAddress::Sqlite("colloq.db".into()),
    };
    Ok(At::Store(open(&said, must).await?))
}

/// Opens a store.
pub(crate) async fn open(address: &StoreAddress, must: Must) -> Result<Arc<dyn Archive>, Failure> {
    match address {
        StoreAddress::Memory => Err(Failure::new("badStore", "memory: is a store of one process alone; ask its host by --url")),
        StoreAddress::Sqlite(path) => {
            if must == Must::Exist && !path.exists() {
                return Err(Failure::new("storeMissing", format!("{} is not there", path.display())));
            }
            Ok(Arc::new(SqliteStore::open(path).map_err(of_sqlite)?))
        }
        StoreAddress::Redis(address) => {
            let opened = RedisStore::open(address.clone()).await;
            Ok(Arc::new(opened.map_err(|error| Failure::new("storeUnavailable", error.to_string()))?))
        }
    }
}

fn of_sqlite(error: OpenError) -> Failure {
    match error {
        OpenError::InUse { .. } => Failure::new("storeInUse", format!("{error}, or ask its host by --url")),
        OpenError::Damaged { .. } => Failure::new("storeDamaged", error.to_string()),
        other => {
            let source = std::error::Error::source(&other).map_or_else(String::new, |source| format!(": {source}"));
            Failure::new("storeUnavailable", format!("{other}{source}"))
        }
    }
}
