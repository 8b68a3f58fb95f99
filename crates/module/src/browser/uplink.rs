//! A session as a page holds it. Commands, frames, events and changes are texts: JavaScript's own JSON is the fastest way there and back.

use alloc::string::String;

use colloq_core::json::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::value;
use crate::uplink::{Event, Uplink};

/// A page's way to its host for one session.
#[wasm_bindgen(js_name = Uplink)]
pub struct BrowserUplink {
    uplink: Uplink,
}

#[wasm_bindgen(js_class = Uplink)]
impl BrowserUplink {
    /// A session of which nothing is known yet. `client` is the page load's id, which opens its `nth` session; `actor` who it takes itself
    /// for: `{role, id, name?}`.
    #[wasm_bindgen(constructor)]
    pub fn new(client: &str, nth: u16, session: &str, actor: &str) -> Result<BrowserUplink, JsValue> {
        let uplink = Uplink::new(value::id(client)?, value::id(session)?, value::actor(actor)?);
        Ok(Self { uplink: uplink.opened(nth) })
    }

    /// Decides a command on the view and queues it under a number; throws `{code, message}`.
    pub fn submit(&mut self, number: u32, now: f64, command: &str) -> Result<(), JsValue> {
        self.uplink.submit(number, now as u64, command).map_err(|rejection| value::thrown(&rejection))
    }

    /// A link is up, and the host says who we are.
    #[wasm_bindgen(js_name = handleWelcome)]
    pub fn handle_welcome(&mut self, actor: &str) -> Result<(), JsValue> {
        self.uplink.handle_welcome(value::actor(actor)?);
        Ok(())
    }

    /// The link is gone.
    #[wasm_bindgen(js_name = handleLost)]
    pub fn handle_lost(&mut self) {
        self.uplink.handle_lost();
    }

    /// Takes a host's frame about this session; without a link, a snapshot that was kept.
    pub fn receive(&mut self, frame: &str, now: f64) {
        self.uplink.handle_frame(frame, now as u64);
    }

    /// The next frame to send, if there is one now.
    pub fn poll(&mut self, now: f64) -> Option<String> {
        self.uplink.poll_frame(now as u64)
    }

    /// The next thing that the page has to know, as JSON: `{kind: "settled", number, version, code?, message?}`,
    /// `{kind: "closed", code, message}`, `{kind: "outdated"}`, `{kind: "relink"}`.
    pub fn event(&mut self) -> Option<String> {
        self.uplink.poll_event().map(|event| written(&event))
    }

    /// What changed in the view since the last call, as JSON.
    pub fn changes(&mut self) -> Option<String> {
        self.uplink.poll_changes()
    }

    /// When `poll` is to be called again, if nothing happens before.
    #[wasm_bindgen(getter, js_name = wakeAt)]
    pub fn wake_at(&self) -> Option<f64> {
        self.uplink.wake_at().map(|at| at as f64)
    }

    /// How many commands are not settled.
    #[wasm_bindgen(getter)]
    pub fn pending(&self) -> usize {
        self.uplink.pending()
    }

    /// Whether a command that creates the session is not settled.
    #[wasm_bindgen(getter, js_name = isCreating)]
    pub fn is_creating(&self) -> bool {
        self.uplink.is_creating()
    }

    /// Whether what the host does arrives here as it happens.
    #[wasm_bindgen(getter, js_name = isLive)]
    pub fn is_live(&self) -> bool {
        self.uplink.is_live()
    }

    /// The confirmed state as a frame, to be kept and received again; undefined while there is none.
    pub fn saved(&self) -> Option<String> {
        self.uplink.saved()
    }

    /// The pending commands of a client as a text to be kept; undefined where there are none.
    pub fn queue(&self, client: &str) -> Result<Option<String>, JsValue> {
        Ok(self.uplink.queue(value::id(client)?))
    }

    /// Takes over what another client left behind; its commands are numbered from `first` on. Returns how many there were.
    pub fn adopt(&mut self, queue: &str, first: u32) -> Result<u32, JsValue> {
        self.uplink.adopt(queue, first).map_err(|rejection| value::thrown(&rejection))
    }
}

fn written(event: &Event) -> String {
    let mut out = String::new();
    let mut object = Object::open(&mut out);
    match event {
        Event::Settled { number, version, code, message } => {
            object.text("kind", "settled").field("number", number).field("version", version);
            object.field("code", code).field("message", message);
        }
        Event::Closed { code, message } => {
            object.text("kind", "closed").field("code", code).text("message", message);
        }
        Event::Outdated => {
            object.text("kind", "outdated");
        }
        Event::Relink => {
            object.text("kind", "relink");
        }
    }
    object.close();
    out
}
