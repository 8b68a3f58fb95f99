//! Entity tags of sessions: `W/"<view>-<version>"`, where the view is `all` or the number of newest messages asked for.
//!
//! They are weak because activity alone moves no version. What a version means, only the module knows.

use std::io::Write as _;

use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue};

use super::refusal::Refusal;
use crate::engine::Answer;

/// No log comes that far, so the module refuses a write under it: what stands for an `If-Match` that is not a version.
const NO_VERSION: u64 = u64::MAX;

/// The tag of a view at a version.
pub(super) fn tag(messages: Option<u32>, version: u64) -> HeaderValue {
    // Five signs and two numbers of at most 10 and 20 digits fit.
    let mut text = [0; 40];
    let mut rest = &mut text[..];
    let written = match messages {
        Some(count) => write!(rest, "W/\"{count}-{version}\""),
        None => write!(rest, "W/\"all-{version}\""),
    };
    let unused = rest.len();
    written
        .ok()
        .and_then(|()| HeaderValue::from_bytes(&text[..text.len() - unused]).ok())
        .unwrap_or_else(|| HeaderValue::from_static("W/\"none\""))
}

/// The newest version of the same view that a read has already (`If-None-Match`).
pub(super) fn known(headers: &HeaderMap, messages: Option<u32>) -> Option<u64> {
    let tags = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    tags.flat_map(|tags| tags.split(','))
        .filter_map(|tag| {
            let (view, version) = opaque(tag)?.rsplit_once('-')?;
            let is_same = match messages {
                Some(count) => view.parse() == Ok(count),
                None => view == "all",
            };
            version.parse().ok().filter(|_| is_same)
        })
        .max()
}

/// The version that a write insists on (`If-Match`): `W/"all-7"`, `"7"` or `7`; `*` insists on none.
pub(super) fn wanted(headers: &HeaderMap) -> Option<u64> {
    let value = headers.get(IF_MATCH)?;
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return None;
    }
    let inner = opaque(text).unwrap_or(text);
    let version = inner.rsplit_once('-').map_or(inner, |(_, version)| version);
    Some(version.parse().unwrap_or(NO_VERSION))
}

/// Holds an answer against what the request insists on, where the write behind it makes no entry of that session.
pub(super) fn check(headers: &HeaderMap, answer: &Answer) -> Result<(), Refusal> {
    let fits = wanted(headers).is_none_or(|version| version == answer.version);
    if fits { Ok(()) } else { Err(Refusal::new("versionMismatch")) }
}

/// What stands between the quotes of an entity tag.
fn opaque(tag: &str) -> Option<&str> {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).expect("it is a header's value"));
        headers
    }

    #[test]
    fn a_tag_names_view_and_version() {
        assert_eq!(tag(None, 7), "W/\"all-7\"");
        assert_eq!(tag(Some(u32::MAX), u64::MAX), "W/\"4294967295-18446744073709551615\"");
    }

    #[test]
    fn only_a_tag_of_the_same_view_is_known() {
        assert_eq!(known(&headers("if-none-match", "W/\"all-7\""), None), Some(7));
        assert_eq!(known(&headers("if-none-match", "W/\"all-7\", \"all-9\", W/\"20-11\""), None), Some(9));
        assert_eq!(known(&headers("if-none-match", "W/\"20-11\""), Some(20)), Some(11));
        for value in ["*", "", "W/\"20-7\"", "all-7", "W/\"all-\"", "W/\"all--7\"", "W/\"all-99999999999999999999\""] {
            assert_eq!(known(&headers("if-none-match", value), None), None, "{value}");
        }
    }

    #[test]
    fn a_write_insists_on_a_version_or_on_an_impossible_one() {
        for (value, version) in [("W/\"all-7\"", 7), ("\"7\"", 7), ("7", 7), ("W/\"20-12\"", 12), ("soon", u64::MAX), ("\"\"", u64::MAX)] {
            assert_eq!(wanted(&headers("if-match", value)), Some(version), "{value}");
        }
        assert_eq!(wanted(&headers("if-match", "*")), None);
        assert_eq!(wanted(&HeaderMap::new()), None);
    }
}
