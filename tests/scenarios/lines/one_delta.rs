//! A run of lines of text becomes one delta with one entry; the next request goes on where this one ended.

use colloq_tests::scenarios;
use colloq_tests::world::World;
use serde_json::json;

use super::{begin, lines};

scenarios![a_run_of_text_becomes_one_delta];

fn a_run_of_text_becomes_one_delta(world: &mut World) {
    let (session, message) = begin(world);
    let answer = lines(world, session, &message, &[r#"{"text":"Gr"}"#, r#"{"text":"\u00fc\u00dfe"}"#, "", r#"{"text":" you"}"#, ""]);
    assert_eq!(answer.is(200)["content"], "Gr\u{fc}\u{df}e you");
    assert_eq!(world.log(session).events(3), ["deltaAppended"]);
    assert_eq!(world.log(session).entries.len(), 3);
    // The next request goes on where this one ended.
    let answer = lines(world, session, &message, &[r#"{"text":"!"}"#]).is(200);
    assert_eq!((&answer["content"], &answer["status"]), (&json!("Gr\u{fc}\u{df}e you!"), &json!("streaming")));
    assert_eq!(world.log(session).entry(4)["events"][0]["offset"], 11);
}
