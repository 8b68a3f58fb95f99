//! What a string of JSON holds as it is: everything but quotes, backslashes and control characters. Eight bytes are looked at at once.

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// Where the run of bytes ends, from a place on, that a string holds as they are.
pub(super) fn plain_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let mut at = from;
    let mut words = rest.chunks_exact(8);
    for word in &mut words {
        let stops = stops(u64::from_le_bytes(word.try_into().unwrap_or_default()));
        if stops != 0 {
            return at + stops.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let last = words.remainder();
    at + last.iter().position(|byte| is_stop(*byte)).unwrap_or(last.len())
}

/// How many characters stand at the beginning of a text that are one byte each and that a string holds as they are; eight or none at a
/// time, and at most so many.
pub(super) fn plain_prefix(bytes: &[u8], most: usize) -> usize {
    let words = bytes.chunks_exact(8).take(most / 8);
    let is_plain = |word: &&[u8]| {
        let word = u64::from_le_bytes((*word).try_into().unwrap_or_default());
        stops(word) | word & HIGHS == 0
    };
    8 * words.take_while(is_plain).count()
}

fn is_stop(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// The high bits of those of eight bytes that stop a run; the lowest of them is right, those above it may be set by it.
fn stops(word: u64) -> u64 {
    // What is below a number borrows from its high bit, unless that was set.
    let below = |word: u64, number: u8| word.wrapping_sub(ONES * u64::from(number)) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | is(b'"') | is(b'\\')) & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn a_run_ends_where_a_byte_by_itself_stops() {
        for stop in 0..=255 {
            for at in 0..20 {
                for other in [b'a', 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                    let mut bytes: Vec<u8> = std::vec![other; 20];
                    bytes[at] = stop;
                    let end = if is_stop(stop) { at } else { 20 };
                    (0..=at).for_each(|from| assert_eq!(plain_end(&bytes, from), end, "{stop} at {at} of {other} from {from}"));
                    assert_eq!(plain_end(&bytes, at + 1), 20);
                    bytes[19] = b'"';
                    assert_eq!(plain_end(&bytes, 0), end.min(19), "{stop} at {at} of {other}, before another");
                }
            }
        }
        assert_eq!((plain_end(b"", 0), plain_end(b"ab", 7)), (0, 7));
    }
}
