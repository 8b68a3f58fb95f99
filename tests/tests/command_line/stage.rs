//! What these tests share: running a command, sessions to move, and what stays of them.

use std::collections::BTreeMap;
use std::path::Path;

use colloq_host::transfer::{Item, Piece, read_backup};
use colloq_store::{Archived, Key};
use colloq_tests::host::{Host, Http, Place, new_id};
use serde_json::{Value, json};

/// What a command said, and how it ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// What it said, where it did what it was to do.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!((self.code, &*self.err), (Some(0), ""), "{}", self.out);
        self.out
    }

    /// What it said, where it had something to say beside.
    #[track_caller]
    pub(crate) fn done_with(self, beside: &str) -> String {
        assert!(self.code == Some(0) && self.err.contains(beside), "{:?}: {}", self.code, self.err);
        self.out
    }

    /// That it was refused, and why.
    #[track_caller]
    pub(crate) fn refused(self, code: &str) -> String {
        assert_eq!(self.code, Some(1), "{} {}", self.out, self.err);
        let said = self.err.lines().last().unwrap_or_default();
        assert!(said.starts_with(&format!("colloq: {code}: ")), "{code} is expected: {}", self.err);
        self.err
    }
}

/// Runs a command in a folder; the words stand between blanks.
pub(crate) async fn run(place: &Place, words: &str) -> Ran {
    let output = place.command().args(words.split_ascii_whitespace()).output().await.expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it says text");
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Ends a host in order, so that its file is free.
pub(crate) async fn stop(host: Host) {
    host.assert_unbroken();
    host.terminate().await;
    assert!(host.ended().await.success());
}

pub(crate) async fn create(http: &Http, user: &str) -> String {
    let created = http.post("/v1/sessions", &json!({"userId": user, "title": format!("of {user}")})).await.expect(201);
    created["id"].as_str().expect("an id").to_owned()
}

pub(crate) async fn say(http: &Http, session: &str, content: &str) {
    let message = json!({"type": "user", "content": content});
    http.post(&format!("/v1/sessions/{session}/messages"), &message).await.expect(201);
}

pub(crate) async fn read(http: &Http, session: &str) -> Value {
    http.get(&format!("/v1/sessions/{session}")).await.expect(200)
}

pub(crate) fn contents(session: &Value) -> Vec<String> {
    let messages = session["messages"].as_array().expect("messages");
    messages.iter().map(|message| message["content"].as_str().expect("a text").to_owned()).collect()
}

/// Sessions of all kinds: short and long, ended, with private values, and one that was erased. Answers the ids of those that are there,
/// and of the last.
pub(crate) async fn talks(http: &Http) -> (Vec<String>, String) {
    let mut sessions = Vec::new();
    for nth in 0..12 {
        let session = create(http, ["ada", "bob", "eve \u{e9}/"][nth % 3]).await;
        for line in 0..nth * nth / 3 {
            say(http, &session, &format!("{nth}.{line} \u{65e5}\u{672c}\"\n\u{1f44d}")).await;
        }
        sessions.push(session);
    }
    // Long enough for a snapshot, and for the oldest entries to go.
    for line in 0..700 {
        say(http, &sessions[0], &format!("line {line}")).await;
    }
    http.send("PUT", &format!("/v1/sessions/{}/private/handle", sessions[1]), &[("content-type", "application/json")], "{\"a\":1}")
        .await
        .expect("an answer comes");
    http.post(&format!("/v1/sessions/{}/end", sessions[2]), &json!({})).await.expect(200);
    let gone = create(http, "ada").await;
    let erased = http.send("DELETE", &format!("/v1/sessions/{gone}"), &[], "").await.expect("an answer comes");
    assert_eq!(erased.status, 204);
    (sessions, gone)
}

/// Everything that a host shows of some sessions.
pub(crate) async fn shown(http: &Http, sessions: &[String]) -> Vec<Value> {
    let mut all = Vec::new();
    for session in sessions {
        let private = http.get(&format!("/v1/sessions/{session}/private/handle")).await;
        all.push(json!([read(http, session).await, private.status, String::from_utf8_lossy(&private.body)]));
    }
    all
}

/// What a backup holds.
pub(crate) async fn items(path: &Path) -> BTreeMap<Key, Archived> {
    let (mut file, mut items) = (read_backup(path).await.expect("it is there"), BTreeMap::new());
    while let Some(piece) = file.next().await.expect("it is whole") {
        if let Piece::Item(Item { key, archived }) = piece {
            assert!(items.insert(key, archived).is_none(), "no session is there twice");
        }
    }
    items
}

/// Lines of an export, many of them, with ids of their own.
pub(crate) async fn many_lines(http: &Http, count: usize) -> String {
    let session = create(http, "ada").await;
    for line in 0..5 {
        say(http, &session, &format!("line {line}")).await;
    }
    let export = http.get("/v1/users/ada/export").await;
    let text = String::from_utf8(export.body.to_vec()).expect("it is text");
    let line = text.lines().find(|line| line.contains(&session)).expect("it is exported");
    (0..count).map(|_| line.replace(&session, &new_id()) + "\n").collect()
}
