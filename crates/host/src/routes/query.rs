//! The query of a request: a few short parameters. A token is never looked for in it.

use std::borrow::Cow;

use super::refusal::Refusal;

/// The query of a request.
#[derive(Clone, Copy)]
pub(super) struct Query<'a>(&'a str);

const PAGE_DEFAULT: u32 = 50;
const PAGE_MAX: u32 = 200;

impl<'a> Query<'a> {
    pub(super) fn new(query: Option<&'a str>) -> Self {
        Self(query.unwrap_or_default())
    }

    /// A parameter's value, decoded; the first where there are several.
    pub(super) fn text(self, name: &str) -> Result<Option<Cow<'a, str>>, Refusal> {
        let mut pairs = self.0.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let Some((_, value)) = pairs.find(|(key, _)| *key == name) else {
            return Ok(None);
        };
        decode(value).map(Some).ok_or(Refusal::with("malformed", "The query is not percent-encoded UTF-8."))
    }

    /// A number.
    pub(super) fn number(self, name: &str) -> Result<Option<u32>, Refusal> {
        self.text(name)?.map(|text| text.parse().map_err(|_| Refusal::with("invalid", "A number in the query is not one."))).transpose()
    }

    /// How many items a page is to have.
    pub(super) fn limit(self) -> Result<u32, Refusal> {
        match self.number("limit")? {
            Some(0) => Err(Refusal::with("invalid", "A page has at least one item.")),
            limit => Ok(limit.unwrap_or(PAGE_DEFAULT).min(PAGE_MAX)),
        }
    }
}

/// Decodes percent-encoding; `None` for what is not UTF-8 in it.
pub(super) fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut nibble = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
            let (high, low) = (nibble()?, nibble()?);
            bytes.push((high << 4 | low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_and_decoded() {
        let query = Query::new(Some("a=1&userId=ada%40example.com&b&limit=500"));
        assert_eq!(query.text("userId").ok().flatten().as_deref(), Some("ada@example.com"));
        assert_eq!(query.text("b").ok().flatten().as_deref(), Some(""));
        assert!(query.text("c").is_ok_and(|value| value.is_none()));
        assert!(query.limit().is_ok_and(|limit| limit == 200));
        assert!(Query::new(None).limit().is_ok_and(|limit| limit == 50));
        for query in ["limit=0", "limit=-1", "limit=", "limit=4294967296", "limit=%zz"] {
            assert!(Query::new(Some(query)).limit().is_err(), "{query}");
        }
    }

    #[test]
    fn percent_encoding_must_be_whole_and_utf8() {
        assert_eq!(decode("a%2Fb").as_deref(), Some("a/b"));
        for text in ["%", "%2", "%g0", "%c0%af", "%ff"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
