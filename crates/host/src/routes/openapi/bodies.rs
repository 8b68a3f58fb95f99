//! The bodies that routes take, as schemas: those of the module's commands, without what the path says, and the host's own few.
//!
//! A key that is in none of them is refused, and so their schemas say.

use serde_json::{Value, json};

/// The schema of a body by its name in `documented.rs`: a type of `all`; with a `-` before it without the message, which the path names.
pub(super) fn schema(all: &Value, name: &str) -> Value {
    let id = json!({"type": ["string", "null"], "format": "uuid", "description": "A UUIDv7; the host gives one where it is absent."});
    let strict = |properties: Value, required: &[&str]| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    match name {
        "*" => json!({}),
        "New" => {
            let mut new = command(all, "Create", "");
            new["properties"]["id"] = id;
            new
        }
        "Change" => {
            let title = json!({"type": ["string", "null"]});
            let limits = json!({"anyOf": [{"$ref": "#/components/schemas/LimitsPatch"}, {"type": "null"}]});
            let mut change = strict(json!({"title": title, "data": {"type": ["object", "null"]}, "limits": limits}), &[]);
            change["minProperties"] = json!(1);
            change
        }
        "Fork" => strict(json!({"id": id, "through": {"type": ["string", "null"], "format": "uuid"}}), &[]),
        "Through" => strict(json!({"through": {"type": ["string", "null"], "format": "uuid"}}), &["through"]),
        "Project" => json!({"anyOf": [{"$ref": "#/components/schemas/Project"}, {"type": "null"}]}),
        "Issue" => {
            let text = json!({"type": "string"});
            strict(json!({"id": text, "title": text, "status": text}), &["title", "status"])
        }
        "Commands" => json!({
            "type": "object",
            "properties": {"commands": {"type": "array", "items": {"type": "object", "required": ["kind"]}}},
            "required": ["commands"],
        }),
        "Token" => strict(
            json!({
                "userId": {"type": "string", "minLength": 1, "maxLength": 256},
                "role": {"enum": ["user", "agent", "operator"]},
                "sessions": {"type": ["array", "null"], "items": {"type": "string", "format": "uuid"}, "maxItems": 200},
                "generation": {"type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX},
                "ttlSeconds": {"type": ["integer", "null"], "minimum": 1, "maximum": 86_400},
            }),
            &["userId"],
        ),
        name => match name.strip_prefix('-') {
            Some(name) => command(all, name, "message"),
            None => command(all, name, ""),
        },
    }
}

/// The fields of a command, but for one.
fn command(all: &Value, name: &str, but: &str) -> Value {
    let mut schema = all[name].clone();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.remove(but);
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|key| key != but);
    }
    if let Some(object) = schema.as_object_mut() {
        object.insert("additionalProperties".into(), false.into());
    }
    schema
}
