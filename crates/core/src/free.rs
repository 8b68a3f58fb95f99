//! Free JSON: values whose shape belongs to the application. It is I-JSON (RFC 7493), at most [`DEPTH_MAX`] deep, and kept as text in one
//! form: no white space, the shortest escapes, keys in the order they came.
//!
//! Refused: duplicate keys, numbers beyond 2^53, deeper nesting, lone surrogates. Numbers are kept by their digits and never become
//! floats: whole ones lose a fraction of zeros and an exponent, and -0 is 0, so that a value reads the same after a passage through
//! JavaScript.

mod merge;
mod number;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use crate::json::{Json, JsonError, Reader, write_text};
use crate::sort::sort;

/// How deep free JSON may nest.
pub const DEPTH_MAX: usize = 64;

/// A free JSON value, kept as its text. The empty object, which most sessions have, takes no memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Free(Option<Arc<str>>);

impl Free {
    /// The empty object.
    pub const EMPTY: Self = Self(None);

    /// Takes a text that is in the one form already.
    pub(crate) fn of(text: String) -> Self {
        Self((text != "{}").then(|| text.into()))
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or("{}")
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        self.as_str().starts_with('{')
    }

    /// Applies a JSON Merge Patch (RFC 7396).
    #[must_use]
    pub fn merged(&self, patch: &Self) -> Self {
        let mut out = String::with_capacity(self.as_str().len() + patch.as_str().len());
        merge::merge(Some(self.as_str()), patch.as_str(), &mut out);
        Self::of(out)
    }

    /// A reader of its text.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(self.as_str())
    }
}

impl Json for Free {
    fn blank() -> Self {
        Self::EMPTY
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        let mut out = String::new();
        copy(reader, &mut out, 0)?;
        Ok(Self::of(out))
    }

    fn write(&self, out: &mut String) {
        out.push_str(self.as_str());
    }
}

/// Copies a value in its one form. `depth` counts what surrounds it.
fn copy(reader: &mut Reader<'_>, out: &mut String, depth: usize) -> Result<(), JsonError> {
    match reader.peek() {
        b'{' | b'[' if depth == DEPTH_MAX => return Err(reader.error("free JSON is nested deeper than 64")),
        b'{' => {
            let mut fields = Fields::open(out);
            reader.object(&mut |reader, key| fields.copy(reader, key, depth + 1).map(|()| true))?;
            fields.close(reader)?;
        }
        b'[' => {
            out.push('[');
            let start = out.len();
            reader.array(&mut |reader| {
                if out.len() > start {
                    out.push(',');
                }
                copy(reader, out, depth + 1)
            })?;
            out.push(']');
        }
        b'"' => write_text(&reader.text()?, out),
        b'-' | b'0'..=b'9' => number::copy(reader, out)?,
        _ => out.push_str(reader.skip()?),
    }
    Ok(())
}

/// The fields of an object that are written as they are read; none may stand there twice.
pub(crate) struct Fields<'o> {
    out: &'o mut String,
    /// Where each key stands in what was written.
    keys: Vec<Range<usize>>,
}

impl<'o> Fields<'o> {
    pub(crate) fn open(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, keys: Vec::new() }
    }

    /// Copies one field.
    pub(crate) fn copy(&mut self, reader: &mut Reader<'_>, key: &str, depth: usize) -> Result<(), JsonError> {
        if !self.keys.is_empty() {
            self.out.push(',');
        }
        let start = self.out.len();
        write_text(key, self.out);
        self.keys.push(start..self.out.len());
        self.out.push(':');
        copy(reader, self.out, depth)
    }

    /// Closes the object.
    pub(crate) fn close(mut self, reader: &Reader<'_>) -> Result<(), JsonError> {
        let text: &str = self.out;
        sort(&mut self.keys, &|one, other| text[one.clone()] < text[other.clone()]);
        if self.keys.windows(2).any(|pair| text[pair[0].clone()] == text[pair[1].clone()]) {
            return Err(reader.error("an object has the same key twice"));
        }
        self.out.push('}');
        Ok(())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Free {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Free".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "object", "additionalProperties": true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Free, JsonError> {
        Free::from_json(json)
    }

    #[test]
    fn what_is_not_i_json_is_refused() {
        let deep = "[".repeat(65) + &"]".repeat(65);
        for json in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"b":0,"\u0061":2}"#,
            "9007199254740993",
            "-9007199254740993",
            "9007199254740992.5",
            "1e300",
            "1e99999999999999999999",
            r#""\ud800""#,
            r#""\udc00\ud800""#,
            "\"\u{1}\"",
            "01",
            "1.",
            ".5",
            "+1",
            "nul",
            "[1,]",
            "{\"a\"}",
            "1 2",
            "",
            &deep,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
        assert!(read(&("[".repeat(64) + &"]".repeat(64))).is_ok());
        assert!(read("9007199254740992").is_ok());
    }

    #[test]
    fn there_is_one_form() {
        for (text, form) in [
            (" [ 1.0 , -0 , -0.0 , 1e2 , 0.50 , 1.5e-7,12.5e1 , 120e-1, 0e5 ] ", "[1,0,0,100,0.5,1.5e-7,125,12,0]"),
            ("[-1.0,-2.50,10,100.0e0,9.007199254740992e15]", "[-1,-2.5,10,100,9007199254740992]"),
            (r#"{"b":"\u0041\/\n","a":{"z":[],"y":null}}"#, r#"{"b":"A/\n","a":{"z":[],"y":null}}"#),
            (r#""\ud83d\ude00""#, "\"\u{1f600}\""),
        ] {
            assert_eq!(read(text).unwrap().as_str(), form);
            assert_eq!(read(form).unwrap().as_str(), form, "a form is its own form");
        }
    }

    #[test]
    fn merge_patch_as_in_the_rfc() {
        for (target, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, r"{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, "null", "null"),
            (r#"{"a":"foo"}"#, "\"bar\"", "\"bar\""),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            (r"[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            (r"{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ] {
            assert_eq!(read(target).unwrap().merged(&read(patch).unwrap()).as_str(), result);
        }
    }
}
