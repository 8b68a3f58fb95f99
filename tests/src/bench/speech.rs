//! What clients say in the rows of durable writes: `submit` frames at a link of a host, and `SET` to a Redis.
//!
//! As little of WebSocket (RFC 6455) and of RESP as that needs. A client's frames are masked with zeros, which the protocol allows and
//! costs nothing; commands that may go out at once go in one frame, as a page's do, and in one pipeline.

use std::io;
use std::io::Write as _;

use super::standard;
use super::window::Speech;

/// The most commands in a frame: a host takes 64 KiB.
const FRAME_COMMANDS_MAX: usize = 64;
/// The longest frame whose length needs no further bytes, and the mark of two further ones.
const SHORT_MAX: usize = 125;
const TWO_BYTES: u8 = 126;
const EIGHT_BYTES: u8 = 127;
const TEXT: u8 = 0x81;
const MASKED: u8 = 0x80;

/// A client that appends messages to a session over a link.
pub struct Submitting {
    address: String,
    session: String,
    client: String,
    seq: u64,
}

impl Submitting {
    /// A client of a session; `nth` names it.
    pub fn new(address: &str, session: &str, nth: usize) -> Self {
        let client = format!("01900000-0000-7000-8000-{nth:012x}");
        Self { address: address.to_owned(), session: session.to_owned(), client, seq: 0 }
    }

    fn submit(&mut self, commands: usize, out: &mut Vec<u8>) {
        let mut text = format!(r#"{{"kind":"submit","session":"{}","base":1,"commands":["#, self.session).into_bytes();
        for nth in 0..commands {
            self.seq += 1;
            let (comma, client, seq) = (if nth == 0 { "" } else { "," }, &self.client, self.seq);
            let content = standard::content(seq as usize % standard::MESSAGES);
            let message = format!(r#"{{"type":"user","content":"{content}"}}"#);
            write!(text, r#"{comma}{{"id":["{client}",{seq}],"kind":"appendMessage","message":{message}}}"#).expect("a text takes all");
        }
        text.extend_from_slice(b"]}");
        write_frame(&text, out);
    }
}

impl Speech for Submitting {
    fn greetings(&self) -> Vec<Vec<u8>> {
        let upgrade = format!(
            "GET /v1/connect HTTP/1.1\r\nhost: {}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: colloq.v1\r\n\r\n",
            self.address
        );
        let texts = [
            r#"{"kind":"hello","protocol":1,"client":"bench"}"#.to_owned(),
            format!(r#"{{"kind":"subscribe","session":"{}"}}"#, self.session),
        ];
        let frames = texts.map(|text| {
            let mut frame = Vec::new();
            write_frame(text.as_bytes(), &mut frame);
            frame
        });
        [vec![upgrade.into_bytes()], frames.into()].concat()
    }

    fn greeted(&self, nth: usize, bytes: &[u8]) -> io::Result<usize> {
        if nth == 0 {
            let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
            let is_refused = end > 0 && !bytes.starts_with(b"HTTP/1.1 101");
            return if is_refused { Err(unexpected(bytes)) } else { Ok(end) };
        }
        let wanted = if nth == 1 { "welcome" } else { "subscribed" };
        let mut taken = 0;
        while let Some((text, end)) = read_frame(&bytes[taken..])? {
            taken += end;
            if kind(text) == wanted {
                return Ok(taken);
            }
        }
        Ok(0)
    }

    fn ask(&mut self, commands: usize, out: &mut Vec<u8>) {
        let mut left = commands;
        while left > 0 {
            let together = left.min(FRAME_COMMANDS_MAX);
            self.submit(together, out);
            left -= together;
        }
    }

    fn hear(&mut self, bytes: &[u8]) -> io::Result<(usize, usize)> {
        let (mut taken, mut acknowledged) = (0, 0);
        while let Some((text, end)) = read_frame(&bytes[taken..])? {
            taken += end;
            match kind(text) {
                "entries" => acknowledged += entries(text).ok_or_else(|| unexpected(text.as_bytes()))?,
                _ => return Err(unexpected(text.as_bytes())),
            }
        }
        Ok((taken, acknowledged))
    }
}

/// How many entries a frame brings: from the version that it continues to that of its last entry.
fn entries(text: &str) -> Option<usize> {
    let number = |text: &str| text.split(|sign: char| !sign.is_ascii_digit()).next()?.parse::<usize>().ok();
    let from = number(text.split_once(r#""from":["#)?.1)?;
    let last = number(text.rsplit_once(r#""version":"#)?.1)?;
    last.checked_sub(from)
}

fn kind(text: &str) -> &str {
    text.strip_prefix(r#"{"kind":""#).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

/// A client's text frame.
fn write_frame(text: &[u8], out: &mut Vec<u8>) {
    out.push(TEXT);
    match u16::try_from(text.len()) {
        Ok(length) if text.len() <= SHORT_MAX => out.push(MASKED | length as u8),
        Ok(length) => {
            out.push(MASKED | TWO_BYTES);
            out.extend_from_slice(&length.to_be_bytes());
        }
        Err(_) => {
            out.push(MASKED | EIGHT_BYTES);
            out.extend_from_slice(&(text.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(text);
}

/// A host's text frame at the beginning of what came, and where it ends; `None` where more has to come.
fn read_frame(bytes: &[u8]) -> io::Result<Option<(&str, usize)>> {
    let [first, short, rest @ ..] = bytes else { return Ok(None) };
    if *first != TEXT {
        return Err(unexpected(bytes));
    }
    let (length, head) = match *short {
        TWO_BYTES => match rest.first_chunk::<2>() {
            Some(length) => (usize::from(u16::from_be_bytes(*length)), 4),
            None => return Ok(None),
        },
        EIGHT_BYTES => match rest.first_chunk::<8>() {
            Some(length) => (usize::try_from(u64::from_be_bytes(*length)).map_err(io::Error::other)?, 10),
            None => return Ok(None),
        },
        short => (usize::from(short), 2),
    };
    match bytes.get(head..head + length) {
        Some(text) => Ok(Some((std::str::from_utf8(text).map_err(io::Error::other)?, head + length))),
        None => Ok(None),
    }
}

/// A client that sets keys, a fresh one each time.
pub struct Setting {
    client: usize,
    seq: u64,
    value: Vec<u8>,
}

impl Setting {
    /// A client; `client` names it, and each value has so many bytes.
    pub fn new(client: usize, value_bytes: usize) -> Self {
        Self { client, seq: 0, value: standard::content(client).into_bytes().into_iter().cycle().take(value_bytes).collect() }
    }
}

/// What a Redis says to a `SET`.
const DONE: &[u8] = b"+OK\r\n";

impl Speech for Setting {
    fn greetings(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }

    fn greeted(&self, _: usize, _: &[u8]) -> io::Result<usize> {
        Ok(0)
    }

    fn ask(&mut self, commands: usize, out: &mut Vec<u8>) {
        for _ in 0..commands {
            self.seq += 1;
            let key = format!("bench:{}:{}", self.client, self.seq);
            write!(out, "*3\r\n$3\r\nSET\r\n${}\r\n{key}\r\n${}\r\n", key.len(), self.value.len()).expect("a text takes all");
            out.extend_from_slice(&self.value);
            out.extend_from_slice(b"\r\n");
        }
    }

    fn hear(&mut self, bytes: &[u8]) -> io::Result<(usize, usize)> {
        let whole = bytes.len() / DONE.len() * DONE.len();
        match bytes[..whole].chunks(DONE.len()).find(|said| *said != DONE) {
            Some(_) => Err(unexpected(bytes)),
            None => Ok((whole, whole / DONE.len())),
        }
    }
}

fn unexpected(bytes: &[u8]) -> io::Error {
    io::Error::other(format!("an answer that is none: {}", String::from_utf8_lossy(&bytes[..bytes.len().min(400)])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_host(text: &str) -> Vec<u8> {
        let mut frame = Vec::new();
        write_frame(text.as_bytes(), &mut frame);
        // A host does not mask.
        let head = frame.len() - text.len();
        frame[1] &= !MASKED;
        frame.drain(head - 4..head);
        frame
    }

    #[test]
    fn frames_of_every_length_are_read_as_they_were_written() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let text = "x".repeat(length);
            let frame = from_host(&text);
            assert_eq!(read_frame(&frame).unwrap(), Some((&*text, frame.len())));
            assert_eq!(read_frame(&frame[..frame.len() - 1]).unwrap(), None);
        }
        assert!(read_frame(&[0x88, 0]).is_err(), "a close is no text");
    }

    #[test]
    fn entries_acknowledge_as_many_commands() {
        let mut client = Submitting::new("", "", 0);
        let text = r#"{"kind":"entries","session":"s","from":[7,"ab"],"entries":[{"schema":1,"version":8},{"schema":1,"version":9}]}"#;
        let mut frames = from_host(text);
        let whole = frames.len();
        frames.extend_from_slice(&from_host(text)[..9]);
        assert_eq!(client.hear(&frames).unwrap(), (whole, 2));
        assert!(client.hear(&from_host(r#"{"kind":"error","code":"overloaded"}"#)).is_err());
    }

    #[test]
    fn what_redis_says_is_counted_and_looked_at() {
        let mut client = Setting::new(0, 10);
        assert_eq!(client.hear(b"+OK\r\n+OK\r\n+O").unwrap(), (10, 2));
        assert!(client.hear(b"-ERR \r\n").is_err());
    }
}
