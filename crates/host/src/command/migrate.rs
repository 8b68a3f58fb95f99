//! `colloq migrate`: everything out of one store into another, session by session, as it is kept; and the end of a change of schema.
//!
//! What was moved already is found to be there, so a migration that was interrupted is begun again; one that hosts went on writing under
//! is, too, and fetches what came since. At the end both stores are compared head by head.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use colloq_host::config::MigrateOptions;
use colloq_host::console;
use colloq_host::transfer::{Backup, Mode, Reading, Report, restore_item};
use colloq_store::{Archive, Key, Walk};
use uuid::Uuid;

use super::Failure;
use super::bar::Bar;
use super::stores::{Must, open};

pub(crate) async fn run(options: MigrateOptions) -> Result<String, Failure> {
    let MigrateOptions { from, to, finish, force } = options;
    let mut said = Vec::new();
    let into = match &from {
        Some(from) if *from == to => return Err(Failure::new("badStore", "both are the same store")),
        Some(from) => {
            let (source, into) = (open(from, Must::Exist).await?, open(&to, Must::MayBegin).await?);
            said.push(move_all(&source, &into, force).await?);
            into
        }
        None => open(&to, Must::Exist).await?,
    };
    if finish {
        let schema = Reading::open(Bytes::from_static(console::module().unwrap_or_default()))?.schema();
        let is = into.raise_schema_min(schema).await?;
        said.push(format!("hosts of that store write schema {is} from now on, and only hosts that know it serve it"));
    }
    Ok(said.join("; "))
}

async fn move_all(from: &Arc<dyn Archive>, into: &Arc<dyn Archive>, force: bool) -> Result<String, Failure> {
    let keys = keys(from).await?;
    if !force {
        refuse_others(into, &keys).await?;
    }
    let schema_min = from.schema_min().await?;
    if schema_min > 0 {
        into.raise_schema_min(schema_min).await?;
    }
    let (mut report, bar) = (Report::default(), Bar::of("sessions moved", keys.len() as u64));
    let mut all = Backup::new(Arc::clone(from), None, 0);
    while let Some(item) = all.next_item().await? {
        restore_item(into, item, Mode::Continue, &mut report).await?;
        bar.step(1);
    }
    into.flush().await?;
    drop(bar);
    let differing = compare(from, into).await?;
    let Report { restored, same, replaced, left } = &report;
    let said = format!("moved {restored} sessions, {} went on, {same} were there already", replaced.len());
    match differing.first() {
        None => Ok(format!("{said}; both stores have the same heads")),
        Some(key) => {
            let id = Uuid::from_bytes(key.session);
            let why = left.iter().find(|left| left.key == *key).map_or("changedMeanwhile", |left| left.why.code());
            Err(Failure::new(
                "storesDiffer",
                format!(
                    "{said}; {} sessions differ, such as {id} of app {}: {why}. Stop the hosts and begin again to fetch what came since",
                    differing.len(),
                    key.app
                ),
            ))
        }
    }
}

async fn keys(store: &Arc<dyn Archive>) -> Result<HashSet<Key>, Failure> {
    let (mut walk, mut keys, bar) = (Walk::new(Arc::clone(store)), HashSet::new(), Bar::open("sessions found"));
    while let Some(key) = walk.next().await? {
        keys.insert(key);
        bar.step(1);
    }
    Ok(keys)
}

/// A store with sessions that the other does not have is not the one that everything is to come into.
async fn refuse_others(into: &Arc<dyn Archive>, keys: &HashSet<Key>) -> Result<(), Failure> {
    let others: Vec<Key> = self::keys(into).await?.into_iter().filter(|key| !keys.contains(key)).collect();
    let Some(first) = others.first() else { return Ok(()) };
    let id = Uuid::from_bytes(first.session);
    let count = others.len();
    let why = format!("the store holds {count} sessions of its own, such as {id}; --force moves the others beside them nevertheless");
    Err(Failure::new("storeNotEmpty", why))
}

/// The sessions of one store that the other does not have at the same head.
async fn compare(from: &Arc<dyn Archive>, into: &Arc<dyn Archive>) -> Result<Vec<Key>, Failure> {
    let (mut walk, mut differing, bar) = (Walk::new(Arc::clone(from)), Vec::new(), Bar::open("sessions compared"));
    while let Some(key) = walk.next().await? {
        if from.head(&key).await? != into.head(&key).await? {
            differing.push(key);
        }
        bar.step(1);
    }
    Ok(differing)
}
