//! The inbox: what waits for an answer, first all of it, then live, by WebSocket and by Server-Sent Events; across restarts too.

use std::collections::BTreeMap;

use colloq_tests::host::{Events, Link, new_id};
use serde_json::{Value, json};

use crate::{Stage, assert_refused, delete, id, open, say, session, text};

/// What an agent knows of its inbox: the message that waits, by session.
#[derive(Default)]
struct Inbox(BTreeMap<String, String>);

impl Inbox {
    fn take(&mut self, frame: &Value) {
        for item in frame["upsert"].as_array().expect("items") {
            self.0.insert(text(&item["session"]), text(&item["message"]));
        }
        for session in frame["remove"].as_array().expect("ids") {
            self.0.remove(&text(session));
        }
    }

    /// Reads frames until the inbox is this.
    async fn until(&mut self, link: &mut Link, expected: &[(&str, &str)]) {
        let expected: BTreeMap<_, _> = expected.iter().map(|(session, message)| (id(session).to_owned(), (*message).to_owned())).collect();
        while self.0 != expected {
            let frame = link.next_of("inbox").await.unwrap_or_else(|error| panic!("{error}: {:?} is not {expected:?}", self.0));
            self.take(&frame);
        }
    }
}

async fn watch(stage: &Stage, who: &colloq_tests::host::Http) -> (Link, Inbox) {
    let mut link = open(stage, who).await;
    link.send(&json!({"kind": "watchInbox"})).await.expect("it is sent");
    (link, Inbox::default())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_told_first_and_then_live() {
    let stage = Stage::new().await;
    let (first, second, ended) = (session(&stage.ada).await, session(&stage.ada).await, session(&stage.ada).await);
    let old = say(&stage.ada, &first, "user", "Who?").await;
    say(&stage.ada, &ended, "user", "Never mind").await;
    stage.ada.post(&format!("{ended}/end"), &json!({})).await.expect(200);
    let (mut link, mut inbox) = watch(&stage, &stage.bot).await;
    let frame = link.next_of("inbox").await.expect("what waits comes first");
    let item = &frame["upsert"][0];
    assert_eq!((&item["session"], &item["message"], &item["userId"]), (&json!(id(&first)), &json!(old), &json!("ada")));
    let said = stage.ada.get(&format!("{first}/messages/{old}")).await.expect(200);
    assert_eq!((&item["at"], &frame["remove"]), (&said["timestamp"], &json!([])));
    inbox.take(&frame);

    let other = say(&stage.ada, &second, "user", "Why?").await;
    inbox.until(&mut link, &[(&first, &old), (&second, &other)]).await;
    let newer = say(&stage.ada, &first, "user", "Are you there?").await;
    inbox.until(&mut link, &[(&first, &newer), (&second, &other)]).await;
    let answer = json!({"type": "assistant", "status": "streaming", "replyTo": newer});
    let answer = text(&stage.bot.post(&format!("{first}/messages"), &answer).await.expect(201)["id"]);
    inbox.until(&mut link, &[(&second, &other)]).await;
    let error = json!({"error": {"code": "broken", "message": "It broke."}});
    stage.bot.post(&format!("{first}/messages/{answer}/fail"), &error).await.expect(200);
    inbox.until(&mut link, &[(&first, &newer), (&second, &other)]).await;
    say(&stage.bot, &first, "assistant", "Here I am.").await;
    inbox.until(&mut link, &[(&second, &other)]).await;
    delete(&stage.ada, &second).await.expect(204);
    inbox.until(&mut link, &[]).await;
    stage.host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missed_over_a_restart() {
    let stage = Stage::new().await;
    let (first, second) = (session(&stage.ada).await, session(&stage.ada).await);
    let (old, other) = (say(&stage.ada, &first, "user", "Who?").await, say(&stage.ada, &second, "user", "Why?").await);
    let answer = json!({"type": "assistant", "status": "streaming", "replyTo": other});
    stage.bot.post(&format!("{second}/messages"), &answer).await.expect(201);
    let stage = stage.restart().await;
    let (mut link, mut inbox) = watch(&stage, &stage.bot).await;
    inbox.until(&mut link, &[(&first, &old)]).await;
    say(&stage.bot, &first, "assistant", "I.").await;
    inbox.until(&mut link, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_inbox_comes_whole() {
    let stage = Stage::new().await;
    let mut expected = BTreeMap::new();
    for _ in 0..230 {
        let path = session(&stage.ada).await;
        let message = say(&stage.ada, &path, "user", "Who?").await;
        expected.insert(id(&path).to_owned(), message);
    }
    let (mut link, mut inbox) = watch(&stage, &stage.bot).await;
    while inbox.0.len() < expected.len() {
        inbox.take(&link.next_of("inbox").await.expect("the rest comes"));
    }
    assert_eq!(inbox.0, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_for_those_who_answer_and_shows_what_they_may_see() {
    let stage = Stage::new().await;
    let (mine, other) = (session(&stage.ada).await, session(&stage.ada).await);
    let (message, later) = (say(&stage.ada, &mine, "user", "Who?").await, say(&stage.ada, &other, "user", "Why?").await);
    let mut link = open(&stage, &stage.ada).await;
    link.send(&json!({"kind": "watchInbox"})).await.expect("it is sent");
    assert_eq!(link.next_of("error").await.expect("it is refused")["code"], "forbidden");
    assert_refused(&stage.ada.get("/v1/inbox").await, 403, "forbidden");
    let granted = stage.token_of("agent", "bot", &[id(&mine)], None).await;
    let (mut link, mut inbox) = watch(&stage, &granted).await;
    inbox.until(&mut link, &[(&mine, &message)]).await;
    say(&stage.ada, &other, "user", "Hello?").await;
    let message = say(&stage.ada, &mine, "user", "Hello?").await;
    inbox.until(&mut link, &[(&mine, &message)]).await;
    // A newer token of the same agent covers the other one.
    let wider = stage.token_of("agent", "bot", &[id(&other)], None).await;
    link.send(&json!({"kind": "authenticate", "token": wider.bearer()})).await.expect("it is sent");
    link.next_of("welcome").await.expect("it is taken");
    let told = link.next_of("inbox").await.expect("it is told anew");
    assert_eq!(told["upsert"].as_array().map(Vec::len), Some(1));
    assert_ne!((&told["upsert"][0]["session"], &told["upsert"][0]["message"]), (&json!(id(&mine)), &json!(later)));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_as_events_too() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let question = say(&stage.ada, &path, "user", "Who?").await;
    let mut events = Events::open(&stage.bot, "/v1/inbox?agent=bot", &[]).await.expect("a stream");
    assert_eq!(events.next().await.expect("it goes on").map(|event| event.kind).as_deref(), Some("welcome"));
    let told = events.next_of("inbox").await.expect("what waits comes first").frame;
    assert_eq!(told["upsert"][0]["message"], question.as_str());
    say(&stage.bot, &path, "assistant", "I.").await;
    let told = events.next_of("inbox").await.expect("then what changes").frame;
    assert_eq!((&told["upsert"], &told["remove"]), (&json!([]), &json!([id(&path)])));
}

/// Ten agents race for each of many messages, and each is answered once.
#[tokio::test(flavor = "multi_thread")]
async fn of_ten_agents_one_answers() {
    let stage = Stage::new().await;
    let path = session(&stage.ada).await;
    let mut agents = Vec::new();
    for number in 0..10 {
        let http = stage.host.http_as("agent", &format!("bot-{number}")).await;
        let (mut link, path) = (open(&stage, &http).await, path.clone());
        link.send(&json!({"kind": "watchInbox"})).await.expect("it is sent");
        agents.push(tokio::spawn(async move {
            let mut answered = 0;
            while let Ok(frame) = link.next_of("inbox").await {
                for item in frame["upsert"].as_array().expect("items") {
                    if item["session"] != id(&path) {
                        return answered;
                    }
                    let body = json!({"id": new_id(), "type": "assistant", "content": "I.", "replyTo": item["message"]});
                    answered += usize::from(http.post(&format!("{path}/messages"), &body).await.status == 201);
                }
            }
            answered
        }));
    }
    let mut own = open(&stage, &stage.bot).await;
    own.send(&json!({"kind": "watchInbox"})).await.expect("it is sent");
    let mut inbox = Inbox::default();
    for number in 0..20 {
        let message = say(&stage.ada, &path, "user", &format!("question {number}")).await;
        inbox.until(&mut own, &[(&path, &message)]).await;
        inbox.until(&mut own, &[]).await;
    }
    let last = session(&stage.ada).await;
    say(&stage.ada, &last, "user", "Go home").await;
    let mut answered = 0;
    for agent in agents {
        answered += agent.await.expect("it ends");
    }
    assert_eq!(answered, 20);
}
