//! Commands of one frame are taken in their order, each on its own: a refused one does not stop the rest.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World, command};
use serde_json::{Value, json};

use super::{code, rename};

scenarios![commands_of_a_frame_are_taken_in_order];

fn commands_of_a_frame_are_taken_in_order(world: &mut World) {
    let (session, client) = (world.create(ADA, json!({})), world.new_id());
    let wrong = command(client, 2, json!({ "kind": "patchData", "patch": [] }));
    let frames = world.submit(ADA, session, 1, &[rename(client, 1, "One"), wrong, rename(client, 3, "Three")]);
    assert_eq!((code(&frames), &frames[0]["id"][1]), ("invalid", &json!(2)));
    let outcomes: Vec<Value> = (2..=4).map(|version| world.log(session).entry(version)["outcome"].clone()).collect();
    assert_eq!(outcomes, ["accepted", "invalid", "accepted"]);
    assert_eq!(world.read(ADA, session)["title"], "Three");
    assert_eq!(world.appends, 2, "they went as one append");
}
