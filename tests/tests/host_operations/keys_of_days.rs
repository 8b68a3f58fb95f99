//! A key that creates a session: which id it gets on which day. The derivation is interface: another host, or a later version of this
//! one, has to find what the first try made.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{Stage, assert_refused, text};

const DAY_MS: u128 = 24 * 60 * 60 * 1000;

/// The id that a user's key stands for on a day.
fn derived(user: &str, key: &str, day: u128) -> String {
    let mut hash = Sha256::new();
    for part in ["session", "default", "user", user, key] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let random = hash.finalize();
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&((day * DAY_MS) as u64).to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random[..10]);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn today() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_millis() / DAY_MS
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_that_of_principal_key_and_day() {
    let stage = Stage::new().await;
    let keyed = [("content-type", "application/json"), ("idempotency-key", "k")];
    let (before, created, after) =
        (today(), stage.ada.send("POST", "/v1/sessions", &keyed, "{}").await.expect("an answer comes").expect(201), today());
    let id = text(&created["id"]);
    assert!([before, after].iter().any(|day| derived("ada", "k", *day) == id), "{id}");
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_midnight_finds_the_session_of_yesterday() {
    let stage = Stage::new().await;
    // What a first try with this key made yesterday, but for its body.
    let yesterday = derived("ada", "k", today() - 1);
    stage.ada.post("/v1/sessions", &json!({"id": yesterday})).await.expect(201);
    let keyed = [("content-type", "application/json"), ("idempotency-key", "k")];
    let again = stage.ada.send("POST", "/v1/sessions", &keyed, "{}").await.expect("an answer comes");
    assert_refused(&again, 422, "idempotencyMismatch");
    let listed = stage.ada.get("/v1/sessions").await.expect(200);
    assert_eq!(listed["items"].as_array().expect("items").len(), 1, "no second session was made");
    stage.host.assert_unbroken();
}
