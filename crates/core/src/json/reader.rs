//! The reader: a cursor over text that takes one JSON value after another. It checks as it goes and says where something is wrong.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::plain::{plain_end, plain_prefix};
use super::{Fields, INTEGER_MAX, Shape, piece};
use crate::hex;

/// How deep a text may nest: what surrounds free JSON (a frame, a batch, a message, a part) and its own 64 levels.
const DEPTH_MAX: u32 = 80;

/// The bits of what a command has beside its fields, above those of 30 fields.
const ENVELOPE_ID: u32 = 1 << 30;
const ENVELOPE_KIND: u32 = 1 << 31;

/// Why a text does not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError(Box<Trouble>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Trouble {
    what: &'static str,
    at: usize,
    pointer: String,
}

impl JsonError {
    /// What is wrong, for people.
    pub fn what(&self) -> &'static str {
        self.0.what
    }

    /// Where, in bytes from the beginning of the text.
    pub fn at(&self) -> usize {
        self.0.at
    }

    /// The field at fault, as a JSON Pointer (RFC 6901); empty for the whole.
    pub fn pointer(&self) -> &str {
        &self.0.pointer
    }

    /// The same, in a text that begins so many bytes later.
    #[must_use]
    pub fn behind(mut self, bytes: usize) -> Self {
        self.0.at = self.0.at.saturating_sub(bytes);
        self
    }

    /// All of it in one sentence.
    pub fn said(&self) -> String {
        let mut said = String::from(self.0.what);
        said.push_str(", at byte ");
        super::write_integer(self.0.at as u64, &mut said);
        if !self.0.pointer.is_empty() {
            said.push_str(", in ");
            said.push_str(&self.0.pointer);
        }
        said
    }

    /// The same, seen from outside a field.
    #[must_use]
    pub fn within(mut self, key: &str) -> Self {
        let escaped = key.replace('~', "~0").replace('/', "~1");
        self.0.pointer.insert_str(0, &escaped);
        self.0.pointer.insert(0, '/');
        self
    }
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    /// Keys of the outermost object that nobody knows are refused, but for this one.
    only: Option<&'static str>,
}

/// A key that an object may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// How it is written behind another field: `,"name":`, one copy for all of it.
    pub written: &'static str,
    /// Whether it has to be there.
    pub is_required: bool,
}

impl Key {
    /// The key that is written so: `,"name":`.
    pub const fn new(written: &'static str, is_required: bool) -> Self {
        let (_, name) = written.split_at(2);
        let (name, _) = name.split_at(name.len() - 2);
        Self { name, written, is_required }
    }
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, only: None }
    }

    /// A reader that refuses keys of the outermost object that nobody knows, but for one.
    pub fn strict(text: &'a str, but: &'static str) -> Self {
        Self { only: Some(but), ..Self::new(text) }
    }

    /// Something is wrong here.
    #[cold]
    pub fn error(&self, what: &'static str) -> JsonError {
        JsonError(Box::new(Trouble { what, at: self.at, pointer: String::new() }))
    }

    /// Nothing but white space is left.
    ///
    /// # Errors
    /// Where something is.
    pub fn finish(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            0 => Ok(()),
            _ => Err(self.error("something follows the value")),
        }
    }

    /// The next byte that is not white space; 0 at the end. (A zero byte in the text is an error everywhere.)
    #[inline]
    pub(crate) fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return *byte;
            }
            self.at += 1;
        }
        0
    }

    fn rest(&self) -> &'a str {
        piece(self.text, self.at, self.text.len())
    }

    #[inline]
    fn take(&mut self, byte: u8, what: &'static str) -> Result<(), JsonError> {
        if self.peek() != byte {
            return Err(self.error(what));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str) -> bool {
        self.peek();
        let found = self.rest().starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// Takes `null`, where it stands.
    ///
    /// # Errors
    /// None; it reads well beside those that have some.
    pub fn null(&mut self) -> Result<bool, JsonError> {
        Ok(self.word("null"))
    }

    /// Takes `true` or `false`.
    ///
    /// # Errors
    /// Where something else stands.
    pub fn boolean(&mut self) -> Result<bool, JsonError> {
        if self.word("true") {
            return Ok(true);
        }
        if self.word("false") { Ok(false) } else { Err(self.error("true or false is expected")) }
    }

    /// Takes a string that is one of some words; gives its place.
    ///
    /// # Errors
    /// Where something else stands.
    pub(crate) fn word_of(&mut self, words: &[&str]) -> Result<usize, JsonError> {
        let text = self.text()?;
        words.iter().position(|word| *word == text).ok_or_else(|| self.error("no such word"))
    }

    /// Takes a whole number from 0 to 2^53.
    ///
    /// # Errors
    /// Where something else stands.
    pub fn integer(&mut self) -> Result<u64, JsonError> {
        self.peek();
        let bytes = &self.text.as_bytes()[self.at..];
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let leads = digits > 1 && bytes[0] == b'0';
        if digits == 0 || leads || matches!(bytes.get(digits), Some(b'.' | b'e' | b'E')) {
            return Err(self.error("a whole number is expected"));
        }
        let value = bytes[..digits].iter().try_fold(0u64, |value, digit| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
        let value = value.filter(|value| *value <= INTEGER_MAX).ok_or_else(|| self.error("the number lies beyond 2^53"))?;
        self.at += digits;
        Ok(value)
    }

    /// Takes a number; gives it as it is written.
    pub(crate) fn number(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let digits = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let mut at = start + usize::from(bytes.get(start) == Some(&b'-'));
        let whole = digits(at);
        let mut good = whole > at && (whole == at + 1 || bytes[at] != b'0');
        at = whole;
        if bytes.get(at) == Some(&b'.') {
            let end = digits(at + 1);
            good &= end > at + 1;
            at = end;
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            at += 1;
            at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
            let end = digits(at);
            good &= end > at;
            at = end;
        }
        if !good {
            return Err(self.error("a value is expected"));
        }
        self.at = at;
        Ok(piece(self.text, start, at))
    }

    /// Takes a string; borrowed where it holds no escape.
    ///
    /// # Errors
    /// Where something else stands, or it holds a lone surrogate or a control character.
    pub fn text(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.take(b'"', "a string is expected")?;
        let start = self.at;
        self.at = plain_end(self.text.as_bytes(), start);
        if self.text.as_bytes().get(self.at) == Some(&b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(piece(self.text, start, self.at - 1)));
        }
        let mut text = String::from(piece(self.text, start, self.at));
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.error("a control character in a string has to be escaped")),
                None => return Err(self.error("the text ends within a string")),
            }
            let from = self.at;
            self.at = plain_end(self.text.as_bytes(), from);
            text.push_str(piece(self.text, from, self.at));
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let letter = self.text.as_bytes().get(self.at + 1).copied().unwrap_or_default();
        self.at += 2;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => {
                self.at -= 2;
                return Err(self.error("an escape that JSON does not have"));
            }
        })
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let high = self.hex()?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high).ok_or_else(|| self.error("a lone surrogate"));
        }
        if !self.rest().starts_with("\\u") {
            return Err(self.error("a lone surrogate"));
        }
        self.at += 2;
        let low = self.hex()?;
        let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or_else(|| self.error("a lone surrogate"))?;
        char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + low).ok_or_else(|| self.error("a lone surrogate"))
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).unwrap_or_default();
        let value = digits.iter().try_fold(0, |value, digit| hex::digit(*digit).map(|digit| value << 4 | u32::from(digit)));
        let value = value.filter(|_| digits.len() == 4).ok_or_else(|| self.error("four hex digits are expected"))?;
        self.at += 4;
        Ok(value)
    }

    fn enter(&mut self, open: u8, what: &'static str) -> Result<(), JsonError> {
        self.take(open, what)?;
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(self.error("nested too deeply")) } else { Ok(()) }
    }

    /// Whether another item follows in a list or an object that `close` ends.
    fn more(&mut self, close: u8, first: &mut bool) -> Result<bool, JsonError> {
        if self.peek() == close {
            self.at += 1;
            self.depth -= 1;
            return Ok(false);
        }
        if !core::mem::take(first) {
            self.take(b',', "a comma is expected")?;
        }
        Ok(true)
    }

    /// Takes a list, item by item.
    ///
    /// # Errors
    /// What is wrong, with the item's place.
    pub fn array(&mut self, item: &mut dyn FnMut(&mut Self) -> Result<(), JsonError>) -> Result<(), JsonError> {
        self.enter(b'[', "a list is expected")?;
        let (mut first, mut nth) = (true, 0);
        while self.more(b']', &mut first)? {
            item(self).map_err(|error| error.within(core::str::from_utf8(super::write::digits(nth, &mut [0; 20])).unwrap_or_default()))?;
            nth += 1;
        }
        Ok(())
    }

    /// Takes an object, field by field, passing over those of which the sink says that it does not know them.
    ///
    /// # Errors
    /// What is wrong, with the field's name.
    pub fn object(&mut self, sink: &mut dyn FnMut(&mut Self, &str) -> Result<bool, JsonError>) -> Result<(), JsonError> {
        self.enter(b'{', "an object is expected")?;
        let mut first = true;
        while self.more(b'}', &mut first)? {
            let key = self.key()?;
            if !sink(self, &key).map_err(|error| error.within(&key))? {
                self.skip()?;
            }
        }
        Ok(())
    }

    /// Takes an object into the fields of a struct, which are blank. Each may come once, and those that are required have to.
    ///
    /// # Errors
    /// What is wrong, with the field's name.
    pub fn fields(&mut self, fields: &mut dyn Fields) -> Result<(), JsonError> {
        let Shape { keys, is_strict } = *fields.shape();
        let mut seen = 0u32;
        let is_strict = |but: Option<&str>, key: &str| is_strict || but.is_some_and(|but| but != key);
        let only = self.only.filter(|_| self.depth == 0);
        self.object(&mut |reader, key| {
            let known = keys.iter().position(|known| known.name == key);
            let Some((at, field)) = known.and_then(|at| fields.field_mut(at).map(|field| (at, field))) else {
                // What stands around a command's fields may not stand there twice either.
                let envelope = if key == "id" {
                    ENVELOPE_ID
                } else if key == "kind" {
                    ENVELOPE_KIND
                } else {
                    0
                };
                if seen & envelope != 0 {
                    return Err(reader.error("the field stands there twice"));
                }
                seen |= envelope;
                return if is_strict(only, key) { Err(reader.error("no such field")) } else { Ok(false) };
            };
            if seen & 1 << at != 0 {
                return Err(reader.error("the field stands there twice"));
            }
            seen |= 1 << at;
            field.read_field(reader).map(|()| true)
        })?;
        match keys.iter().enumerate().find(|(at, key)| key.is_required && seen & 1 << at == 0) {
            Some((_, key)) => Err(self.error("the field is missing").within(key.name)),
            None => Ok(()),
        }
    }

    /// Takes a key and its colon.
    pub(crate) fn key(&mut self) -> Result<Cow<'a, str>, JsonError> {
        let key = self.text()?;
        self.take(b':', "a colon is expected")?;
        Ok(key)
    }

    /// Takes an object whose text is in the one form of free JSON; gives each key and value as they are written.
    pub(crate) fn raw_fields(&mut self, field: &mut dyn FnMut(&'a str, &'a str)) -> Result<(), JsonError> {
        self.enter(b'{', "an object is expected")?;
        let mut first = true;
        while self.more(b'}', &mut first)? {
            let key = self.skip()?;
            self.take(b':', "a colon is expected")?;
            field(key, self.skip()?);
        }
        Ok(())
    }

    /// Passes over a value; gives its text.
    ///
    /// # Errors
    /// Where it is none.
    pub fn skip(&mut self) -> Result<&'a str, JsonError> {
        let byte = self.peek();
        let start = self.at;
        match byte {
            b'{' => self.object(&mut |_, _| Ok(false))?,
            b'[' => self.array(&mut |reader| reader.skip().map(|_| ()))?,
            b'"' => {
                self.text()?;
            }
            b't' | b'f' => {
                self.boolean()?;
            }
            b'n' if self.null()? => {}
            _ => {
                self.number()?;
            }
        }
        Ok(piece(self.text, start, self.at))
    }

    /// A reader at the value of a field of the object that begins here; what follows that field is not looked at.
    pub fn member(&self, name: &str) -> Option<Self> {
        let mut reader = self.clone();
        reader.enter(b'{', "").ok()?;
        let mut first = true;
        while reader.more(b'}', &mut first).ok()? {
            if reader.key().ok()? == name {
                return Some(reader);
            }
            reader.skip().ok()?;
        }
        None
    }

    /// The text of a field of the object that begins here, where it is a string.
    pub fn member_text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.member(name)?.text().ok()
    }

    /// The string that begins here, as it is written, up to its end or to so many characters; without the closing quote.
    pub(crate) fn text_prefix(&self, chars: usize) -> &'a str {
        let text = self.rest();
        let bytes = text.as_bytes();
        let plain = plain_prefix(bytes.get(1..).unwrap_or_default(), chars);
        let mut end = 1 + plain;
        for _ in plain..chars {
            end += match bytes.get(end) {
                Some(b'"') => break,
                // An escape counts as one character. This library escapes only single ones, never half a pair.
                Some(b'\\') if bytes.get(end + 1) == Some(&b'u') => 6,
                Some(b'\\' | 0xc0..0xe0) => 2,
                Some(0xe0..0xf0) => 3,
                Some(0xf0..) => 4,
                Some(_) => 1,
                None => return text,
            };
        }
        piece(text, 0, end)
    }

    /// Where it stands, in bytes from the beginning of the text.
    pub(crate) fn position(&mut self) -> usize {
        self.peek();
        self.at
    }

    /// The items of the list that begins here, each as its text.
    ///
    /// # Errors
    /// Where it is no list.
    pub fn items(&mut self) -> Result<Vec<&'a str>, JsonError> {
        let mut items = Vec::new();
        self.array(&mut |reader| {
            items.push(reader.skip()?);
            Ok(())
        })?;
        Ok(items)
    }
}
