//! What the talk is about: the active project, recent issues, preferences.

mod at_most_twenty;
mod newest_first;
mod no_two_alike;
mod preferences;
mod project;
mod removed;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::world::{ADA, World};
use serde_json::{Value, json};

fn record(world: &mut World, session: Id, id: &str, status: &str) -> Value {
    world.post(ADA, session, Op::RecordIssue(id), json!({ "title": format!("About {id}"), "status": status })).is(200)
}

fn ids(context: &Value) -> Vec<String> {
    let issues = context["recentIssues"].as_array().expect("a context has issues");
    issues.iter().map(|issue| issue["id"].as_str().expect("an id").to_owned()).collect()
}
