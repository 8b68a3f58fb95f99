//! Bends inputs: a few changes to one of them, out of numbers that follow from a seed.

use super::BYTES_MAX;

/// Pieces that readers of JSON, of numbers, of headers and of frames have to look twice at.
const PIECES: [&str; 44] = [
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "0",
    "-0",
    "-1",
    "1e400",
    "0.5",
    "9007199254740991",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "\"\\ud800\"",
    "\\u0000",
    "\\\"",
    "__proto__",
    "\"kind\":",
    "\"id\":",
    "\"message\":",
    "\"offset\":",
    "\"text\":",
    "\"parts\":[{\"id\":\"a\",\"type\":\"text\"}]",
    "\"status\":\"streaming\"",
    "\u{fffd}",
    "\u{1f600}",
    "\r\n",
    "\r\n\r\n",
    "\0",
    ": ",
    ";",
    "=",
    "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    "0\r\n\r\n",
    "Cookie: __Host-colloq=x\r\n",
    "Origin: null\r\n",
    "Host: evil.test\r\n",
    "%00",
    "../",
    "?",
    "[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
];

/// See the module's documentation.
pub struct Mutator(u64);

impl Mutator {
    /// Numbers that follow from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below another (splitmix64).
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % end.max(1) as u64) as usize
    }

    /// One of these with one to eight changes.
    pub fn bend(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut input = corpus[self.below(corpus.len())].clone();
        for _ in 0..1 << self.below(4) {
            self.change(&mut input, corpus);
        }
        input.truncate(BYTES_MAX);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        let end = at + self.below((input.len() - at).min(64) + 1);
        match self.below(9) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'{', b'\\'][self.below(8)],
            2 => drop(input.drain(at..end)),
            3 => {
                let piece = input[at..end].to_vec();
                let to = self.below(input.len() + 1);
                drop(input.splice(to..to, piece));
            }
            4 => {
                let other = &corpus[self.below(corpus.len())];
                let from = self.below(other.len() + 1);
                let to = from + self.below(other.len() - from + 1);
                drop(input.splice(at..end, other[from..to].iter().copied()));
            }
            5 => self.change_number(input, at),
            6 => input.truncate(at),
            _ => {
                let piece = PIECES[self.below(PIECES.len())].as_bytes();
                drop(input.splice(at..end, piece.iter().copied()));
            }
        }
    }

    /// The digits behind a place become another number.
    fn change_number(&mut self, input: &mut Vec<u8>, at: usize) {
        let Some(start) = input[at..].iter().position(u8::is_ascii_digit).map(|step| at + step) else { return };
        let digits = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = match self.below(4) {
            0 => self.below(3).to_string(),
            1 => (1_u64 << self.below(64)).to_string(),
            2 => ((1_u64 << self.below(64)) - 1).to_string(),
            _ => self.below(100_000).to_string(),
        };
        drop(input.splice(start..start + digits, number.into_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_bends_alike_and_no_two_inputs_alike() {
        let corpus = [b"{\"kind\":\"rename\",\"title\":12}".to_vec(), b"[true,{\"a\":[1,2,3]},\"b\"]".to_vec()];
        let bent = |seed| {
            let mut mutator = Mutator::new(seed);
            (0..1000).map(|_| mutator.bend(&corpus)).collect::<Vec<_>>()
        };
        let (one, other) = (bent(1), bent(2));
        assert_eq!(one, bent(1));
        assert_ne!(one, other);
        let different: std::collections::HashSet<&Vec<u8>> = one.iter().collect();
        assert!(different.len() > 800, "{} of a thousand", different.len());
    }
}
