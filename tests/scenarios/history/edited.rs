//! Editing takes a message back with everything after it and says something else in its place, as one entry.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{command, contents, talk};

scenarios![an_edit_says_something_else_in_its_place];

fn an_edit_says_something_else_in_its_place(world: &mut World) {
    let (session, messages) = talk(world);
    let edit = |message: &str, content: &str| json!({ "kind": "editMessage", "message": message, "replacement": { "type": "user", "content": content } });
    command(world, session, edit(&messages[2], "A kite?")).is(200);
    assert_eq!(world.log(session).events(6), ["rewound", "messageAppended"]);
    assert_eq!(contents(world, session), ["What is it?", "A bird.", "A kite?"]);
    let edited = &world.read(ADA, session)["messages"][2];
    assert_ne!(edited["id"], messages[2], "it is another message");
    assert_eq!(edited["author"]["id"], "ada");
    // The first one as well, before which there is nothing.
    command(world, session, edit(&messages[0], "Who is it?")).is(200);
    assert_eq!(contents(world, session), ["Who is it?"]);
    command(world, session, edit(&messages[0], "gone")).refused("messageNotFound");
}
