//! What I-JSON of colloq's kind is, said once more by other means: `serde_json` reads the text, and numbers are compared as decimals.
//!
//! Nothing here may use the reader or the writer that it is a reference for.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use std::format;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A value that is allowed.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::disallowed_types, reason = "what the core reads by its digits is compared with what others read")]
pub(super) enum Value {
    /// `null`, `true` or `false`.
    Word(String),
    /// A whole number.
    Whole(i64),
    /// Any other number; two of them are one if they read as the same.
    Fraction(f64),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// What a text means, if it is allowed.
pub(super) fn read(text: &str) -> Option<Value> {
    // A list of one, because white space around a value is not part of it.
    let list = format!("[{text}]");
    match serde_json::from_str::<Vec<&RawValue>>(&list).ok()?[..] {
        [value] => value_of(value, 0),
        _ => None,
    }
}

fn value_of(raw: &RawValue, depth: usize) -> Option<Value> {
    let text = raw.get();
    Some(match text.as_bytes()[0] {
        b'{' | b'[' if depth == 64 => return None,
        b'{' => {
            let fields = serde_json::Deserializer::from_str(text).deserialize_map(Fields).ok()?;
            let keys: BTreeSet<&str> = fields.iter().map(|(key, _)| key.as_str()).collect();
            if keys.len() < fields.len() {
                return None;
            }
            let fields: Option<Vec<_>> = fields.iter().map(|(key, raw)| Some((key.clone(), value_of(raw, depth + 1)?))).collect();
            Value::Object(fields?)
        }
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            Value::List(items.into_iter().map(|raw| value_of(raw, depth + 1)).collect::<Option<_>>()?)
        }
        b'"' => Value::Text(serde_json::from_str(text).ok()?),
        b'-' | b'0'..=b'9' => number(text)?,
        _ => Value::Word(text.into()),
    })
}

/// The fields of an object in their order, also those that stand there twice.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(fields)
    }
}

/// A number that JSON has, if it lies within 2^53 and is written with at most 64 digits and an exponent from -300 to 64.
fn number(text: &str) -> Option<Value> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa.trim_start_matches('-'), ""));
    let exponent: i32 = exponent.parse().ok().filter(|exponent| (-300..=64).contains(exponent))?;
    if whole.len() + fraction.len() > 64 {
        return None;
    }
    // The number with its point written out, with room for every exponent on both sides.
    let mut digits: Vec<u8> = [&[b'0'; 400], whole.as_bytes(), fraction.as_bytes(), &[b'0'; 400]].concat();
    let point = usize::try_from(400 + i32::try_from(whole.len()).ok()? + exponent).ok()?;
    let behind = digits.split_off(point);
    let front = core::str::from_utf8(&digits).ok()?.trim_start_matches('0');
    let is_whole = behind.iter().all(|digit| *digit == b'0');
    let magnitude: u64 = if front.is_empty() { 0 } else { front.parse().ok()? };
    if magnitude > 1 << 53 || (magnitude == 1 << 53 && !is_whole) {
        return None;
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    if is_whole { Some(Value::Whole(sign * i64::try_from(magnitude).ok()?)) } else { text.parse().ok().map(Value::Fraction) }
}

/// JSON Merge Patch as the pseudo-code of RFC 7396, section 2, has it.
pub(super) fn merge(target: Option<Value>, patch: Value) -> Value {
    let Value::Object(patch) = patch else { return patch };
    let mut target = match target {
        Some(Value::Object(fields)) => fields,
        _ => Vec::new(),
    };
    for (key, value) in patch {
        let known = target.iter().position(|(known, _)| *known == key);
        match (value, known) {
            (Value::Word(word), Some(at)) if word == "null" => drop(target.remove(at)),
            (Value::Word(word), None) if word == "null" => {}
            (value, Some(at)) => target[at].1 = merge(Some(target[at].1.clone()), value),
            (value, None) => target.push((key, merge(None, value))),
        }
    }
    Value::Object(target)
}
