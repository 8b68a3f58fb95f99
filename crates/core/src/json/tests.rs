//! The reader and the writer by themselves: what they take, what they refuse, and where they say that something is wrong.

mod differential;
mod reference;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Debug;
use std::format;

use proptest::prelude::*;

use super::{INTEGER_MAX, Json, JsonError, Nullable, Object, Reader, write_list, write_text};

#[derive(Clone, Debug, PartialEq, Eq)]
struct Sample {
    name: String,
    count: u64,
    small: Option<u32>,
    flag: bool,
    end: Nullable<u64>,
    inner: Vec<Inner>,
    words: Vec<String>,
}

crate::json!(Sample: strict {
    name: String = "name",
    count: u64 = "count",
    small: Option<u32> = "small",
    flag: bool = "flag",
    end: Nullable<u64> = "end",
    inner: Vec<Inner> = "inner" or Vec::new(),
    words: Vec<String> = "a/b~c" or Vec::new(),
});

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    id: Box<str>,
}

crate::json!(Inner { id: Box<str> = "id", });

const SAMPLE: &str = r#"{"name":"n","count":1,"end":null,"inner":[{"id":"x"}],"a/b~c":[]}"#;

/// What reading a text as `T` says is wrong: the byte, the pointer and the words.
fn error_of<T: Json + Debug>(text: &str) -> (usize, String, &'static str) {
    let error = T::from_json(text).expect_err(text);
    assert_eq!(error.said().contains(", in "), !error.pointer().is_empty());
    assert!(error.said().starts_with(&format!("{}, at byte {}", error.what(), error.at())));
    (error.at(), error.pointer().into(), error.what())
}

fn sample_error(text: &str) -> (usize, String, &'static str) {
    error_of::<Sample>(text)
}

#[test]
fn a_struct_reads_and_writes() {
    let sample = Sample::from_json(SAMPLE).unwrap();
    assert_eq!((sample.flag, sample.small, sample.end), (false, None, Nullable(None)));
    assert_eq!(sample.to_json(), SAMPLE);
    let other = r#" { "flag" : true, "small":4294967295 ,"end":9007199254740992,"count":0,"name":"\u0041\/" } "#;
    let sample = Sample::from_json(other).unwrap();
    assert_eq!((&*sample.name, sample.flag, sample.small, sample.end.0), ("A/", true, Some(u32::MAX), Some(INTEGER_MAX)));
    assert_eq!(sample.to_json(), r#"{"name":"A/","count":0,"small":4294967295,"flag":true,"end":9007199254740992,"inner":[],"a/b~c":[]}"#);
    // A struct that is not strict passes over what it does not know.
    assert_eq!(&*Inner::from_json(r#"{"x":[1,{"y":"z"}],"id":"i","z":null}"#).unwrap().id, "i");
}

#[test]
fn an_error_says_where() {
    for (text, at, pointer, what) in [
        ("", 0, "", "an object is expected"),
        (" [", 1, "", "an object is expected"),
        (r#"{"name":1}"#, 8, "/name", "a string is expected"),
        (r#"{"name":"n","count":"1"}"#, 20, "/count", "a whole number is expected"),
        (r#"{"count":1.5}"#, 9, "/count", "a whole number is expected"),
        (r#"{"count":01}"#, 9, "/count", "a whole number is expected"),
        (r#"{"count":-1}"#, 9, "/count", "a whole number is expected"),
        (r#"{"count":9007199254740993}"#, 9, "/count", "the number lies beyond 2^53"),
        (r#"{"count":99999999999999999999}"#, 9, "/count", "the number lies beyond 2^53"),
        (r#"{"small":4294967296}"#, 19, "/small", "the number is too large"),
        (r#"{"flag":null}"#, 8, "/flag", "true or false is expected"),
        (r#"{"inner":{}}"#, 9, "/inner", "a list is expected"),
        (r#"{"inner":[{"id":"a"},{}]}"#, 23, "/inner/1/id", "the field is missing"),
        (r#"{"inner":[{"id":"a"},{"id":[]}]}"#, 27, "/inner/1/id", "a string is expected"),
        (r#"{"a/b~c":["",0]}"#, 13, "/a~1b~0c/1", "a string is expected"),
        (r#"{"name":"n","name":"n"}"#, 19, "/name", "the field stands there twice"),
        (r#"{"nam":"n"}"#, 7, "/nam", "no such field"),
        (r#"{"name":"n" "count":1}"#, 12, "", "a comma is expected"),
        (r#"{"name" "n"}"#, 8, "", "a colon is expected"),
        (r#"{"name":"n",}"#, 12, "", "a string is expected"),
        (r#"{"name":"n"}"#, 12, "/count", "the field is missing"),
        (r#"{"name":"n","count":1}"#, 22, "/end", "the field is missing"),
        ("{\"name\":\"a\nb\"}", 10, "/name", "a control character in a string has to be escaped"),
        (r#"{"name":"ab"#, 11, "/name", "the text ends within a string"),
        (r#"{"name":"a\x"}"#, 10, "/name", "an escape that JSON does not have"),
        (r#"{"name":"\u12g4"}"#, 11, "/name", "four hex digits are expected"),
        (r#"{"name":"\ud800"}"#, 15, "/name", "a lone surrogate"),
        (r#"{"name":"\ud800\u0041"}"#, 21, "/name", "a lone surrogate"),
        (r#"{"name":"\udc00"}"#, 15, "/name", "a lone surrogate"),
        (r#"{"name":"\ud83d\ude00\"#, 21, "/name", "an escape that JSON does not have"),
    ] {
        assert_eq!(sample_error(text), (at, pointer.into(), what), "{text}");
    }
    let trailing = format!("{SAMPLE} x");
    assert_eq!(sample_error(&trailing), (SAMPLE.len() + 1, String::new(), "something follows the value"));
}

#[test]
fn strings_take_every_escape_and_write_the_shortest() {
    let text = String::from_json(r#""\"\\\/\b\f\n\r\t\u0000\u001f\u00e9\ud83d\ude00\u007F""#).unwrap();
    assert_eq!(text, "\"\\/\u{8}\u{c}\n\r\t\0\u{1f}\u{e9}\u{1f600}\u{7f}");
    assert_eq!(text.to_json(), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{e9}\u{1f600}\u{7f}\"");
    assert!(matches!(Reader::new("\"plain\"").text(), Ok(Cow::Borrowed("plain"))), "what holds no escape is not copied");
    assert_eq!(<Arc<str>>::from_json("\"a\"").unwrap().to_json(), "\"a\"");
    assert_eq!(<Cow<'static, str>>::from_json("\"a\"").unwrap().to_json(), "\"a\"");
}

#[test]
fn null_and_absent_differ_where_that_is_asked_for() {
    assert_eq!(<Option<u64>>::from_json("null"), Ok(None));
    assert_eq!(<Option<u64>>::from_json("7"), Ok(Some(7)));
    assert_eq!(<Option<Nullable<u64>>>::from_json("null"), Ok(Some(Nullable(None))));
    assert_eq!((Some(Nullable(Some(3_u64))).to_json(), None::<u64>.to_json()), ("3".into(), "null".into()));
    assert_eq!(<Vec<bool>>::from_json("[true,false]").unwrap().to_json(), "[true,false]");
}

#[test]
fn texts_nest_up_to_eighty() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let skip = |text: &str| Reader::new(text).skip().map(str::len);
    assert_eq!(skip(&nested(80)), Ok(160));
    let error = skip(&nested(81)).unwrap_err();
    assert_eq!((error.at(), error.what(), error.pointer().matches("/0").count()), (81, "nested too deeply", 80));
    // A sibling is no deeper than the one before it.
    let wide = format!("[{}]", [nested(79).as_str(); 3].join(","));
    assert_eq!(skip(&wide), Ok(wide.len()));
}

#[test]
fn a_value_is_passed_over_to_its_end() {
    for value in ["null", "true", "false", "0", "-1.5E+3", "\"a\\\"b\"", "[]", "{}", r#"[1,[2],{"a":{"b":[]}}]"#, r#"{"a":1,"a":2}"#] {
        let text = format!(" {value} ,");
        assert_eq!(Reader::new(&text).skip(), Ok(value), "its own text and nothing else");
    }
    for value in ["", "nul", "tru", "falsy", "-", "1.", "1e", "1e+", ".5", "+1", "00", "'a'", "[1 2]", "[1,]", "{1:2}", "{\"a\" 1}", "]"] {
        assert!(Reader::new(value).skip().is_err(), "{value}");
    }
}

#[test]
fn a_member_is_found_wherever_it_stands() {
    let text = r#" {"a":{"b":1},"\u0062":"two","b":"three","c":[1,2]}"#;
    let reader = Reader::new(text);
    assert_eq!(reader.member_text("b").as_deref(), Some("two"), "the first one counts, however its key is written");
    assert_eq!(reader.member("a").unwrap().skip(), Ok(r#"{"b":1}"#));
    assert_eq!(reader.member("c").unwrap().items(), Ok(["1", "2"].to_vec()));
    assert_eq!(Some(reader.member("c").unwrap().position()), text.find("[1"));
    assert!(reader.member("d").is_none() && reader.member_text("a").is_none());
    for broken in ["", "[]", "{\"x\" 1}", "{\"x\":}", "{x:1}", "{\"x\":1 \"b\":2}", "{\"x\":1,"] {
        assert!(Reader::new(broken).member("b").is_none(), "{broken}");
    }
}

#[test]
fn the_beginning_of_a_string_is_cut_between_characters() {
    let text = "a\u{e9}\"\\\n\u{1f600}b\u{1}c";
    let json = String::from(text).to_json();
    for chars in 0..=text.chars().count() + 1 {
        let prefix = Reader::new(&json).text_prefix(chars);
        let expected: String = text.chars().take(chars).collect();
        assert_eq!(String::from_json(&format!("{prefix}\"")).unwrap(), expected, "{chars} characters");
    }
    assert_eq!(Reader::new("\"ab").text_prefix(9), "\"ab", "what has no end is taken whole");
}

#[test]
fn objects_are_written_field_by_field() {
    let mut out = String::from("[");
    let mut object = Object::open(&mut out);
    object.inner("{}");
    object.field("none", &None::<u64>).inner(r#"{"x":1,"y":2}"#);
    object.text("t", "a\"b").field("n", &7_u64).inner("{}");
    write_list([1_u64, 2], object.key("list"), |item, out| item.write(out));
    object.close();
    assert_eq!(out, r#"[{"x":1,"y":2,"t":"a\"b","n":7,"list":[1,2]}"#);
}

#[test]
fn raw_fields_are_given_as_they_stand() {
    let mut fields = Vec::new();
    let mut take = |text| Reader::new(text).raw_fields(&mut |key, value| fields.push((key, value)));
    assert_eq!(take(r#"{"a\n":{"b":1},"c":[2]}"#), Ok(()));
    assert!(take("[]").is_err() && take("{\"a\" 1}").is_err() && take("{\"a\":1").is_err());
    assert_eq!(fields, [("\"a\\n\"", "{\"b\":1}"), ("\"c\"", "[2]"), ("\"a\"", "1")]);
}

#[test]
fn an_error_is_seen_from_outside() {
    let error: JsonError = Reader::new("x").error("wrong").within("b~").within("a/");
    assert_eq!((error.pointer(), error.said().as_str()), ("/a~1/b~0", "wrong, at byte 0, in /a~1/b~0"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_string_comes_back(text in any::<String>()) {
        let mut json = String::new();
        write_text(&text, &mut json);
        prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text.as_str());
        prop_assert_eq!(&json, &serde_json::to_string(&text).unwrap());
        prop_assert_eq!(String::from_json(&json).unwrap(), text);
    }

    #[test]
    fn every_whole_number_comes_back(value in 0..=INTEGER_MAX) {
        prop_assert_eq!(value.to_json(), format!("{value}"));
        prop_assert_eq!(u64::from_json(&value.to_json()), Ok(value));
        prop_assert_eq!(u32::from_json(&value.to_json()).ok(), u32::try_from(value).ok());
    }
}
