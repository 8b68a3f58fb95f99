//! Which store, as people write it: `sqlite:colloq.db`, `memory:`, `redis://...`, `redis+cluster://...` or `redis+sentinel://...`.

use std::path::PathBuf;
use std::str::FromStr;

use colloq_store_redis::{Address, BadAddress};
use serde::{Deserialize, Deserializer, de};

/// Where logs live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreAddress {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// Nowhere: what is in it ends with the process.
    Memory,
    /// Servers that other hosts use as well.
    Redis(Address),
}

/// The text names no store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadStore {
    /// It begins like none.
    #[error("write sqlite:PATH, memory:, redis://HOST, redis+cluster://HOST:PORT,... or redis+sentinel://HOST:PORT,.../MASTER")]
    Unknown,
    /// It begins like the address of servers.
    #[error(transparent)]
    Servers(#[from] BadAddress),
}

impl FromStr for StoreAddress {
    type Err = BadStore;

    fn from_str(text: &str) -> Result<Self, BadStore> {
        match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("memory", "")) => Ok(Self::Memory),
            Some((_, rest)) if rest.starts_with("//") => Ok(Self::Redis(text.parse()?)),
            _ => Err(BadStore::Unknown),
        }
    }
}

impl<'de> Deserialize<'de> for StoreAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_named() {
        assert_eq!("sqlite:a/b.db".parse(), Ok(StoreAddress::Sqlite("a/b.db".into())));
        assert_eq!("memory:".parse(), Ok(StoreAddress::Memory));
        assert_eq!("redis+cluster://a:1,b:2".parse(), Ok(StoreAddress::Redis("redis+cluster://a:1,b:2".parse().unwrap())));
        for text in ["", "sqlite", "sqlite:", "memory", "memory:x", "colloq.db", "redis:"] {
            assert_eq!(text.parse::<StoreAddress>(), Err(BadStore::Unknown), "{text}");
        }
        assert!(matches!("redis://".parse::<StoreAddress>(), Err(BadStore::Servers(_))));
    }
}
