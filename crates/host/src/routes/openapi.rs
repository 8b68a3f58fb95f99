//! `GET /openapi.json`: the whole interface in OpenAPI 3.1, from the rows of `documented.rs`, the types of the module's schema, and the
//! table of errors. None of it is kept by hand twice.

mod bodies;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::documented::{Documented, ROUTES};
use crate::connect::Kind;
use crate::engine::Engine;
use crate::{console, reply};

/// Answers with the document.
pub(super) fn answer(engine: &Engine) -> Response {
    reply::json(StatusCode::OK, document(engine).to_string())
}

fn document(engine: &Engine) -> Value {
    let (mut paths, schemas) = (Map::new(), schemas(engine));
    for row in ROUTES {
        let path = paths.entry(row.path).or_insert_with(|| json!({"parameters": parameters(row.path)}));
        path[row.method.to_ascii_lowercase()] = operation(row, &schemas);
    }
    let frames: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "colloq",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A store for the state of conversations. Write answers carry Colloq-Version; pages are {items, nextCursor}.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "paths": paths,
        "security": [{"bearer": []}, {"cookie": []}],
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-colloq"},
            },
            "schemas": schemas,
            "responses": {"problem": {
                "description": "Why not, as RFC 9457 has it. The code never changes; its type leads to a page.",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }},
        },
        "x-frames": frames,
    })
}

fn parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})).collect()
}

fn operation(row: &Documented, schemas: &Value) -> Value {
    let id = row.path.split(['/', '-', '.', '{', '}']).filter(|word| !word.is_empty() && *word != "v1").collect::<Vec<_>>().join("_");
    let mut success = json!({"description": row.summary});
    if let Some(content) = content(row.answer, answer_schema, "") {
        success["content"] = content;
    }
    let mut operation = json!({
        "operationId": format!("{}_{id}", row.method.to_ascii_lowercase()),
        "summary": row.summary,
        "responses": {row.status.to_string(): success, "default": {"$ref": "#/components/responses/problem"}},
    });
    if let Some(content) = content(row.body, |name| bodies::schema(schemas, name), row.example) {
        operation["requestBody"] = json!({"content": content});
    }
    if is_open(row.path) {
        operation["security"] = json!([]);
    }
    operation
}

/// What needs no token.
fn is_open(path: &str) -> bool {
    !path.starts_with("/v1/") && path != "/metrics"
}

fn answer_schema(name: &str) -> Value {
    if name == "*" { json!({}) } else { json!({"$ref": format!("#/components/schemas/{name}")}) }
}

fn content(of: &str, schema: impl Fn(&str) -> Value, example: &str) -> Option<Value> {
    let (media, schema) = match of {
        "" => return None,
        "lines" => ("application/x-ndjson", json!({"description": "JSON, a line each."})),
        "events" => ("text/event-stream", json!({"type": "string"})),
        "text" => ("application/openmetrics-text", json!({"type": "string"})),
        "page" => ("text/html", json!({"type": "string"})),
        "bytes" => ("application/octet-stream", json!({"type": "string", "format": "binary"})),
        "wasm" => ("application/wasm", json!({"type": "string", "format": "binary"})),
        name => ("application/json", schema(name)),
    };
    let mut typed = json!({"schema": schema});
    if !example.is_empty() {
        typed["example"] = serde_json::from_str(example).unwrap_or_else(|_| example.into());
    }
    Some(json!({media: typed}))
}

/// The module's types under the names that the document refers to, and the host's own two.
fn schemas(engine: &Engine) -> Value {
    let text = String::from_utf8_lossy(console::schema()).replace("#/$defs/", "#/components/schemas/");
    let mut root: Value = serde_json::from_str(&text).unwrap_or_else(|_| json!({}));
    let mut all = root.as_object_mut().and_then(|root| root.remove("$defs")).unwrap_or_else(|| json!({}));
    let codes: Vec<&str> = engine.codes().collect();
    all["Session"] = json!({
        "allOf": [{"$ref": "#/components/schemas/SessionHead"}],
        "type": "object",
        "properties": {"messages": {"type": "array", "items": {"$ref": "#/components/schemas/Message"}}},
        "required": ["messages"],
    });
    all["Page"] = json!({
        "type": "object",
        "required": ["items"],
        "properties": {"items": {"type": "array", "items": {"type": "object"}}, "nextCursor": {"type": ["string", "null"]}},
    });
    all["Problem"] = json!({
        "type": "object",
        "required": ["type", "title", "status", "code", "retryable"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"enum": codes},
            "detail": {"type": "string"},
            "retryable": {"type": "boolean"},
        },
    });
    for name in ROUTES
        .iter()
        .map(|row| row.answer)
        .chain(["SessionHead", "Project", "LimitsPatch"])
        .filter(|name| name.starts_with(char::is_uppercase))
    {
        // A host without a schema at hand names the types all the same.
        if all[name].is_null() {
            all[name] = json!({"type": "object"});
        }
    }
    all
}
