//! A line may fail the stream: its text stays, and nothing is added any more.

use colloq_tests::scenarios;
use colloq_tests::world::World;
use serde_json::json;

use super::{begin, lines};

scenarios![lines_fail_a_stream];

fn lines_fail_a_stream(world: &mut World) {
    let (session, message) = begin(world);
    let failed = lines(world, session, &message, &[r#"{"text":"Half"}"#, r#"{"fail":{"code":"x","message":"It broke."}}"#]).is(200);
    assert_eq!((&failed["content"], &failed["status"], &failed["error"]["code"]), (&json!("Half"), &json!("failed"), &json!("x")));
    lines(world, session, &message, &[r#"{"text":"More"}"#]).refused("messageStopped");
}
