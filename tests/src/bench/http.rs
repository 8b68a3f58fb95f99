//! As much of HTTP/1.1 as the load needs: answers with a `Content-Length`, one after another on one connection.
//!
//! It is made to cost little, because it shares its cores with what it measures; it is no client for anything else.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Room for an answer to begin with.
const BUFFER_BYTES: usize = 64 << 10;

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, for as long as no other one is asked for.
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The head, status line included.
    pub head: &'a [u8],
    /// The body.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// The system's.
    pub async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; BUFFER_BYTES] })
    }

    /// Sends a request and reads its answer, all of it and no more.
    ///
    /// # Errors
    /// The system's, and whatever is no such answer.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        let (mut filled, mut layout) = (0, None);
        let layout = loop {
            if filled == self.buffer.len() {
                self.buffer.resize(filled * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            filled += read;
            if layout.is_none() {
                layout = Layout::read(&self.buffer[..filled])?;
            }
            if let Some(layout) = layout.filter(|layout| filled >= layout.end) {
                break layout;
            }
        };
        if filled > layout.end {
            return Err(no_answer("more than one answer"));
        }
        let (head, body) = self.buffer[..layout.end].split_at(layout.head);
        Ok(Answer { status: layout.status, head, body })
    }
}

/// Where an answer's parts lie.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) status: u16,
    pub(super) head: usize,
    pub(super) end: usize,
}

impl Layout {
    /// `None` where the head is not there yet.
    pub(super) fn read(bytes: &[u8]) -> io::Result<Option<Self>> {
        let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes[..head]).map_err(|_| no_answer("a head that is not text"))?;
        let status = text.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(|| no_answer("no status"))?;
        let length = header(text, "content-length").and_then(|length| length.parse::<usize>().ok());
        let length = length.ok_or_else(|| no_answer("no length"))?;
        Ok(Some(Self { status, head, end: head + length }))
    }
}

/// A header of a head.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    headers(head).find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The headers of a head, in their order.
pub fn headers(head: &str) -> impl Iterator<Item = (&str, &str)> {
    head.split("\r\n").skip(1).filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim()))
}

/// A request with a body, or without one.
pub fn request(method: &str, path: &str, address: &str, body: Option<&str>) -> Vec<u8> {
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\n");
    let request = match body {
        Some(body) => format!("{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()),
        None => head + "\r\n",
    };
    request.into_bytes()
}

pub(super) fn no_answer(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let bytes = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nx: y\r\n\r\n{}";
        assert!(Layout::read(&bytes[..40]).is_ok_and(|layout| layout.is_none()));
        let layout = Layout::read(bytes).expect("an answer").expect("its head");
        assert_eq!((layout.status, layout.end - layout.head, layout.end), (201, 2, bytes.len()));
        assert!(Layout::read(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
