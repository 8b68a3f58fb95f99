//! What an operator sees: gauges that say what happened, logs that name the request, and no secret and nothing that was said in any of it.

use std::net::TcpListener;

use colloq_tests::host::{Http, Link, Place, new_id};
use serde_json::{Value, json};

use crate::spans::Collector;
use crate::{KEY, follow, id, keyed, session, user};

/// What no operator is to see.
const CANARY: &str = "canary-content-5d1f";

async fn metrics(http: &Http) -> String {
    let reply = http.get("/metrics").await;
    assert_eq!(reply.status, 200);
    assert!(reply.header("content-type").starts_with("application/openmetrics-text"));
    String::from_utf8(reply.body.to_vec()).expect("text")
}

/// The value of a line; 0 where it is not there.
fn value(text: &str, line: &str) -> f64 {
    let found = text.lines().find_map(|other| other.strip_prefix(line)?.strip_prefix(' '));
    found.map_or(0.0, |value| value.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn gauges_say_what_happened() {
    let place = Place::new();
    let (host, key) = keyed(&place, &[("--idle", "6s"), ("--shards", "2")]).await;
    let ada = user(&host, "ada").await;
    let (path, other) = (session(&ada).await, session(&ada).await);
    ada.post(&format!("{other}/end"), &json!({})).await.expect(200);
    ada.post(&format!("{path}/messages"), &json!({"type": "user", "content": "x"})).await.expect(201);
    assert_eq!(ada.post(&format!("{path}/messages"), &json!({"type": "robot"})).await.status, 400);
    assert_eq!(ada.get(&format!("/v1/sessions/{}", new_id())).await.status, 404);
    let mut link = follow(&host, &ada, &path).await;
    let command = json!({"id": [new_id(), 1], "kind": "rename", "title": "x"});
    link.send(&json!({"kind": "submit", "session": id(&path), "base": 2, "commands": [command]})).await.expect("it is sent");
    link.next_of("entries").await.expect("it is accepted");
    link.send(&json!({"kind": "subscribe", "session": id(&path), "since": [1, "ab".repeat(32)], "diverged": [1, "ab".repeat(32)]}))
        .await
        .unwrap();
    link.settle().await.expect("it goes on");
    assert_eq!(host.http().get("/v1/sessions").await.status, 401);
    let text = metrics(&key).await;
    let module = link_module(&mut Link::connect(host.address).await.expect("a link"), &ada).await;
    for (line, at_least) in [
        ("colloq_commands_total{kind=\"create\",outcome=\"ok\"}", 2.0),
        ("colloq_commands_total{kind=\"appendMessage\",outcome=\"ok\"}", 1.0),
        ("colloq_commands_total{kind=\"appendMessage\",outcome=\"malformed\"}", 1.0),
        ("colloq_commands_total{kind=\"read\",outcome=\"sessionNotFound\"}", 1.0),
        ("colloq_commands_total{kind=\"submit\",outcome=\"ok\"}", 1.0),
        ("colloq_command_duration_seconds_count{kind=\"submit\"}", 1.0),
        ("colloq_http_requests_total{route=\"/v1/sessions/{id}/messages\",method=\"POST\",status=\"201\"}", 1.0),
        ("colloq_http_requests_total{route=\"/v1/sessions\",method=\"GET\",status=\"401\"}", 1.0),
        ("colloq_store_append_duration_seconds_count{outcome=\"ok\"}", 5.0),
        ("colloq_store_append_entries_sum", 5.0),
        ("colloq_sessions{state=\"memory\"}", 2.0),
        ("colloq_sessions{state=\"followed\"}", 1.0),
        ("colloq_sessions_created_total", 2.0),
        ("colloq_sessions_ended_total{reason=\"ended\"}", 1.0),
        ("colloq_links{kind=\"websocket\"}", 1.0),
        ("colloq_frames_received_total{kind=\"subscribe\"}", 2.0),
        ("colloq_divergences_total", 1.0),
        ("colloq_refusals_total{reason=\"unauthenticated\"}", 1.0),
        ("colloq_tokens_issued_total", 1.0),
        ("colloq_shard_memory_bytes{shard=\"1\"}", 1.0),
        ("process_resident_memory_bytes", 1e6),
    ] {
        assert!(value(&text, line) >= at_least, "{line} is below {at_least}:\n{text}");
    }
    for zero in ["colloq_store_conflicts_total", "colloq_shard_rebuilds_total", "colloq_store_lost_entries_total"] {
        assert!(text.lines().any(|line| line == format!("{zero} 0")), "{zero}");
    }
    assert!(text.contains(&format!("module=\"{module}\"")) && text.contains("store=\"sqlite\""), "{text}");
    crate::soon("an idle end is counted", async || value(&metrics(&key).await, "colloq_sessions_ended_total{reason=\"idle\"}") >= 1.0)
        .await;
    host.assert_unbroken();
}

/// The module that a welcome names.
async fn link_module(link: &mut Link, http: &Http) -> String {
    link.send(&json!({"kind": "hello", "client": new_id(), "protocol": 1, "token": http.bearer()})).await.expect("it is sent");
    let welcome = link.next_of("welcome").await.expect("a welcome");
    welcome["module"].as_str().expect("a hash").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_have_a_door_of_their_own() {
    let place = Place::new();
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let (host, key) = keyed(&place, &[("--admin-listen", &free.to_string())]).await;
    for path in ["/metrics", "/v1/analytics", "/"] {
        assert_eq!(key.get(path).await.status, 404, "{path} is at the other door");
    }
    let admin = Http::new(free);
    metrics(&admin).await;
    assert_eq!(admin.get("/").await.status, 200);
    assert_eq!(admin.get("/v1/analytics").await.status, 401, "the interface asks who is there at every door");
    admin.with_token(KEY).get("/v1/analytics").await.expect(200);
    for http in [&key, &admin] {
        assert_eq!((http.get("/healthz").await.status, http.get("/readyz").await.status), (200, 200));
    }
    host.assert_unbroken();
    // Without a door of their own it takes an operator.
    let place = Place::new();
    let (host, key) = keyed(&place, &[]).await;
    metrics(&key).await;
    let ada = user(&host, "ada").await;
    assert_eq!((ada.get("/metrics").await.status, host.http().get("/metrics").await.status), (403, 401));
    // And in development mode another door is for this machine too.
    let place = Place::new();
    let output = place.setup().flag("--listen", "127.0.0.1:0").flag("--admin-listen", "0.0.0.0:0").run().await;
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("COLLOQ_KEYS"));
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_neither_secrets_nor_what_was_said_is_seen_by_operators() {
    for format in ["text", "json"] {
        let place = Place::new();
        let setup = place.setup().env("COLLOQ_KEYS", &format!("web:{KEY}")).env("COLLOQ_LOG", "trace");
        let collector = Collector::start().await;
        let host = setup.flag("--log-format", format).flag("--otlp", &collector.url()).start().await;
        let key = host.http().with_token(KEY);
        let ada = user(&host, "ada").await;
        let token = ada.bearer().expect("a token").to_owned();
        let path = session(&ada).await;
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let headers = [("content-type", "application/json"), ("traceparent", &*format!("00-{trace}-00f067aa0ba902b7-01"))];
        let said = json!({"type": "user", "content": CANARY, "metadata": {"x": CANARY}}).to_string();
        ada.send("POST", &format!("{path}/messages"), &headers, said).await.expect("an answer").expect(201);
        ada.write("PATCH", &path, &json!({"title": CANARY, "data": {"x": CANARY}})).await.expect(200);
        key.write("PUT", &format!("{path}/private/x"), &json!(CANARY)).await;
        let mut errors = Vec::new();
        for (method, route, body) in [
            ("POST", format!("{path}/messages"), json!({"type": CANARY, "content": CANARY})),
            ("POST", format!("{path}/messages"), json!({"nobody": CANARY})),
            ("PATCH", path.clone(), json!({"limits": CANARY})),
            ("POST", "/v1/tokens".into(), json!({"userId": CANARY})),
            ("POST", format!("{path}/messages/{CANARY}/stop"), json!({})),
            ("GET", format!("/v1/{CANARY}"), Value::Null),
            ("GET", format!("/v1/sessions?token={token}&x={CANARY}"), Value::Null),
        ] {
            let reply = ada.try_write(method, &route, &body).await.expect("an answer");
            // The list of her own sessions is hers to see, whatever the query says.
            if reply.status >= 400 {
                errors.push(String::from_utf8_lossy(&reply.body).into_owned());
            }
        }
        let mut link = follow(&host, &ada, &path).await;
        for frame in [
            json!({"kind": CANARY, "token": token}),
            json!({"kind": "submit", "session": id(&path), "base": 1, "commands": [{"id": [new_id(), 1], "kind": CANARY}]}),
            json!({"kind": "presence", "session": id(&path), "state": {"x": CANARY}}),
        ] {
            link.send(&frame).await.expect("it is sent");
        }
        link.settle().await.expect("the link goes on");
        let seen = metrics(&key).await;
        host.terminate().await;
        let log = host.log();
        assert!(host.ended().await.success());
        assert!(log.contains(trace) && log.contains("/v1/sessions/{id}/messages"), "a request can be found by its trace:\n{log}");
        if format == "json" {
            let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
            assert!(lines.iter().any(|line| line["span"]["trace"] == trace && line["fields"]["status"] == 201), "{log}");
        }
        let spans = collector.text();
        assert!(spans.contains("/v1/sessions/{id}/messages"), "spans have come");
        for (what, text) in [("log", &log), ("metrics", &seen), ("errors", &errors.concat()), ("spans", &spans)] {
            for secret in [KEY, &token, CANARY, &token[10..40]] {
                let at = text.find(secret).map(|at| text[at.saturating_sub(200)..].chars().take(400).collect::<String>());
                assert_eq!(at, None, "{secret} is in the {what}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_escape_reaches_a_terminal_by_the_log() {
    let place = Place::new();
    let host = place.setup().env("COLLOQ_LOG", "trace").start().await;
    let escape = "\u{1b}[2J\u{1b}]0;owned\u{7}";
    host.http().post("/v1/tokens", &json!({"userId": escape})).await;
    host.http().post("/v1/sessions", &json!({"title": escape, "userId": escape})).await;
    let _ = host.http().send("GET", "/v1/%1b%5b2J", &[("x", "a")], "").await;
    host.terminate().await;
    let log = host.log();
    assert!(!log.contains("[2J\u{1b}") && !log.contains("owned"), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_redis_a_store_that_is_gone_is_said() {
    let server = crate::revoked::servers::Server::start(&[]);
    let place = Place::new();
    let (host, key) = keyed(&place, &[("--store", &server.url())]).await;
    session(&key).await;
    assert_eq!(host.http().get("/readyz").await.status, 200);
    drop(server);
    crate::soon("it is not ready", async || host.http().get("/readyz").await.status == 503).await;
    assert_eq!(host.http().get("/readyz").await.code(), "storeUnavailable");
    assert_eq!(host.http().get("/healthz").await.status, 200, "another process would find the store gone as well");
}

/// Every name in a text that is one of a gauge.
fn names(text: &str) -> std::collections::BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c| !is_name(c));
    words.filter(|word| word.starts_with("colloq_") || word.starts_with("process_")).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn dashboard_and_alerts_ask_for_what_there_is() {
    let gauges = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/host/gauges");
    let read = |file: &str| std::fs::read_to_string(gauges.join(file)).expect("it is there");
    let (dashboard, alerts) = (read("dashboard.json"), read("alerts.yaml"));
    let panels: Value = serde_json::from_str(&dashboard).expect("JSON");
    assert!(panels["panels"].as_array().is_some_and(|panels| panels.len() >= 15));
    let place = Place::new();
    let (host, key) = keyed(&place, &[]).await;
    session(&key).await;
    // What has no value yet is named all the same.
    let text = metrics(&key).await;
    let kinds: Vec<(&str, &str)> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    let written: std::collections::BTreeSet<String> = kinds
        .iter()
        .flat_map(|(name, kind)| match *kind {
            "counter" => vec![format!("{name}_total")],
            "histogram" => ["_bucket", "_sum", "_count"].map(|end| format!("{name}{end}")).to_vec(),
            "info" => vec![format!("{name}_info")],
            _ => vec![(*name).to_owned()],
        })
        .collect();
    for (file, text) in [("dashboard.json", &dashboard), ("alerts.yaml", &alerts)] {
        let unknown: Vec<String> = names(text).into_iter().filter(|name| !written.contains(name)).collect();
        assert!(unknown.is_empty(), "{file} asks for {unknown:?}, and there is only {written:?}");
    }
    // And what there is can be seen.
    let shown = names(&dashboard);
    let unseen: Vec<&String> =
        written.iter().filter(|name| !name.ends_with("_sum") && !name.ends_with("_count") && !shown.contains(*name)).collect();
    assert!(unseen.iter().all(|name| name.ends_with("_bucket") && shown.contains(&name.replace("_bucket", "_sum"))), "{unseen:?}");
    host.assert_unbroken();
}
