//! A body as lines, one at a time. A line that is too long is passed over and said to be so; the others still count.
//!
//! It never holds more of a body than one line and what came with its end.

use std::time::Duration;

use axum::body::Body;
use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use super::refusal::Refusal;

/// Whoever sends nothing for so long is not waited for.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// One line that is not empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number, counted from 1; empty ones count.
    pub(super) number: u64,
    /// Without its end; `None` where it is too long.
    pub(super) text: Option<Bytes>,
}

/// See the module's documentation.
pub(super) struct Lines {
    body: Body,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no end of a line.
    looked_at: usize,
    bytes_max: usize,
    number: u64,
    is_too_long: bool,
    is_at_end: bool,
}

impl Lines {
    /// The lines of a body, each of at most so many bytes.
    pub(super) fn new(body: Body, bytes_max: usize) -> Self {
        Self { body, buffer: BytesMut::new(), looked_at: 0, bytes_max, number: 0, is_too_long: false, is_at_end: false }
    }

    /// The next line; `None` at the end of the body.
    pub(super) async fn next(&mut self) -> Result<Option<Line>, Refusal> {
        loop {
            while let Some(at) = self.buffer[self.looked_at..].iter().position(|byte| *byte == b'\n') {
                let text = self.buffer.split_to(self.looked_at + at).freeze();
                self.buffer.advance(1);
                if let Some(line) = self.line(text) {
                    return Ok(Some(line));
                }
            }
            self.looked_at = self.buffer.len();
            if self.buffer.len() > self.bytes_max {
                self.is_too_long = true;
                self.buffer.clear();
                self.looked_at = 0;
            }
            if self.is_at_end {
                // The last line needs no end.
                let text = self.buffer.split().freeze();
                return Ok(self.line(text));
            }
            let silent = |_| Refusal::with("malformed", "No line came for too long.");
            match timeout(SILENCE_MAX, self.body.frame()).await.map_err(silent)? {
                Some(Ok(frame)) => self.buffer.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
                Some(Err(_)) => return Err(Refusal::with("malformed", "The body broke off.")),
                None => self.is_at_end = true,
            }
        }
    }

    fn line(&mut self, text: Bytes) -> Option<Line> {
        self.number += 1;
        self.looked_at = 0;
        let is_too_long = std::mem::take(&mut self.is_too_long) || text.len() > self.bytes_max;
        let is_empty = text.trim_ascii().is_empty();
        let text = (!is_too_long).then_some(text);
        (is_too_long || !is_empty).then_some(Line { number: self.number, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    use futures_util::stream;

    async fn read(pieces: &[&'static str], bytes_max: usize) -> Vec<(u64, Option<String>)> {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok::<_, Infallible>(Bytes::from_static(piece.as_bytes()))).collect();
        let mut lines = Lines::new(Body::from_stream(stream::iter(pieces)), bytes_max);
        let mut all = Vec::new();
        while let Some(Line { number, text }) = lines.next().await.expect("the body is whole") {
            all.push((number, text.map(|text| String::from_utf8(text.to_vec()).expect("it is text"))));
        }
        assert_eq!(lines.next().await, Ok(None), "an end stays one");
        all
    }

    fn line(number: u64, text: &str) -> (u64, Option<String>) {
        (number, Some(text.into()))
    }

    #[tokio::test]
    async fn lines_are_cut_wherever_the_pieces_are() {
        for pieces in [&["ab\ncd\n"][..], &["a", "b", "\n", "c", "d"], &["ab\nc", "d\n"], &["", "ab\n", "", "cd"]] {
            assert_eq!(read(pieces, 10).await, [line(1, "ab"), line(2, "cd")], "{pieces:?}");
        }
        assert_eq!(read(&["\n", " \r\n", "a\r\n\n"], 10).await, [line(3, "a\r")]);
        assert_eq!(read(&[], 10).await, []);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_passed_over() {
        for pieces in [&["abc\n1234\nef"][..], &["abc\n12", "34", "\nef"], &["abc\n123", "4567", "89", "0\nef\n"]] {
            assert_eq!(read(pieces, 3).await, [line(1, "abc"), (2, None), line(3, "ef")], "{pieces:?}");
        }
        assert_eq!(read(&["1234"], 3).await, [(1, None)]);
    }
}
