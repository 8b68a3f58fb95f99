//! Requests that are none, by the thousand, each with other names in it: whatever a host keeps of them, it keeps no more of them than of a
//! few. A million with the long figures.

use std::io::Write as _;
use std::time::Instant;

use colloq_tests::fuzz::Mutator;
use colloq_tests::host::{Host, Http, Place, new_id};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const KEY: &str = "key-of-the-flood-0123456789";
/// Clients at a time.
const CLIENTS: u64 = 8;
/// What the allocator may have taken more at the end than at a tenth of the way, in bytes.
const GROWTH_MAX: f64 = 24e6;

async fn resident_bytes(key: &Http) -> f64 {
    let text = key.get("/metrics").await;
    let text = String::from_utf8_lossy(&text.body).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("process_resident_memory_bytes ")).expect("a gauge").to_owned();
    line.parse().expect("a number")
}

/// One bad request, of a kind and with a name that no other has; gives its status.
async fn ask(http: &Http, kind: usize, name: &str, path: &str) -> u16 {
    let json = ("content-type", "application/json");
    let (key, strange) = (format!("Bearer {KEY}"), format!("Bearer cq_{name}"));
    let jwt = format!("Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6Ik{name}.e30.{name}");
    let forwarded = format!("10.{}.{}.{}", kind, name.len(), &name[..2].bytes().fold(0_u8, u8::wrapping_add));
    let by_key = ("authorization", &*key);
    let sent = match kind {
        0 => http.send("GET", "/v1/sessions", &[("authorization", &strange)], "").await,
        1 => http.send("GET", "/v1/sessions", &[("authorization", &jwt)], "").await,
        2 => http.send("GET", &format!("/v1/sessions/{}", new_id()), &[by_key], "").await,
        3 => http.send("GET", &format!("/v1/{name}"), &[by_key], "").await,
        4 => http.send("POST", "/v1/sessions", &[by_key, json], format!("{{\"{name}\":1}}")).await,
        5 => http.send("POST", &format!("{path}/messages"), &[by_key, json, ("idempotency-key", name)], format!("[\"{name}\"")).await,
        6 => http.send("POST", &format!("/v1/sessions/{}/messages", new_id()), &[by_key, json, ("idempotency-key", name)], "{}").await,
        7 => http.send("GET", "/v1/sessions", &[("x-forwarded-for", &forwarded), ("origin", &format!("https://{name}.test"))], "").await,
        8 => http.send("POST", "/v1/tokens", &[by_key, json], json!({"userId": name, "ttlSeconds": 0}).to_string()).await,
        9 => http.send("GET", &format!("/v1/users/{name}/sessions?cursor=!{name}"), &[by_key], "").await,
        10 => http.send("PATCH", path, &[by_key, json, ("if-match", name)], json!({"title": name}).to_string()).await,
        _ => http.send("POST", &format!("{path}/commands"), &[by_key, json], json!({"commands": [{"kind": name}]}).to_string()).await,
    };
    sent.expect("an answer comes").status
}

async fn flood(host: &Host, path: &str, from: u64, requests: u64) {
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (http, path) = (host.http(), path.to_owned());
        clients.spawn(async move {
            let mut dice = Mutator::new(from * CLIENTS + client);
            for _ in 0..requests / CLIENTS {
                let (kind, name) = (dice.below(12), format!("{:016x}{:016x}", dice.below(usize::MAX), dice.below(usize::MAX)));
                let status = ask(&http, kind, &name, &path).await;
                assert!((400..500).contains(&status), "kind {kind} is answered with {status}");
            }
        });
    }
    while let Some(done) = clients.join_next().await {
        done.expect("every request is refused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s13_bad_requests_leave_nothing_behind() {
    let requests = if std::env::var_os("COLLOQ_FULL").is_some() { 1_000_000 } else { 20_000 };
    let place = Place::new();
    let setup = place.setup().env("COLLOQ_KEYS", &format!("web:{KEY}")).flag("--trust-proxy", "127.0.0.1").flag("--cookies", "true");
    let host = setup.flag("--rate-address", "100000000").flag("--rate-key", "100000000").start().await;
    let key = host.http().with_token(KEY);
    let created: Value = key.post("/v1/sessions", &json!({"userId": "ada"})).await.expect(201);
    let path = format!("/v1/sessions/{}", created["id"].as_str().expect("an id"));
    let (begin, since) = (resident_bytes(&key).await, Instant::now());
    // What is made once, and what every bound holds, is there after a tenth.
    flood(&host, &path, 1, requests / 10).await;
    let early = resident_bytes(&key).await;
    flood(&host, &path, 2, requests - requests / 10).await;
    let late = resident_bytes(&key).await;
    let said = format!(
        "{requests} bad requests in {:.0} s: {:.1} MB resident at first, {:.1} after a tenth, {:.1} at the end",
        since.elapsed().as_secs_f64(),
        begin / 1e6,
        early / 1e6,
        late / 1e6
    );
    let _ = writeln!(std::io::stderr(), "{said}");
    assert!(late - early < GROWTH_MAX, "{said}");
    let read = key.get(&path).await.expect(200);
    assert_eq!((&read["version"], &read["messages"]), (&json!(1), &json!([])), "and nothing came of them");
    host.assert_unbroken();
}
