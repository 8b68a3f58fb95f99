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
        impl $Name {
            /// Writes its fields into an object that is open.
            #[allow(dead_code, unused_variables, reason = "some are only read, and some have no fields")]
            pub(crate) fn write_fields(&self, object: &mut $crate::json::Object<'_>) {
                $(object.field($key, &self.$field);)*
            }
        }

        impl $crate::json::Json for $Name {
            fn blank() -> Self {
                Self { $($field: $crate::json!(@blank $type $(, $default)?),)* }
            }

            // One table and one loop for all structs; a struct's own code only says where each value goes.
            fn read(reader: &mut $crate::json::Reader<'_>) -> Result<Self, $crate::json::JsonError> {
                const KEYS: &[$crate::json::Key] = &[
                    $($crate::json::Key { name: $key, is_required: $crate::json!(@required $type $(, $default)?) },)*
                ];
                #[allow(unused_mut, reason = "some have no fields")]
                let mut value = <Self as $crate::json::Json>::blank();
                reader.fields(KEYS, $crate::json!(@strict $($strict)?), &mut |_reader, _at| {
                    #[allow(unused_mut, reason = "some have no fields")]
                    let mut _nth = 0;
                    $(
                        if _at == _nth {
                            return $crate::json::Json::read_into(&mut value.$field, _reader);
                        }
                        _nth += 1;
                    )*
                    Ok(())
                })?;
                Ok(value)
            }

            fn write(&self, out: &mut ::alloc::string::String) {
                let mut object = $crate::json::Object::open(out);
                self.write_fields(&mut object);
                object.close();
            }
        }
    };
}

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

            /// The word as it is written in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$Variant => $word,)* }
            }
        }

        impl $crate::json::Json for $Name {
            fn blank() -> Self {
                Self::ALL[0]
            }

            fn read(reader: &mut $crate::json::Reader<'_>) -> Result<Self, $crate::json::JsonError> {
                let word = reader.text()?;
                Self::ALL.iter().copied().find(|known| known.as_str() == word).ok_or_else(|| reader.error("no such word"))
            }

            fn write(&self, out: &mut ::alloc::string::String) {
                $crate::json::write_text(self.as_str(), out);
            }
        }
    };
}
pub(crate) use words;
