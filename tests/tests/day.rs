//! F11: a day of one host, on a clock that is simulated. Around the clock real conversations are begun, spoken, streamed, stopped,
//! interrupted, abandoned, forked, ended and left to their deadlines, and what is over is erased. What the host has in memory stays what it
//! was, and what it counted is what was done.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use colloq_core::Id;
use colloq_host::engine::{Answer, CallSpec, Engine, EngineOptions, Identity, Op, Outside, Role};
use colloq_store::MemoryStore;
use colloq_tests::engine::module_path;
use colloq_tests::host::{Conversation, Line, conversations};
use colloq_tests::sim::Random;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// When the day begins: 2026-01-01T00:00:00Z.
const BEGIN_MS: u64 = 1_767_225_600_000;
const HOURS: usize = 24;
/// How many conversations begin in an hour; with the long figures ten times as many.
const AN_HOUR: usize = 60;
/// Of each so many messages: as many in one hour as in another.
const LINES_MAX: usize = 24;
const USERS: usize = 100;
/// Nobody used a session for so long: it ends, and as long after that it is erased.
const IDLE_MS: u64 = 600_000;
/// Some may last no longer, whoever talks.
const ABSOLUTE_MS: u64 = 120_000;
/// A stream fails when its producer was silent for a minute.
const SILENT: Duration = Duration::from_secs(62);
/// How many bytes a delta has.
const DELTA: usize = 24;
/// How much the memory of an hour may exceed that of the first two: in parts of a hundred, for there is noise in it ...
const FLAT: u64 = 110;
/// ... and what is left of a session that was erased, in bytes: its id is remembered for thirty days.
const TOMBSTONE: u64 = 64;

/// The simulated machine.
struct Simulated {
    began: Instant,
    random: Mutex<Random>,
}

impl Simulated {
    fn new_id(&self) -> Uuid {
        let id = Id::mint(self.now_ms(), self.random.lock().bytes());
        Uuid::from_bytes(*id.as_bytes())
    }
}

impl Outside for Simulated {
    fn now_ms(&self) -> u64 {
        BEGIN_MS + self.began.elapsed().as_millis() as u64
    }

    fn fill(&self, bytes: &mut [u8]) {
        let mut random = self.random.lock();
        bytes.fill_with(|| random.next() as u8);
    }
}

/// What was done, by the names that the host counts it under.
#[derive(Default)]
struct Done(BTreeMap<&'static str, u64>);

impl Done {
    fn add(&mut self, name: &'static str, count: usize) {
        *self.0.entry(name).or_default() += count as u64;
    }
}

/// One who talks with the assistant.
struct Talk {
    outside: Arc<Simulated>,
    engine: Engine,
    nth: usize,
    user: Identity,
    session: Uuid,
    done: Done,
}

/// The session ended under the hands of whoever talks.
struct Over;

impl Talk {
    fn new(outside: Arc<Simulated>, engine: Engine, nth: usize) -> Self {
        let (user, session) = (Identity::new("default", Role::User, format!("user-{}", nth % USERS)), outside.new_id());
        Self { outside, engine, nth, user, session, done: Done::default() }
    }

    fn has_absolute_end(&self) -> bool {
        self.nth % 5 == 3
    }

    async fn ask(&self, identity: &Identity, session: Uuid, op: Op<'_>, body: Value) -> Answer {
        self.engine.call(CallSpec::new(identity, session, op, Bytes::from(body.to_string()))).await.expect("the host answers")
    }

    /// Asks for what has to be done, unless the session is over.
    async fn must(&self, identity: &Identity, op: Op<'_>, body: Value) -> Result<Value, Over> {
        let answer = self.ask(identity, self.session, op, body).await;
        let said = String::from_utf8_lossy(&answer.body);
        assert!(
            answer.status < 300 || (answer.status == 410 && self.has_absolute_end()),
            "{}: {op:?} is {}: {said}",
            self.nth,
            answer.status
        );
        if answer.status == 410 { Err(Over) } else { Ok(serde_json::from_str(&said).unwrap_or(Value::Null)) }
    }

    /// A pause of up to so many milliseconds.
    async fn pause(&self, most_ms: u64) {
        let ms = 1 + self.outside.random.lock().below(most_ms);
        sleep(Duration::from_millis(ms)).await;
    }

    /// Talks from beginning to end, followed by a link.
    async fn run(mut self, conversation: Conversation) -> Done {
        let limits = if self.has_absolute_end() { json!({"absoluteMs": ABSOLUTE_MS}) } else { json!({}) };
        assert_eq!(self.ask(&self.user, self.session, Op::Create, json!({"limits": limits})).await.status, 201);
        self.done.add("created", 1);
        let (link, mut events) = self.engine.open_link();
        let spec = CallSpec::new(&self.user, self.session, Op::Subscribe { since: None }, Bytes::new());
        self.engine.subscribe(&link, spec, None).await.expect("the link follows");
        let following = tokio::spawn(async move { while events.next().await.is_ok() {} });
        let is_over = self.speak(&conversation.lines).await.is_err();
        self.leave(is_over).await;
        self.engine.unsubscribe(&link, &self.user.app, self.session);
        self.engine.leave(&link, &self.user, [self.session]);
        following.abort();
        self.done
    }

    async fn speak(&mut self, lines: &[Line]) -> Result<(), Over> {
        for (at, line) in lines.iter().take(LINES_MAX).enumerate() {
            self.pause(15_000).await;
            if line.kind == "user" {
                self.must(&self.user, Op::AppendMessage, json!({"type": "user", "content": line.content})).await?;
                self.done.add("messages.user", 1);
                self.done.add("contentBytes", line.content.len());
            } else {
                self.stream(&line.content, at + self.nth).await?;
            }
        }
        Ok(())
    }

    /// The assistant's answer, token by token, and how it ends.
    async fn stream(&mut self, text: &str, way: usize) -> Result<(), Over> {
        let agent = Identity::new("default", Role::Agent, "assistant");
        let begun = self.must(&agent, Op::AppendMessage, json!({"type": "assistant", "status": "streaming"})).await?;
        let id = begun["id"].as_str().expect("a message has an id").to_owned();
        self.done.add("messages.assistant", 1);
        self.done.add("streams.begun", 1);
        let result = self.stream_into(&agent, &id, text, way).await;
        // What streams when a session ends is stopped.
        self.done.add(if result.is_err() { "streams.stopped" } else { ending(way) }, 1);
        result
    }

    async fn stream_into(&mut self, agent: &Identity, id: &str, text: &str, way: usize) -> Result<(), Over> {
        let mut offset = 0;
        while offset < text.len() {
            self.pause(80).await;
            let end = text.ceil_char_boundary(offset + DELTA);
            self.must(agent, Op::AppendDelta(id), json!({"offset": offset, "text": text[offset..end]})).await?;
            self.done.add("contentBytes", end - offset);
            offset = end;
        }
        let user = &self.user;
        match ending(way) {
            "streams.stopped" => self.must(user, Op::Stop(id), json!({})).await.map(drop),
            "streams.interrupted" => {
                let heard = text.floor_char_boundary(text.len() / 2);
                self.must(user, Op::Interrupt(id), json!({"heardOffset": heard})).await.map(drop)
            }
            "streams.failed" if way.is_multiple_of(2) || self.has_absolute_end() => {
                self.must(agent, Op::Fail(id), json!({"error": {"code": "model", "message": "no more"}})).await.map(drop)
            }
            "streams.failed" => {
                sleep(SILENT).await;
                Ok(())
            }
            _ => self.must(agent, Op::Complete(id), json!({})).await.map(drop),
        }
    }

    /// The end of it: by word, by a deadline, and sometimes out of a copy.
    async fn leave(&mut self, is_over: bool) {
        if self.nth.is_multiple_of(7) && !is_over {
            let copied = self.ask(&self.user, self.session, Op::Fork, json!({})).await;
            let copy = CallSpec::new(&self.user, self.outside.new_id(), Op::Restore, copied.body);
            assert_eq!(self.engine.call(copy).await.expect("the host answers").status, 201);
            self.done.add("created", 1);
            // A copy of a session that may not last long begins its time anew.
            self.done.add(if self.has_absolute_end() { "ended.absolute" } else { "ended.idle" }, 1);
        }
        let reason = match self.nth % 5 {
            1 => "ended.ended",
            2 => "ended.signedOut",
            3 => "ended.absolute",
            _ => "ended.idle",
        };
        if let 1 | 2 = self.nth % 5 {
            let said = json!({"reason": reason.trim_start_matches("ended.")});
            assert_eq!(self.ask(&self.user, self.session, Op::End, said).await.status, 200);
        }
        self.done.add(reason, 1);
    }
}

/// How a stream ends.
fn ending(way: usize) -> &'static str {
    match way % 24 {
        3 | 11 => "streams.stopped",
        5 => "streams.interrupted",
        7 | 14 => "streams.failed",
        _ => "streams.completed",
    }
}

/// One of the host's counts: of `{"messages": {"user": 1}}` that of `messages.user`.
fn counted(counters: &Value, name: &str) -> u64 {
    name.split('.').fold(counters, |value, key| &value[key]).as_u64().unwrap_or_else(|| panic!("{name} is counted: {counters}"))
}

/// The bytes of all shards' memory, and how many sessions they have at hand.
fn in_memory(engine: &Engine) -> (u64, u64) {
    let shards = engine.analytics().expect("the shards say").shards;
    (shards.iter().map(|shard| shard.memory_bytes).sum(), shards.iter().map(|shard| shard.sessions).sum())
}

#[tokio::test(start_paused = true)]
async fn f11_a_day_leaves_memory_as_it_was_and_counts_what_was_done() {
    let an_hour = if std::env::var_os("COLLOQ_FULL").is_some() { AN_HOUR * 10 } else { AN_HOUR };
    let outside = Arc::new(Simulated { began: Instant::now(), random: Mutex::new(Random::new(11, "a day")) });
    let options = EngineOptions {
        module: std::fs::read(module_path()).expect("the module is built").into(),
        store: Arc::new(MemoryStore::new()),
        shards: 2,
        limits_json: json!({"idleMs": IDLE_MS, "retainMs": IDLE_MS}).to_string().into(),
        memory_bytes_max: 256 << 20,
        sessions_max: 100_000,
        hibernate_after: None,
    };
    let engine = Engine::open_in(options, Arc::clone(&outside) as Arc<dyn Outside>).await.expect("the engine opens");
    let corpus = conversations();
    let (mut talks, mut memory) = (JoinSet::new(), Vec::new());
    for hour in 0..HOURS {
        for at in 0..an_hour {
            let nth = hour * an_hour + at;
            let talk = Talk::new(Arc::clone(&outside), engine.clone(), nth);
            // The same in every hour, so that hours can be compared.
            talks.spawn(talk.run(corpus[at % corpus.len()].clone()));
            sleep(Duration::from_hours(1) / an_hour as u32).await;
        }
        memory.push(in_memory(&engine));
    }
    let mut done = Done::default();
    while let Some(talk) = talks.join_next().await {
        for (name, count) in talk.expect("nobody is disappointed").0 {
            done.add(name, count as usize);
        }
    }
    println!("bytes and sessions in memory, by the hour: {memory:?}");
    let usual = memory[..2].iter().map(|(bytes, _)| *bytes).max().expect("there are hours");
    for (hour, (bytes, _)) in memory.iter().enumerate() {
        let most = usual * FLAT / 100 + TOMBSTONE * (hour * an_hour) as u64;
        assert!(*bytes <= most, "{bytes} bytes in hour {hour}, {most} would be right; memory grows: {memory:?}");
    }

    // All sessions end, and are erased.
    sleep(Duration::from_millis(3 * IDLE_MS)).await;
    assert_eq!(in_memory(&engine).1, 0, "sessions are left");
    for user in 0..USERS {
        let page = engine.list("default", &format!("user-{user}"), None, 10).await.expect("the store lists");
        assert!(page.items.is_empty(), "sessions of user-{user} are left");
    }
    let history = engine.history().await.expect("it was counted");
    let total: Value = serde_json::from_str(history.total.expect("it was counted").get()).expect("JSON");
    println!("{} things done: {:?}", done.0.values().sum::<u64>(), done.0);
    for (name, count) in &done.0 {
        assert_eq!(counted(&total, name), *count, "{name}: {total}");
    }
    assert_eq!(counted(&total, "durations.count"), counted(&total, "created"), "what began has ended");
    assert!(history.hours.len() >= HOURS, "{} hours are told apart", history.hours.len());
    let by_hour: u64 = history.hours.iter().map(|hour| counted(&serde_json::from_str(hour.counters.get()).expect("JSON"), "created")).sum();
    assert_eq!(by_hour, counted(&total, "created"), "hours make the day");
}
