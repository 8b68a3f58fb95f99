//! A host that is killed at random moments under load, over a durable store: what was acknowledged is there, once and in its order.
//!
//! Writers by HTTP send a request again, under the same message id, until it is answered. Writers at links come back, catch up by
//! their head and submit again, under the same command ids, all that was not acknowledged when the link broke.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use colloq_tests::host::{Follower, Host, Http, Link, Place, Told, new_id};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// The kills of a round; the long figures are many rounds, each over a store of its own.
const KILLS: usize = 25;
const ROUNDS_FULL: usize = 20;
const SESSIONS: usize = 3;
const WRITERS_EACH: usize = 2;
/// The commands that a writer at a link has on the way.
const WINDOW: usize = 8;
const PAUSE: Duration = Duration::from_millis(10);

/// Where the host is now, and whether the load is to end.
type Watched = watch::Receiver<(SocketAddr, bool)>;

/// What a writer was told of its messages: the version of each that was acknowledged with one.
type Acknowledged = BTreeMap<u64, (String, Option<u64>)>;

fn random(below: u64) -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the system gives entropy");
    u64::from_le_bytes(bytes) % below
}

fn message(id: &str, writer: &str, nth: u64) -> Value {
    json!({"id": id, "type": "user", "content": format!("{writer} {nth}")})
}

async fn write_by_http(place: Watched, session: String, writer: String) -> Acknowledged {
    let mut acknowledged = Acknowledged::new();
    let path = format!("/v1/sessions/{session}/messages");
    for nth in 0.. {
        let id = new_id();
        let body = message(&id, &writer, nth);
        loop {
            let address = place.borrow().0;
            let Ok(reply) = Http::new(address).try_write("POST", &path, &body).await else {
                sleep(PAUSE).await;
                continue;
            };
            match reply.status {
                201 => acknowledged.insert(nth, (id, Some(reply.version()))),
                // It was stored by a request whose answer was lost.
                409 if reply.code() == "idTaken" => acknowledged.insert(nth, (id, None)),
                _ => panic!("{reply:?}"),
            };
            break;
        }
        if place.borrow().1 {
            break;
        }
    }
    acknowledged
}

/// A writer at a link, and what it has not seen acknowledged.
struct Submitter {
    session: String,
    writer: String,
    client: String,
    next_seq: u64,
    waiting: VecDeque<(u64, Value)>,
    follower: Follower,
    acknowledged: Acknowledged,
    resubmitted: usize,
}

impl Submitter {
    fn new(session: String, writer: String, follower: Follower) -> Self {
        let (waiting, acknowledged) = (VecDeque::new(), Acknowledged::new());
        Self { session, writer, client: new_id(), next_seq: 1, waiting, follower, acknowledged, resubmitted: 0 }
    }

    async fn run(mut self, place: Watched) -> Self {
        loop {
            let address = place.borrow().0;
            // What ends a link is the kill; the writer comes back.
            if let Ok(mut link) = Link::open(address, None, &self.client).await
                && self.talk(&mut link, &place).await.is_ok()
            {
                return self;
            }
            sleep(PAUSE).await;
        }
    }

    async fn talk(&mut self, link: &mut Link, place: &Watched) -> anyhow::Result<()> {
        let lost: Vec<Value> = self.waiting.iter().map(|(_, command)| command.clone()).collect();
        let known = self.follower.entries.len();
        self.follower.subscribe(link).await?;
        self.settle(known);
        if !lost.is_empty() {
            // Also what the catch-up has just acknowledged: it must not double anything.
            self.resubmitted += lost.len();
            link.send(&self.frame(&lost)).await?;
        }
        loop {
            let is_over = place.borrow().1;
            if is_over && self.waiting.is_empty() {
                return Ok(());
            }
            while !is_over && self.waiting.len() < WINDOW {
                let command = self.next_command();
                link.send(&self.frame(&[command])).await?;
            }
            match link.next().await? {
                Told::Closed(code) => anyhow::bail!("closed with {code:?}"),
                Told::Frame(frame) => {
                    assert_eq!(frame["kind"], "entries", "nothing that a writer submits is rejected");
                    let known = self.follower.entries.len();
                    self.follower.receive(&frame, link.text());
                    self.settle(known);
                }
            }
        }
    }

    fn next_command(&mut self) -> Value {
        let seq = self.next_seq;
        self.next_seq += 1;
        let message = message(&new_id(), &self.writer, seq - 1);
        let command = json!({"id": [self.client, seq], "kind": "appendMessage", "message": message});
        self.waiting.push_back((seq, command.clone()));
        command
    }

    fn frame(&self, commands: &[Value]) -> Value {
        json!({"kind": "submit", "session": self.session, "base": 1, "commands": commands})
    }

    /// Takes what the entries since `known` acknowledge.
    fn settle(&mut self, known: usize) {
        for entry in &self.follower.entries[known..] {
            if entry["command"][0] != self.client.as_str() {
                continue;
            }
            let (seq, command) = self.waiting.pop_front().expect("what is acknowledged was sent");
            assert_eq!((&entry["command"][1], &entry["outcome"]), (&json!(seq), &json!("accepted")), "in the order of its sending");
            let id = command["message"]["id"].as_str().expect("an id").to_owned();
            self.acknowledged.insert(seq - 1, (id, entry["version"].as_u64()));
        }
    }
}

/// Compares a session with what its writers were told.
async fn check(host: &Host, session: &str, writers: &HashMap<String, Acknowledged>, log: &[Value]) {
    let read = host.http().get(&format!("/v1/sessions/{session}")).await.expect(200);
    let mut by_writer: HashMap<&str, Vec<(u64, &str)>> = HashMap::new();
    for message in read["messages"].as_array().expect("messages") {
        let (writer, nth) = message["content"].as_str().and_then(|content| content.split_once(' ')).expect("what was written");
        by_writer.entry(writer).or_default().push((nth.parse().expect("a number"), message["id"].as_str().expect("an id")));
    }
    let versions: HashMap<&str, u64> =
        log.iter().filter_map(|entry| Some((entry["events"][0]["message"]["id"].as_str()?, entry["version"].as_u64()?))).collect();
    assert_eq!(versions.len(), log.len(), "every entry brought one message, and none twice");
    assert_eq!(read["version"], json!(log.len() + 1));
    for (writer, acknowledged) in writers {
        let there = by_writer.remove(&**writer).unwrap_or_default();
        let expected: Vec<(u64, &str)> = acknowledged.iter().map(|(nth, (id, _))| (*nth, &**id)).collect();
        assert!(there == expected, "{writer}: what was acknowledged is there once and in its order");
        for (id, version) in acknowledged.values() {
            assert!(version.is_none_or(|version| versions.get(&**id) == Some(&version)), "{writer}: {id} is at the version that was told");
        }
    }
    assert!(by_writer.is_empty(), "nobody else wrote");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_kills() {
    let rounds = if std::env::var_os("COLLOQ_FULL").is_some() { ROUNDS_FULL } else { 1 };
    for _ in 0..rounds {
        round().await;
    }
}

/// Kills a host that is being started, in the middle of what it opens its store for.
async fn kill_while_it_starts(place: &Place) {
    let mut child = place.command().args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::null()).spawn().expect("the binary runs");
    sleep(Duration::from_millis(random(120))).await;
    child.kill().await.expect("a child of ours can be killed");
}

async fn round() {
    let place = Place::new();
    let mut host = place.start().await;
    let (tell, watch) = watch::channel((host.address, false));
    let mut writers: Vec<(usize, String, JoinHandle<Acknowledged>)> = Vec::new();
    let mut submitters: Vec<(usize, JoinHandle<Submitter>)> = Vec::new();
    let mut sessions = Vec::new();
    for at in 0..SESSIONS {
        // Everything has to stay, so that it can be looked for; an operator may raise the limit.
        let created = host.http().post("/v1/sessions", &json!({"limits": {"maxMessages": 100_000}})).await.expect(201);
        let session = created["id"].as_str().expect("an id").to_owned();
        // Before anybody writes, so that the whole log is seen.
        let mut follower = Follower::new(&session);
        let mut link = Link::open(host.address, None, &new_id()).await.expect("a link");
        follower.subscribe(&mut link).await.expect("it is there");
        assert_eq!(follower.version(), 1);
        for nth in 0..WRITERS_EACH {
            let writer = format!("http-{nth}");
            let work = write_by_http(watch.clone(), session.clone(), writer.clone());
            writers.push((at, writer, tokio::spawn(work)));
            let submitter = Submitter::new(session.clone(), format!("link-{nth}"), follower.clone());
            submitters.push((at, tokio::spawn(submitter.run(watch.clone()))));
        }
        sessions.push(session);
    }
    for nth in 0..KILLS {
        sleep(Duration::from_millis(50 + random(400))).await;
        host.kill().await;
        if nth % 3 == 2 {
            kill_while_it_starts(&place).await;
        }
        host = place.start().await;
        tell.send_modify(|(address, _)| *address = host.address);
    }
    sleep(Duration::from_millis(200)).await;
    tell.send_modify(|(_, is_over)| *is_over = true);

    let mut told: Vec<HashMap<String, Acknowledged>> = vec![HashMap::new(); SESSIONS];
    for (at, writer, work) in writers {
        told[at].insert(writer, work.await.expect("it writes on"));
    }
    let (mut followers, mut resubmitted) = (HashMap::new(), 0);
    for (at, work) in submitters {
        let done = work.await.expect("it writes on");
        resubmitted += done.resubmitted;
        told[at].insert(done.writer, done.acknowledged);
        followers.insert(at, done.follower);
    }
    assert!(resubmitted > 0, "kills met commands on their way");
    for (at, session) in sessions.iter().enumerate() {
        let mut follower = followers.remove(&at).expect("a follower");
        let mut link = Link::open(host.address, None, &new_id()).await.expect("a link");
        follower.subscribe(&mut link).await.expect("it catches up");
        check(&host, session, &told[at], &follower.entries).await;
    }
    let count: usize = told.iter().flat_map(HashMap::values).map(BTreeMap::len).sum();
    println!("{count} messages acknowledged, {resubmitted} commands submitted again");
    host.assert_unbroken();
}

/// A text with characters of one to four bytes.
fn text() -> String {
    let words: Vec<String> = (0..400).map(|nth| format!("{nth} \u{e9}\u{8a9e}\u{1f44d}\u{200d}")).collect();
    words.join(" ")
}

/// A text's pieces, cut between characters.
fn pieces(text: &str) -> Vec<&str> {
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).step_by(7).chain([text.len()]).collect();
    ends.windows(2).map(|ends| &text[ends[0]..ends[1]]).collect()
}

async fn begin_stream(host: &Host) -> (String, String) {
    let created = host.http_as("user", "ada").await.post("/v1/sessions", &json!({})).await.expect(201);
    let session = created["id"].as_str().expect("an id").to_owned();
    let begun = json!({"type": "assistant", "status": "streaming"});
    let begun = host.http_as("agent", "bot").await.post(&format!("/v1/sessions/{session}/messages"), &begun).await.expect(201);
    let message = format!("/v1/sessions/{session}/messages/{}", begun["id"].as_str().expect("an id"));
    (session, message)
}

/// How much of the text a message holds; it holds nothing else.
async fn length(host: &Host, message: &str, text: &str) -> usize {
    let read = host.http_as("agent", "bot").await.get(message).await.expect(200);
    assert_eq!(read["status"], "streaming", "a broken connection ends no stream");
    let content = read["content"].as_str().expect("content");
    assert!(text.starts_with(content), "what is there is a beginning of the text");
    content.len()
}

async fn check_whole(host: &Host, message: &str, text: &str) {
    let agent = host.http_as("agent", "bot").await;
    agent.post(&format!("{message}/complete"), &json!({})).await.expect(200);
    let read = agent.get(message).await.expect(200);
    assert_eq!((&read["status"], read["content"].as_str()), (&json!("complete"), Some(text)));
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_deltas_outlive_kills() {
    let (place, text) = (Place::new(), text());
    let mut host = place.start().await;
    let (_, message) = begin_stream(&host).await;
    let mut offset = 0;
    while offset < text.len() {
        let agent = host.http_as("agent", "bot").await;
        let path = format!("{message}/delta");
        let rest = text[offset..].to_owned();
        let producer = tokio::spawn(async move {
            let mut acknowledged = offset;
            for piece in pieces(&rest) {
                let Ok(reply) = agent.try_write("POST", &path, &json!({"offset": acknowledged, "text": piece})).await else {
                    return (acknowledged, false);
                };
                acknowledged += piece.len();
                assert_eq!(reply.expect(200)["nextOffset"], acknowledged);
            }
            (acknowledged, true)
        });
        sleep(Duration::from_millis(100 + random(300))).await;
        host.kill().await;
        let (acknowledged, _) = producer.await.expect("it streams");
        host = place.start().await;
        offset = length(&host, &message, &text).await;
        assert!(offset >= acknowledged, "{acknowledged} bytes were acknowledged, {offset} are there");
    }
    check_whole(&host, &message, &text).await;
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_by_lines_goes_on_after_a_kill() {
    let (place, text) = (Place::new(), text());
    let mut host = place.start().await;
    let (_, message) = begin_stream(&host).await;
    for last in [false, false, true] {
        let offset = length(&host, &message, &text).await;
        let mut upload = host.http_as("agent", "bot").await.upload(&format!("{message}/stream"));
        upload.send(format!("{}\n", json!({"offset": offset, "text": ""}))).await.expect("it is taken");
        let pieces = pieces(&text[offset..]);
        for piece in &pieces[..if last { pieces.len() } else { pieces.len() / 2 }] {
            upload.send(format!("{}\n", json!({"text": piece}))).await.expect("it is taken");
            sleep(Duration::from_millis(1)).await;
        }
        if last {
            upload.finish().await.expect("an answer comes").expect(200);
        } else {
            host.kill().await;
            assert!(upload.answer().await.is_err(), "a host that was killed answers nothing");
            host = place.start().await;
        }
    }
    check_whole(&host, &message, &text).await;
    host.assert_unbroken();
}
