//! Real conversations through the real binary: by HTTP and by WebSocket, read back, and read back again after a kill and a restart.
//!
//! Limits are as they are by default, so of a conversation of more than 500 messages the newest 500 are there; that is what is compared.

use std::sync::Arc;

use colloq_tests::host::{Conversation, Host, Http, Line, Link, Place, conversations, new_id, said};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// The messages of a session that stay, by default.
const MESSAGES_MAX: usize = 500;
/// The conversations that are written at the same time.
const WRITERS: usize = 24;
/// The commands that an SDK has unacknowledged at most.
const UNACKNOWLEDGED_MAX: usize = 64;
/// The bytes of text that go into one frame, which may have 64 KiB.
const FRAME_BYTES: usize = 32 << 10;

/// What has to be there of a conversation.
fn kept(conversation: &Conversation) -> &[Line] {
    let lines = &conversation.lines;
    &lines[lines.len().saturating_sub(MESSAGES_MAX)..]
}

/// Runs a job for every conversation, a few at a time; gives what came of each, in the corpus' order.
async fn for_each<F, R>(corpus: &Arc<Vec<Conversation>>, job: impl Fn(usize) -> F) -> Vec<R>
where
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    let mut running = JoinSet::new();
    let mut results: Vec<Option<R>> = corpus.iter().map(|_| None).collect();
    for nth in 0..corpus.len() {
        if running.len() == WRITERS {
            let (at, result) = running.join_next().await.expect("one runs").expect("it does not panic");
            results[at] = Some(result);
        }
        let work = job(nth);
        running.spawn(async move { (nth, work.await) });
    }
    while let Some(done) = running.join_next().await {
        let (at, result) = done.expect("it does not panic");
        results[at] = Some(result);
    }
    results.into_iter().map(|result| result.expect("each was done")).collect()
}

/// Reads every session and compares it with its conversation.
async fn compare(host: &Host, corpus: &Arc<Vec<Conversation>>, sessions: &[String]) {
    let reader = host.http_as("user", "reader").await;
    for (conversation, session) in corpus.iter().zip(sessions) {
        let read = reader.get(&format!("/v1/sessions/{session}")).await.expect(200);
        assert_eq!(read["userId"], "reader");
        assert!(said(&read) == kept(conversation), "{session} differs from what was written");
        assert_eq!(read["version"], json!(conversation.lines.len() + 1), "one entry a message, after the one that creates");
    }
}

async fn write_by_http(user: &Http, agent: &Http, lines: &[Line]) -> String {
    let session = user.post("/v1/sessions", &json!({})).await.expect(201)["id"].as_str().expect("an id").to_owned();
    for (nth, line) in lines.iter().enumerate() {
        let writer = if line.kind == "user" { user } else { agent };
        let body = json!({"type": line.kind, "content": line.content});
        let written = writer.post(&format!("/v1/sessions/{session}/messages"), &body).await;
        assert_eq!(written.expect(201)["content"], line.content.as_str());
        assert_eq!(written.version(), nth as u64 + 2);
    }
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_written_by_http_read_back_equal() {
    let (place, corpus) = (Place::new(), Arc::new(conversations()));
    let host = place.start().await;
    let (user, agent) = (host.http_as("user", "reader").await, host.http_as("agent", "assistant").await);
    let sessions = for_each(&corpus, |nth| {
        let (corpus, user, agent) = (Arc::clone(&corpus), user.clone(), agent.clone());
        async move { write_by_http(&user, &agent, &corpus[nth].lines).await }
    })
    .await;
    compare(&host, &corpus, &sessions).await;
    host.assert_unbroken();
    host.kill().await;
    let host = place.start().await;
    compare(&host, &corpus, &sessions).await;
    host.assert_unbroken();
}

/// Somebody at a link, who writes into one session and waits for what they wrote.
struct Writer {
    link: Link,
    client: String,
    last_seq: u64,
}

impl Writer {
    async fn open(host: std::net::SocketAddr, token: &str) -> Self {
        let client = new_id();
        let link = Link::open(host, Some(token), &client).await.expect("a link");
        Self { link, client, last_seq: 0 }
    }

    /// Submits commands in one frame and waits until the last one's entry is there.
    async fn submit(&mut self, session: &str, commands: Vec<Value>) {
        let mut named = Vec::new();
        for mut command in commands {
            self.last_seq += 1;
            command["id"] = json!([self.client, self.last_seq]);
            named.push(command);
        }
        let frame = json!({"kind": "submit", "session": session, "base": 0, "commands": named});
        self.link.send(&frame).await.expect("it is sent");
        let last = json!([self.client, self.last_seq]);
        loop {
            let frame = self.link.next_of("entries").await.expect("what was submitted is accepted");
            let entries = frame["entries"].as_array().expect("entries");
            assert!(entries.iter().all(|entry| entry["outcome"] == "accepted"), "{frame}");
            if entries.iter().any(|entry| entry["command"] == last) {
                return;
            }
        }
    }
}

/// Runs of messages of one type, each small enough for a frame.
fn runs(lines: &[Line]) -> Vec<&[Line]> {
    let mut runs = Vec::new();
    let mut start = 0;
    for end in 1..=lines.len() {
        let bytes: usize = lines[start..end].iter().map(|line| line.content.len()).sum();
        if end == lines.len() || lines[end].kind != lines[start].kind || end - start == UNACKNOWLEDGED_MAX || bytes > FRAME_BYTES {
            runs.push(&lines[start..end]);
            start = end;
        }
    }
    runs
}

async fn write_by_link(host: std::net::SocketAddr, tokens: Arc<(String, String)>, lines: &[Line]) -> String {
    let session = new_id();
    let (mut user, mut agent) = (Writer::open(host, &tokens.0).await, Writer::open(host, &tokens.1).await);
    user.submit(&session, vec![json!({"kind": "create"})]).await;
    for run in runs(lines) {
        let append = |line: &Line| {
            let message = json!({"id": new_id(), "type": line.kind, "content": line.content});
            json!({"kind": "appendMessage", "message": message})
        };
        let writer = if run[0].kind == "user" { &mut user } else { &mut agent };
        writer.submit(&session, run.iter().map(append).collect()).await;
    }
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_written_by_links_read_back_equal() {
    let (place, corpus) = (Place::new(), Arc::new(conversations()));
    let host = place.start().await;
    let http = host.http();
    let tokens = Arc::new((http.token("user", "reader").await, http.token("agent", "assistant").await));
    let address = host.address;
    let sessions = for_each(&corpus, |nth| {
        let (corpus, tokens) = (Arc::clone(&corpus), Arc::clone(&tokens));
        async move { write_by_link(address, tokens, &corpus[nth].lines).await }
    })
    .await;
    compare(&host, &corpus, &sessions).await;
    host.assert_unbroken();
    host.kill().await;
    let host = place.start().await;
    compare(&host, &corpus, &sessions).await;
    host.assert_unbroken();
}
