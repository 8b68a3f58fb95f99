//! Spans of time as people write them: `500ms`, `10s`, `30m`, `24h`, `30d`, and `none` for without end.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// A span of time in milliseconds; `None` for without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Option<u64>);

/// The text is no span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a time such as 500ms, 10s, 30m, 24h or 30d, or none")]
pub struct BadSpan;

impl FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Self, BadSpan> {
        if text == "none" {
            return Ok(Self(None));
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let unit_ms = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(BadSpan),
        };
        let number: u64 = number.parse().map_err(|_| BadSpan)?;
        // Beyond 2^53 a number of milliseconds is no integer for JSON.
        let ms = number.checked_mul(unit_ms).filter(|ms| (1..1 << 53).contains(ms)).ok_or(BadSpan)?;
        Ok(Self(Some(ms)))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        for (text, ms) in [("500ms", 500), ("10s", 10_000), ("30m", 1_800_000), ("24h", 86_400_000), ("30d", 2_592_000_000)] {
            assert_eq!(text.parse(), Ok(Span(Some(ms))), "{text}");
        }
        assert_eq!("none".parse(), Ok(Span(None)));
        for text in ["", "30", "m", "-1s", "1.5h", "0s", "10 s", "30M", "99999999999999999999s", "999999999999d", "None"] {
            assert_eq!(text.parse::<Span>(), Err(BadSpan), "{text}");
        }
    }
}
