//! JSON as colloq reads and writes it: one pull reader over text, one writer onto text, and macros that make both of a struct's fields.
//!
//! It is its own small code because size and sameness are what this project is about: a general library makes one reader a type, half
//! of the file that pages download, and reads numbers through floating point. Nothing here ever touches a float: numbers of free JSON
//! are kept by their digits (see [`free`](crate::Free)), all others are whole.

mod plain;
mod reader;
mod shape;
mod write;

pub use reader::{JsonError, Key, Reader};
pub(crate) use shape::{key, shape, words};
pub(crate) use write::integer as write_integer;
pub(crate) use write::write_word;
pub use write::{Object, write_list, write_object, write_text};

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A piece of a text; nothing where that has no such piece. (An index that panics brings the formatting of its message along, and that
/// is larger than all of this module.)
#[inline]
pub(crate) fn piece(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// The largest integer that every JSON reader keeps exactly: 2^53.
pub const INTEGER_MAX: u64 = 1 << 53;

/// What stands in a field of a JSON object.
pub trait Json: Sized {
    /// Whether it reads `null` as a value of its own, and not as absent.
    const TAKES_NULL: bool = false;
    /// Whether its field has to be there.
    const REQUIRED: bool = true;

    /// What stands in its field before that is read, and where it is absent.
    ///
    /// # Panics
    /// For what stands in lists alone.
    fn blank() -> Self {
        unreachable!("it stands in lists alone")
    }

    /// Reads it. (This or [`read_into`](Self::read_into) is each type's own.)
    ///
    /// # Errors
    /// What is wrong, and where.
    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        let mut value = Self::blank();
        value.read_into(reader)?;
        Ok(value)
    }

    /// Reads it into its field, which is blank.
    ///
    /// # Errors
    /// What is wrong, and where.
    fn read_into(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        *self = Self::read(reader)?;
        Ok(())
    }

    /// Writes it.
    fn write(&self, out: &mut String);

    /// Whether its field is left out.
    fn is_absent(&self) -> bool {
        false
    }

    /// Reads a whole text.
    ///
    /// # Errors
    /// What is wrong, and where.
    fn from_json(text: &str) -> Result<Self, JsonError> {
        let mut reader = Reader::new(text);
        let value = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    /// Its text.
    fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
}

/// A field of an object, whatever its type: what the loops over fields see of it.
pub trait Field {
    /// See [`Json::read_into`].
    ///
    /// # Errors
    /// What is wrong, and where.
    fn read_field(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError>;

    /// See [`Json::is_absent`].
    fn is_left_out(&self) -> bool;

    /// See [`Json::write`].
    fn write_value(&self, out: &mut String);
}

impl<T: Json> Field for T {
    fn read_field(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        self.read_into(reader)
    }

    fn is_left_out(&self) -> bool {
        self.is_absent()
    }

    fn write_value(&self, out: &mut String) {
        self.write(out);
    }
}

/// A struct as the fields of an object.
pub trait Fields {
    /// What is known of them.
    fn shape(&self) -> &'static Shape;

    /// One by its place.
    fn field(&self, at: usize) -> Option<&dyn Field>;

    /// The same, to read into.
    fn field_mut(&mut self, at: usize) -> Option<&mut dyn Field>;
}

/// What is known of the fields of a struct.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Their keys, in their order (30 at most).
    pub keys: &'static [Key],
    /// Keys that it does not have are refused.
    pub is_strict: bool,
}

impl<T: Json> Json for Option<T> {
    const REQUIRED: bool = false;

    fn blank() -> Self {
        None
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        if !T::TAKES_NULL && reader.null()? { Ok(None) } else { T::read(reader).map(Some) }
    }

    fn write(&self, out: &mut String) {
        match self {
            Some(value) => value.write(out),
            None => out.push_str("null"),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// A value or `null`, which is written and has to be there: null (none) and absent (not said) differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nullable<T>(pub Option<T>);

impl<T: Json> Json for Nullable<T> {
    const TAKES_NULL: bool = true;

    fn blank() -> Self {
        Self(None)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        Option::read(reader).map(Self)
    }

    fn write(&self, out: &mut String) {
        self.0.write(out);
    }
}

impl Json for u64 {
    fn blank() -> Self {
        0
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        reader.integer()
    }

    fn write(&self, out: &mut String) {
        write::integer(*self, out);
    }
}

impl Json for u32 {
    fn blank() -> Self {
        0
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        Self::try_from(reader.integer()?).map_err(|_| reader.error("the number is too large"))
    }

    fn write(&self, out: &mut String) {
        write::integer(u64::from(*self), out);
    }
}

/// A flag is written only where it is set.
impl Json for bool {
    const REQUIRED: bool = false;

    fn blank() -> Self {
        false
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        reader.boolean()
    }

    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }

    fn is_absent(&self) -> bool {
        !*self
    }
}

macro_rules! text {
    ($($Type:ty)*) => {
        $(impl Json for $Type {
            fn blank() -> Self {
                Self::default()
            }

            fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
                reader.text().map(Into::into)
            }

            fn write(&self, out: &mut String) {
                write_text(self, out);
            }
        })*
    };
}
text!(String Box<str> Arc<str>);

impl Json for Cow<'static, str> {
    fn blank() -> Self {
        Self::Borrowed("")
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        reader.text().map(|text| Self::Owned(text.into_owned()))
    }

    fn write(&self, out: &mut String) {
        write_text(self, out);
    }
}

/// A list; an empty one is written all the same.
impl<T: Json> Json for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, JsonError> {
        let mut list = Self::new();
        reader.array(&mut |reader| {
            list.push(T::read(reader)?);
            Ok(())
        })?;
        Ok(list)
    }

    fn write(&self, out: &mut String) {
        write_list(self.iter(), out, Json::write);
    }
}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Nullable<T> {
    fn schema_name() -> Cow<'static, str> {
        <Option<T>>::schema_name()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        <Option<T>>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests;
