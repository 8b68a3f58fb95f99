//! What producers say: the text of a stream follows from its message's id, so that whoever reads it knows what it has to be.

/// Pieces of one to four bytes each, so that an offset that is wrong by one shows.
const PIECES: [&str; 16] =
    ["a", "\u{e9}", "\u{20ac}", "\u{1f600}", "b", "c ", "\u{fc}", "d", "\u{4e16}", "e", "\n", "f", "\u{df}", "g", "\"", "h"];

/// The text of a stream between two numbers of pieces, and the offset in bytes where it begins.
pub(crate) fn text(message: &str, from: usize, to: usize) -> (usize, String) {
    let seed = message.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    let piece = |nth: usize| PIECES[(seed.wrapping_add(nth.wrapping_mul(nth + 7)) ^ (seed >> (nth % 13))) % PIECES.len()];
    let offset = (0..from).map(|nth| piece(nth).len()).sum();
    (offset, (from..to).map(piece).collect())
}

/// Whether a text is a beginning of the stream, to the byte.
pub(crate) fn is_beginning(message: &str, said: &str) -> bool {
    let (_, whole) = text(message, 0, said.len());
    whole.as_bytes().starts_with(said.as_bytes())
}
