//! The token in a cookie, for pages of the same site: `__Host-colloq`, which no script reads and no other host sets (RFC 6265bis).
//!
//! A browser sends it by itself, so it counts only where the request says that it comes from a page which may use this host: an origin on
//! the list, or a read that no other site began.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

use super::Auth;

const NAME: &str = "__Host-colloq";
/// Name and value together; browsers drop what is longer.
const BYTES_MAX: usize = 4096;

impl Auth {
    /// Whether there are cookies here.
    pub(crate) fn has_cookies(&self) -> bool {
        self.has_cookies
    }

    /// The token of a request's cookie, where it counts.
    pub(crate) fn cookie(&self, headers: &HeaderMap) -> Option<String> {
        if !self.has_cookies || !self.is_of_a_page_of_ours(headers) {
            return None;
        }
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
        let mut tokens = pairs.filter_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='));
        let token = tokens.next()?;
        // Two of one name are somebody's attempt to have his own taken.
        tokens.next().is_none().then(|| token.to_owned())
    }

    fn is_of_a_page_of_ours(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key("origin") {
            return self.origin(headers).is_some();
        }
        // Browsers name the origin of everything that changes something; a read without one says by itself where it began.
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        matches!(site, Some(b"same-origin" | b"same-site"))
    }
}

/// The header that sets the cookie; `None` where the token is too long for one.
pub(crate) fn set(token: &str, seconds: u64) -> Option<HeaderValue> {
    if NAME.len() + token.len() > BYTES_MAX {
        return None;
    }
    HeaderValue::try_from(format!("{NAME}={token}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")).ok()
}

/// The header that takes it away.
pub(crate) fn clear() -> HeaderValue {
    HeaderValue::from_static("__Host-colloq=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ServerKeys;

    fn auth() -> Auth {
        let keys = ServerKeys::from_list("web:s3cret").expect("it is well formed");
        Auth::with_keys(keys, vec!["https://app.example".into()]).with_cookies()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).expect("it is a header's value"));
        }
        headers
    }

    #[test]
    fn s06_a_cookie_is_bound_to_its_host_and_out_of_reach_of_scripts() {
        let value = set("cq_x", 60).expect("it fits");
        let text = value.to_str().expect("it is text");
        assert!(text.starts_with("__Host-colloq=cq_x; "));
        for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=60"] {
            assert!(text.split("; ").any(|other| other == attribute), "{attribute}");
        }
        assert!(!text.to_ascii_lowercase().contains("domain"));
        assert!(set(&"x".repeat(BYTES_MAX - NAME.len()), 60).is_some_and(|value| value.len() > BYTES_MAX));
        assert!(set(&"x".repeat(BYTES_MAX - NAME.len() + 1), 60).is_none(), "a byte too many");
        assert!(clear().to_str().is_ok_and(|text| text.contains("Max-Age=0") && text.contains("Secure")));
    }

    #[test]
    fn s10_a_cookie_counts_only_from_pages_of_ours() {
        let auth = auth();
        let cookie = ("cookie", "a=b; __Host-colloq=cq_x; c=d");
        let origin = |origin| auth.cookie(&headers(&[cookie, ("origin", origin)]));
        assert_eq!(origin("https://app.example").as_deref(), Some("cq_x"));
        for other in ["https://evil.test", "null", "https://app.example.evil.test", "http://app.example", ""] {
            assert_eq!(origin(other), None, "{other}");
        }
        let site = |site| auth.cookie(&headers(&[cookie, ("sec-fetch-site", site)]));
        assert_eq!(site("same-origin").as_deref(), Some("cq_x"));
        for other in ["cross-site", "none", "", "same-origin, same-origin"] {
            assert_eq!(site(other), None, "{other}");
        }
        assert_eq!(auth.cookie(&headers(&[cookie])), None, "what says nothing of where it comes from");
        let twice = [("cookie", "__Host-colloq=a; __Host-colloq=b"), ("origin", "https://app.example")];
        assert_eq!(auth.cookie(&headers(&twice)), None);
        let plain = Auth::with_keys(ServerKeys::default(), vec!["https://app.example".into()]);
        assert_eq!(plain.cookie(&headers(&[cookie, ("origin", "https://app.example")])), None, "there are none unless they are asked for");
    }
}
