//! The running hash over a log, and the head that it makes together with the version.
//!
//! `chain = BLAKE3(previous chain, length of the entry's bytes as 8 bytes little-endian, the bytes)`. It is computed over the bytes
//! that the deciding core encoded once, so whoever holds the same chain holds the same history to the byte.

use core::fmt;

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

/// A hash over everything that a log holds up to some version; 64 hex digits in JSON.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Chain(pub [u8; 32]);

impl Chain {
    /// The chain before the first entry.
    pub const ZERO: Self = Self([0; 32]);

    /// The chain after one more entry.
    #[must_use]
    pub fn extend(&self, entry: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0);
        hasher.update(&(entry.len() as u64).to_le_bytes());
        hasher.update(entry);
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Chain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Chain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = alloc::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let bad = || de::Error::custom("a chain is 64 hex digits");
        if text.len() != 64 {
            return Err(bad());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = core::str::from_utf8(pair).map_err(|_| bad())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
        }
        Ok(Self(bytes))
    }
}

/// A place in a log. In JSON `[version, chain]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Head {
    /// The version of the last entry; 0 before the first.
    pub version: u64,
    /// The chain after it.
    pub chain: Chain,
}

impl Head {
    /// The head before the first entry.
    pub const ZERO: Self = Self { version: 0, chain: Chain::ZERO };

    /// The head after one more entry.
    #[must_use]
    pub fn extend(&self, entry: &[u8]) -> Self {
        Self { version: self.version + 1, chain: self.chain.extend(entry) }
    }
}

impl Serialize for Head {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.version, self.chain).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Head {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <(u64, Chain)>::deserialize(deserializer).map(|(version, chain)| Self { version, chain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_keeps_neighbours_apart() {
        let one = Chain::ZERO.extend(b"ab").extend(b"c");
        let other = Chain::ZERO.extend(b"a").extend(b"bc");
        assert_ne!(one, other);
    }

    #[test]
    fn json_and_back() {
        let head = Head::ZERO.extend(b"x");
        let json = serde_json::to_string(&head).unwrap();
        assert_eq!(serde_json::from_str::<Head>(&json).unwrap(), head);
    }
}
