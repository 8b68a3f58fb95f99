//! Messages are read in pages, newest first, by the cursor of the page before; a cursor that nobody gave out is refused. A read may
//! ask for the last few alone.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::contents;

scenarios![messages_come_in_pages];

fn messages_come_in_pages(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let ids: Vec<String> = (0..5).map(|n| world.say(ADA, session, &format!("m{n}"))).collect();
    let mut before: Option<String> = None;
    let mut pages = Vec::new();
    loop {
        let page = world.post(ADA, session, Op::ListMessages { before: before.as_deref(), limit: 2 }, "").is(200);
        let items = page["items"].as_array().expect("a page has items").clone();
        pages.push(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>());
        let Some(next) = page["nextCursor"].as_str() else { break };
        before = Some(next.to_owned());
    }
    assert_eq!(pages, [vec![ids[4].clone(), ids[3].clone()], vec![ids[2].clone(), ids[1].clone()], vec![ids[0].clone()]]);
    let unknown = Op::ListMessages { before: Some("nothing"), limit: 2 };
    world.post(ADA, session, unknown, "").invalid("/cursor", "unknown");
    let last = world.post(ADA, session, Op::Read { messages: Some(2) }, "").is(200);
    assert_eq!(contents(&last), ["m3", "m4"]);
}
