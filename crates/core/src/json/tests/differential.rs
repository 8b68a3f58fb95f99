//! Texts that nobody would think of: whatever `serde_json` takes and I-JSON allows is taken and means the same, anything else is refused.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use std::format;
use std::string::ToString as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{FileFailurePersistence, RngSeed};

use super::reference;
use crate::Free;
use crate::json::{Json, Reader};

/// Pieces of which broken texts are made.
const PIECES: [&str; 33] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u",
    "\\ud83d",
    "\\ude00",
    "\\n",
    "\"a\"",
    "\"\"",
    "0",
    "1",
    "-",
    ".",
    "e",
    "E+",
    "e-",
    "9007199254740992",
    "9007199254740993",
    "null",
    "true",
    "false",
    " ",
    "\n",
    "\t",
    "\u{1}",
    "\u{e9}",
    "\u{1f600}",
    "00",
];

/// A number as somebody might write it, also one that is none or too large.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,4})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?",
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?",
        "-?900719925474099[0-9](\\.0*[0-9]?)?([eE][+-]?[0-3])?",
        "[-+.eE0-9]{1,8}",
    ]
}

/// A string with escapes of every kind, most of them good ones.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[a-c\u{e9}\u{1f600}/ ]{0,3}",
        4 => select(alloc::vec!["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\u0000"]).prop_map(String::from),
        1 => select(alloc::vec!["\\ud83d", "\\ude00", "\\x", "\\u12", "\u{1f}", "\\"]).prop_map(String::from),
    ];
    vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// Any value, with white space here and there; keys come twice now and then.
fn value() -> impl Strategy<Value = String> {
    let space = || select(alloc::vec!["", "", "", " ", "\n\t ", "\r"]);
    let leaf = prop_oneof![number(), text(), select(alloc::vec!["null", "true", "false"]).prop_map(String::from)];
    leaf.prop_recursive(5, 24, 4, move |inner| {
        let key = prop_oneof![3 => "\"[a-d]\"", 1 => text(), 1 => Just("\"\\u0061\"".to_string())];
        let field = (space(), key, space(), inner.clone()).prop_map(|(one, key, other, value)| format!("{one}{key}{other}:{value}"));
        let item = (space(), inner, space()).prop_map(|(one, value, other)| format!("{one}{value}{other}"));
        prop_oneof![
            vec(item, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            vec(field, 0..4).prop_map(|fields| format!("{{{}}}", fields.join(","))),
        ]
    })
}

/// A value in which some pieces were put in the place of others.
fn broken() -> impl Strategy<Value = String> {
    let cut = (any::<Index>(), 0..3_usize, select(PIECES.to_vec()));
    (value(), vec(cut, 1..4)).prop_map(|(text, cuts)| {
        let mut letters: Vec<String> = text.chars().map(|letter| letter.to_string()).collect();
        for (at, count, piece) in cuts {
            let at = at.index(letters.len() + 1);
            let end = (at + count).min(letters.len());
            letters.splice(at..end, [piece.to_string()]);
        }
        letters.concat()
    })
}

/// Nothing but pieces.
fn rubble() -> impl Strategy<Value = String> {
    vec(select(PIECES.to_vec()), 0..12).prop_map(|pieces| pieces.concat())
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let meant = reference::read(text);
    let taken = Free::from_json(text);
    prop_assert_eq!(taken.is_ok(), meant.is_some(), "{:?}: {:?} against {:?}", text, taken, meant);
    let Ok(free) = taken else {
        let error = taken.expect_err("it was refused");
        prop_assert!(error.at() <= text.len() && text.is_char_boundary(error.at()), "{:?}: at {}", text, error.at());
        return Ok(());
    };
    let form = free.as_str();
    prop_assert_eq!(reference::read(form), meant, "{:?} is written as {:?}", text, form);
    prop_assert_eq!(Free::from_json(form), Ok(free.clone()), "a form is its own form");
    prop_assert_eq!(Reader::new(form).skip(), Ok(form), "what is taken is passed over as well");
    Ok(())
}

/// The same texts every time; many others where the long figures are wanted. What fails is kept, and comes first from then on.
fn config() -> ProptestConfig {
    let kept = FileFailurePersistence::Direct(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/crashers/json.txt"));
    let config = ProptestConfig { failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() };
    match std::env::var_os("COLLOQ_FULL") {
        Some(_) => ProptestConfig { cases: 200_000, ..config },
        None => ProptestConfig { cases: 2000, rng_seed: RngSeed::Fixed(7), ..config },
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn values_mean_the_same(text in value()) {
        check(&text)?;
    }

    #[test]
    fn broken_values_are_refused_or_mean_the_same(text in broken()) {
        check(&text)?;
    }

    #[test]
    fn rubble_is_refused_or_means_the_same(text in rubble()) {
        check(&text)?;
    }

    #[test]
    fn numbers_keep_their_value(text in number()) {
        check(&text)?;
    }

    #[test]
    fn a_merge_patch_is_that_of_the_rfc(target in value(), patch in value()) {
        if let (Ok(one), Ok(other)) = (Free::from_json(&target), Free::from_json(&patch)) {
            let merged = one.merged(&other);
            let expected = reference::merge(reference::read(&target), reference::read(&patch).expect("both take it"));
            prop_assert_eq!(reference::read(merged.as_str()), Some(expected), "{} and {} make {}", target, patch, merged.as_str());
            prop_assert_eq!(Free::from_json(merged.as_str()), Ok(merged.clone()), "what comes of it is in the one form");
            prop_assert_eq!(merged.is_object(), other.is_object());
        }
    }
}
