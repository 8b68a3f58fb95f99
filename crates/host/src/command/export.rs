//! `colloq export`: sessions as JSON Lines, the same as by HTTP.

use bytes::Bytes;
use colloq_host::config::ExportOptions;
use colloq_host::console;
use colloq_host::engine::Op;
use colloq_host::transfer::{Backup, Reading};
use colloq_store::Archived;
use uuid::Uuid;

use super::Failure;
use super::bar::Bar;
use super::remote::segment;
use super::sink::Sink;
use super::stores::{At, Must, place};

pub(crate) async fn run(options: ExportOptions) -> Result<String, Failure> {
    let ExportOptions { file, place: at, user, app, force } = options;
    let at = place(&at, Must::Exist).await?;
    let (mut sink, bar, mut lines) = (Sink::new(&file, force).await?, Bar::open("sessions"), 0_u64);
    match at {
        At::Store(store) => {
            let mut reading = Reading::open(Bytes::from_static(console::module().unwrap_or_default()))?;
            let mut all = Backup::new(store, Some(app.into()), 0);
            while let Some(item) = all.next_item().await? {
                let Archived::Session(whole) = &item.archived else { continue };
                if user.as_ref().is_some_and(|user| **user != *whole.meta.user) {
                    continue;
                }
                let line = reading.read(&item.key, whole, whole.head().version, Op::Export).map_err(|why| {
                    let id = Uuid::from_bytes(item.key.session);
                    Failure::new("sessionDamaged", format!("session {id}: {why}"))
                })?;
                sink.write(line.trim_ascii()).await?;
                sink.write(b"\n").await?;
                lines += 1;
                bar.step(1);
                bar.bytes(sink.bytes());
            }
        }
        At::Host(host) => {
            let path = user.map_or_else(|| "/v1/export".into(), |user| format!("/v1/users/{}/export", segment(&user)));
            let mut body = host.get(&path).await?;
            while let Some(bytes) = host.next(&mut body).await? {
                let ends = bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
                sink.write(&bytes).await?;
                lines += ends;
                bar.step(ends);
                bar.bytes(sink.bytes());
            }
        }
    }
    let bytes = sink.bytes();
    sink.finish().await?;
    Ok(format!("exported {lines} sessions, {bytes} bytes, to {}", file.display()))
}
