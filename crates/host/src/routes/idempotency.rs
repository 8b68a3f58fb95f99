//! `Idempotency-Key`: the header as it comes, and the id that a new session gets under it.
//!
//! What a key was used for is in the session's own log, and only the module knows it. For a session that does not exist yet there is no
//! log to ask: so the same principal with the same key always means the same id.

use axum::http::HeaderMap;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Caller;
use super::refusal::Refusal;
use crate::auth::role_name;
use crate::clock::now_ms;
use crate::engine::{Answer, Identity};
use crate::problem;

const HEADER: &str = "idempotency-key";
const KEY_BYTES_MAX: usize = 255;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The key of a request, as it was sent.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
    match (key, values.next()) {
        (Some(key), None) => Ok(Some(key)),
        _ => Err(Refusal::with("malformed", "An Idempotency-Key is 1 to 255 visible ASCII characters, and there is one.")),
    }
}

/// The id of the session that a request with this key creates: the one of yesterday where that is there, so that a retry after midnight
/// finds what the first try made.
pub(super) async fn session_id(caller: &Caller<'_>, key: &str) -> Result<Uuid, Refusal> {
    let identity = &caller.grant.identity;
    let today = now_ms() / DAY_MS * DAY_MS;
    let earlier = derived(identity, key, today.saturating_sub(DAY_MS));
    let is_there = caller.state.engine().find(&identity.app, earlier).await?;
    Ok(if is_there { earlier } else { derived(identity, key, today) })
}

/// Whether a session that a request with a key is to create is there already. It is at hand then, so that the module finds the key in
/// it; without a key nobody asks.
pub(super) async fn find(caller: &Caller<'_>, id: Uuid) -> Result<bool, Refusal> {
    if caller.key.is_none() {
        return Ok(false);
    }
    Ok(caller.state.engine().find(&caller.grant.identity.app, id).await?)
}

/// An id that follows from a key is only ever taken by a request with that key: where the session is there, it was another request.
pub(super) async fn check_taken(caller: &Caller<'_>, id: Uuid, answer: &Answer) -> Result<(), Refusal> {
    if problem::code(answer).as_deref() == Some("idTaken") && find(caller, id).await? {
        return Err(Refusal::new("idempotencyMismatch"));
    }
    Ok(())
}

/// A `UUIDv7` of the beginning of a day, whose random part follows from principal and key.
fn derived(identity: &Identity, key: &str, day_ms: u64) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&day_ms.to_be_bytes()[2..]);
    let digest =
        digest(&[b"session", identity.app.as_bytes(), role_name(identity.role).as_bytes(), identity.id.as_bytes(), key.as_bytes()]);
    bytes[6..].copy_from_slice(&digest[..10]);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    Uuid::from_bytes(bytes)
}

/// A key that stands for a key and for what it was used with, where the module sees another body than the client sent.
pub(super) fn bound(key: &str, session: Uuid, body: &[u8]) -> String {
    let digest = digest(&[b"bound", key.as_bytes(), session.as_bytes(), body]);
    digest.iter().fold(String::with_capacity(64), |hex, byte| hex + &format!("{byte:02x}"))
}

/// SHA-256 of parts, none of which can run into the next.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Role;
    use axum::http::HeaderValue;

    fn read(values: &[&[u8]]) -> Result<Option<String>, Refusal> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_bytes(value).expect("it is a header's value"));
        }
        key(&headers).map(|key| key.map(Into::into))
    }

    #[test]
    fn a_key_is_visible_ascii_and_there_is_one() {
        assert_eq!(read(&[]), Ok(None));
        for key in ["a", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", &"~".repeat(255)] {
            assert_eq!(read(&[key.as_bytes()]), Ok(Some(key.into())));
        }
        for bad in [&[&b""[..]][..], &[b"a b"], &[b"a\t"], &[&[b'x'; 256]], &["\u{e9}".as_bytes()], &[b"a", b"a"]] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_id_follows_from_principal_key_and_day_and_from_nothing_else() {
        let ada = Identity::new("default", Role::User, "ada");
        let id = derived(&ada, "key", DAY_MS);
        assert_eq!((id.get_version_num(), id), (7, derived(&ada, "key", DAY_MS)));
        assert_eq!(super::super::session_id::parse(&id.to_string()), Some(id));
        for (identity, key, day_ms) in [
            (Identity::new("default", Role::User, "bob"), "key", DAY_MS),
            (Identity::new("default", Role::Operator, "ada"), "key", DAY_MS),
            (Identity::new("shop", Role::User, "ada"), "key", DAY_MS),
            (Identity::new("default", Role::User, "adak"), "ey", DAY_MS),
            (ada.clone(), "other", DAY_MS),
            (ada.clone(), "key", DAY_MS * 2),
        ] {
            assert_ne!(derived(&identity, key, day_ms), id, "{identity:?} {key} {day_ms}");
        }
        assert!(derived(&ada, "key", DAY_MS * 20_000) < derived(&ada, "key", DAY_MS * 20_001), "ids are in the order of days");
    }

    #[test]
    fn a_bound_key_is_a_key() {
        let one = bound("key", Uuid::from_u128(1), b"{}");
        assert_eq!(read(&[one.as_bytes()]), Ok(Some(one.clone())));
        assert_ne!(one, bound("key", Uuid::from_u128(2), b"{}"));
        assert_ne!(one, bound("key", Uuid::from_u128(1), b"{ }"));
    }
}
