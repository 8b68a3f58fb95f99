//! Ids: `UUIDv7` (RFC 9562), ordered by the time that they were made at. An id names a thing and is no secret.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::hex;
use crate::json::{Json, JsonError, Reader};

/// A `UUIDv7`, written as 36 lower-case characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 16]);

/// The text is not a `UUIDv7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadId;

const HEX: &[u8; 16] = b"0123456789abcdef";
/// Where the four hyphens stand, counted in bytes of the id.
const HYPHEN_BEFORE: [usize; 4] = [4, 6, 8, 10];

impl Id {
    /// Takes 16 bytes if they are a `UUIDv7`.
    pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        (bytes[6] >> 4 == 7 && bytes[8] >> 6 == 0b10).then_some(Self(bytes))
    }

    /// Makes the id that belongs to a time (milliseconds since 1970) and 16 bytes of entropy.
    pub fn mint(now: u64, entropy: [u8; 16]) -> Self {
        let mut bytes = entropy;
        bytes[..6].copy_from_slice(&now.to_be_bytes()[2..]);
        bytes[6] = 0x70 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        Self(bytes)
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// When it was made, in milliseconds since 1970.
    pub fn time_ms(&self) -> u64 {
        let mut bytes = [0; 8];
        bytes[2..].copy_from_slice(&self.0[..6]);
        u64::from_be_bytes(bytes)
    }

    /// Its text, 36 ASCII characters.
    pub fn to_text(&self) -> [u8; 36] {
        let mut text = [b'-'; 36];
        let mut at = 0;
        for (index, byte) in self.0.iter().enumerate() {
            if HYPHEN_BEFORE.contains(&index) {
                at += 1;
            }
            text[at] = HEX[usize::from(byte >> 4)];
            text[at + 1] = HEX[usize::from(byte & 15)];
            at += 2;
        }
        text
    }

    /// Appends its text to a string.
    pub fn write_to(&self, out: &mut String) {
        out.push_str(core::str::from_utf8(&self.to_text()).unwrap_or_default());
    }
}

impl FromStr for Id {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let text = text.as_bytes();
        if text.len() != 36 {
            return Err(BadId);
        }
        let mut bytes = [0; 16];
        let mut at = 0;
        for (index, byte) in bytes.iter_mut().enumerate() {
            if HYPHEN_BEFORE.contains(&index) {
                if text[at] != b'-' {
                    return Err(BadId);
                }
                at += 1;
            }
            *byte = (nibble(text[at])? << 4) | nibble(text[at + 1])?;
            at += 2;
        }
        Self::from_bytes(bytes).ok_or(BadId)
    }
}

fn nibble(digit: u8) -> Result<u8, BadId> {
    hex::digit(digit).ok_or(BadId)
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.to_text()).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Json for Id {
    fn blank() -> Self {
        Self([0; 16])
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        reader.text()?.parse().map_err(|BadId| reader.error("not a UUIDv7"))
    }

    fn write(&self, out: &mut String) {
        out.push('"');
        self.write_to(out);
        out.push('"');
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Id {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Id".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "uuid" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn text_and_bytes_are_one() {
        let id = Id::mint(1_700_000_000_123, [0xab; 16]);
        assert_eq!(id.to_string().parse::<Id>(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse::<Id>(), Ok(id));
        assert_eq!(id.time_ms(), 1_700_000_000_123);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "not-an-id", "00000000-0000-4000-8000-000000000000", "018f0000-0000-7000-8000-00000000000\0", "{}", "*\n"] {
            assert_eq!(text.parse::<Id>(), Err(BadId), "{text:?}");
        }
    }
}
