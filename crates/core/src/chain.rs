//! The running hash over a log, and the head that it makes together with the version.
//!
//! `chain = BLAKE3(previous chain, length of the entry's bytes as 8 bytes little-endian, the bytes)`. It is computed over the bytes
//! that the deciding core encoded once, so whoever holds the same chain holds the same history to the byte.

use core::fmt;

use alloc::string::String;

use crate::Id;
use crate::hex;
use crate::json::{Json, JsonError, Reader};

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

impl Chain {
    /// The chain that a fork's log begins with: it names the place in its parent's log that it was taken from.
    pub fn of_fork(parent: Id, chain: &Self, fork: Id) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"fork").update(parent.as_bytes()).update(&chain.0).update(fork.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    /// Reads 64 hex digits.
    pub fn from_text(text: &str) -> Option<Self> {
        hex::read(text).map(Self)
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_json().trim_matches('"'))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Json for Chain {
    fn blank() -> Self {
        Self::ZERO
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        Self::from_text(&reader.text()?).ok_or_else(|| reader.error("a chain is 64 hex digits"))
    }

    fn write(&self, out: &mut String) {
        out.push('"');
        hex::write(&self.0, out);
        out.push('"');
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

impl Json for Head {
    fn blank() -> Self {
        Self::ZERO
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        let (mut version, mut chain) = (None, None);
        reader.array(&mut |reader| {
            match (version, chain) {
                (None, _) => version = Some(u64::read(reader)?),
                (_, None) => chain = Some(Chain::read(reader)?),
                _ => return Err(reader.error("a head is [version, chain]")),
            }
            Ok(())
        })?;
        let head = version.zip(chain).map(|(version, chain)| Self { version, chain });
        head.ok_or_else(|| reader.error("a head is [version, chain]"))
    }

    fn write(&self, out: &mut String) {
        out.push('[');
        self.version.write(out);
        out.push(',');
        self.chain.write(out);
        out.push(']');
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Head {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Head".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "array",
            "description": "A place in a log: the version, and the chain after it.",
            "prefixItems": [{ "type": "integer" }, { "type": "string" }],
            "minItems": 2,
            "maxItems": 2
        })
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
        assert_eq!(Head::from_json(&head.to_json()), Ok(head));
        for text in ["[]", "[1]", "[1,\"x\"]", "{}", "[1,2]"] {
            assert!(Head::from_json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_head_has_two_items() {
        let head = Head::ZERO.extend(b"x").to_json();
        let three = std::format!("{},0]", &head[..head.len() - 1]);
        assert_eq!(Head::from_json(&three).unwrap_err().what(), "a head is [version, chain]");
        let chain = Chain::ZERO.extend(b"x");
        assert_eq!(Chain::from_text(&std::format!("{chain}")), Some(chain));
        assert!(std::format!("{chain}").starts_with(&std::format!("{chain:?}")), "people see its beginning");
        let upper = std::format!("{chain}").to_uppercase();
        assert_eq!(Chain::from_text(&upper), Some(chain));
        for text in ["", "0", &upper[1..], &std::format!("{upper}0"), &upper.replace(&upper[..1], "g")] {
            assert_eq!(Chain::from_text(text), None, "{text}");
        }
        let parent = Id::mint(1, [1; 16]);
        assert_ne!(Chain::of_fork(parent, &chain, Id::mint(2, [2; 16])), Chain::of_fork(parent, &chain, Id::mint(2, [3; 16])));
    }
}
