//! What a host counted, for operators.

use colloq_tests::host::Place;
use serde_json::{Value, json};

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

/// The counters of the only hour, or of two where the clock turned meanwhile, added up.
fn of_hours(analytics: &Value, pointer: &str) -> u64 {
    let hours = analytics["hours"].as_array().expect("hours");
    assert!((1..=2).contains(&hours.len()), "{analytics}");
    hours.iter().map(|hour| hour["counters"].pointer(pointer).and_then(Value::as_u64).expect("a count")).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_counted_outlives_the_host() {
    let stage = Stage::new().await;
    let first = session(&stage.ada).await;
    say(&stage.ada, &first, "user", "hello").await;
    say(&stage.bot, &first, "assistant", "hello").await;
    stage.ada.post(&format!("{first}/end"), &json!({})).await.expect(200);
    let before = stage.operator.get("/v1/analytics").await.expect(200);
    assert_eq!(of_hours(&before, "/created"), 1);
    let Stage { place, host, .. } = stage;
    host.assert_unbroken();
    host.terminate().await;
    assert!(host.ended().await.success());
    let host = place.start().await;
    let operator = host.http();
    let after = operator.get("/v1/analytics").await.expect(200);
    for kept in ["counters", "hours", "days"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    assert_eq!(after["sessions"], 0, "what a host holds is its own");
    let second = session(&host.http_as("user", "ben").await).await;
    say(&operator, &second, "system", "hello").await;
    let after = operator.get("/v1/analytics").await.expect(200);
    for (pointer, count) in [
        ("/created", 2),
        ("/users/count", 2),
        ("/ended/ended", 1),
        ("/messages/user", 1),
        ("/messages/assistant", 1),
        ("/messages/system", 1),
        ("/durations/count", 1),
    ] {
        assert_eq!(after["counters"].pointer(pointer), Some(&json!(count)), "{pointer} in {after}");
        if pointer != "/users/count" {
            assert_eq!(of_hours(&after, pointer), count, "{pointer} in {after}");
        }
    }
    let (hour, day) = (after["hours"][0]["from"].as_str().expect("a time"), after["days"][0]["from"].as_str().expect("a time"));
    assert!(hour.ends_with(":00:00.000Z") && day.ends_with("T00:00:00.000Z") && hour >= day, "{hour} {day}");
    host.assert_unbroken();
    // A store in memory ends with its host, and so does this.
    let place = Place::new();
    let memory = || place.setup().flag("--store", "memory:");
    let host = memory().start().await;
    session(&host.http_as("user", "ada").await).await;
    assert_eq!(host.http().get("/v1/analytics").await.expect(200)["counters"]["created"], 1);
    host.terminate().await;
    assert!(host.ended().await.success());
    assert_eq!(memory().start().await.http().get("/v1/analytics").await.expect(200)["counters"]["created"], 0);
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
