//! Behaviours of what all hosts share beside sessions.

use bytes::Bytes;

use super::Subject;
use crate::{Kept, REVOCATION_KEPT_MS, Revocation};

fn revocation(at_ms: u64, app: &str, user: &str, token: Option<u8>) -> Revocation {
    Revocation { at_ms, app: app.into(), user: user.into(), token: token.map(|byte| [byte; 16]) }
}

async fn since(store: &Subject, since_ms: u64) -> Vec<Revocation> {
    let mut found = store.revocations(since_ms).await.expect("revocations answers");
    found.sort();
    found
}

/// Whoever comes first brings the secret, and everybody gets that one.
pub async fn the_secret_is_the_first_one(store: Subject) {
    let first = store.secret([1; 32]).await.expect("secret answers");
    assert_eq!(first, [1; 32]);
    for other in [[2; 32], [0; 32]] {
        assert_eq!(store.secret(other).await.expect("secret answers"), first);
    }
}

/// Revocations are told from a moment on, each as it came, whatever stands in its names.
pub async fn revocations_are_told_since_a_moment(store: Subject) {
    assert_eq!(since(&store, 0).await, []);
    let all = [
        revocation(1_000, "shop", "ada", None),
        revocation(2_000, "shop", "ada", Some(7)),
        revocation(2_000, "shop", "ada", Some(8)),
        revocation(3_000, "sh\u{f6}p", "a/b:{c} \u{e9}\"", None),
    ];
    for one in &all {
        store.revoke(one.clone()).await.expect("revoke answers");
        store.revoke(one.clone()).await.expect("revoking twice is revoking once");
    }
    let mut expected = all.to_vec();
    expected.sort();
    assert_eq!(since(&store, 0).await, expected);
    assert_eq!(since(&store, 1_001).await, expected[1..]);
    assert_eq!(since(&store, 3_001).await, []);
}

/// What is older than any token lives may go; what is not stays.
pub async fn revocations_stay_as_long_as_tokens_live(store: Subject) {
    let first = revocation(1_000, "shop", "ada", None);
    store.revoke(first.clone()).await.expect("revoke answers");
    store.revoke(revocation(1_000 + REVOCATION_KEPT_MS, "shop", "bob", None)).await.expect("revoke answers");
    assert!(since(&store, 0).await.contains(&first));
    store.revoke(revocation(1_002 + REVOCATION_KEPT_MS, "shop", "bob", None)).await.expect("revoke answers");
    let users: Vec<String> = since(&store, 1_001).await.iter().map(|one| one.user.to_string()).collect();
    assert_eq!(users.last().map(String::as_str), Some("bob"));
}

/// What is kept by name is replaced where it is what was read, and by nobody else; names stand apart.
pub async fn values_by_name_are_replaced_by_whoever_read_them(store: Subject) {
    let kept = |version, bytes| Some(Kept { version, bytes });
    let (first, second, third) = (Bytes::from_static(b"one\0"), Bytes::from_static(&[0xff, 0]), Bytes::from(vec![7; 300_000]));
    assert_eq!(store.kept("a").await.expect("kept answers"), None);
    assert!(!store.keep("a", 1, first.clone()).await.expect("keep answers"), "there is no version 1");
    assert!(store.keep("a", 0, first.clone()).await.expect("keep answers"));
    assert!(!store.keep("a", 0, second.clone()).await.expect("keep answers"), "somebody was first");
    assert_eq!(store.kept("a").await.expect("kept answers"), kept(1, first.clone()));
    assert!(store.keep("a", 1, second.clone()).await.expect("keep answers"));
    assert!(!store.keep("a", 1, first.clone()).await.expect("keep answers"), "somebody was first");
    assert!(store.keep("b/{x} \u{e9}", 0, first.clone()).await.expect("keep answers"));
    assert_eq!(store.kept("a").await.expect("kept answers"), kept(2, second));
    assert_eq!(store.kept("b/{x} \u{e9}").await.expect("kept answers"), kept(1, first));
    assert!(store.keep("a", 2, third.clone()).await.expect("keep answers"));
    assert_eq!(store.kept("a").await.expect("kept answers"), kept(3, third));
}
