//! A link's seat at a host, as the real one deals with frames: one after the other, each until it is answered. Between it and the engine
//! there is nothing.

use std::sync::Arc;

use bytes::Bytes;
use colloq_host::engine::{CallSpec, Engine, Identity, Link, LinkEvents, Op, Outside, Role};
use colloq_store::Head;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::ground::{Ground, News};
use super::outside::SimOutside;

/// See the module's documentation. Dropping it drops what is being dealt with, as a connection that breaks does.
pub(crate) struct Seat {
    frames: UnboundedSender<String>,
    tasks: [JoinHandle<()>; 2],
}

impl Seat {
    /// Seats a page; its welcome comes first.
    pub(crate) fn open(ground: Arc<Ground>, engine: Engine, outside: &SimOutside, identity: Identity, wire: u64) -> Self {
        let (link, events) = engine.open_link();
        let (frames, waiting) = unbounded_channel();
        link.send(frame(&welcome(&engine, &link, outside, &identity)));
        let serving = tokio::spawn(serve(engine, link, identity, waiting));
        let pumping = tokio::spawn(pump(ground, events, wire));
        Self { frames, tasks: [serving, pumping] }
    }

    /// A frame of the page.
    pub(crate) fn handle(&self, text: String) {
        let _ = self.frames.send(text);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn frame(value: &Value) -> colloq_host::engine::Frame {
    colloq_host::engine::Frame::new(value.to_string())
}

fn welcome(engine: &Engine, link: &Link, outside: &SimOutside, identity: &Identity) -> Value {
    let role = match identity.role {
        Role::User => "user",
        Role::Agent => "agent",
        Role::Operator => "operator",
    };
    json!({
        "kind": "welcome", "link": link.id, "now": outside.now_ms(), "userId": &*identity.id, "role": role, "schema": engine.schema().0,
    })
}

/// Sends on what comes out for a link.
async fn pump(ground: Arc<Ground>, mut events: LinkEvents, wire: u64) {
    loop {
        match events.next().await {
            Ok(frame) => ground.tell(News::Down { wire, frame: frame.bytes }),
            Err(why) => return ground.tell(News::Cut { wire, why }),
        }
    }
}

async fn serve(engine: Engine, link: Link, identity: Identity, mut frames: UnboundedReceiver<String>) {
    while let Some(text) = frames.recv().await {
        let Ok(read) = serde_json::from_str::<Value>(&text) else { continue };
        let Some(session) = read["session"].as_str().and_then(|id| id.parse::<Uuid>().ok()) else { continue };
        let error = match read["kind"].as_str() {
            Some("submit") => {
                let spec = CallSpec::new(&identity, session, Op::Submit, text.into());
                engine.submit(&link, spec).await.err().map(|error| error.code().to_owned())
            }
            Some("subscribe") => subscribe(&engine, &link, &identity, session, &read).await,
            _ => None,
        };
        if let Some(code) = error {
            let message = json!({ "kind": "error", "code": code, "message": "", "session": session.to_string() });
            link.send(frame(&message));
        }
    }
}

async fn subscribe(engine: &Engine, link: &Link, identity: &Identity, session: Uuid, read: &Value) -> Option<String> {
    let since = read.get("since").and_then(|since| Some(Head { version: since[0].as_u64()?, chain: unhex(since[1].as_str()?)? }));
    let head = since.map(|head| colloq_abi::Head { version: head.version, chain: head.chain });
    let spec = CallSpec::new(identity, session, Op::Subscribe { since: head }, Bytes::new());
    match engine.subscribe(link, spec, since).await {
        Ok(answer) if answer.status < 400 => None,
        Ok(answer) => {
            let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            Some(problem["code"].as_str().unwrap_or("internal").to_owned())
        }
        Err(error) => Some(error.code().to_owned()),
    }
}

/// A chain out of its text.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut chain = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (at, byte) in chain.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(chain)
}
