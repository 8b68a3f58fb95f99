//! What must hold of any bytes: of a command, a page's frames, a snapshot, a log, and of requests to the module.
//!
//! It uses the core, its module and their envelope alone, so that a program of its own can run it as well.

use std::cell::RefCell;
use std::sync::LazyLock;

use colloq_abi::Open;
use colloq_core::{Actor, Chain, Head, Id, Replica, Request, Role, Session, Stamp, Submitted, Upstream, session_json, snapshot_digest};
use colloq_module::{Shard, Uplink};

/// A log that holds most kinds of events.
const TALK: &str = include_str!("../../golden/schema-1/talk.log");
const STREAMS: &str = include_str!("../../golden/schema-1/streams.log");
const SNAPSHOTS: [&str; 3] = [
    include_str!("../../golden/schema-1/talk.snapshot"),
    include_str!("../../golden/schema-1/streams.snapshot"),
    include_str!("../../golden/schema-0/talk.snapshot"),
];
const SESSION: &str = "019b76da-a800-7000-8000-000000000100";
/// Where a snapshot's digested text begins.
const BODY_AT: usize = "{\"digest\":\"".len() + 64 + 2;
const NOW_MS: u64 = 1_767_225_900_000;

thread_local! {
    /// A session in the middle of a talk.
    static TALKING: RefCell<Session> = RefCell::new(replayed(&TALK.lines().take(40).collect::<Vec<_>>()).expect("the log is one"));
}

/// The seeds of a target, by its name.
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    match name {
        "command" => COMMANDS.iter().map(|text| text.as_bytes().to_vec()).collect(),
        "snapshot" => SNAPSHOTS.iter().map(|text| text.as_bytes()[BODY_AT..].to_vec()).collect(),
        "log" => [TALK, STREAMS].iter().flat_map(|log| [log.as_bytes().to_vec(), first_lines(log, 12)]).collect(),
        "page" => FRAMES.iter().map(|text| text.replace("SESSION", SESSION).into_bytes()).chain([entries_frame()]).collect(),
        _ => exports_seeds(),
    }
}

fn first_lines(log: &str, count: usize) -> Vec<u8> {
    log.lines().take(count).collect::<Vec<_>>().join("\n").into_bytes()
}

/// A command: what is read is written as it will be read again, and once it is decided, whoever has the entries has the state.
pub fn command(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(request) = Request::from_json(text) else { return };
    let session = TALKING.with_borrow(Session::clone);
    let (mut decided, mut told) = (replica(session.clone()), replica(session.clone()));
    for role in [Role::User, Role::Agent, Role::Operator] {
        let stamp = Stamp::new(NOW_MS, Actor::new(role, if role == Role::User { "ada" } else { "bot" })).with_entropy([7; 16]);
        // A client may name all that a command creates, and the same command twice is refused or taken, but breaks nothing.
        if !matches!(decided.submit(request.clone(), decided.confirmed().head.version, stamp, ()), Ok(Submitted::Pending(..))) {
            continue;
        }
        let appended =
            decided.poll_append().map(|(head, entries)| (head, entries.iter().map(|(text, _)| (*text).to_owned()).collect::<Vec<_>>()));
        let Some((head, entries)) = appended else { continue };
        decided.handle_appended();
        let texts: Vec<&str> = entries.iter().map(String::as_str).collect();
        told.handle_entries(head, &texts).unwrap_or_else(|why| panic!("what was decided is refused ({why:?}): {texts:?}"));
        assert_eq!(
            (told.confirmed().head, told.confirmed().digest()),
            (decided.confirmed().head, decided.confirmed().digest()),
            "{texts:?}"
        );
        holds(decided.confirmed());
    }
}

/// What a state comes to is read again as the same state.
fn holds(session: &Session) {
    let snapshot = session.to_snapshot();
    let again = Session::from_snapshot(&snapshot, session.head.chain).unwrap_or_else(|why| panic!("{why:?}: {snapshot}"));
    assert_eq!((again.digest(), again.to_snapshot()), (session.digest(), snapshot));
    assert!(!session_json(session, NOW_MS, None).is_empty());
}

fn replica(session: Session) -> Replica<()> {
    Replica::new(Upstream::Host, session)
}

fn replayed(entries: &[&str]) -> Option<Session> {
    let id: Id = SESSION.parse().expect("an id");
    let mut replica = replica(Session::vacant("default", id));
    let _ = replica.handle_entries(Head::ZERO, entries);
    replica.confirmed().exists().then(|| replica.confirmed().clone())
}

/// A log, a line an entry: it is taken as far as it is one, and a snapshot of what it came to is read as that or refused. (What no core
/// ever decided need not make a state that is one; that what was decided does is what `command` looks at.)
pub fn log(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Some(session) = replayed(&text.lines().collect::<Vec<_>>()) {
        holds_or_is_refused(&session);
    }
}

fn holds_or_is_refused(session: &Session) {
    if let Ok(again) = Session::from_snapshot(&session.to_snapshot(), session.head.chain) {
        assert_eq!((again.digest(), again.head), (session.digest(), session.head));
        holds(&again);
    }
}

/// A snapshot behind its digest, which is put in front so that more than the digest is looked at.
pub fn snapshot(input: &[u8]) {
    let Ok(body) = std::str::from_utf8(input) else { return };
    let Ok(digest) = snapshot_digest(body) else { return };
    if let Ok(session) = Session::from_snapshot(&format!("{{\"digest\":\"{digest}\",{body}"), Chain([1; 32])) {
        holds(&session);
    }
}

/// Frames for a page, a line each: it goes on whatever they say. (What a host says that no core decided is as with a log.)
pub fn page(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let actor = Actor::new(Role::User, "ada");
    let client: Id = "019b76da-a800-7000-8000-00000000c11e".parse().expect("an id");
    let mut uplink = Uplink::new(client, SESSION.parse().expect("an id"), actor.clone());
    uplink.handle_welcome(actor);
    for (nth, frame) in text.lines().enumerate() {
        let now = NOW_MS + nth as u64;
        uplink.handle_frame(frame, now);
        let _ = uplink.submit(nth as u32, now, r#"{"kind":"rename","title":"x"}"#);
        while uplink.poll_frame(now).is_some() {}
        while uplink.poll_event().is_some() {}
        let _ = uplink.poll_changes();
    }
    if uplink.confirmed().exists() {
        holds_or_is_refused(uplink.confirmed());
    }
}

/// The requests that an input holds: each behind its length in two bytes, the lowest first.
pub fn requests(input: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut requests) = (input, Vec::new());
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let (request, behind) = behind.split_at(usize::from(u16::from_le_bytes(*length)).min(behind.len()));
        requests.push(request);
        rest = behind;
    }
    requests
}

/// How the module is opened.
pub fn opening() -> Open<'static> {
    Open { seed: 1, sessions_max: 4, memory_bytes_max: 1 << 30, limits: b"{}", recent_max: 8 }
}

/// Requests to the module's raw exports, as any host might send them.
pub fn exports(input: &[u8]) {
    let mut shard = Shard::open(&opening(), || 0).expect("the shard opens");
    let mut answer = Vec::new();
    for request in requests(input) {
        answer = shard.call(request, answer);
        assert!(colloq_abi::decode::<colloq_abi::Response<'_>>(&answer).is_ok(), "an answer is one");
    }
}

/// What a host sends, from a session's creation to its end.
fn exports_seeds() -> Vec<Vec<u8>> {
    use colloq_abi::{Actor, Call, Head, Load, Op, Request, Role, encode};
    static LOG: LazyLock<Vec<&[u8]>> = LazyLock::new(|| TALK.lines().map(str::as_bytes).collect());
    let session = *SESSION.parse::<Id>().expect("an id").as_bytes();
    let message = "019b76da-a800-7000-8000-000000000201";
    let call = |ticket, op, body: &'static str| {
        let actor = Actor { role: Role::Operator, id: "ops", name: None, anonymous: false, generation: None };
        let call = Call {
            ticket,
            now: NOW_MS,
            app: "default",
            session,
            actor,
            entropy: [9; 16],
            absent: true,
            condition: None,
            key: None,
            op,
            body: body.as_bytes(),
        };
        encode(&Request::Call(call))
    };
    let appended = || encode(&Request::Appended { app: "default", session });
    let hello = r#"{"id":"019b76da-a800-7000-8000-000000000201","type":"assistant","status":"streaming"}"#;
    let submit = r#"{"kind":"submit","session":"019b76da-a800-7000-8000-000000000100","base":1,"commands":[{"id":["019b76da-a800-7000-8000-00000000c11e",1],"kind":"rename","title":"x"}]}"#;
    let head = colloq_core::Head { version: 3, chain: Chain([3; 32]) };
    let talk = vec![
        call(2, Op::Create, r#"{"userId":"ada","title":"t"}"#),
        appended(),
        call(4, Op::AppendMessage, hello),
        appended(),
        call(6, Op::AppendDelta(message), r#"{"offset":0,"text":"Gr\u00fc\u00dfe"}"#),
        appended(),
        call(8, Op::Complete(message), "{}"),
        appended(),
        call(10, Op::Read { messages: None }, ""),
        call(12, Op::SetPreferences, r#"{"responseFormat":"detailed"}"#),
        appended(),
        call(15, Op::Submit, submit),
        appended(),
        call(14, Op::Fork, "{}"),
        call(16, Op::End, "{}"),
        appended(),
        encode(&Request::Tick { now: NOW_MS + 1, limit: 9 }),
    ];
    let load = Load {
        app: "default",
        session,
        snapshot: None,
        entries: LOG[..12].to_vec(),
        head: Head { version: 12, chain: [0; 32] },
        touched_ms: NOW_MS,
    };
    let other = vec![
        encode(&Request::Load(load)),
        call(2, Op::Read { messages: Some(3) }, ""),
        encode(&Request::Head { app: "default", session, head: Head { version: head.version, chain: head.chain.0 } }),
        encode(&Request::Unknown { app: "default", session }),
        encode(&Request::Due { now: NOW_MS, app: "default", session }),
        encode(&Request::Unlinked { now: NOW_MS, app: "default", session, link: 7 }),
        encode(&Request::Dropped { app: "default", session, code: "storeFull" }),
        encode(&Request::Rest { now: NOW_MS, idle_ms: 0, limit: 5 }),
        encode(&Request::Take),
    ];
    [talk, other]
        .iter()
        .map(|requests| requests.iter().flat_map(|request| [&(request.len() as u16).to_le_bytes()[..], request].concat()).collect())
        .collect()
}

fn entries_frame() -> Vec<u8> {
    let entries: Vec<&str> = TALK.lines().take(8).collect();
    let zero = "0".repeat(64);
    let frame = format!(r#"{{"kind":"entries","session":"{SESSION}","from":[0,"{zero}"],"entries":[{}]}}"#, entries.join(","));
    let subscribed = format!(r#"{{"kind":"subscribed","session":"{SESSION}","version":8}}"#);
    [frame, subscribed].join("\n").into_bytes()
}

const FRAMES: [&str; 4] = [
    r#"{"kind":"subscribed","session":"SESSION","version":0}"#,
    "{\"kind\":\"rejected\",\"session\":\"SESSION\",\"id\":[\"019b76da-a800-7000-8000-00000000c11e\",1],\"code\":\"clientForgotten\",\"message\":\"m\",\"retryAfterMs\":5}\n{\"kind\":\"ended\",\"session\":\"SESSION\",\"reason\":\"idle\"}",
    r#"{"kind":"error","session":"SESSION","code":"sessionNotFound","message":"m"}"#,
    r#"{"kind":"presence","session":"SESSION","links":[{"link":1,"userId":"ada","role":"user","state":{"typing":true}}]}"#,
];

const COMMANDS: [&str; 14] = [
    r#"{"kind":"appendMessage","message":{"id":"019b76da-a800-7000-8000-000000000301","type":"user","content":"Hello"}}"#,
    r#"{"kind":"appendMessage","message":{"type":"assistant","status":"streaming","parts":[{"id":"a","type":"text","text":"x"}],"metadata":{"apiCalls":["a"],"processingTime":1.5}}}"#,
    r#"{"id":["019b76da-a800-7000-8000-00000000c11e",1],"kind":"rename","title":"Plans"}"#,
    r#"{"kind":"patchData","patch":{"a":{"b":[1,2,{"c":null}]},"n":9007199254740992}}"#,
    r#"{"kind":"setLimits","limits":{"maxMessages":3,"maxContentBytes":2048,"idleMs":null}}"#,
    r#"{"kind":"batch","commands":[{"kind":"rename","title":null},{"kind":"recordIssue","issue":{"id":"LIN-1","title":"t","status":"open"}}]}"#,
    r#"{"kind":"setActiveProject","project":{"id":"p","name":"P","type":"codegen"}}"#,
    r#"{"kind":"setPreferences","preferences":{"language":"de","responseFormat":"detailed"}}"#,
    r#"{"kind":"removeIssue","issue":"LIN-1"}"#,
    r#"{"kind":"rewind","through":"019b76da-a800-7000-8000-000000000201"}"#,
    r#"{"kind":"compact","through":"019b76da-a800-7000-8000-000000000201","summary":"They met."}"#,
    r#"{"kind":"signIn","userId":"eve"}"#,
    r#"{"kind":"end","reason":"signedOut"}"#,
    r#"{"kind":"appendDelta","message":"019b76da-a800-7000-8000-000000000201","offset":0,"text":"\ud83d\ude00"}"#,
];
