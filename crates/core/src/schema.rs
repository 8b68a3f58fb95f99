//! The JSON Schema of everything that crosses a wire, out of the types themselves: TypeScript and `OpenAPI` are generated from it.

use alloc::borrow::Cow;
use alloc::string::String;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};

use crate::message::{Draft, Read};
use crate::time::Time;
use crate::{Auth, Code, Command, Context, Counters, Ended, Event, Free, Id, Limits, NewMessage, PresenceState, Present};

/// One root whose fields pull every public type into `$defs`.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct State {
    session: SessionHead,
    summary: SessionSummary,
    message: Read,
    new_message: NewMessage,
    command: Command,
    event: Event,
    code: Code,
    present: Present,
    doing: PresenceState,
    counters: Counters,
}

/// A session without its messages, as it is read. A test holds its fields equal to those that are written.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[allow(dead_code, reason = "only its schema is used")]
struct SessionHead {
    id: Id,
    app: String,
    user_id: String,
    title: Option<String>,
    created_at: Time,
    last_activity: Time,
    is_active: bool,
    version: u64,
    has_earlier: bool,
    context: Context,
    data: Free,
    auth: Auth,
    limits: Limits,
    summary: Option<String>,
    forked_from: Option<Id>,
    ended: Option<Ended>,
}

/// A row of a list of sessions.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[allow(dead_code, reason = "only its schema is used")]
struct SessionSummary {
    id: Id,
    title: Option<String>,
    preview: Option<String>,
    last_activity: Time,
    message_count: u64,
    is_active: bool,
}

impl JsonSchema for Draft {
    fn schema_name() -> Cow<'static, str> {
        Read::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        Read::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Read::json_schema(generator)
    }
}

/// The schema, as JSON text.
pub fn schema_json() -> String {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<State>();
    serde_json::to_string_pretty(&schema).expect("a schema is JSON")
}
