//! The JSON Schema of everything that crosses a wire, out of the types themselves: TypeScript and `OpenAPI` are generated from it.

use alloc::string::String;

use schemars::{JsonSchema, generate::SchemaSettings};

use crate::view::{SessionHead, SessionSummary};
use crate::{Code, Command, Event, NewMessage};

/// One root whose fields pull every public type into `$defs`.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct State<'a> {
    session: SessionHead<'a>,
    summary: SessionSummary<'a>,
    message: crate::message::Wire<'a>,
    new_message: NewMessage,
    command: Command,
    event: Event,
    code: Code,
}

/// The schema, as JSON text.
pub fn schema_json() -> String {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<State<'_>>();
    serde_json::to_string_pretty(&schema).expect("a schema is JSON")
}
