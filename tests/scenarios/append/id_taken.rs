//! An id is used once: a second message with the id of another one is refused, and the first one stays as it is.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{append, contents};

scenarios![an_id_is_used_once];

fn an_id_is_used_once(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let id = world.say(ADA, session, "first");
    append(world, session, json!({ "id": id, "type": "user", "content": "second" })).refused("idTaken");
    assert_eq!(contents(&world.read(ADA, session)), ["first"]);
}
