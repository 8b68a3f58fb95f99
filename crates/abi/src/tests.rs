//! Every value comes back as it was put, and no bytes bring the codec down. Nothing here knows the module.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Debug;

use proptest::prelude::*;

use super::*;

const HEAD: Head = Head { version: 7, chain: [9; 32] };
const APP: &str = "an app";
const SESSION: [u8; 16] = [3; 16];

fn ops() -> Vec<Op<'static>> {
    vec![
        Op::Create,
        Op::Read { messages: Some(30) },
        Op::Update,
        Op::End,
        Op::Erase,
        Op::AppendMessage,
        Op::ListMessages { before: Some("one"), limit: 50 },
        Op::ReadMessage("one"),
        Op::AppendDelta("two"),
        Op::Complete("three"),
        Op::Stop("four"),
        Op::Interrupt("five"),
        Op::Revise("six"),
        Op::TakeOver("seven"),
        Op::PatchMessage("eight"),
        Op::RemoveMessage("nine"),
        Op::Rewind,
        Op::Compact,
        Op::SignIn,
        Op::SignOut,
        Op::Fork,
        Op::Restore,
        Op::Export,
        Op::ReadPrivate("a key"),
        Op::SetPrivate("another"),
        Op::RemovePrivate(""),
        Op::Presence { link: u64::MAX },
        Op::Fail("ten"),
        Op::StreamLines("eleven"),
        Op::SetProject,
        Op::RecordIssue("twelve \u{1f600}"),
        Op::RemoveIssue("thirteen"),
        Op::SetPreferences,
        Op::Commands,
        Op::Submit,
        Op::Subscribe { since: Some(HEAD) },
        Op::Settle,
        Op::CheckStream("fourteen"),
    ]
}

fn actor() -> Actor<'static> {
    Actor { role: Role::Agent, id: "ada", name: Some("Ada"), anonymous: true, generation: Some(4) }
}

fn call(op: Op<'static>) -> Call<'static> {
    let (ticket, now, entropy) = (1 << 40, 1_700_000_000_000, [5; 16]);
    let (condition, key, body) = (Some(12), Some("a key"), b"{}".as_slice());
    Call { ticket, now, app: APP, session: SESSION, actor: actor(), entropy, absent: true, condition, key, op, body }
}

fn load() -> Load<'static> {
    let snapshot = Some(Snapshot { head: HEAD, bytes: b"a state" });
    Load { app: APP, session: SESSION, snapshot, entries: vec![b"one", b"", b"three"], head: HEAD, touched_ms: 1 }
}

fn requests() -> Vec<Request<'static>> {
    let (app, session) = (APP, SESSION);
    let mut requests: Vec<_> = ops().into_iter().map(|op| Request::Call(call(op))).collect();
    requests.extend([
        Request::Load(load()),
        Request::Appended { app, session },
        Request::Conflicted(Conflicted { load: Load { snapshot: None, ..load() }, continues: true, in_doubt: false }),
        Request::Dropped { app, session, code: "storeFull" },
        Request::Tick { now: 8, limit: 100 },
        Request::Due { now: 9, app, session },
        Request::Unknown { app, session },
        Request::Head { app, session, head: HEAD },
        Request::Unlinked { now: 9, app, session, link: 3 },
        Request::Stats,
        Request::Merge(vec![b"{}", b"[]"]),
        Request::Rest { now: 10, idle_ms: 11, limit: 12 },
        Request::Adopt(b"{}"),
        Request::Take,
    ]);
    requests
}

const UNANSWERED: Unanswered = Unanswered { message: [7; 16], at_ms: 8 };

fn reply(kind: ReplyKind) -> Reply<'static> {
    Reply { ticket: 2, kind, status: 412, version: 19, body: b"a body" }
}

fn response() -> Response<'static> {
    let (app, session) = (APP, SESSION);
    let entry = Entry { head: HEAD, bytes: b"an entry" };
    let append = Append {
        app,
        session,
        expected: HEAD,
        entries: vec![entry.clone(), entry.clone()],
        replies: vec![reply(ReplyKind::Answer)],
        user: "ada",
        summary: b"{}",
        active_ms: 4,
        deadline_ms: Some(5),
        unanswered: Some(UNANSWERED),
        news: News { ended: Some("idle"), turned: true, former: Some("ben"), signed: true },
    };
    Response {
        replies: vec![reply(ReplyKind::Answer), reply(ReplyKind::Load), reply(ReplyKind::Again)],
        appends: vec![
            append.clone(),
            Append { entries: Vec::new(), replies: Vec::new(), deadline_ms: None, unanswered: None, news: News::default(), ..append },
        ],
        snapshots: vec![Kept { app, session, head: HEAD, bytes: b"a state" }],
        touches: vec![Touch { app, session, active_ms: 6, deadline_ms: None, unanswered: Some(UNANSWERED) }],
        erasures: vec![Erasure { app, session, user: "ada" }],
        rests: vec![Rested { app, session }],
        losses: vec![Loss { app, session, entries: vec![entry] }],
        wake_at: Some(77),
        damaged: Some("why"),
        stats: Some(Stats { sessions: 1, memory_bytes: 2, counters: b"{}" }),
    }
}

/// A value comes back, and no part of its bytes is a value, nor are its bytes with another behind them.
#[track_caller]
fn comes_back<'a, T: Wire<'a> + PartialEq + Debug>(value: &T) {
    let bytes: &'a [u8] = encode(value).leak();
    assert_eq!(decode::<T>(bytes).as_ref(), Ok(value));
    assert!(bytes.len() >= T::BYTES_MIN, "{value:?} takes fewer bytes than anything of its type");
    for len in 0..bytes.len() {
        assert_eq!(decode::<T>(&bytes[..len]), Err(Error), "{len} of {} bytes of {value:?}", bytes.len());
    }
    assert_eq!(decode::<T>([bytes, &[0]].concat().leak()), Err(Error));
}

#[test]
fn requests_come_back() {
    requests().iter().for_each(comes_back);
    comes_back(&Open { seed: u64::MAX, sessions_max: 3, memory_bytes_max: 1 << 33, limits: b"{}", recent_max: 64 });
    [Role::User, Role::Agent, Role::Operator].iter().for_each(comes_back);
}

#[test]
fn responses_come_back() {
    comes_back(&response());
    comes_back(&Response::default());
    let code = Code { code: "notFound", status: 404, retryable: false, title: "It is not there." };
    comes_back(&Manifest { schema: 3, limits: b"{}", codes: vec![code, Code { retryable: true, ..code }] });
}

/// Whoever adds a variant adds it above.
#[test]
fn every_tag_is_tried() {
    let tags = |bytes: Vec<Vec<u8>>| bytes.iter().map(|bytes| bytes[0]).collect::<Vec<_>>();
    let known = |takes: fn(&[u8]) -> bool| (0..=u8::MAX).filter(|tag| takes(&[&[*tag][..], &[0; 300]].concat())).collect::<Vec<_>>();
    let ops = tags(ops().iter().map(encode).collect());
    assert_eq!(known(|zeros| Op::take(&mut Input(zeros)).is_ok()), ops);
    let mut requests = tags(requests().iter().map(encode).collect());
    requests.dedup();
    assert_eq!(known(|zeros| Request::take(&mut Input(zeros)).is_ok()), requests);
    assert_eq!(known(|zeros| Role::take(&mut Input(zeros)).is_ok()), [0, 1, 2]);
    assert_eq!(known(|zeros| ReplyKind::take(&mut Input(zeros)).is_ok()), [0, 1, 2]);
    assert_eq!(known(|zeros| bool::take(&mut Input(zeros)).is_ok()), [0, 1]);
}

/// The layout that the crate's documentation promises, to the byte.
#[test]
fn the_layout_is_as_documented() {
    assert_eq!(encode(&Request::Tick { now: 0x0102, limit: 3 }), [5, 2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]);
    assert_eq!(encode(&Op::ListMessages { before: Some("id"), limit: 1 }), [6, 1, 2, 0, 0, 0, b'i', b'd', 1, 0, 0, 0]);
    assert_eq!(encode(&Request::Merge(vec![b"ab"])), [11, 1, 0, 0, 0, 2, 0, 0, 0, b'a', b'b']);
    let replies = vec![Reply { ticket: 1, kind: ReplyKind::Again, status: 0x0203, version: 4, body: b"ab" }];
    let reply = [1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 3, 2, 4, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, b'a', b'b'];
    let end = [0, 1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(encode(&Response { replies, wake_at: Some(9), ..Response::default() }), [&reply[..], &end].concat());
}

#[test]
fn effects_come_in_any_order() {
    let Response { replies, touches, .. } = response();
    let mut bytes = Vec::new();
    touches[0].put_effect(&mut bytes);
    replies[0].put_effect(&mut bytes);
    touches[0].put_effect(&mut bytes);
    Response::default().put(&mut bytes);
    let response: Response<'_> = decode(&bytes).unwrap();
    assert_eq!((response.replies.len(), response.touches.len()), (1, 2));
}

#[test]
fn a_reply_is_put_before_its_body() {
    let mut written = [vec![0; Reply::ROOM_BYTES], b"a body".to_vec()].concat();
    reply(ReplyKind::Answer).put_before(&mut written);
    let mut put = Vec::new();
    reply(ReplyKind::Answer).put_effect(&mut put);
    assert_eq!(written, put);
}

#[test]
fn a_length_is_checked_before_memory_is_taken() {
    assert_eq!(decode::<Request<'_>>(&[11, 255, 255, 255, 255]), Err(Error), "four thousand million counters");
    assert_eq!(decode::<Vec<Head>>(&[&[2, 0, 0, 0][..], &[0; 79]].concat()), Err(Error), "two heads take 80 bytes");
    assert_eq!(decode::<&[u8]>(&[255, 255, 255, 255, 1]), Err(Error));
}

#[test]
fn text_is_utf8() {
    assert_eq!(decode::<&str>(&[2, 0, 0, 0, 0xc3, 0xa9]), Ok("\u{e9}"));
    assert_eq!(decode::<&str>(&[2, 0, 0, 0, 0xc3, 0x28]), Err(Error));
}

/// A request of some bytes is the only one that has them.
fn is_its_own(bytes: &[u8]) {
    if let Ok(request) = decode::<Request<'_>>(bytes) {
        assert_eq!(encode(&request), bytes);
    }
}

proptest! {
    #[test]
    fn no_bytes_bring_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        is_its_own(&bytes);
        let _ = (decode::<Response<'_>>(&bytes), decode::<Open<'_>>(&bytes), decode::<Manifest<'_>>(&bytes));
    }

    #[test]
    fn changed_requests_do_not_bring_it_down(
        which in 0..requests().len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = encode(&requests()[which]);
        for (at, byte) in changes {
            *at.get_mut(&mut bytes) = byte;
        }
        is_its_own(&bytes);
    }

    #[test]
    fn changed_responses_do_not_bring_it_down(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = encode(&response());
        for (at, byte) in changes {
            *at.get_mut(&mut bytes) = byte;
        }
        if let Ok(response) = decode::<Response<'_>>(&bytes) {
            let again = encode(&response);
            prop_assert_eq!(decode::<Response<'_>>(&again).unwrap(), response);
        }
    }
}
