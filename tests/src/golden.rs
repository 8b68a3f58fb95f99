//! Golden files: where they lie, and what a log of them comes to. What they are for stands in `tests/golden.rs`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use colloq_core::{Head, Id, Replica, Session, Upstream, session_json};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::APP;

/// The sessions that are kept of schema 1.
pub const NAMES: [&str; 4] = ["talk", "streams", "fork", "import"];

/// Where the files of a schema lie.
pub fn folder(schema: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("golden/schema-{schema}"))
}

/// The session that a log makes, from nothing.
#[track_caller]
pub fn replay(log: &str) -> Session {
    let entries: Vec<&str> = log.lines().collect();
    let first: Value = serde_json::from_str(entries[0]).expect("an entry is JSON");
    let id: Id = first["events"][0]["id"].as_str().and_then(|id| id.parse().ok()).expect("the first entry creates a session");
    let mut replica: Replica<()> = Replica::new(Upstream::Host, Session::vacant(APP, id));
    replica.handle_entries(Head::ZERO, &entries).expect("the log is one");
    replica.confirmed().clone()
}

/// What a session comes to, as it is kept beside its log. The view is what people read of it.
pub fn state_of(session: &Session) -> Value {
    let view: Value = serde_json::from_str(&session_json(session, session.created_at, None)).expect("a session is JSON");
    json!({ "version": session.head.version, "chain": session.head.chain.to_string(), "digest": session.digest().to_string(), "view": view })
}

/// Every golden file, by its path below `golden`.
pub fn files() -> BTreeSet<String> {
    let folders = [0, 1].map(|schema| (schema, fs::read_dir(folder(schema)).expect("the folder is there")));
    let names = folders.into_iter().flat_map(|(schema, files)| files.map(move |file| (schema, file.expect("a file").file_name())));
    names.map(|(schema, name)| format!("schema-{schema}/{}", name.to_string_lossy())).collect()
}

/// The SHA-256 of bytes, in hex digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
