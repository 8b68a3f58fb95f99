//! Snapshots that were damaged or made up: whatever a session cannot hold is refused, and its place is said. Each is given the digest
//! that fits it, so it is the invariant that refuses.

use std::prelude::v1::*;

use std::format;

use super::*;
use crate::{Actor, Command, CommandId, Once, Replica, Request, Role, Stamp, Upstream};

const NOW: u64 = 1_767_225_600_000;

fn id(n: u8) -> Id {
    Id::mint(NOW, [n; 16])
}

/// A session with something in every field.
fn session() -> Session {
    let mut host = Replica::<()>::new(Upstream::Store, Session::vacant("default", id(0)));
    let message = |n: u8, rest: &str| format!("{{\"kind\":\"appendMessage\",\"message\":{{\"id\":\"{}\",{rest}}}}}", id(n));
    let parts = r#""type":"user","parts":[{"id":"a","type":"text","text":"t"},{"id":"b","type":"file","x":[1]}],"metadata":{"n":1}"#;
    let create = r#"{"kind":"create","title":"Talk","data":{"a":1},"context":{"activeProject":{"id":"p","name":"n","type":"linear"},
        "recentIssues":[{"id":"LIN-1","title":"","status":"open"},{"id":"LIN-2","title":"","status":"open"}]}}"#;
    let commands = [
        create.to_owned(),
        message(1, "\"type\":\"user\",\"content\":\"early\""),
        format!("{{\"kind\":\"compact\",\"through\":\"{}\",\"summary\":\"s\"}}", id(1)),
        message(2, parts),
        message(3, "\"type\":\"assistant\",\"status\":\"streaming\""),
        message(4, "\"type\":\"assistant\",\"status\":\"streaming\""),
        r#"{"kind":"removeMessage","message":"018f0000-0000-7000-8000-000000000000"}"#.to_owned(),
        r#"{"kind":"setLimits","limits":{"idleMs":null}}"#.to_owned(),
    ];
    for (seq, json) in (1..).zip(commands) {
        let command = Request::from_json(&json).unwrap().command;
        submit(&mut host, Request { id: Some(CommandId(id(99), seq)), once: None, command });
    }
    let once = Once::new(&operator(), "key", &[b"body"]);
    let rename = Request::from_json("{\"kind\":\"rename\",\"title\":\"Other\"}").unwrap();
    submit(&mut host, Request { once: Some(once), ..rename });
    host.confirmed().clone()
}

fn operator() -> Actor {
    Actor::new(Role::Operator, "ops")
}

fn submit(host: &mut Replica<()>, request: Request) {
    host.submit(request, 0, Stamp::new(NOW, operator()), ()).unwrap();
    host.poll_append().unwrap();
    host.handle_appended();
}

/// The snapshot with other words in one place, and the digest that fits them.
fn tampered(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in {text}");
    let body = text[BODY_AT..].replacen(from, to, 1);
    let digest = digest_of(&body).map_or_else(|_| Chain::ZERO.to_string(), |digest| digest.to_string());
    format!("{DIGEST_KEY}{digest}\",{body}")
}

/// What is said of a snapshot that is refused.
fn refused(text: &str) -> String {
    match Session::from_snapshot(text, Chain::ZERO) {
        Err(SnapshotError::Malformed(said)) => said,
        other => std::panic!("it is not refused: {other:?}: {text}"),
    }
}

#[test]
fn a_snapshot_is_the_session() {
    let session = session();
    let text = session.to_snapshot();
    assert_eq!(Session::from_snapshot(&text, session.head.chain).as_ref(), Ok(&session));
    assert_eq!(Session::from_snapshot(&tampered(&text, "{", "{"), session.head.chain).as_ref(), Ok(&session), "a digest made anew fits");
    assert!(text.starts_with(&format!("{DIGEST_KEY}{}\"", session.digest())));
}

#[test]
fn every_invariant_refuses_and_says_where() {
    let text = session().to_snapshot();
    let (two, three) = (id(2).to_string(), id(3).to_string());
    let stream = format!("{{\"message\":\"{three}\",\"role\":\"operator\",\"producer\":\"ops\",\"epoch\":1,\"deadline\":");
    for (from, to, pointer) in [
        ("\"version\":9", "\"version\":0", "/version"),
        ("\"version\":9", "\"version\":4503599627370497", "/version"),
        ("\"now\":1767225600000", "\"now\":253402300800000", "/now"),
        ("\"createdAt\":1767225600000", "\"createdAt\":1767225600001", "/createdAt"),
        ("\"trimmed\":1", "\"trimmed\":9007199254740992", "/trimmed"),
        ("\"userId\":\"ops\"", "\"userId\":\"\"", "/userId"),
        ("\"data\":{\"a\":1}", "\"data\":[]", "/data"),
        ("\"generation\":0", "\"generation\":4294967295", "/auth"),
        ("\"since\":\"2026-01-01T00:00:00.000Z\"", "\"since\":\"2026-01-01T00:00:00.001Z\"", "/auth"),
        ("\"idleMs\":null", "\"idleMs\":0", "/limits/idleMs"),
        ("\"maxMessages\":500", "\"maxMessages\":0", "/limits/maxMessages"),
        ("\"maxContentBytes\":1048576", "\"maxContentBytes\":4294967295", "/limits/maxContentBytes"),
        ("\"retainMs\":2592000000", "\"retainMs\":\"x\"", "/limits/retainMs"),
        ("\"name\":\"n\"", "\"name\":\"\"", "/context/activeProject"),
        ("LIN-2", "LIN-1", "/context/recentIssues"),
        ("\"language\":\"en\"", "\"language\":\"\"", "/context/userPreferences/language"),
        ("\"clients\":{", "\"ended\":{\"at\":\"2026-01-01T00:00:00.001Z\",\"reason\":\"idle\"},\"clients\":{", "/ended/at"),
        ("\"clients\":{", "\"ended\":{\"at\":\"2026-01-01T00:00:00.000Z\",\"reason\":\"idle\"},\"clients\":{", "/streams"),
        ("\"last\":8,\"version\":8", "\"last\":0,\"version\":8", "/clients/known"),
        ("\"last\":8,\"version\":8", "\"last\":9007199254740992,\"version\":8", "/clients/known"),
        ("\"last\":8,\"version\":8", "\"last\":8,\"version\":10", "/clients/known"),
        ("\"last\":8,\"version\":8", "\"last\":71,\"version\":8", "/clients/known"),
        ("\"rejected\":[{\"seq\":7", "\"rejected\":[{\"seq\":9", "/clients/known"),
        ("\"rejected\":[", "\"rejected\":[{\"seq\":7,\"code\":\"invalid\"},", "/clients/known"),
        ("\"floor\":0", "\"floor\":10", "/clients/floor"),
        ("\"version\":9,\"at\":", "\"version\":10,\"at\":", "/keys"),
        ("\"at\":1767225600000", "\"at\":1767225600001", "/keys"),
        ("\"epoch\":1", "\"epoch\":0", "/streams"),
        ("\"epoch\":1", "\"epoch\":4294967295", "/streams"),
        ("\"deadline\":1767225660000", "\"deadline\":1767225660001", "/streams"),
        (&format!("\"streams\":[{stream}1767225660000}},"), "\"streams\":[", "/messages/1/status"),
        (&stream, &stream.replace(&three, &two), "/messages/0/status"),
        ("\"streams\":[", &format!("\"streams\":[{stream}1767225660000}},"), "/streams"),
        (&three, &two, "/streams"),
        (&format!("{{\"id\":\"{three}\""), &format!("{{\"id\":\"{two}\""), "/messages/1/id"),
        ("\"id\":\"b\"", "\"id\":\"a\"", "/messages/0/parts"),
        ("\"metadata\":{\"n\":1}", "\"metadata\":[1]", "/messages/0/metadata"),
        ("\"status\":\"complete\"", "\"status\":\"streaming\"", "/messages/0/status"),
        ("\"status\":\"streaming\"", "\"status\":\"complete\"", "/messages/1/status"),
    ] {
        let said = refused(&tampered(&text, from, to));
        let place = said.rsplit_once(", in ").map_or("", |(_, pointer)| pointer);
        let expected = if from == three { "/messages/0/status" } else { pointer };
        assert_eq!(place, expected, "{from} -> {to}: {said}");
    }
}

#[test]
fn more_than_fits_is_refused() {
    let mut session = session();
    session.streams = Streams::default();
    session.messages = Messages::default();
    let many = |count: usize, one: &dyn Fn(u64) -> String| (0..count as u64).map(one).collect::<Vec<_>>().join(",");
    let name = |n: u64| Id::mint(NOW + n, [3; 16]).to_string();
    let text = session.to_snapshot();
    // Nine streams.
    let streams = many(9, &|n| {
        let message = name(n);
        format!("{{\"message\":\"{message}\",\"role\":\"user\",\"producer\":\"u\",\"epoch\":1,\"deadline\":1767225600000}}")
    });
    let messages = many(9, &|n| {
        let rest = "\"type\":\"user\",\"content\":\"\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"status\":\"streaming\",\"parts\":[]";
        format!("{{\"id\":\"{}\",{rest},\"author\":{{\"role\":\"user\",\"id\":\"u\"}}}}", name(n))
    });
    let nine = text
        .replace("\"streams\":[]", &format!("\"streams\":[{streams}]"))
        .replace("\"messages\":[]", &format!("\"messages\":[{messages}]"));
    assert!(refused(&tampered(&nine, "{", "{")).ends_with("in /streams"));
    // Thirty-three clients, and one of them twice.
    let client = |n| format!("{{\"client\":\"{}\",\"last\":1,\"version\":1,\"rejected\":[]}}", name(n));
    let known = |clients: &str| tampered(&text, "\"known\":[", &format!("\"known\":[{clients},"));
    assert!(Session::from_snapshot(&known(&many(31, &client)), Chain::ZERO).is_ok());
    assert!(refused(&known(&many(32, &client))).ends_with("in /clients/known"));
    assert!(refused(&known(&[client(1), client(1)].join(","))).ends_with("in /clients/known"));
    // Two hundred and fifty-seven keys.
    let key = |n: u64| format!("{{\"id\":{{\"key\":\"{n:032x}\",\"body\":\"{n:032x}\"}},\"version\":1,\"at\":0}}");
    let keys = |count| tampered(&text, "\"keys\":[", &format!("\"keys\":[{},", many(count, &key)));
    assert!(Session::from_snapshot(&keys(255), Chain::ZERO).is_ok());
    assert!(refused(&keys(256)).ends_with("in /keys"));
}

#[test]
fn bytes_that_were_not_written_are_noticed() {
    let text = session().to_snapshot();
    for (from, to) in [
        ("early", "later"),
        ("\"title\":\"Other\"", "\"title\":\"other\""),
        ("\"content\":\"t\"", "\"content\":\"T\""),
        ("\"messages\":[", "\"messages\" : ["),
    ] {
        if let Some(damaged) = text.contains(from).then(|| text.replacen(from, to, 1)) {
            assert_eq!(Session::from_snapshot(&damaged, Chain::ZERO), Err(SnapshotError::Digest), "{from} -> {to}");
        }
    }
    // What stands behind the messages would escape the digest.
    let behind = format!("{},\"summary\":\"forged\"}}", &text[..text.len() - 1]).replace("\"summary\":\"s\",", "");
    assert_eq!(Session::from_snapshot(&tampered(&behind, "{", "{"), Chain::ZERO), Err(SnapshotError::Digest));
    for cut in [0, 5, BODY_AT - 1, BODY_AT, BODY_AT + 30, text.len() / 2, text.len() - 1] {
        assert!(Session::from_snapshot(&text[..cut], Chain::ZERO).is_err(), "cut at {cut}");
    }
}

#[test]
fn what_is_no_snapshot_says_so() {
    let text = session().to_snapshot();
    assert!(refused("{}").ends_with("in /digest"));
    assert!(refused(&text.replace("\"digest\"", "\"digesT\"")).ends_with("in /digest"));
    let body = &text[BODY_AT..];
    assert!(refused(&format!("{DIGEST_KEY}{}\",{}", Chain::ZERO, body.replace("\"messages\"", "\"message\""))).ends_with("in /messages"));
    assert!(refused(&tampered(&text, "\"schema\":1", "\"schema\":\"1\"")).ends_with("in /schema"));
    assert!(refused(&tampered(&text, "\"schema\":1,", "")).contains("a schema is expected"));
    assert!(refused(&tampered(&text, "\"messages\":[", "\"messages\":[1,")).contains("in /messages/0"));
    assert!(refused(&tampered(&text, "\"app\":\"default\",", "")).ends_with("in /app"));
    let later = Session::from_snapshot(&text.replace("\"schema\":1", "\"schema\":2"), Chain::ZERO);
    assert_eq!(later, Err(SnapshotError::Outdated(2)), "whatever else is in it");
    let far = Session::from_snapshot(&text.replace("\"schema\":1", "\"schema\":9007199254740992"), Chain::ZERO);
    assert_eq!(far, Err(SnapshotError::Outdated(u32::MAX)));
}

/// An operator's import is held to the same.
#[test]
fn a_copy_is_no_way_around() {
    let import = |change: &dyn Fn(&mut crate::Restored)| {
        let mut state = session().export();
        change(&mut state);
        let command = Command::from(crate::Restore { state });
        crate::decide(&Session::vacant("default", id(7)), &command, &Stamp::new(NOW, operator())).map(|events| events.len())
    };
    assert_eq!(import(&|_| {}), Ok(1));
    let at = |change: &dyn Fn(&mut crate::Restored)| import(change).unwrap_err().errors[0].pointer.clone();
    assert_eq!(at(&|state| state.trimmed = 1 << 53), "/state/trimmed");
    assert_eq!(at(&|state| state.auth.as_mut().unwrap().generation = u32::MAX), "/state/auth");
    assert_eq!(at(&|state| state.auth.as_mut().unwrap().since.0 = NOW + 1), "/state/auth");
    assert_eq!(at(&|state| state.messages.push(state.messages[0].clone())), "/state/messages");
    assert_eq!(at(&|state| state.messages[0].status = Status::Streaming), "/state/messages");
    assert_eq!(at(&|state| state.messages[0].parts[1].id = "a".into()), "/state/messages");
    assert_eq!(at(&|state| state.context.as_mut().unwrap().user_preferences.language = "".into()), "/state/context");
    assert_eq!(at(&|state| state.data = Some(Free::from_json("[]").unwrap())), "/state/data");
    assert_eq!(at(&|state| state.limits.max_messages = 0), "/state/limits");
    assert_eq!(at(&|state| state.user_id = "".into()), "/state/userId");
    assert_eq!(at(&|state| state.title = Some("t".repeat(1025).into())), "/state/title");
    assert_eq!(at(&|state| state.created_at.as_mut().unwrap().0 = NOW + 1), "/state/createdAt");
}
