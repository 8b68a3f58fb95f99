//! A line that is refused ends the rest; the answer says where to go on.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{begin, lines};

scenarios![a_line_that_is_refused_ends_the_rest];

fn a_line_that_is_refused_ends_the_rest(world: &mut World) {
    let (session, message) = begin(world);
    let gap = lines(world, session, &message, &[r#"{"text":"good"}"#, r#"{"offset":9,"text":"gap"}"#, r#"{"complete":true}"#])
        .refused("offsetGap");
    assert_eq!(gap["nextOffset"], 4);
    let read = world.message(ADA, session, &message);
    assert_eq!((&read["content"], &read["status"]), (&json!("good"), &json!("streaming")));
}
