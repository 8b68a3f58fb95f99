//! Cursors of lists: the position of a page's last row, opaque to clients.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A row's place in a list: when the session was last active, and its id.
pub(super) type Position = (u64, [u8; 16]);

/// Writes a position.
pub(super) fn encode((active_ms, session): Position, out: &mut String) {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&active_ms.to_be_bytes());
    bytes[8..].copy_from_slice(&session);
    URL_SAFE_NO_PAD.encode_string(bytes, out);
}

/// Reads a position; `None` for what is no cursor of ours.
pub(super) fn decode(text: &str) -> Option<Position> {
    let mut bytes = [0; 24];
    let written = (text.len() == 32).then(|| URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()).flatten()?;
    let (active_ms, session) = bytes.split_first_chunk::<8>()?;
    (written == 24).then_some((u64::from_be_bytes(*active_ms), session.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_comes_back() {
        for position in [(0, [0; 16]), (1_700_000_000_123, [7; 16]), (u64::MAX, [255; 16])] {
            let mut text = String::new();
            encode(position, &mut text);
            assert_eq!(decode(&text), Some(position));
        }
    }

    #[test]
    fn other_texts_are_no_cursor() {
        for text in ["", "abc", "////////////////////////////////", &"A".repeat(31), &"A".repeat(33), &"A".repeat(10_000)] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
