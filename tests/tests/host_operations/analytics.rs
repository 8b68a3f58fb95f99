//! What a host counted, for operators.

use serde_json::json;

use crate::{Stage, assert_refused, say, session};

#[tokio::test(flavor = "multi_thread")]
async fn a_host_counts_what_happened() {
    let stage = Stage::new().await;
    let before = stage.operator.get("/v1/analytics").await.expect(200);
    assert!(before["counters"].is_object(), "{before}");
    let mut paths = Vec::new();
    for _ in 0..5 {
        paths.push(session(&stage.ada).await);
    }
    say(&stage.ada, &paths[0], "user", "hello").await;
    stage.ada.post(&format!("{}/end", paths[1]), &json!({})).await.expect(200);
    let after = stage.operator.get("/v1/analytics").await;
    assert_eq!(after.header("cache-control"), "no-store");
    let after = after.expect(200);
    assert_ne!(after["counters"], before["counters"], "{after}");
    assert_eq!((after["sessions"].as_u64(), before["sessions"].as_u64()), (Some(5), Some(0)));
    assert_eq!(after["lostEntries"], 0);
    let shards = after["shards"].as_array().expect("shards");
    let sum = |name: &str| shards.iter().map(|shard| shard[name].as_u64().expect("a number")).sum::<u64>();
    assert_eq!((Some(sum("sessions")), Some(sum("memoryBytes"))), (after["sessions"].as_u64(), after["memoryBytes"].as_u64()));
    assert_eq!(sum("rebuilds"), 0);
    assert!(sum("memoryBytes") > 0);
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_operators_see_it() {
    let stage = Stage::new().await;
    for http in [&stage.ada, &stage.bot] {
        assert_refused(&http.get("/v1/analytics").await, 403, "forbidden");
    }
    let wrong = stage.operator.post("/v1/analytics", &json!({})).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET, HEAD"));
    stage.host.assert_unbroken();
}
