//! The writer: appends JSON to a text. No white space, keys in the order they are given, only those escapes that have to be.

use alloc::string::String;
use core::mem::take;

use super::plain::plain_end;
use super::{Field, Fields, Key, piece};

/// Writes the fields of one object.
pub struct Object<'o> {
    out: &'o mut String,
    is_first: bool,
}

impl<'o> Object<'o> {
    /// Opens an object.
    #[inline]
    pub fn open(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, is_first: true }
    }

    /// Goes on in an object that is open.
    pub(crate) fn within(out: &'o mut String) -> Self {
        let is_first = out.ends_with('{');
        Self { out, is_first }
    }

    /// Writes a key that the source names; its value is to follow on the text that it gives.
    #[inline]
    pub(crate) fn begin(&mut self, key: &Key) -> &mut String {
        self.out.push_str(if take(&mut self.is_first) { piece(key.written, 1, key.written.len()) } else { key.written });
        self.out
    }

    /// The same for any key.
    pub fn key(&mut self, key: &str) -> &mut String {
        if !take(&mut self.is_first) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
        self.out
    }

    /// Writes a field, unless its value says that it is absent.
    pub fn field(&mut self, key: &str, value: &dyn Field) -> &mut Self {
        if !value.is_left_out() {
            value.write_value(self.key(key));
        }
        self
    }

    /// Writes the fields of a struct, but for those that say that they are absent.
    pub fn fields(&mut self, fields: &dyn Fields) {
        for (at, key) in fields.shape().keys.iter().enumerate() {
            if let Some(field) = fields.field(at).filter(|field| !field.is_left_out()) {
                field.write_value(self.begin(key));
            }
        }
    }

    /// Writes a field of text.
    pub fn text(&mut self, key: &str, value: &str) -> &mut Self {
        write_text(value, self.key(key));
        self
    }

    /// Writes the fields of another object, as they stand in its text.
    pub(crate) fn inner(&mut self, object: &str) {
        let fields = piece(object, 1, object.len() - 1);
        if !fields.is_empty() {
            self.out.push_str(if take(&mut self.is_first) { "" } else { "," });
            self.out.push_str(fields);
        }
    }

    /// Closes it.
    #[inline]
    pub fn close(self) {
        self.out.push('}');
    }
}

/// Writes a struct.
pub fn write_object(fields: &dyn Fields, out: &mut String) {
    let mut object = Object::open(out);
    object.fields(fields);
    object.close();
}

/// Writes a list.
pub fn write_list<T>(items: impl IntoIterator<Item = T>, out: &mut String, mut write: impl FnMut(T, &mut String)) {
    out.push('[');
    for (nth, item) in items.into_iter().enumerate() {
        if nth > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

/// Writes a string that the source names and that needs no escape.
pub(crate) fn write_word(word: &str, out: &mut String) {
    out.push('"');
    out.push_str(word);
    out.push('"');
}

/// Writes a string.
pub fn write_text(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    let mut from = 0;
    loop {
        let end = plain_end(text.as_bytes(), from);
        out.push_str(piece(text, from, end));
        let Some(byte) = text.as_bytes().get(end) else { break };
        escape(*byte, out);
        from = end + 1;
    }
    out.push('"');
}

fn escape(byte: u8, out: &mut String) {
    out.push('\\');
    match byte {
        b'"' | b'\\' => out.push(char::from(byte)),
        b'\n' => out.push('n'),
        b'\r' => out.push('r'),
        b'\t' => out.push('t'),
        8 => out.push('b'),
        12 => out.push('f'),
        _ => {
            out.push_str(if byte < 16 { "u000" } else { "u001" });
            out.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
        }
    }
}

/// Writes a whole number.
pub(crate) fn integer(value: u64, out: &mut String) {
    // Most have few digits: to look at them as text takes longer than to write one after the other.
    for digit in digits(value, &mut [0; 20]) {
        out.push(char::from(digit & 0x7f));
    }
}

/// The decimal digits of a number, at the end of a buffer.
#[inline]
pub(super) fn digits(mut value: u64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            return &buffer[at..];
        }
    }
}
