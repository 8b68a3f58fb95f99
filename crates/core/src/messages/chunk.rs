//! Chunks: messages encoded one behind the other, and beside them what rules ask for often. Segments: the runs of them that are shown.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::Id;
use crate::json::{Json, Reader, piece};
use crate::message::{Draft, MessageType, Status};
use crate::time::Time;

/// One message of a chunk.
#[derive(Clone, Debug)]
struct Row {
    id: Id,
    reply_to: Option<Id>,
    content_bytes: u32,
    kind: MessageType,
    status: Status,
    /// Where its JSON ends in the chunk's text; it begins a comma behind the one before.
    end: u32,
    /// Its fields, while it streams: then it is alone in its chunk, and the text is empty.
    open: Option<Arc<Draft>>,
}

impl Row {
    fn new(draft: &Draft) -> Self {
        Self {
            id: draft.id,
            reply_to: draft.reply_to,
            content_bytes: draft.content_bytes(),
            kind: draft.kind,
            status: draft.status,
            end: 0,
            open: None,
        }
    }
}

/// Messages that were encoded together.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    json: String,
    rows: Vec<Row>,
}

impl Chunk {
    /// Opens a draft that streams and seals any other.
    pub(super) fn single(draft: Draft) -> Self {
        let mut row = Row::new(&draft);
        let mut json = String::new();
        if draft.status == Status::Streaming {
            row.open = Some(Arc::new(draft));
        } else {
            json.reserve_exact(300 + 2 * row.content_bytes as usize);
            draft.write(&mut json);
            // A few bytes of room cost less than a copy; chunks that are joined have none.
            if json.capacity() - json.len() > 128 {
                json.shrink_to_fit();
            }
            row.end = json.len() as u32;
        }
        Self { json, rows: alloc::vec![row] }
    }

    /// What two segments show, in a chunk of its own.
    pub(super) fn joined(one: &Segment, other: &Segment) -> Self {
        let mut json = String::with_capacity(one.json_len() + other.json_len() + 1);
        let mut rows = Vec::with_capacity(one.len() + other.len());
        for segment in [one, other] {
            for row in segment.from..segment.to {
                if !json.is_empty() {
                    json.push(',');
                }
                json.push_str(segment.chunk.text(row as usize));
                rows.push(Row { end: json.len() as u32, ..segment.chunk.rows[row as usize].clone() });
            }
        }
        Self { json, rows }
    }

    fn start(&self, row: usize) -> usize {
        if row == 0 { 0 } else { self.rows[row - 1].end as usize + 1 }
    }

    fn text(&self, row: usize) -> &str {
        piece(&self.json, self.start(row), self.rows[row].end as usize)
    }
}

/// A run of a chunk's messages.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    chunk: Arc<Chunk>,
    from: u32,
    to: u32,
}

impl Segment {
    /// All of a chunk.
    pub(super) fn of(chunk: Chunk) -> Self {
        let to = chunk.rows.len() as u32;
        Self { chunk: Arc::new(chunk), from: 0, to }
    }

    /// One message of it.
    pub(super) fn alone(&self, row: usize) -> Self {
        Self { chunk: Arc::clone(&self.chunk), from: row as u32, to: row as u32 + 1 }
    }

    pub(super) fn len(&self) -> usize {
        (self.to - self.from) as usize
    }

    pub(super) fn first_row(&self) -> usize {
        self.from as usize
    }

    pub(super) fn last_row(&self) -> usize {
        self.to as usize - 1
    }

    /// How many messages the segment shows before a row.
    pub(super) fn offset(&self, row: usize) -> usize {
        row - self.from as usize
    }

    pub(super) fn message(&self, row: usize) -> Message<'_> {
        Message { chunk: &self.chunk, row }
    }

    pub(super) fn messages(&self) -> impl DoubleEndedIterator<Item = Message<'_>> + Clone {
        (self.from as usize..self.to as usize).map(|row| self.message(row))
    }

    pub(super) fn find(&self, id: Id) -> Option<usize> {
        let rows = &self.chunk.rows[self.from as usize..self.to as usize];
        rows.iter().rposition(|row| row.id == id).map(|row| row + self.from as usize)
    }

    /// The draft of a message that streams; it is alone.
    pub(super) fn open(&self) -> Option<&Draft> {
        self.chunk.rows.first().and_then(|row| row.open.as_deref())
    }

    pub(super) fn json_len(&self) -> usize {
        match self.open() {
            Some(draft) => 360 + 2 * draft.content_bytes() as usize,
            None => self.chunk.rows[self.last_row()].end as usize - self.chunk.start(self.from as usize),
        }
    }

    /// Writes the messages behind the first `skipped`, with commas between them.
    pub(super) fn write(&self, skipped: usize, out: &mut String) {
        if let Some(draft) = self.open() {
            return draft.write(out);
        }
        let (from, to) = (self.chunk.start(self.from as usize + skipped), self.chunk.rows[self.last_row()].end as usize);
        out.push_str(piece(&self.chunk.json, from, to));
    }

    /// Whether two show the same run of the same chunk.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.chunk, &other.chunk) && (self.from, self.to) == (other.from, other.to)
    }

    /// What stays on both sides of a row.
    pub(super) fn split(&self, row: usize) -> (Option<Self>, Option<Self>) {
        let row = row as u32;
        let part = |from, to| (from < to).then(|| Self { chunk: Arc::clone(&self.chunk), from, to });
        (part(self.from, row), part(row + 1, self.to))
    }

    /// Changes a draft that streams, in place where nobody else holds it, and gives its new size; `None` where nothing streams.
    pub(super) fn change_open(&mut self, change: &mut dyn FnMut(&mut Draft)) -> Option<u32> {
        self.open()?;
        let row = &mut Arc::make_mut(&mut self.chunk).rows[0];
        let draft = Arc::make_mut(row.open.as_mut()?);
        change(draft);
        let changed = Row::new(draft);
        let open = row.open.take();
        *row = Row { open, ..changed };
        Some(row.content_bytes)
    }
}

/// A message of a session, as it stands in its list.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    chunk: &'a Chunk,
    row: usize,
}

impl<'a> Message<'a> {
    fn row(&self) -> &'a Row {
        &self.chunk.rows[self.row]
    }

    /// Its id.
    pub fn id(&self) -> Id {
        self.row().id
    }

    /// The message that it answers.
    pub fn reply_to(&self) -> Option<Id> {
        self.row().reply_to
    }

    /// The bytes of its texts.
    pub fn content_bytes(&self) -> u32 {
        self.row().content_bytes
    }

    /// Who it is from.
    pub fn kind(&self) -> MessageType {
        self.row().kind
    }

    /// How far it is.
    pub fn status(&self) -> Status {
        self.row().status
    }

    /// When it was accepted, in milliseconds since 1970.
    pub fn timestamp(&self) -> u64 {
        if let Some(draft) = self.open() {
            return draft.timestamp;
        }
        let time = Reader::new(self.chunk.text(self.row)).member("timestamp");
        time.and_then(|mut reader| Time::read(&mut reader).ok()).map_or(0, |time| time.0)
    }

    /// The draft of a message that streams.
    pub fn open(&self) -> Option<&'a Draft> {
        self.row().open.as_deref()
    }

    /// The JSON that is sent.
    pub fn json(&self) -> Cow<'a, str> {
        match self.open() {
            Some(draft) => Cow::Owned(draft.to_json()),
            None => Cow::Borrowed(self.chunk.text(self.row)),
        }
    }

    /// The fields, decoded where the message is sealed.
    pub fn to_draft(&self) -> Draft {
        match self.open() {
            Some(draft) => draft.clone(),
            None => Draft::from_json(self.chunk.text(self.row)).expect("a sealed message is the JSON of a draft"),
        }
    }

    /// Whether it reads the same as another.
    pub fn is_same(&self, other: &Message<'_>) -> bool {
        match (&self.row().open, &other.row().open) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
            (None, None) => self.chunk.text(self.row) == other.chunk.text(other.row),
            _ => false,
        }
    }

    /// The checksum of its JSON; 0 while it streams.
    pub(super) fn checksum(&self) -> u64 {
        if self.open().is_some() { 0 } else { checksum(self.chunk.text(self.row)) }
    }
}

/// Mixes a text into 64 bits, eight bytes at a time.
pub(crate) fn checksum(text: &str) -> u64 {
    let mut sum = text.len() as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut mix = |word: u64| {
        sum = (sum ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        sum ^= sum >> 32;
    };
    let mut words = text.as_bytes().chunks_exact(8);
    for word in &mut words {
        mix(u64::from_le_bytes(word.try_into().unwrap_or_default()));
    }
    let mut last = [0; 8];
    last[..words.remainder().len()].copy_from_slice(words.remainder());
    mix(u64::from_le_bytes(last));
    sum
}
