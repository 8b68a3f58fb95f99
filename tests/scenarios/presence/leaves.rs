//! A link that is gone is there no more; whoever is left is told. Where it never was, all is as it is.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

use super::present;

scenarios![a_link_that_is_gone_is_there_no_more];

fn a_link_that_is_gone_is_there_no_more(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let other = world.create(ADA, json!({}));
    present(world, ADA, session, 1, json!({})).is(200);
    present(world, BOT, session, 2, json!({})).is(200);
    let same = world.unlink(session, 3).expect("a frame").is(200);
    assert_eq!(same["links"].as_array().map(Vec::len), Some(2));
    let nobody = world.unlink(other, 1).expect("a frame").is(200);
    assert_eq!(nobody["links"], json!([]));
    let left = world.unlink(session, 1).expect("a frame").is(200);
    assert_eq!((left["links"].as_array().map(Vec::len), &left["links"][0]["link"]), (Some(1), &json!(2)));
    let left = world.unlink(session, 2).expect("a frame").is(200);
    assert_eq!(left["links"], json!([]));
    let missing = world.new_id();
    assert_eq!(world.unlink(missing, 1), None);
}
