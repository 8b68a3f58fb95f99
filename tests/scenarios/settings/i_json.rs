//! Data is I-JSON, at most 64 deep: duplicate keys, lone surrogates and numbers beyond 2^53 are refused; whole numbers are integers.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::patch;

scenarios![data_is_i_json];

fn data_is_i_json(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let deep = format!("{}1{}", r#"{"a":"#.repeat(65), "}".repeat(65));
    for data in [r#"{"a":1,"a":2}"#, r#"{"a":{"b":1,"b":1}}"#, r#"{"a":9007199254740993}"#, r#"{"a":1e300}"#, r#"{"a":"\ud800"}"#, &deep] {
        patch(world, session, format!(r#"{{"data":{data}}}"#)).refused("malformed");
    }
    patch(world, session, json!({ "data": [1] })).invalid("/data", "object");
    assert_eq!(world.log(session).entries.len(), 1);
    let allowed = format!("{}1{}", r#"{"a":"#.repeat(64), "}".repeat(64));
    patch(world, session, format!(r#"{{"data":{allowed}}}"#)).is(200);
    let data = patch(world, session, r#"{"data":{"a":9007199254740992,"b":1.0,"c":-0}}"#).is(200)["data"].to_string();
    assert_eq!(data, r#"{"a":9007199254740992,"b":1,"c":0}"#);
}
