//! Uplinks against a small host that keeps one log: what is lost, refused, forgotten and left behind.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::prelude::rust_2024::*;

use colloq_core::json::Json;
use colloq_core::{Actor, Code, Head, Id, Replica, Request, Role, Session, Stamp, Submitted, Upstream};

use super::{Event, Uplink};
use crate::frame;

const NOW: u64 = 1_767_225_600_000;

fn id(n: u8) -> Id {
    Id::mint(NOW, [n; 16])
}

fn ada() -> Actor {
    Actor::new(Role::User, "ada")
}

/// A host that answers frames at once.
struct Host {
    replica: Replica<()>,
    log: Vec<(String, Head)>,
    /// It refuses the next commands with this code.
    refuses: Option<Code>,
}

impl Host {
    fn new() -> Self {
        Self { replica: Replica::new(Upstream::Store, Session::vacant("default", id(1))), log: Vec::new(), refuses: None }
    }

    fn entries(&self, from: Head) -> String {
        let texts: Vec<&str> = self.log.iter().filter(|(_, head)| head.version > from.version).map(|(text, _)| &**text).collect();
        format!(r#"{{"kind":"entries","session":"{}","from":{},"entries":[{}]}}"#, id(1), from.to_json(), texts.join(","))
    }

    fn has(&self, head: Head) -> bool {
        head == Head::ZERO || self.log.iter().any(|(_, other)| *other == head)
    }

    /// Decides a command; gives the frame that tells of it.
    fn decide(&mut self, request: Request, base: u64) -> Option<String> {
        let from = self.replica.confirmed().head;
        let command = request.id;
        let refused = |rejection| String::from_utf8(frame::rejected(id(1), command, &rejection)).ok();
        if let Some(code) = self.refuses {
            return refused(code.into());
        }
        match self.replica.submit(request, base, Stamp::new(NOW, ada()), ()) {
            Ok(Submitted::Pending(..)) => {
                let (_, entries) = self.replica.poll_append()?;
                self.log.extend(entries.into_iter().map(|(text, head)| (text.into(), head)));
                self.replica.handle_appended();
                Some(self.entries(from))
            }
            Ok(_) => None,
            Err(rejection) => refused(rejection),
        }
    }

    fn say(&mut self, client: Id, seq: u64, text: &str) {
        let command = format!(
            r#"{{"id":["{client}",{seq}],"kind":"appendMessage","message":{{"id":"{}","type":"user","content":"{text}"}}}}"#,
            Id::mint(NOW, [seq as u8, client.as_bytes()[15], 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9])
        );
        let request = Request::from_json(&command).expect("it is a command");
        let base = self.replica.confirmed().head.version;
        self.decide(request, base).expect("it is accepted");
    }

    fn handle(&mut self, text: &str) -> Vec<String> {
        let frame: serde_json::Value = serde_json::from_str(text).expect("a frame is JSON");
        if frame["kind"] == "submit" {
            let base = frame["base"].as_u64().expect("a submit has a base");
            let commands = frame["commands"].as_array().expect("a submit has commands").clone();
            let read = |command: serde_json::Value| Request::from_json(&command.to_string()).expect("it is a command");
            return commands.into_iter().filter_map(|command| self.decide(read(command), base)).collect();
        }
        assert_eq!(frame["kind"], "subscribe");
        if !self.replica.confirmed().exists() {
            return vec![format!(r#"{{"kind":"error","session":"{}","code":"sessionNotFound","message":"none"}}"#, id(1))];
        }
        let since = frame.get("since").map(|since| Head::from_json(&since.to_string()).expect("since is a head"));
        let catch_up = if let Some(since) = since.filter(|since| self.has(*since)) {
            self.entries(since)
        } else {
            let mut out = String::new();
            frame::write_snapshot(self.replica.confirmed(), since.is_some(), &mut out);
            out
        };
        vec![catch_up, format!(r#"{{"kind":"subscribed","session":"{}","version":{}}}"#, id(1), self.log.len())]
    }

    fn contents(&self) -> Vec<String> {
        contents(self.replica.confirmed())
    }
}

fn contents(session: &Session) -> Vec<String> {
    let read = |json: &str| serde_json::from_str::<serde_json::Value>(json).expect("a message is JSON")["content"].as_str().map(Into::into);
    session.messages.iter().filter_map(|message| read(&message.json())).collect()
}

/// Carries frames to and fro until neither side has one.
fn talk(page: &mut Uplink, host: &mut Host) {
    let mut now = NOW;
    for _ in 0..100 {
        while let Some(up) = page.poll_frame(now) {
            host.handle(&up).iter().for_each(|down| page.handle_frame(down, now));
        }
        match page.wake_at() {
            Some(at) if host.refuses.is_none() => now = now.max(at),
            _ => return,
        }
    }
    unreachable!("they do not come to rest");
}

fn page(client: u8) -> Uplink {
    Uplink::new(id(client), id(1), ada())
}

fn append(number: u32, text: &str) -> String {
    format!(r#"{{"kind":"appendMessage","message":{{"id":"{}","type":"user","content":"{text}"}}}}"#, Id::mint(NOW, [number as u8; 16]))
}

fn say(page: &mut Uplink, number: u32, text: &str) {
    page.submit(number, NOW, &append(number, text)).expect("it is taken");
}

/// A page that made the session, and its host.
fn pair() -> (Uplink, Host) {
    let (mut page, mut host) = (page(2), Host::new());
    page.submit(1, NOW, r#"{"kind":"create"}"#).expect("it is taken");
    page.handle_welcome(ada());
    talk(&mut page, &mut host);
    assert!(page.is_live() && page.pending() == 0);
    events(&mut page);
    (page, host)
}

fn events(page: &mut Uplink) -> Vec<(u32, Option<Code>)> {
    let mut events = Vec::new();
    while let Some(event) = page.poll_event() {
        match event {
            Event::Settled { number, code, .. } => events.push((number, code)),
            Event::Closed { code, .. } => events.push((0, Some(code))),
            Event::Outdated => events.push((0, None)),
            Event::Relink => page.handle_welcome(ada()),
        }
    }
    events
}

/// Thirty-two others make the host forget whoever was there before.
fn forget(host: &mut Host) {
    (0..=colloq_core::CLIENTS_MAX as u8).for_each(|n| host.say(id(100 + n), 1, "x"));
}

#[test]
fn what_was_made_without_a_link_is_sent_once_in_order() {
    let (mut page, mut host) = (page(2), Host::new());
    page.submit(1, NOW, r#"{"kind":"create"}"#).expect("it is taken");
    say(&mut page, 2, "one");
    say(&mut page, 3, "two");
    assert_eq!((contents(page.view()).len(), page.pending(), page.is_creating()), (2, 3, true));
    page.handle_welcome(ada());
    talk(&mut page, &mut host);
    assert_eq!(events(&mut page), [(1, None), (2, None), (3, None)]);
    assert_eq!(host.contents(), ["one", "two"]);
    assert_eq!(page.confirmed().head, host.replica.confirmed().head);
    assert!(page.is_live() && !page.is_creating());
}

#[test]
fn what_arrived_unheard_is_not_done_twice() {
    let (mut page, mut host) = pair();
    say(&mut page, 2, "one");
    let up = page.poll_frame(NOW).expect("it is sent");
    host.handle(&up);
    page.handle_lost();
    say(&mut page, 3, "two");
    page.handle_welcome(ada());
    talk(&mut page, &mut host);
    assert_eq!(events(&mut page), [(2, None), (3, None)]);
    assert_eq!(host.contents(), ["one", "two"]);
}

#[test]
fn a_create_that_arrived_unheard_is_found_by_the_catch_up() {
    let (mut page, mut host) = (page(2), Host::new());
    page.submit(1, NOW, r#"{"kind":"create"}"#).expect("it is taken");
    page.handle_welcome(ada());
    let up = page.poll_frame(NOW).expect("it is sent");
    host.handle(&up);
    page.handle_lost();
    page.handle_welcome(ada());
    talk(&mut page, &mut host);
    assert_eq!((events(&mut page), host.log.len()), (vec![(1, None)], 1));
}

#[test]
fn a_host_without_room_is_asked_again_after_a_pause() {
    let (mut page, mut host) = pair();
    host.refuses = Some(Code::Overloaded);
    say(&mut page, 2, "one");
    say(&mut page, 3, "two");
    talk(&mut page, &mut host);
    assert_eq!((events(&mut page), page.pending()), (vec![], 2));
    assert!(page.wake_at().is_some_and(|at| at > NOW) && page.poll_frame(NOW).is_none());
    host.refuses = None;
    talk(&mut page, &mut host);
    assert_eq!((events(&mut page), host.contents()), (vec![(2, None), (3, None)], vec!["one".to_string(), "two".into()]));
}

#[test]
fn a_clock_that_goes_back_makes_no_pause_longer() {
    let (mut page, mut host) = pair();
    host.refuses = Some(Code::Overloaded);
    say(&mut page, 2, "one");
    talk(&mut page, &mut host);
    assert_eq!((page.poll_frame(NOW), page.wake_at().is_some_and(|at| at > NOW)), (None, true));
    assert!(page.poll_frame(NOW - 3_600_000).is_some(), "an hour earlier it is asked again at once");
}

#[test]
fn a_command_that_leaves_no_trace_gives_its_id_back() {
    let (mut page, mut host) = pair();
    for number in 2..=4 {
        say(&mut page, number, &number.to_string());
    }
    let up = page.poll_frame(NOW).expect("they are sent");
    host.refuses = Some(Code::Malformed);
    let down = host.handle(&up);
    host.refuses = None;
    // All three were refused; what is heard after the first speaks of ids that have moved since.
    for down in &down {
        page.handle_frame(down, NOW);
    }
    assert_eq!(events(&mut page), [(2, Some(Code::Malformed))]);
    talk(&mut page, &mut host);
    assert_eq!((events(&mut page), host.contents()), (vec![(3, None), (4, None)], vec!["3".to_string(), "4".into()]));
}

#[test]
fn each_of_those_that_leave_no_trace_is_told_why() {
    let (mut page, mut host) = pair();
    for number in 2..=4 {
        say(&mut page, number, &number.to_string());
    }
    host.refuses = Some(Code::Unauthorized);
    for number in 2..=4 {
        talk(&mut page, &mut host);
        assert_eq!(events(&mut page), [(number, Some(Code::Unauthorized))]);
    }
    assert_eq!((page.pending(), host.contents().len()), (0, 0));
}

#[test]
fn what_was_sent_behind_a_refused_command_comes_too_late() {
    let (mut page, mut host) = pair();
    page.submit(2, NOW, r#"{"kind":"rename","title":"refused"}"#).expect("it is taken");
    let refused = page.poll_frame(NOW).expect("it is sent");
    page.submit(3, NOW, r#"{"kind":"rename","title":"behind"}"#).expect("it is taken");
    let late = page.poll_frame(NOW).expect("it is sent");
    host.refuses = Some(Code::Unauthorized);
    host.handle(&refused).iter().for_each(|down| page.handle_frame(down, NOW));
    host.refuses = None;
    assert_eq!(events(&mut page), [(2, Some(Code::Unauthorized))]);
    talk(&mut page, &mut host);
    host.handle(&late);
    page.submit(4, NOW, r#"{"kind":"rename","title":"newer"}"#).expect("it is taken");
    talk(&mut page, &mut host);
    host.handle(&late);
    assert_eq!((events(&mut page), host.log.len(), page.confirmed().title.as_deref()), (vec![(3, None), (4, None)], 3, Some("newer")));
}

#[test]
fn a_refusal_says_nothing_of_what_another_host_was_sent() {
    let (mut page, mut host) = pair();
    say(&mut page, 2, "one");
    let on_its_way = page.poll_frame(NOW).expect("it is sent");
    page.handle_lost();
    say(&mut page, 3, "two");
    page.handle_welcome(ada());
    host.refuses = Some(Code::Unauthorized);
    talk(&mut page, &mut host);
    // Both were sent by now, and the first may come yet and let the second pass.
    assert_eq!(events(&mut page), [(2, Some(Code::ClientForgotten)), (3, Some(Code::ClientForgotten))]);
    host.refuses = None;
    host.handle(&on_its_way);
    say(&mut page, 4, "three");
    talk(&mut page, &mut host);
    assert_eq!((events(&mut page), host.contents()), (vec![(4, None)], vec!["one".to_string(), "three".into()]));
}

#[test]
fn a_forgotten_page_begins_anew_with_what_it_never_sent() {
    for is_linked in [true, false] {
        let (mut page, mut host) = pair();
        say(&mut page, 2, "one");
        say(&mut page, 3, "two");
        forget(&mut host);
        if !is_linked {
            page.handle_lost();
            page.handle_welcome(ada());
        }
        talk(&mut page, &mut host);
        if is_linked {
            // It hears that it was forgotten, and makes its link anew.
            assert_eq!(events(&mut page), []);
            talk(&mut page, &mut host);
        }
        assert_eq!(events(&mut page), [(2, None), (3, None)]);
        assert_eq!(host.contents().iter().filter(|content| *content != "x").count(), 2);
        assert_eq!(page.confirmed().head, host.replica.confirmed().head);
    }
}

#[test]
fn a_forgotten_page_does_not_repeat_what_may_have_taken_effect() {
    let (mut page, mut host) = pair();
    say(&mut page, 2, "one");
    let up = page.poll_frame(NOW).expect("it is sent");
    page.handle_lost();
    say(&mut page, 3, "two");
    host.handle(&up);
    forget(&mut host);
    // The page's history is not at hand any more: it takes a snapshot, which does not know the page.
    let mut snapshot = String::new();
    frame::write_snapshot(host.replica.confirmed(), true, &mut snapshot);
    page.handle_welcome(ada());
    page.poll_frame(NOW).expect("it subscribes");
    page.handle_frame(&snapshot, NOW);
    page.handle_frame(r#"{"kind":"subscribed"}"#, NOW);
    talk(&mut page, &mut host);
    assert_eq!(events(&mut page), [(2, Some(Code::ClientForgotten)), (3, None)]);
    let said: Vec<String> = host.contents().into_iter().filter(|content| content != "x").collect();
    assert_eq!(said, ["one", "two"]);
}

#[test]
fn another_page_sends_what_one_left_behind() {
    let (mut gone, mut host) = pair();
    say(&mut gone, 2, "one");
    say(&mut gone, 3, "two");
    let (queue, saved) = (gone.queue(id(2)).expect("two wait"), gone.saved().expect("there is a state"));
    // The first of them had arrived.
    host.say(id(2), 2, "one");
    let mut heir = page(3);
    heir.handle_frame(&saved, NOW);
    assert_eq!(heir.adopt(&queue, 10), Ok(2));
    say(&mut heir, 20, "three");
    assert_eq!(contents(heir.view()), ["one", "two", "three"]);
    assert_eq!((heir.queue(id(2)), heir.queue(id(4))), (Some(queue), None));
    heir.handle_welcome(ada());
    talk(&mut heir, &mut host);
    assert_eq!(events(&mut heir), [(10, None), (11, None), (20, None)]);
    assert_eq!(host.contents(), ["one", "two", "three"]);
    assert_eq!(heir.queue(id(2)), None);
    let late = gone.queue(id(2)).expect("nobody told the page that is gone");
    assert_eq!(heir.adopt(&late, 30), Ok(2));
    assert_eq!((events(&mut heir), heir.pending()), (vec![(30, None), (31, None)], 0));
}

#[test]
fn a_page_that_comes_back_goes_on_behind_what_it_did_before() {
    let (mut before, mut host) = pair();
    say(&mut before, 2, "one");
    talk(&mut before, &mut host);
    let mut page = page(2);
    say(&mut page, 3, "two");
    page.handle_welcome(ada());
    talk(&mut page, &mut host);
    assert_eq!((events(&mut page), host.contents()), (vec![(3, None)], vec!["one".to_string(), "two".into()]));
}

#[test]
fn a_session_that_is_opened_again_from_an_older_state_gives_no_id_twice() {
    let (mut before, mut host) = pair();
    let old = before.saved().expect("there is a state");
    say(&mut before, 2, "one");
    talk(&mut before, &mut host);
    let mut page = page(2).opened(7);
    page.handle_frame(&old, NOW);
    say(&mut page, 3, "two");
    let queue = page.queue(id(2)).expect("one waits, and is found by the page's own id");
    assert!(!queue.contains(&id(2).to_string()), "{queue}");
    page.handle_welcome(ada());
    talk(&mut page, &mut host);
    assert_eq!((events(&mut page), host.contents()), (vec![(3, None)], vec!["one".to_string(), "two".into()]));
}

#[test]
fn what_is_wrong_with_presence_closes_no_session() {
    let (mut page, mut host) = pair();
    page.handle_frame(r#"{"kind":"error","of":"presence","code":"malformed","message":"what is that"}"#, NOW);
    say(&mut page, 2, "one");
    talk(&mut page, &mut host);
    assert_eq!((events(&mut page), page.is_live()), (vec![(2, None)], true));
}

#[test]
fn a_create_that_was_left_behind_and_had_arrived_is_found_by_the_catch_up() {
    let (mut gone, mut host) = (page(2), Host::new());
    gone.submit(1, NOW, r#"{"kind":"create"}"#).expect("it is taken");
    say(&mut gone, 2, "one");
    gone.handle_welcome(ada());
    let queue = gone.queue(id(2)).expect("two wait");
    host.handle(&gone.poll_frame(NOW).expect("it is sent"));
    let mut heir = page(3);
    assert_eq!(heir.adopt(&queue, 10), Ok(2));
    heir.handle_welcome(ada());
    talk(&mut heir, &mut host);
    assert_eq!(events(&mut heir), [(10, None), (11, None)]);
    assert_eq!((host.contents(), heir.is_live()), (vec!["one".into()], true));
}

#[test]
fn a_page_whose_commands_the_store_lost_goes_on_under_another_id() {
    let ((mut page, mut host), (_, mut host_that_went_back)) = (pair(), pair());
    let old = page.saved().expect("there is a state");
    say(&mut page, 2, "lost");
    talk(&mut page, &mut host);
    say(&mut page, 3, "sent");
    page.poll_frame(NOW).expect("it is sent");
    say(&mut page, 4, "waits");
    assert_eq!(events(&mut page), [(2, None)]);
    page.handle_lost();
    page.handle_welcome(ada());
    page.handle_frame(&old.replacen("\"state\"", "\"reset\":true,\"state\"", 1), NOW);
    // What was sent may come back with what was lost, if a host has it; what was not is sent under an id that nobody knows.
    assert_eq!(events(&mut page), [(3, Some(Code::ClientForgotten))]);
    let queue = page.queue(id(2)).expect("one waits, and is found by the page's own id");
    assert!(!queue.contains(&id(2).to_string()) && queue.contains(",1],"), "{queue}");
    talk(&mut page, &mut host_that_went_back);
    assert_eq!(events(&mut page), [(4, None)]);
    assert_eq!(host_that_went_back.contents(), ["waits"]);
}

#[test]
fn what_one_left_behind_a_command_that_the_store_lost_is_given_up() {
    let (mut gone, mut host) = pair();
    let old = gone.saved().expect("there is a state");
    say(&mut gone, 2, "lost");
    talk(&mut gone, &mut host);
    say(&mut gone, 3, "waits");
    let queue = gone.queue(id(2)).expect("one waits");
    for kept in [None, Some(old)] {
        let (mut heir, (_, mut host_that_went_back)) = (page(3), pair());
        if let Some(old) = &kept {
            heir.handle_frame(old, NOW);
        }
        assert_eq!(heir.adopt(&queue, 10), Ok(1));
        say(&mut heir, 20, "mine");
        heir.handle_welcome(ada());
        talk(&mut heir, &mut host_that_went_back);
        assert_eq!(events(&mut heir), [(10, Some(Code::ClientForgotten)), (20, None)]);
    }
}

#[test]
fn a_queue_that_does_not_read_is_refused_whole() {
    let mut page = page(2);
    for queue in ["", "{}", "[1]", r#"[{"id":[1,2]}]"#, r#"[{"command":{}}]"#, "[]x"] {
        assert_eq!(page.adopt(queue, 0).map_err(|rejection| rejection.code), Err(Code::Malformed), "{queue}");
    }
    assert_eq!(page.pending(), 0);
}

#[test]
fn a_state_that_differs_is_reported_and_taken_afresh() {
    let (mut page, mut host) = pair();
    while host.log.len() < 70 {
        let seq = host.log.len() as u64;
        host.say(id(7), seq, "x");
    }
    // The host's entry 64 carries the digest of another state than the page's.
    let digest = host.replica.confirmed().digest().to_json();
    let other = Session::vacant("default", id(1)).digest().to_json();
    let at = host.log.iter().position(|(text, _)| text.contains("\"digest\"")).expect("every 64th entry has a digest");
    let text = host.log[at].0.clone();
    let from = text.find("\"digest\":").expect("it has one") + 9;
    let planted = [&text[..from], &other, &text[from + digest.len()..]].concat();
    let bad = host.entries(Head::ZERO).replace(&text, &planted);
    page.handle_frame(&bad, NOW);
    assert!(page.wake_at().is_some());
    let up = page.poll_frame(page.wake_at().expect("it waits")).expect("it subscribes");
    assert!(up.contains("\"diverged\":[63,") && !up.contains("since"), "{up}");
    host.handle(&up).iter().for_each(|down| page.handle_frame(down, NOW));
    assert_eq!((page.confirmed().head, page.is_live()), (host.replica.confirmed().head, true));
}

#[test]
fn a_host_that_lags_behind_is_not_believed() {
    let (mut page, mut host) = pair();
    let old = page.saved().expect("there is a state");
    host.say(id(7), 1, "x");
    page.handle_frame(&host.entries(page.confirmed().head), NOW);
    let head = page.confirmed().head;
    page.handle_frame(&old, NOW);
    assert_eq!(page.confirmed().head, head);
    page.handle_frame(&old.replacen("\"state\"", "\"reset\":true,\"state\"", 1), NOW);
    assert_eq!(page.confirmed().head.version, 1);
}

#[test]
fn a_session_that_cannot_be_had_closes_and_stays_so() {
    let mut page = page(2);
    page.handle_welcome(ada());
    page.poll_frame(NOW).expect("it subscribes");
    page.handle_frame(r#"{"kind":"error","code":"sessionNotFound","message":"none"}"#, NOW);
    assert_eq!(events(&mut page), [(0, Some(Code::SessionNotFound))]);
    page.handle_lost();
    page.handle_welcome(ada());
    assert_eq!(page.poll_frame(NOW), None);
}

#[test]
fn a_later_schema_stops_the_page() {
    let (mut page, host) = pair();
    let entry = r#"{"schema":99,"version":2,"rest":{}}"#;
    let frame = format!(r#"{{"kind":"entries","from":{},"entries":[{entry}]}}"#, host.log[0].1.to_json());
    page.handle_frame(&frame, NOW);
    assert_eq!(events(&mut page), [(0, None)]);
    page.handle_welcome(ada());
    assert_eq!(page.poll_frame(NOW), None);
}

#[test]
fn the_host_says_who_the_page_is() {
    let (mut page, mut host) = (Uplink::new(id(2), id(1), Actor::new(Role::User, "self")), Host::new());
    page.submit(1, NOW, r#"{"kind":"create"}"#).expect("it is taken");
    assert_eq!(&*page.view().user_id, "self");
    page.handle_welcome(ada());
    assert_eq!(&*page.view().user_id, "ada");
    talk(&mut page, &mut host);
    assert_eq!(&*page.confirmed().user_id, "ada");
    assert_eq!(page.pending(), 0);
}

#[test]
fn changes_name_what_changed_alone() {
    let (mut page, mut host) = pair();
    let first: serde_json::Value = serde_json::from_str(&page.poll_changes().expect("all is new")).expect("it is JSON");
    assert_eq!((&first["head"]["userId"], first.get("messages")), (&"ada".into(), None));
    assert_eq!(page.poll_changes(), None);
    say(&mut page, 2, "one");
    let shown =
        |page: &mut Uplink| serde_json::from_str::<serde_json::Value>(&page.poll_changes().expect("it changed")).expect("it is JSON");
    let pending = shown(&mut page);
    assert_eq!((&pending["messages"]["items"][0]["pending"], pending["head"].get("userId")), (&true.into(), None));
    talk(&mut page, &mut host);
    let confirmed = shown(&mut page);
    assert_eq!((&confirmed["messages"]["start"], &confirmed["messages"]["items"][0]["pending"]), (&0.into(), &false.into()));
    page.submit(3, NOW, r#"{"kind":"rename","title":"T"}"#).expect("it is taken");
    let titled = shown(&mut page);
    assert_eq!((&titled["head"]["title"], titled.get("messages")), (&"T".into(), None));
    page.submit(4, NOW, r#"{"kind":"rename"}"#).expect("it is taken");
    assert_eq!(shown(&mut page)["gone"], serde_json::json!(["title"]));
}
