//! The macros that make a struct's reader and writer out of one list of its fields, and an enum's out of its words.

/// The reader and the writer of a struct that stands already: `json!(Name: strict { field: Type = "key", ... })`. A type says itself
/// what it is where its key is absent, unless `or` does. With `strict`, keys that the struct does not have are refused.
#[macro_export]
macro_rules! json {
    (@strict strict) => { true };
    (@strict) => { false };
    (@blank $type:ty) => { <$type as $crate::json::Json>::blank() };
    (@blank $type:ty, $default:expr) => { $default };
    (@required $type:ty) => { <$type as $crate::json::Json>::REQUIRED };
    (@required $type:ty, $default:expr) => { false };
    ($Name:ident $(: $strict:ident)? { $($field:ident: $type:ty = $key:literal $(or $default:expr)?),* $(,)? }) => {
        // One table and one loop for all structs; a struct's own code only says where its fields are.
        impl $crate::json::Fields for $Name {
            fn shape(&self) -> &'static $crate::json::Shape {
                const { &$crate::json::Shape {
                    keys: &[$($crate::json::Key::new(
                        concat!(",\"", $key, "\":"),
                        $crate::json!(@required $type $(, $default)?),
                    ),)*],
                    is_strict: $crate::json!(@strict $($strict)?),
                } }
            }

            fn field(&self, _at: usize) -> Option<&dyn $crate::json::Field> {
                let _nth = 0;
                $(
                    if _at == _nth {
                        return Some(&self.$field);
                    }
                    let _nth = _nth + 1;
                )*
                None
            }

            fn field_mut(&mut self, _at: usize) -> Option<&mut dyn $crate::json::Field> {
                let _nth = 0;
                $(
                    if _at == _nth {
                        return Some(&mut self.$field);
                    }
                    let _nth = _nth + 1;
                )*
                None
            }
        }

        impl $crate::json::Json for $Name {
            fn blank() -> Self {
                Self { $($field: $crate::json!(@blank $type $(, $default)?),)* }
            }

            fn read_into(&mut self, reader: &mut $crate::json::Reader<'_>) -> Result<(), $crate::json::JsonError> {
                reader.fields(self)
            }

            fn write(&self, out: &mut ::alloc::string::String) {
                $crate::json::write_object(self, out);
            }
        }
    };
}

/// A key that the source names, for [`Object::begin`](crate::json::Object::begin).
macro_rules! key {
    ($name:literal) => {
        &const { $crate::json::Key::new(concat!(",\"", $name, "\":"), false) }
    };
}
pub(crate) use key;

/// A public struct as a JSON object, with its schema.
macro_rules! shape {
    (
        $(#[$meta:meta])*
        $vis:vis struct $Name:ident $(: $strict:ident)? {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty = $key:literal $(or $default:expr)?,)*
        }
    ) => {
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        $(#[$meta])*
        $vis struct $Name {
            $($(#[$field_meta])* #[cfg_attr(feature = "schema", schemars(rename = $key))] $field_vis $field: $type,)*
        }
        $crate::json!($Name $(: $strict)? { $($field: $type = $key $(or $default)?,)* });
    };
}
pub(crate) use shape;

/// An enum of words.
macro_rules! words {
    (
        $(#[$meta:meta])*
        $vis:vis enum $Name:ident { $($(#[$variant_meta:meta])* $Variant:ident = $word:literal,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        $vis enum $Name { $($(#[$variant_meta])* #[cfg_attr(feature = "schema", schemars(rename = $word))] $Variant,)* }

        impl $Name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$Variant,)*];
            const WORDS: &'static [&'static str] = &[$($word,)*];

            /// The word as it is written in JSON.
            pub const fn as_str(self) -> &'static str {
                Self::WORDS[self as usize]
            }
        }

        impl $crate::json::Json for $Name {
            fn blank() -> Self {
                Self::ALL[0]
            }

            fn read(reader: &mut $crate::json::Reader<'_>) -> Result<Self, $crate::json::JsonError> {
                reader.word_of(Self::WORDS).map(|at| Self::ALL[at])
            }

            fn write(&self, out: &mut ::alloc::string::String) {
                $crate::json::write_word(self.as_str(), out);
            }
        }
    };
}
pub(crate) use words;
