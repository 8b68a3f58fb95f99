//! Bad input at every HTTP route of the real binary: each is answered with a problem of a permanent code, changes nothing, and
//! leaves a host that goes on: after each one another session is still written and read.

use std::collections::HashSet;

use colloq_tests::host::{Host, Http, Place, Reply};
use serde_json::{Value, json};

/// A route that takes JSON: its method, its path, a body that it would take, and the fields of that which are text.
struct Route {
    method: &'static str,
    path: String,
    body: Value,
    texts: &'static [&'static str],
}

/// A host with a session to be abused, one that shows that the host goes on, and what was answered so far.
struct Bench {
    host: Host,
    http: Http,
    abused: String,
    message: String,
    canary: String,
    known_codes: HashSet<String>,
}

impl Bench {
    async fn new(place: &Place) -> Self {
        let host = place.start().await;
        let http = host.http();
        let mut paths = Vec::new();
        for _ in 0..2 {
            let created = http.post("/v1/sessions", &json!({"userId": "ada"})).await.expect(201);
            paths.push(format!("/v1/sessions/{}", created["id"].as_str().expect("an id")));
        }
        let begun = http.post(&format!("{}/messages", paths[0]), &json!({"type": "assistant", "status": "streaming"})).await.expect(201);
        let message = format!("{}/messages/{}", paths[0], begun["id"].as_str().expect("an id"));
        let (canary, abused) = (paths.remove(1), paths.remove(0));
        Self { host, http, abused, message, canary, known_codes: HashSet::new() }
    }

    fn routes(&self) -> Vec<Route> {
        let (session, message) = (&self.abused, &self.message);
        let spoken = message.rsplit('/').next().expect("an id");
        let route = |method, path: String, body, texts| Route { method, path, body, texts };
        vec![
            route("POST", "/v1/sessions".into(), json!({"title": "t", "data": {}}), &["/title", "/userId"]),
            route("POST", "/v1/tokens".into(), json!({"userId": "eve", "role": "user"}), &["/userId", "/role"]),
            route("PATCH", session.clone(), json!({"title": "t"}), &["/title"]),
            route("POST", format!("{session}/messages"), json!({"type": "user", "content": "c"}), &["/content", "/turn", "/type"]),
            route("POST", format!("{session}/commands"), json!({"commands": [{"kind": "rename", "title": "t"}]}), &["/commands/0/title"]),
            route("POST", format!("{session}/end"), json!({"reason": "ended"}), &["/reason"]),
            route("PUT", format!("{session}/context/project"), json!({"id": "p", "name": "n", "type": "codegen"}), &["/name", "/id"]),
            route("PUT", format!("{session}/context/issues/I-1"), json!({"title": "t", "status": "open"}), &["/title", "/status"]),
            route("PATCH", format!("{session}/context/preferences"), json!({"language": "de"}), &["/language", "/responseFormat"]),
            route("POST", format!("{message}/delta"), json!({"offset": 0, "text": "t"}), &["/text", "/part"]),
            route("POST", format!("{message}/complete"), json!({"metadata": {}}), &[]),
            route("POST", format!("{message}/stop"), json!({}), &[]),
            route("POST", format!("{message}/interrupt"), json!({"heardOffset": 0}), &[]),
            route("POST", format!("{message}/revise"), json!({"from": 0, "text": "t"}), &["/text", "/part"]),
            route("POST", format!("{message}/producer"), json!({}), &[]),
            route("PATCH", message.clone(), json!({"metadata": {}}), &[]),
            route("POST", format!("{session}/fork"), json!({"through": spoken}), &["/through"]),
            route("POST", format!("{session}/rewind"), json!({"through": spoken}), &["/through"]),
            route("POST", format!("{session}/compact"), json!({"through": spoken, "summary": "s"}), &["/through", "/summary"]),
            route("POST", format!("{session}/sign-in"), json!({"userId": "ada"}), &["/userId"]),
            route("POST", format!("{session}/sign-out"), json!({}), &[]),
            route("POST", format!("{message}/fail"), json!({"error": {"code": "c", "message": "m"}}), &["/error/code", "/error/message"]),
        ]
    }

    /// Sends what is bad, and shows that it was refused as it should be.
    async fn refuse(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>, what: &str) -> Reply {
        let what = format!("{method} {} {}", shortened(path), shortened(what));
        let before = self.version().await;
        let reply = self.http.send(method, path, headers, body.into()).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!((400..500).contains(&reply.status), "{what}: {} {:?}", reply.status, reply.body);
        let code = reply.code();
        assert!(!code.is_empty(), "{what}: {reply:?}");
        assert_eq!((reply.json()["status"].as_u64(), reply.header("cache-control")), (Some(reply.status.into()), "no-store"), "{what}");
        if self.known_codes.insert(code.clone()) {
            self.http.get(&format!("/problems/{code}")).await.expect(200);
        }
        assert_eq!(self.version().await, before, "{what}: it changed nothing");
        self.check_canary().await;
        reply
    }

    async fn refuse_json(&mut self, route: &Route, body: impl Into<Vec<u8>>, what: &str) -> Reply {
        self.refuse(route.method, &route.path, &[("content-type", "application/json")], body, what).await
    }

    async fn version(&self) -> Value {
        self.http.get(&self.abused).await.expect(200)["version"].clone()
    }

    async fn check_canary(&self) {
        let message = self.http.post(&format!("{}/messages", self.canary), &json!({"type": "user", "content": "still here"})).await;
        let read = self.http.get(&format!("{}?messages=1", self.canary)).await.expect(200);
        assert_eq!(read["messages"][0], message.expect(201));
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

/// The body of a route with raw JSON in the place of one of its fields.
fn with_raw(body: &Value, pointer: &str, raw: &str) -> String {
    let mut body = body.clone();
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    let parent = body.pointer_mut(parent).expect("it has that field's parent");
    parent[field] = json!("\u{1}hole");
    body.to_string().replace("\"\\u0001hole\"", raw)
}

fn deep(opening: &str, closing: &str, levels: usize) -> String {
    format!("{}1{}", opening.repeat(levels), closing.repeat(levels))
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_no_route_takes() {
    let place = Place::new();
    let mut bench = Bench::new(&place).await;
    for route in bench.routes() {
        for text in ["7", "true", "\"text\"", "[]", "[null]", "[null,null]", "[null,null,null]", "{", "}", "{}{}", "nul", "NaN", "{'a':1}"]
        {
            bench.refuse_json(&route, text, text).await;
        }
        if !route.path.ends_with("/project") {
            bench.refuse_json(&route, "null", "null").await;
        }
        bench.refuse_json(&route, deep("[", "]", 100_000), "deep arrays").await;
        bench.refuse_json(&route, deep("{\"a\":", "}", 100_000), "deep objects").await;
        bench.refuse_json(&route, "[".repeat(1 << 20), "a mebibyte of brackets").await;
        bench.refuse_json(&route, [b"{\"\xff\":1}".as_slice(), &[0xc0, 0xaf]].concat(), "no UTF-8").await;
        bench.refuse_json(&route, b"{\"a\0\":1}".as_slice(), "a NUL").await;
        let unknown = with_raw(&route.body, "/nobodyKnowsThis", "1");
        bench.refuse_json(&route, unknown, "an unknown field").await;
        let nameless = with_raw(&route.body, "/__proto__", "{}");
        bench.refuse_json(&route, nameless, "__proto__ as a field").await;
    }
    bench.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_are_none() {
    let place = Place::new();
    let mut bench = Bench::new(&place).await;
    for route in bench.routes() {
        for pointer in route.texts {
            let numbers = ["7", "[]", "{}", "true", "1e400"].map(str::to_owned);
            let escapes =
                [r#""\ud800""#, r#""\udc00\ud800""#, r#""\ud800x""#, r#""\u12""#, r#""\x""#, "\"open", "\"a\nb\""].map(str::to_owned);
            for raw in numbers.iter().chain(&escapes) {
                bench.refuse_json(&route, with_raw(&route.body, pointer, raw), &format!("{pointer} {raw}")).await;
            }
            let mut bytes = with_raw(&route.body, pointer, "\"@\"").into_bytes();
            let at = bytes.iter().position(|byte| *byte == b'@').expect("it is there");
            for byte in [0xff, 0xc0, 0x80, 0] {
                bytes[at] = byte;
                bench.refuse_json(&route, bytes.clone(), &format!("{pointer} with the byte {byte}")).await;
            }
        }
        let Some(pointer) = route.texts.first() else { continue };
        let twice = with_raw(&route.body, pointer, "\"a\"").replacen('{', &format!("{{\"{}\":\"b\",", &pointer[1..]), 1);
        if !pointer[1..].contains('/') {
            bench.refuse_json(&route, twice, "a field twice").await;
        }
    }
    for user in ["", "a\u{0}b", "a\nb", &"x".repeat(257)] {
        let body = json!({"userId": user}).to_string();
        let reply = bench.refuse("POST", "/v1/tokens", &[("content-type", "application/json")], body, "a userId").await;
        assert_eq!(reply.code(), "invalid");
        let body = json!({"userId": user}).to_string();
        bench.refuse("POST", "/v1/sessions", &[("content-type", "application/json")], body, "a userId").await;
    }
    bench.host.assert_unbroken();
}

/// Where bodies hold free JSON.
fn free_places(bench: &Bench) -> Vec<(&'static str, String, Value, &'static str)> {
    let (session, message) = (&bench.abused, &bench.message);
    let part = json!({"type": "user", "parts": [{"id": "a", "type": "data-x", "data": {}}]});
    let patch = json!({"commands": [{"kind": "patchData", "patch": {}}]});
    vec![
        ("POST", "/v1/sessions".into(), json!({}), "/data"),
        ("PATCH", session.clone(), json!({}), "/data"),
        ("POST", format!("{session}/messages"), json!({"type": "user", "content": "c"}), "/metadata"),
        ("POST", format!("{session}/messages"), part, "/parts/0/data"),
        ("POST", format!("{session}/commands"), patch, "/commands/0/patch"),
        ("POST", format!("{message}/complete"), json!({}), "/metadata"),
        ("PATCH", message.clone(), json!({}), "/metadata"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn free_json_that_is_not_i_json() {
    let place = Place::new();
    let mut bench = Bench::new(&place).await;
    let bad = [
        r#"{"a":1,"a":2}"#,
        r#"{"x":{"a":1,"a":1}}"#,
        r#"{"n":9007199254740993}"#,
        r#"{"n":-9007199254740993}"#,
        r#"{"n":18446744073709551616}"#,
        r#"{"n":1e400}"#,
        r#"{"n":NaN}"#,
        r#"{"n":01}"#,
        r#"{"s":"\ud800"}"#,
        r#"{"\udfff":1}"#,
        r#"{"s":"\u0000}"#,
    ];
    for (method, path, body, pointer) in free_places(&bench) {
        let route = Route { method, path, body, texts: &[] };
        for raw in bad.map(str::to_owned).into_iter().chain([deep("{\"a\":", "}", 66), deep("{\"a\":", "}", 100_000)]) {
            bench.refuse_json(&route, with_raw(&route.body, pointer, &raw), &format!("{pointer} {raw}")).await;
        }
        if pointer != "/parts/0/data" {
            for raw in ["7", "\"text\"", "[1]"] {
                bench.refuse_json(&route, with_raw(&route.body, pointer, raw), &format!("{pointer} {raw}")).await;
            }
            let large = json!({"x": "x".repeat(256 << 10)}).to_string();
            let reply = bench.refuse_json(&route, with_raw(&route.body, pointer, &large), "256 KiB and some").await;
            assert_eq!(reply.code(), "tooLarge");
        }
    }
    bench.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn free_json_at_the_edge_is_kept() {
    let place = Place::new();
    let bench = Bench::new(&place).await;
    let data = r#"{"__proto__":{"x":1},"constructor":null,"max":9007199254740992,"min":-9007199254740992,"nul":"a\u0000b","zero":-0}"#;
    let nested = deep("{\"a\":", "}", 60);
    let body = format!("{{\"data\":{data},\"context\":{{}}}}");
    let created = bench.http.send("POST", "/v1/sessions", &[("content-type", "application/json")], body).await.expect("an answer");
    let path = format!("/v1/sessions/{}", created.expect(201)["id"].as_str().expect("an id"));
    bench
        .http
        .write("PATCH", &path, &serde_json::from_str(&format!("{{\"data\":{{\"deep\":{nested}}}}}")).expect("JSON"))
        .await
        .expect(200);
    let kept = bench.http.get(&path).await.expect(200)["data"].clone();
    let mut expected: Value = serde_json::from_str(data).expect("JSON");
    expected["deep"] = serde_json::from_str(&nested).expect("JSON");
    expected["zero"] = json!(0);
    assert!(kept["constructor"].is_null(), "a member that is null is kept when it is created, or absent");
    expected.as_object_mut().expect("an object").remove("constructor");
    let mut kept = kept;
    kept.as_object_mut().expect("an object").remove("constructor");
    assert_eq!(kept, expected);
    bench.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_and_media_types() {
    let place = Place::new();
    let mut bench = Bench::new(&place).await;
    let large = [b"{\"title\":\"".as_slice(), &vec![b'x'; 10 << 20], b"\"}"].concat();
    let mut routes = bench.routes();
    let stream = format!("{}/stream", bench.message);
    for route in routes.drain(..) {
        let reply = bench.refuse_json(&route, large.clone(), "10 MB").await;
        assert_eq!(reply.code(), "tooLarge", "{}", route.path);
        let body = route.body.to_string();
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", ""]
        {
            let reply = bench.refuse(route.method, &route.path, &[("content-type", content_type)], body.clone(), content_type).await;
            assert_eq!(reply.code(), "unsupportedMediaType");
        }
        let reply = bench.refuse(route.method, &route.path, &[], body.clone(), "no media type").await;
        assert_eq!(reply.code(), "unsupportedMediaType");
        let may_be_empty = ["/v1/sessions", "/complete", "/stop", "/end", "/preferences", "/interrupt", "/producer", "/fork", "/sign-out"];
        if !may_be_empty.iter().any(|end| route.path.ends_with(end)) {
            bench.refuse_json(&route, "", "an empty body").await;
        }
    }
    let reply = bench.refuse("POST", &stream, &[("content-type", "application/json")], "{\"text\":\"x\"}", "JSON for a stream").await;
    assert_eq!(reply.code(), "unsupportedMediaType");
    let lines = [("content-type", "application/x-ndjson")];
    let reply = bench.refuse("POST", &stream, &lines, vec![b'x'; 10 << 20], "a line of 10 MB").await;
    assert_eq!(reply.code(), "tooLarge");
    for line in [
        "7",
        "[]",
        "[0]",
        "{\"text\":7}",
        "{\"offset\":-1,\"text\":\"\"}",
        "{\"nobody\":1}",
        "\u{0}",
        "{\"complete\":7}",
        "{\"setPart\":[]}",
    ] {
        bench.refuse("POST", &stream, &lines, line, line).await;
    }
    bench.refuse("POST", &stream, &lines, deep("[", "]", 100_000), "a deep line").await;
    bench.refuse("POST", &stream, &lines, [0xff, 0xfe, b'\n'], "a line that is no UTF-8").await;
    bench.refuse("POST", &stream, &lines, "", "no line").await;
    bench.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_are_none_and_routes_that_are_not_there() {
    let place = Place::new();
    let mut bench = Bench::new(&place).await;
    let long = "a".repeat(10 << 10);
    let ids = ["{}", "*", "%0A", "%00", "..", "%2e%2e", "null", "0", "018f0000-0000-4000-8000-000000000000", "01a20616\u{2d}2a25", &long];
    let json = [("content-type", "application/json")];
    for id in ids {
        for route in bench.routes() {
            if !route.path.starts_with(&bench.abused) {
                continue;
            }
            let path = route.path.replace(&bench.abused, &format!("/v1/sessions/{id}"));
            let reply = bench.refuse(route.method, &path, &json, route.body.to_string(), "").await;
            assert_eq!(reply.code(), "sessionNotFound", "{path}");
            if route.path.starts_with(&bench.message) {
                let path = route.path.replace(&bench.message, &format!("{}/messages/{id}", bench.abused));
                let reply = bench.refuse(route.method, &path, &json, route.body.to_string(), "").await;
                assert_eq!(reply.code(), "messageNotFound", "{path}");
            }
        }
        for (method, part) in [("GET", ""), ("DELETE", ""), ("GET", "/messages"), ("DELETE", "/context/issues/x")] {
            let reply = bench.refuse(method, &format!("/v1/sessions/{id}{part}"), &[], "", "").await;
            assert_eq!(reply.code(), "sessionNotFound");
        }
        let path = format!("{}/messages/{id}", bench.abused);
        assert_eq!(bench.refuse("GET", &path, &[], "", "").await.code(), "messageNotFound");
    }
    let abused = bench.abused.clone();
    for path in
        ["/v1", "/v1/", "/v1/session", "/v1/users", "/nothing", "/v1/sessions/x/y/z/a/b/c", &format!("{abused}/nothing"), "//", "/.."]
    {
        assert_eq!(bench.refuse("GET", path, &[], "", "").await.code(), "notFound");
    }
    for route in bench.routes() {
        for method in ["BREW", "TRACE", if route.method == "PUT" { "PATCH" } else { "PUT" }] {
            let reply = bench.refuse(method, &route.path, &json, route.body.to_string(), "").await;
            assert_eq!(reply.code(), "methodNotAllowed");
            assert!(reply.header("allow").contains(route.method), "{reply:?}");
        }
    }
    bench.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_are_out_of_place() {
    let place = Place::new();
    let mut bench = Bench::new(&place).await;
    let json = [("content-type", "application/json")];
    let delta = format!("{}/delta", bench.message);
    for (offset, code) in [
        ("-1", "malformed"),
        ("1.5", "malformed"),
        ("\"0\"", "malformed"),
        ("18446744073709551616", "malformed"),
        ("18446744073709551615", "malformed"),
        ("9007199254740993", "malformed"),
        ("9007199254740992", "offsetGap"),
        ("1", "offsetGap"),
    ] {
        let reply = bench.refuse("POST", &delta, &json, format!("{{\"offset\":{offset},\"text\":\"x\"}}"), offset).await;
        assert_eq!(reply.code(), code, "{offset}");
        if code == "offsetGap" {
            assert_eq!(reply.json()["nextOffset"], 0);
        }
    }
    for version in ["-1", "9999", "18446744073709551615", "18446744073709551616", "1.5", "\"\"", "W/\"all-9999\"", "soon"] {
        for route in bench.routes().into_iter().filter(|route| route.path.starts_with("/v1/sessions/")) {
            let headers = [("content-type", "application/json"), ("if-match", version)];
            let reply = bench.refuse(route.method, &route.path, &headers, route.body.to_string(), version).await;
            assert_eq!((reply.status, &*reply.code()), (412, "versionMismatch"), "{} {}", route.method, route.path);
        }
        let (abused, issue) = (bench.abused.clone(), format!("{}/context/issues/x", bench.abused));
        for path in [&abused, &issue] {
            let reply = bench.refuse("DELETE", path, &[("if-match", version)], "", version).await;
            assert_eq!(reply.code(), "versionMismatch", "{path}");
        }
        let headers = [("content-type", "application/x-ndjson"), ("if-match", version)];
        let stream = format!("{}/stream", bench.message);
        let reply = bench.refuse("POST", &stream, &headers, "{\"text\":\"x\"}\n", version).await;
        assert_eq!(reply.code(), "versionMismatch");
    }
    let abused = bench.abused.clone();
    for query in ["limit=0", "limit=-1", "limit=4294967296", "limit=x", "cursor=nothing", "cursor=%ff"] {
        bench.refuse("GET", &format!("{abused}/messages?{query}"), &[], "", query).await;
        bench.refuse("GET", &format!("/v1/sessions?{query}"), &[], "", query).await;
    }
    for query in ["messages=-1", "messages=x", "messages=4294967296"] {
        bench.refuse("GET", &format!("{abused}?{query}"), &[], "", query).await;
    }
    for ttl in ["0", "-1", "86401", "18446744073709551615", "1.5"] {
        bench.refuse("POST", "/v1/tokens", &json, format!("{{\"userId\":\"a\",\"ttlSeconds\":{ttl}}}"), ttl).await;
    }
    for limits in
        [r#"{"maxMessages":0}"#, r#"{"maxMessages":-1}"#, r#"{"maxContentBytes":4294967295}"#, r#"{"idleMs":-1}"#, r#"{"idleMs":1e30}"#]
    {
        bench.refuse("PATCH", &abused, &json, format!("{{\"limits\":{limits}}}"), limits).await;
    }
    bench.host.assert_unbroken();
}
