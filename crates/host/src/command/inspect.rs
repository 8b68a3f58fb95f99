//! `colloq inspect`: what is kept, as JSON, out of a store, a running host or a backup. Each log is checked as a host would check it when
//! it loads it; nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use colloq_host::clock::rfc3339;
use colloq_host::config::InspectOptions;
use colloq_host::console;
use colloq_host::engine::Op;
use colloq_host::transfer::{Backup, Decoder, Item, Piece, Reading, read_backup};
use colloq_store::{Archived, Head, Whole};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::bar::Bar;
use super::stores::{At, Must, place};
use super::{Failure, session};

/// All that is kept, counted.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Totals {
    sessions: u64,
    tombstones: u64,
    entries: u64,
    bytes: u64,
    schema_min: u32,
    apps: BTreeMap<String, AppTotals>,
    damaged: Vec<Damage>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct AppTotals {
    sessions: u64,
    entries: u64,
    bytes: u64,
    users: usize,
    #[serde(skip)]
    seen: BTreeSet<String>,
}

#[derive(Serialize)]
struct Damage {
    app: String,
    session: Uuid,
    why: String,
}

/// One session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    app: String,
    session: Uuid,
    user: String,
    head: Place,
    /// The version below the first entry that is kept.
    floor: u64,
    snapshot: Option<Place>,
    last_activity: String,
    deadline: Option<String>,
    unanswered: Option<Uuid>,
    privates: Vec<String>,
    verified: Verified,
    state: Option<Box<RawValue>>,
    entries: Vec<Logged>,
}

#[derive(Serialize)]
struct Place {
    version: u64,
    chain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
}

/// From where to where the chain was followed, or what is wrong.
#[derive(Serialize)]
#[serde(untagged)]
enum Verified {
    Range { from: u64, to: u64 },
    Damaged { damaged: String },
}

#[derive(Serialize)]
struct Logged {
    version: u64,
    chain: String,
    bytes: usize,
    entry: Box<RawValue>,
}

pub(crate) async fn run(options: InspectOptions) -> Result<String, Failure> {
    let mut reading = Reading::open(Bytes::from_static(console::module().unwrap_or_default()))?;
    if let Some(id) = options.session {
        let item = one(&options, id).await?.ok_or_else(|| session::missing(&options.app, id))?;
        let (json, damage) = match &item.archived {
            Archived::Erased { at_ms } => {
                (serde_json::json!({"app": options.app, "session": id, "erased": rfc3339(*at_ms)}).to_string(), None)
            }
            Archived::Session(whole) => show(&mut reading, &item, whole)?,
        };
        return match damage {
            None => Ok(json),
            Some(why) => {
                println!("{json}");
                Err(Failure::new("sessionDamaged", format!("session {id}: {why}")))
            }
        };
    }
    let totals = total(&options, &mut reading).await?;
    let json = serde_json::to_string_pretty(&totals).map_err(|error| Failure::new("output", error.to_string()))?;
    if totals.damaged.is_empty() {
        return Ok(json);
    }
    println!("{json}");
    Err(Failure::new("storeDamaged", format!("{} sessions are damaged", totals.damaged.len())))
}

async fn one(options: &InspectOptions, id: Uuid) -> Result<Option<Item>, Failure> {
    let key = session::key(&options.app, id);
    if let Some(path) = &options.backup {
        return session::in_backup(path, &key).await;
    }
    match place(&options.place, Must::Exist).await? {
        At::Store(store) => Ok(store.whole(&key).await?.map(|archived| Item { key, archived })),
        At::Host(host) => {
            let mut body = host.get(&format!("/v1/backup?session={id}")).await?;
            let mut decoder = Decoder::default();
            while let Some(bytes) = host.next(&mut body).await? {
                decoder.feed(&bytes);
            }
            while let Some(piece) = decoder.next_piece().map_err(|error| Failure::new("brokenOff", error.to_string()))? {
                if let Piece::Item(item) = piece {
                    return Ok(Some(item));
                }
            }
            Ok(None)
        }
    }
}

async fn total(options: &InspectOptions, reading: &mut Reading) -> Result<Totals, Failure> {
    let (mut totals, bar) = (Totals::default(), Bar::open("sessions"));
    let mut take = |totals: &mut Totals, item: &Item| {
        totals.add(item, reading);
        bar.step(1);
    };
    if let Some(path) = &options.backup {
        let mut file = read_backup(path).await.map_err(|error| Failure::of_file(path, &error))?;
        while let Some(piece) = file.next().await.map_err(|error| Failure::of_backup(path, &error))? {
            match piece {
                Piece::Item(item) => take(&mut totals, &item),
                Piece::Header(header) => totals.schema_min = header.schema_min,
                Piece::End(_) => {}
            }
        }
        return Ok(totals);
    }
    match place(&options.place, Must::Exist).await? {
        At::Store(store) => {
            totals.schema_min = store.schema_min().await?;
            let mut all = Backup::new(store, None, 0);
            while let Some(item) = all.next_item().await? {
                take(&mut totals, &item);
            }
        }
        At::Host(host) => {
            let (mut body, mut decoder) = (host.get("/v1/backup").await?, Decoder::default());
            let broken = |error: colloq_host::transfer::BadBackup| Failure::new("brokenOff", error.to_string());
            while let Some(bytes) = host.next(&mut body).await? {
                decoder.feed(&bytes);
                while let Some(piece) = decoder.next_piece().map_err(broken)? {
                    match piece {
                        Piece::Item(item) => take(&mut totals, &item),
                        Piece::Header(header) => totals.schema_min = header.schema_min,
                        Piece::End(_) => {}
                    }
                }
            }
            decoder.finish().map_err(broken)?;
        }
    }
    Ok(totals)
}

impl Totals {
    fn add(&mut self, item: &Item, reading: &mut Reading) {
        let Archived::Session(whole) = &item.archived else {
            self.tombstones += 1;
            return;
        };
        let bytes = whole.records.iter().map(|record| record.bytes.len() as u64).sum::<u64>();
        let entries = whole.records.len() as u64;
        let app = self.apps.entry(item.key.app.to_string()).or_default();
        app.seen.insert(whole.meta.user.to_string());
        (app.sessions, app.entries, app.bytes, app.users) = (app.sessions + 1, app.entries + entries, app.bytes + bytes, app.seen.len());
        (self.sessions, self.entries, self.bytes) = (self.sessions + 1, self.entries + entries, self.bytes + bytes);
        if let Err(why) = reading.check(&item.key, whole) {
            let session = Uuid::from_bytes(item.key.session);
            self.damaged.push(Damage { app: item.key.app.to_string(), session, why: why.to_string() });
        }
    }
}

/// A session as JSON, and what is wrong with it.
fn show(reading: &mut Reading, item: &Item, whole: &Whole) -> Result<(String, Option<String>), Failure> {
    let head = whole.head();
    let state = reading.read(&item.key, whole, head.version, Op::Read { messages: None });
    let damage = state.as_ref().err().map(ToString::to_string);
    let from = if whole.floor() == 0 { 0 } else { whole.snapshot.as_ref().map_or(0, |snapshot| snapshot.head.version) };
    let verified = damage.clone().map_or(Verified::Range { from, to: head.version }, |damaged| Verified::Damaged { damaged });
    let entries = whole.records.iter().map(|record| Logged {
        version: record.head.version,
        chain: hex(&record.head),
        bytes: record.bytes.len(),
        entry: raw(&record.bytes),
    });
    let meta = &whole.meta;
    let shown = Shown {
        app: item.key.app.to_string(),
        session: Uuid::from_bytes(item.key.session),
        user: meta.user.to_string(),
        head: Place { version: head.version, chain: hex(&head), bytes: None },
        floor: whole.floor(),
        snapshot: whole.snapshot.as_ref().map(|snapshot| Place {
            version: snapshot.head.version,
            chain: hex(&snapshot.head),
            bytes: Some(snapshot.bytes.len()),
        }),
        last_activity: rfc3339(meta.active_ms),
        deadline: meta.deadline_ms.map(rfc3339),
        unanswered: meta.unanswered.map(|unanswered| Uuid::from_bytes(unanswered.message)),
        // Values are secrets of agents and operators; a name is enough to look for one.
        privates: whole.privates.iter().map(|(name, _)| name.clone()).collect(),
        verified,
        state: state.ok().map(|state| raw(&state)),
        entries: entries.collect(),
    };
    let json = serde_json::to_string_pretty(&shown).map_err(|error| Failure::new("output", error.to_string()))?;
    Ok((json, damage))
}

/// Bytes that are JSON as they are, others as a text.
fn raw(bytes: &[u8]) -> Box<RawValue> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    RawValue::from_string(text.clone()).unwrap_or_else(|_| {
        let quoted = serde_json::to_string(&text).expect("a text is JSON");
        RawValue::from_string(quoted).expect("a quoted text is JSON")
    })
}

fn hex(head: &Head) -> String {
    head.chain.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
