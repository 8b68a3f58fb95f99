//! Tests of the door's keeper, without a network.

use axum::http::HeaderValue;

use super::*;

fn keyed() -> Auth {
    let keys = ServerKeys::from_list("web:s3cret").expect("it is well formed");
    Auth::with_keys(keys, vec!["https://app.example".into()])
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, HeaderValue::from_str(value).expect("it is a header's value"));
    }
    headers
}

fn ada(ttl_seconds: Option<u64>) -> TokenRequest {
    TokenRequest { user_id: "ada".into(), role: Role::User, sessions: None, generation: None, ttl_seconds }
}

#[test]
fn without_a_token_only_development_lets_in() {
    let dev = Auth::development(Vec::new());
    let grant = dev.authenticate(&HeaderMap::new(), 0).expect("development mode");
    assert_eq!((&*grant.identity.id, grant.identity.role), ("dev", Role::Operator));
    assert_eq!(keyed().authenticate(&HeaderMap::new(), 0).err(), Some(Denied::Unauthenticated));
}

#[test]
fn a_bad_token_never_falls_back() {
    let dev = Auth::development(Vec::new());
    for value in ["Bearer nobody", "Bearer ", "Bearer", "Basic ZGV2Og==", "", "cq_x"] {
        let headers = headers(&[("authorization", value)]);
        assert_eq!(dev.authenticate(&headers, 0).err(), Some(Denied::Unauthenticated), "{value:?}");
    }
}

#[test]
fn a_key_opens_and_two_headers_do_not() {
    let auth = keyed();
    assert!(auth.authenticate(&headers(&[("authorization", "bearer s3cret")]), 0).is_ok());
    let twice = headers(&[("authorization", "Bearer s3cret"), ("authorization", "Bearer s3cret")]);
    assert!(auth.authenticate(&twice, 0).is_err());
}

#[test]
fn only_a_key_makes_tokens_and_they_expire() {
    let auth = keyed();
    let key = auth.authenticate_token(Some("s3cret"), 0).expect("the key is known");
    let issued = auth.issue(&key, ada(Some(60)), 1000).expect("a key may");
    assert_eq!(issued.expires_ms, 61_000);
    let grant = auth.authenticate_token(Some(&issued.token), 60_999).expect("it is valid still");
    assert_eq!((&*grant.identity.id, grant.identity.anonymous), ("ada", false));
    assert_eq!(auth.issue(&grant, ada(None), 1000).err(), Some(IssueError::NotAKey));
    assert_eq!(auth.authenticate_token(Some(&issued.token), 61_000).err(), Some(Denied::Unauthenticated));
}

#[test]
fn what_a_token_may_not_be() {
    let auth = keyed();
    let key = auth.authenticate_token(Some("s3cret"), 0).expect("the key is known");
    for ttl in [0, 86_401, u64::MAX] {
        assert_eq!(auth.issue(&key, ada(Some(ttl)), 0).err(), Some(IssueError::BadTtl));
    }
    for user_id in ["", "a\nb", "a\0", &"x".repeat(257)] {
        let request = TokenRequest { user_id: user_id.into(), ..ada(None) };
        assert_eq!(auth.issue(&key, request, 0).err(), Some(IssueError::BadUserId));
    }
}

#[test]
fn development_names_its_users_anonymous() {
    let auth = Auth::development(Vec::new());
    let dev = auth.authenticate_token(None, 0).expect("development mode");
    let issued = auth.issue(&dev, ada(None), 0).expect("it needs no key there");
    assert!(auth.authenticate_token(Some(&issued.token), 0).is_ok_and(|grant| grant.identity.anonymous));
}

#[test]
fn rebound_names_stop_at_the_door_in_development() {
    let auth = Auth::development(Vec::new());
    let uri = Uri::from_static("/v1/sessions");
    assert_eq!(auth.check_place(&uri, &headers(&[("host", "127.0.0.1:8787")])), Ok(()));
    assert_eq!(auth.check_place(&uri, &headers(&[("host", "localhost"), ("origin", "http://localhost:5173")])), Ok(()));
    for pairs in [
        &[("host", "evil.test")][..],
        &[("host", "localhost"), ("origin", "https://evil.test")],
        &[("host", "localhost"), ("origin", "null")],
        &[("host", "localhost"), ("host", "evil.test")],
        &[("host", "localhost"), ("origin", "http://localhost"), ("origin", "http://evil.test")],
    ] {
        assert_eq!(auth.check_place(&uri, &headers(pairs)), Err(Denied::Forbidden), "{pairs:?}");
    }
    let absolute = Uri::from_static("http://evil.test/v1/sessions");
    assert_eq!(auth.check_place(&absolute, &headers(&[("host", "localhost")])), Err(Denied::Forbidden));
}

#[test]
fn a_generation_goes_with_the_sessions_that_a_token_names() {
    let auth = keyed();
    let key = auth.authenticate_token(Some("s3cret"), 0).expect("the key is known");
    let named = |sessions| TokenRequest { sessions, generation: Some(3), ..ada(None) };
    assert_eq!(auth.issue(&key, named(None), 0).err(), Some(IssueError::NoSessions));
    let issued = auth.issue(&key, named(Some(vec![uuid::Uuid::from_u128(7)])), 0).expect("it is issued");
    let grant = auth.authenticate_token(Some(&issued.token), 0).expect("it opens");
    assert_eq!(grant.identity.generation, Some(3));
    let plain = auth.issue(&key, ada(None), 0).expect("it is issued");
    assert!(auth.authenticate_token(Some(&plain.token), 0).is_ok_and(|grant| grant.identity.generation.is_none()));
}
