//! The JSON Schema of the core's public types, from which the TypeScript types and the OpenAPI document come.
//!
//! The core prints it (example `schema`); nothing here knows a type.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::places::Places;
use crate::progress::Did;
use crate::stamp;
use crate::tool;

/// Writes the schema beside the wasm file and into the npm package.
pub(super) fn write(places: &Places) -> Result<Did> {
    let arguments = ["run", "--quiet", "--package", "colloq-core", "--features", "schema", "--example", "schema"];
    let text = tool::capture(&mut places.cargo(&arguments))?;
    let _: Value = serde_json::from_str(&text).context("the example `schema` of colloq-core did not print JSON")?;
    stamp::write(&places.schema(), text.as_bytes())?;
    stamp::copy(&places.schema(), &places.www().join("colloq/schema.json"))?;
    Ok(Did::Work(format!("{} bytes", text.len())))
}
