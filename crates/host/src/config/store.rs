//! Which store, as people write it: `sqlite:colloq.db` or `memory:`.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// Where logs live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreAddress {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// Nowhere: what is in it ends with the process.
    Memory,
}

/// The text names no store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write sqlite:PATH or memory:")]
pub struct BadStore;

impl FromStr for StoreAddress {
    type Err = BadStore;

    fn from_str(text: &str) -> Result<Self, BadStore> {
        match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("memory", "")) => Ok(Self::Memory),
            _ => Err(BadStore),
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
        for text in ["", "sqlite", "sqlite:", "memory", "memory:x", "colloq.db", "redis://localhost"] {
            assert_eq!(text.parse::<StoreAddress>(), Err(BadStore), "{text}");
        }
    }
}
