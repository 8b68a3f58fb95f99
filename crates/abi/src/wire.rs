//! The codec: how values lie in bytes, and how they are taken out again. It never panics, whatever the bytes are, and never allocates for
//! a length that the bytes cannot hold.

use alloc::vec::Vec;

/// Why bytes are not what they should be: they are cut short, go on behind the end, or are not of this version of the envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error;

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the bytes are not of this version of the envelope")
    }
}

impl core::error::Error for Error {}

/// What is left to be taken.
#[derive(Debug)]
pub struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    fn bytes(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Error)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Error)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn len(&mut self) -> Result<usize, Error> {
        u32::take(self).map(|len| len as usize)
    }
}

/// A value that the envelope can hold.
pub trait Wire<'a>: Sized {
    /// The fewest bytes that it takes; at least 1.
    const BYTES_MIN: usize;

    /// Puts it behind what a buffer holds already.
    fn put(&self, out: &mut Vec<u8>);

    /// Takes it off the front. Payloads are borrowed.
    ///
    /// # Errors
    /// Where the bytes are cut short or are not of this version.
    fn take(input: &mut Input<'a>) -> Result<Self, Error>;
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl<'a> Wire<'a> for $type {
            const BYTES_MIN: usize = size_of::<Self>();

            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn take(input: &mut Input<'a>) -> Result<Self, Error> {
                input.array().map(Self::from_le_bytes)
            }
        }
    )*};
}
integers!(u8, u16, u32, u64);

impl<'a> Wire<'a> for bool {
    const BYTES_MIN: usize = 1;

    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn take(input: &mut Input<'a>) -> Result<Self, Error> {
        match u8::take(input)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Error),
        }
    }
}

impl<'a, const N: usize> Wire<'a> for [u8; N] {
    const BYTES_MIN: usize = N;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn take(input: &mut Input<'a>) -> Result<Self, Error> {
        input.array()
    }
}

impl<'a> Wire<'a> for &'a [u8] {
    const BYTES_MIN: usize = 4;

    // One piece of code for all: a call costs less than what it copies, and the file is smaller.
    #[inline(never)]
    fn put(&self, out: &mut Vec<u8>) {
        put_len(self.len(), out);
        out.extend_from_slice(self);
    }

    fn take(input: &mut Input<'a>) -> Result<Self, Error> {
        let len = input.len()?;
        input.bytes(len)
    }
}

impl<'a> Wire<'a> for &'a str {
    const BYTES_MIN: usize = 4;

    fn put(&self, out: &mut Vec<u8>) {
        self.as_bytes().put(out);
    }

    fn take(input: &mut Input<'a>) -> Result<Self, Error> {
        core::str::from_utf8(Wire::take(input)?).map_err(|_| Error)
    }
}

impl<'a, T: Wire<'a>> Wire<'a> for Option<T> {
    const BYTES_MIN: usize = 1;

    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(input: &mut Input<'a>) -> Result<Self, Error> {
        bool::take(input)?.then(|| T::take(input)).transpose()
    }
}

impl<'a, T: Wire<'a>> Wire<'a> for Vec<T> {
    const BYTES_MIN: usize = 4;

    fn put(&self, out: &mut Vec<u8>) {
        put_len(self.len(), out);
        for value in self {
            value.put(out);
        }
    }

    fn take(input: &mut Input<'a>) -> Result<Self, Error> {
        let len = input.len()?;
        if len > input.0.len() / T::BYTES_MIN {
            return Err(Error);
        }
        let mut values = Self::with_capacity(len);
        for _ in 0..len {
            values.push(T::take(input)?);
        }
        Ok(values)
    }
}

/// No memory of a module holds more than a `u32` counts; a length beyond is written as one that nobody takes.
pub(crate) fn put_len(len: usize, out: &mut Vec<u8>) {
    u32::try_from(len).unwrap_or(u32::MAX).put(out);
}

/// A struct as its fields in their order, or an enum as its tag and then the fields of that variant.
macro_rules! envelope {
    (
        $(#[$meta:meta])*
        pub struct $Name:ident $(<$life:lifetime>)? {
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $Name $(<$life>)? {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl<'a> $crate::wire::Wire<'a> for $Name $(<$life>)? {
            const BYTES_MIN: usize = 0 $(+ <$type as $crate::wire::Wire<'a>>::BYTES_MIN)*;

            fn put(&self, out: &mut ::alloc::vec::Vec<u8>) {
                $($crate::wire::Wire::put(&self.$field, out);)*
            }

            fn take(input: &mut $crate::wire::Input<'a>) -> Result<Self, $crate::wire::Error> {
                Ok(Self { $($field: $crate::wire::Wire::take(input)?,)* })
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub enum $Name:ident $(<$life:lifetime>)? {
            $(
                $(#[$variant_meta:meta])*
                $Variant:ident $(($value:ident: $value_type:ty))? $({ $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })? = $tag:literal,
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $Name $(<$life>)? {
            $(
                $(#[$variant_meta])*
                #[doc = concat!("\n\nIts tag is ", $tag, ".")]
                $Variant $(($value_type))? $({ $($(#[$field_meta])* $field: $type,)* })?,
            )*
        }

        impl<'a> $crate::wire::Wire<'a> for $Name $(<$life>)? {
            const BYTES_MIN: usize = 1;

            fn put(&self, out: &mut ::alloc::vec::Vec<u8>) {
                // Apart from the tag, so that variants of the same fields share their code.
                out.push(match self {
                    $(Self::$Variant { .. } => $tag,)*
                });
                match self {
                    $(Self::$Variant $(($value))? $({ $($field,)* })? => {
                        $($crate::wire::Wire::put($value, out);)?
                        $($($crate::wire::Wire::put($field, out);)*)?
                    })*
                }
            }

            fn take(input: &mut $crate::wire::Input<'a>) -> Result<Self, $crate::wire::Error> {
                Ok(match <u8 as $crate::wire::Wire<'a>>::take(input)? {
                    $($tag => Self::$Variant
                        $((<$value_type as $crate::wire::Wire<'a>>::take(input)?))?
                        $({ $($field: $crate::wire::Wire::take(input)?,)* })?,)*
                    _ => return Err($crate::wire::Error),
                })
            }
        }
    };
}
pub(crate) use envelope;
