//! Numbers by their digits: the sign, the digits that count, and where the point stands among them. No float is ever made.

use alloc::string::String;

use crate::json::{INTEGER_MAX, JsonError, Reader, write_integer};

/// The most digits that a number may be written with.
const DIGITS_MAX: i64 = 64;
/// The smallest exponent of ten that a number may have; smaller ones are zero to most readers.
const EXPONENT_MIN: i64 = -300;

/// Copies a number in its one form: whole ones as integers, others without zeros at the end of their fraction.
pub(super) fn copy(reader: &mut Reader<'_>, out: &mut String) -> Result<(), JsonError> {
    let text = reader.number()?;
    let is_negative = text.starts_with('-');
    let (mantissa, exponent) = text.trim_start_matches('-').split_once(['e', 'E']).unwrap_or((text.trim_start_matches('-'), "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let too_long = count(whole) + count(fraction) > DIGITS_MAX;
    let exponent: Option<i64> = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok();
    let Some(exponent) = exponent.filter(|exponent| !too_long && (EXPONENT_MIN..=DIGITS_MAX).contains(exponent)) else {
        return Err(reader.error("a number with too many digits"));
    };
    let fraction = fraction.trim_end_matches('0');
    // The value is the digits times ten to the power of `scale`.
    let scale = exponent - count(fraction);
    let value = digits(whole, fraction, scale).filter(|value| *value <= INTEGER_MAX);
    match (whole_value(whole, fraction, scale), value) {
        (true, Some(0)) => out.push('0'),
        (true, Some(value)) => {
            out.push_str(if is_negative { "-" } else { "" });
            write_integer(value, out);
        }
        (false, Some(value)) if value < INTEGER_MAX => write_fraction(is_negative, (whole, fraction), exponent, out),
        _ => return Err(reader.error("a number lies beyond 2^53")),
    }
    Ok(())
}

/// How many digits there are; more than 64 bits count are not in one text.
fn count(digits: &str) -> i64 {
    i64::try_from(digits.len()).unwrap_or(i64::MAX / 4)
}

/// Whether nothing but zeros stands behind the point.
fn whole_value(whole: &str, fraction: &str, scale: i64) -> bool {
    let behind = usize::try_from(-scale).unwrap_or(0);
    let digits = whole.bytes().chain(fraction.bytes());
    let len = whole.len() + fraction.len();
    digits.skip(len.saturating_sub(behind)).all(|digit| digit == b'0')
}

/// What stands in front of the point; `None` where that is more than 64 bits hold.
fn digits(whole: &str, fraction: &str, scale: i64) -> Option<u64> {
    let before = usize::try_from(count(whole) + count(fraction) + scale).unwrap_or(0);
    let digits = whole.bytes().chain(fraction.bytes()).chain(core::iter::repeat(b'0'));
    digits.take(before).try_fold(0u64, |value, digit| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
}

fn write_fraction(is_negative: bool, (whole, fraction): (&str, &str), exponent: i64, out: &mut String) {
    out.push_str(if is_negative { "-" } else { "" });
    out.push_str(whole);
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    if exponent != 0 {
        out.push_str(if exponent < 0 { "e-" } else { "e" });
        write_integer(exponent.unsigned_abs(), out);
    }
}
