//! What the talk is about: the active project, recent issues, preferences.

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::{Value, json};

scenarios![
    a_project_is_set_and_cleared,
    recent_issues_come_newest_first,
    no_two_issues_are_alike,
    at_most_twenty_issues_stay,
    an_issue_is_removed,
    preferences_change_one_by_one,
];

fn record(world: &mut World, session: Id, id: &str, status: &str) -> Value {
    world.post(ADA, session, Op::RecordIssue(id), json!({ "title": format!("About {id}"), "status": status })).is(200)
}

fn ids(context: &Value) -> Vec<String> {
    let issues = context["recentIssues"].as_array().expect("a context has issues");
    issues.iter().map(|issue| issue["id"].as_str().expect("an id").to_owned()).collect()
}

fn a_project_is_set_and_cleared(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let project = json!({ "id": "p1", "name": "Colloquy", "type": "linear" });
    let context = world.post(ADA, session, Op::SetProject, &project).is(200);
    assert_eq!(context["activeProject"], project);
    assert_eq!(world.read(ADA, session)["context"], context);
    world.post(ADA, session, Op::SetProject, json!({ "id": "", "name": "n", "type": "linear" })).invalid("/project", "text");
    let context = world.post(ADA, session, Op::SetProject, "null").is(200);
    assert_eq!(context.get("activeProject"), None);
}

fn recent_issues_come_newest_first(world: &mut World) {
    let session = world.create(ADA, json!({}));
    record(world, session, "LIN-1", "open");
    let context = record(world, session, "LIN-2", "open");
    assert_eq!(context["recentIssues"][0], json!({ "id": "LIN-2", "title": "About LIN-2", "status": "open" }));
    assert_eq!(ids(&context), ["LIN-2", "LIN-1"]);
    let other = json!({ "id": "LIN-4", "title": "t", "status": "s" });
    world.post(ADA, session, Op::RecordIssue("LIN-3"), other).invalid("/id", "mismatch");
}

fn no_two_issues_are_alike(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for id in ["LIN-1", "LIN-2", "LIN-3"] {
        record(world, session, id, "open");
    }
    let context = record(world, session, "LIN-1", "done");
    assert_eq!(ids(&context), ["LIN-1", "LIN-3", "LIN-2"]);
    assert_eq!(context["recentIssues"][0]["status"], "done");
}

fn at_most_twenty_issues_stay(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for n in 1..=21 {
        record(world, session, &format!("LIN-{n}"), "open");
    }
    let read = world.read(ADA, session);
    let ids = ids(&read["context"]);
    assert_eq!((ids.len(), &*ids[0], &*ids[19]), (20, "LIN-21", "LIN-2"));
}

fn an_issue_is_removed(world: &mut World) {
    let session = world.create(ADA, json!({}));
    record(world, session, "LIN-1", "open");
    record(world, session, "LIN-2", "open");
    let context = world.post(ADA, session, Op::RemoveIssue("LIN-2"), "").is(200);
    assert_eq!(ids(&context), ["LIN-1"]);
    // To remove what is not there changes nothing.
    assert_eq!(world.post(ADA, session, Op::RemoveIssue("LIN-9"), "").is(200), context);
}

fn preferences_change_one_by_one(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let context = world.post(ADA, session, Op::SetPreferences, json!({ "language": "fr" })).is(200);
    assert_eq!(context["userPreferences"], json!({ "language": "fr", "responseFormat": "brief" }));
    let context = world.post(ADA, session, Op::SetPreferences, json!({ "responseFormat": "detailed" })).is(200);
    assert_eq!(context["userPreferences"], json!({ "language": "fr", "responseFormat": "detailed" }));
    world.post(ADA, session, Op::SetPreferences, json!({ "language": "" })).invalid("/preferences/language", "text");
    world.post(ADA, session, Op::SetPreferences, json!({ "responseFormat": "loud" })).refused("malformed");
}
