//! Title, data and limits of a session: what a `PATCH` changes.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, Answer, OPS, World};
use serde_json::json;

scenarios![
    a_session_is_renamed,
    data_is_changed_by_a_merge_patch,
    data_is_i_json,
    data_has_a_size,
    limits_may_only_be_lowered,
    an_operator_raises_limits,
    a_patch_is_one_entry,
    a_write_may_name_the_version_it_is_for,
];

fn patch(world: &mut World, session: Id, body: impl ToString) -> Answer {
    world.post(ADA, session, Op::Update, body)
}

fn a_session_is_renamed(world: &mut World) {
    let session = world.create(ADA, json!({}));
    assert_eq!(patch(world, session, json!({ "title": "Plans" })).is(200)["title"], "Plans");
    patch(world, session, json!({ "title": "x".repeat(1025) })).invalid("/title", "tooLong");
    assert_eq!(patch(world, session, json!({ "title": null })).is(200).get("title"), None);
    patch(world, session, json!({})).refused("malformed");
}

fn data_is_changed_by_a_merge_patch(world: &mut World) {
    let session = world.create(ADA, json!({ "data": { "a": { "b": 1, "c": 2 }, "list": [1, 2] } }));
    let data = patch(world, session, json!({ "data": { "a": { "b": null, "d": 3 }, "list": [9], "new": true } })).is(200)["data"].clone();
    assert_eq!(data, json!({ "a": { "c": 2, "d": 3 }, "list": [9], "new": true }));
    let data = patch(world, session, json!({ "data": { "a": null } })).is(200)["data"].clone();
    assert_eq!(data, json!({ "list": [9], "new": true }));
}

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

fn data_has_a_size(world: &mut World) {
    let session = world.create(ADA, json!({}));
    patch(world, session, json!({ "data": { "a": "x".repeat(200_000) } })).is(200);
    patch(world, session, json!({ "data": { "b": "x".repeat(100_000) } })).refused("tooLarge");
    patch(world, session, json!({ "data": { "a": null, "b": "x".repeat(100_000) } })).is(200);
}

fn limits_may_only_be_lowered(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let limits = patch(world, session, json!({ "limits": { "maxMessages": 100, "idleMs": 1000 } })).is(200)["limits"].clone();
    assert_eq!((&limits["maxMessages"], &limits["idleMs"]), (&json!(100), &json!(1000)));
    patch(world, session, json!({ "limits": { "maxMessages": 101 } })).refused("forbidden");
    patch(world, session, json!({ "limits": { "idleMs": null } })).refused("forbidden");
    patch(world, session, json!({ "limits": { "maxContentBytes": 1 } })).invalid("/limits/maxContentBytes", "range");
    assert_eq!(world.read(ADA, session)["limits"], limits);
}

fn an_operator_raises_limits(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let raised = json!({ "limits": { "maxMessages": 1000, "absoluteMs": null } });
    let limits = world.post(OPS, session, Op::Update, raised).is(200)["limits"].clone();
    assert_eq!((&limits["maxMessages"], &limits["absoluteMs"]), (&json!(1000), &json!(null)));
    world.post(OPS, session, Op::Update, json!({ "limits": { "maxMessages": 1_000_000 } })).invalid("/limits/maxMessages", "range");
}

fn a_patch_is_one_entry(world: &mut World) {
    let session = world.create(ADA, json!({}));
    patch(world, session, json!({ "title": "T", "data": { "a": 1 }, "limits": { "maxMessages": 9 } })).is(200);
    assert_eq!(world.log(session).events(2), ["renamed", "dataPatched", "limitsSet"]);
    // All or none.
    patch(world, session, json!({ "title": "U", "limits": { "maxMessages": 99 } })).refused("forbidden");
    assert_eq!(world.read(ADA, session)["title"], "T");
}

fn a_write_may_name_the_version_it_is_for(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let stale = world.send_if(ADA, session, Some(2), Op::Update, json!({ "title": "T" }));
    world.answer(stale).refused("versionMismatch");
    let fresh = world.send_if(ADA, session, Some(1), Op::Update, json!({ "title": "T" }));
    assert_eq!(world.answer(fresh).is(200)["version"], 2);
    // And a read one that it has already.
    let known = world.send_if(ADA, session, Some(2), Op::Read { messages: None }, "");
    assert_eq!(world.answer(known).is(304), json!(null));
}
