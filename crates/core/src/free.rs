//! Free JSON: values whose shape belongs to the application. It is I-JSON (RFC 7493), at most [`DEPTH_MAX`] deep.
//!
//! Refused: duplicate keys, integers beyond 2^53, deeper nesting (lone surrogates are refused by the JSON reader itself). Whole
//! numbers are kept as integers, and -0 as 0, so that a value reads the same after a passage through JavaScript.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

/// How deep free JSON may nest.
pub const DEPTH_MAX: usize = 64;
/// The largest integer that every JSON reader keeps exactly.
const INTEGER_MAX: u64 = 1 << 53;

/// A free JSON value, kept as its encoded text.
#[derive(Clone, Debug)]
pub struct Free(Box<RawValue>);

impl PartialEq for Free {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Free {}

impl Free {
    /// The empty object.
    pub fn empty_object() -> Self {
        Self::from_value(&Value::Object(Map::new()))
    }

    /// Encodes a value that was read by this module.
    pub(crate) fn from_value(value: &Value) -> Self {
        Self(RawValue::from_string(value.to_string()).expect("an encoded value is valid JSON"))
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The value.
    pub(crate) fn to_value(&self) -> Value {
        serde_json::from_str(self.as_str()).expect("free JSON was checked when it was read")
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        self.as_str().starts_with('{')
    }

    /// Applies a JSON Merge Patch (RFC 7396).
    #[must_use]
    pub fn merged(&self, patch: &Self) -> Self {
        let mut value = self.to_value();
        merge(&mut value, patch.to_value());
        Self::from_value(&value)
    }
}

/// RFC 7396, section 2.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(&key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

impl Serialize for Free {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Free {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked_value(deserializer).map(|value| Self::from_value(&value))
    }
}

/// Reads a value and refuses what is not I-JSON. For `serde(deserialize_with)`.
pub(crate) fn checked_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Checked { depth: 0 }.deserialize(deserializer)
}

struct Checked {
    depth: usize,
}

impl Checked {
    fn inner<E: de::Error>(&self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            return Err(E::custom("JSON is nested deeper than 64"));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Checked {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        if value > INTEGER_MAX {
            return Err(E::custom("an integer lies beyond 2^53"));
        }
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > INTEGER_MAX {
            return Err(E::custom("an integer lies beyond 2^53"));
        }
        Ok(Value::Number(value.into()))
    }

    #[allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "the comparison asks exactly whether the conversion lost something")]
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        let whole = value as i64;
        if value.abs() > INTEGER_MAX as f64 {
            return Err(E::custom("a number lies beyond 2^53"));
        }
        if whole as f64 == value {
            return Ok(Value::Number(whole.into()));
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.into()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner()?)? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self.inner()?)?;
            if out.insert(key, value).is_some() {
                return Err(de::Error::custom("an object has the same key twice"));
            }
        }
        Ok(Value::Object(out))
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

    fn read(json: &str) -> Result<Free, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn what_is_not_i_json_is_refused() {
        let deep = "[".repeat(65) + &"]".repeat(65);
        for json in [r#"{"a":1,"a":2}"#, "9007199254740993", "-9007199254740993", "1e300", r#""\ud800""#, &deep] {
            assert!(read(json).is_err(), "{json}");
        }
        assert!(read(&("[".repeat(64) + &"]".repeat(64))).is_ok());
        assert!(read("9007199254740992").is_ok());
    }

    #[test]
    fn whole_numbers_are_integers() {
        assert_eq!(read("[1.0,-0,-0.0,1e2,0.5]").unwrap().as_str(), "[1,0,0,100,0.5]");
    }

    #[test]
    fn merge_patch_as_in_the_rfc() {
        for (target, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"a":1,"e":null}"#),
            (r"[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            (r"{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ] {
            assert_eq!(read(target).unwrap().merged(&read(patch).unwrap()).as_str(), result);
        }
    }
}
