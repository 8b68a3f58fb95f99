//! The form of a backup: a first line that names it and its version, then records, the last of which says that it is whole.
//!
//! A record is its kind (a byte), its length (`u32`, little-endian), its bytes, and a check of 32 bytes: the SHA-256 over the check before
//! it and over all of the record. So a check speaks of everything up to it, records that were left out or put elsewhere are found, and the
//! last check is the digest of the whole. What is damaged is refused with the place where that shows.

use bytes::{Buf as _, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::codec::Item;

/// The first line. A later form has another number.
const MAGIC: &[u8] = b"colloq backup 1\n";
/// How the first line of any form begins.
const NAME: &[u8] = b"colloq backup ";
const HEAD_BYTES: usize = 5;
const CHECK_BYTES: usize = 32;
/// No record is longer; a length above it is damage.
const RECORD_BYTES_MAX: usize = 1 << 30;

const HEADER: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// When it was begun, milliseconds since 1970.
    pub begun_ms: u64,
    /// What kind of store it was made of.
    pub store: String,
    /// The lowest schema that hosts of that store must be able to read.
    pub schema_min: u32,
}

/// A piece of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The first.
    Header(Header),
    /// A session or a tombstone.
    Item(Item),
    /// The last: how many items there are.
    End(u64),
}

/// Why bytes are no backup.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset}")]
pub struct BadBackup {
    /// Where that shows: the beginning of the record that is at fault.
    pub offset: u64,
    /// What is wrong.
    pub what: &'static str,
    /// Whether it is no damaged one, but none at all or one of a later form.
    pub is_foreign: bool,
}

/// Writes a backup, piece by piece.
pub struct Encoder {
    check: [u8; CHECK_BYTES],
    count: u64,
}

impl Encoder {
    /// Begins; answers the first bytes.
    pub fn begin(header: &Header) -> (Self, Bytes) {
        let mut encoder = Self { check: Sha256::digest(MAGIC).into(), count: 0 };
        let header = serde_json::to_vec(header).expect("a header is plain");
        let record = encoder.record(HEADER, &header);
        (encoder, [MAGIC, &record].concat().into())
    }

    /// One item.
    pub fn item(&mut self, item: &Item) -> Bytes {
        self.count += 1;
        self.record(ITEM, &item.encode()).into()
    }

    /// The last bytes.
    pub fn end(mut self) -> Bytes {
        let count = self.count.to_le_bytes();
        self.record(END, &count).into()
    }

    /// How many items there are so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    fn record(&mut self, kind: u8, bytes: &[u8]) -> Vec<u8> {
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length as usize <= RECORD_BYTES_MAX);
        let length = length.expect("no session takes a gigabyte");
        let mut record = Vec::with_capacity(HEAD_BYTES + bytes.len() + CHECK_BYTES);
        record.push(kind);
        record.extend_from_slice(&length.to_le_bytes());
        record.extend_from_slice(bytes);
        self.check = check_after(&self.check, &record);
        record.extend_from_slice(&self.check);
        record
    }
}

fn check_after(before: &[u8; CHECK_BYTES], record: &[u8]) -> [u8; CHECK_BYTES] {
    Sha256::new().chain_update(before).chain_update(record).finalize().into()
}

/// Reads a backup out of bytes that come in any pieces.
pub struct Decoder {
    buffer: BytesMut,
    offset: u64,
    check: [u8; CHECK_BYTES],
    stage: Stage,
    count: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Line,
    Header,
    Items,
    Ended,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { buffer: BytesMut::new(), offset: 0, check: Sha256::digest(MAGIC).into(), stage: Stage::Line, count: 0 }
    }
}

impl Decoder {
    /// Takes bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next piece; `None` until more bytes come.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, BadBackup> {
        if self.stage == Stage::Line && !self.take_line()? {
            return Ok(None);
        }
        if self.stage == Stage::Ended {
            return if self.buffer.is_empty() { Ok(None) } else { Err(self.damaged("there is something behind the end")) };
        }
        let Some((&kind, rest)) = self.buffer.split_first() else { return Ok(None) };
        let Some(length) = rest.first_chunk() else { return Ok(None) };
        let length = u32::from_le_bytes(*length) as usize;
        if length > RECORD_BYTES_MAX {
            return Err(self.damaged("a record has no possible length"));
        }
        let whole = HEAD_BYTES + length + CHECK_BYTES;
        if self.buffer.len() < whole {
            // What is to come is about this long; growing step by step would copy it again and again.
            self.buffer.reserve((whole - self.buffer.len()).min(16 << 20));
            return Ok(None);
        }
        let check = check_after(&self.check, &self.buffer[..HEAD_BYTES + length]);
        if check[..] != self.buffer[HEAD_BYTES + length..whole] {
            return Err(self.damaged("a record does not fit its checksum"));
        }
        let mut record = self.buffer.split_to(whole).freeze();
        record.advance(HEAD_BYTES);
        record.truncate(length);
        let piece = self.piece(kind, record)?;
        self.check = check;
        self.offset += whole as u64;
        Ok(Some(piece))
    }

    /// Whether the bytes ended where a backup ends.
    ///
    /// # Errors
    /// That they did not, and where the record begins that is cut short.
    pub fn finish(&self) -> Result<(), BadBackup> {
        if self.stage == Stage::Ended && self.buffer.is_empty() { Ok(()) } else { Err(self.damaged("it is cut short")) }
    }

    /// How far it was read.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    fn take_line(&mut self) -> Result<bool, BadBackup> {
        let known = self.buffer.len().min(MAGIC.len());
        if self.buffer[..known] != MAGIC[..known] {
            let is_later = self.buffer.starts_with(NAME);
            let what = if is_later { "it has a later form, for a later version of colloq" } else { "it is no backup of colloq" };
            return Err(BadBackup { offset: 0, what, is_foreign: true });
        }
        if known < MAGIC.len() {
            return Ok(false);
        }
        self.buffer.advance(MAGIC.len());
        (self.offset, self.stage) = (MAGIC.len() as u64, Stage::Header);
        Ok(true)
    }

    fn piece(&mut self, kind: u8, record: Bytes) -> Result<Piece, BadBackup> {
        match (self.stage, kind) {
            (Stage::Header, HEADER) => {
                let header = serde_json::from_slice(&record).map_err(|_| self.damaged("the header cannot be read"))?;
                self.stage = Stage::Items;
                Ok(Piece::Header(header))
            }
            (Stage::Items, ITEM) => {
                let item = Item::decode(record).ok_or_else(|| self.damaged("a record holds no session"))?;
                self.count += 1;
                Ok(Piece::Item(item))
            }
            (Stage::Items, END) => {
                if record[..] != self.count.to_le_bytes() {
                    return Err(self.damaged("it holds another number of sessions than it says"));
                }
                self.stage = Stage::Ended;
                Ok(Piece::End(self.count))
            }
            _ => Err(self.damaged("a record is of another kind than belongs there")),
        }
    }

    fn damaged(&self, what: &'static str) -> BadBackup {
        BadBackup { offset: self.offset, what, is_foreign: false }
    }
}

#[cfg(test)]
mod tests {
    use super::super::codec::tests::session;
    use super::*;

    fn backup() -> (Vec<u8>, Vec<u64>) {
        let header = Header { begun_ms: 1, store: "sqlite".into(), schema_min: 0 };
        let (mut encoder, first) = Encoder::begin(&header);
        let mut bytes = first.to_vec();
        let mut starts = vec![0, MAGIC.len() as u64];
        for number in 0..3 {
            starts.push(bytes.len() as u64);
            bytes.extend(encoder.item(&session(number)));
        }
        starts.push(bytes.len() as u64);
        bytes.extend(encoder.end());
        (bytes, starts)
    }

    fn read(bytes: &[u8], step: usize) -> Result<Vec<Piece>, BadBackup> {
        let (mut decoder, mut pieces) = (Decoder::default(), Vec::new());
        for part in bytes.chunks(step) {
            decoder.feed(part);
            while let Some(piece) = decoder.next_piece()? {
                pieces.push(piece);
            }
        }
        decoder.finish().map(|()| pieces)
    }

    #[test]
    fn what_is_written_is_read_however_it_comes() {
        let (bytes, _) = backup();
        for step in [1, 7, 64, bytes.len()] {
            let pieces = read(&bytes, step).expect("it is whole");
            assert_eq!(pieces[1..4], [0, 1, 2].map(|number| Piece::Item(session(number))));
            assert_eq!((pieces.len(), &pieces[4]), (5, &Piece::End(3)));
        }
    }

    #[test]
    fn every_cut_is_found_and_its_place_named() {
        let (bytes, starts) = backup();
        for end in 0..bytes.len() {
            let bad = read(&bytes[..end], 50).expect_err("it is cut short");
            let start = starts.iter().rev().find(|start| **start <= end as u64).copied();
            assert_eq!((Some(bad.offset), bad.what), (start, "it is cut short"), "{end}");
        }
        let longer = [&bytes[..], b"\n"].concat();
        assert_eq!(read(&longer, 50).expect_err("something follows").offset, bytes.len() as u64);
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let (bytes, starts) = backup();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            let bad = read(&flipped, 4096).expect_err("a bit is another");
            let start = starts.iter().rev().find(|start| **start <= at as u64).copied();
            assert_eq!(Some(bad.offset), start, "{at}: {bad}");
        }
    }

    #[test]
    fn records_that_change_their_places_are_found() {
        let (bytes, starts) = backup();
        let part = |from: usize, to: usize| &bytes[starts[from] as usize..starts[to] as usize];
        let left_out = [part(0, 2), part(3, 4), &bytes[starts[4] as usize..]].concat();
        assert_eq!(read(&left_out, 4096).expect_err("one is missing").offset, starts[2]);
        let (other, other_starts) = ([part(0, 2), part(2, 3), part(2, 3)].concat(), starts[3]);
        assert_eq!(read(&other, 4096).expect_err("one is there twice").offset, other_starts);
    }
}
