//! One append of a session is in flight. What is commanded meanwhile goes together as the next one, and each answer shows its own effect.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, Ticket, World};
use serde_json::json;

scenarios![commands_meanwhile_go_together_as_the_next_append];

fn commands_meanwhile_go_together_as_the_next_append(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.hold_appends();
    let tickets: Vec<Ticket> = (0..4).map(|n| world.send(ADA, session, Op::Update, json!({ "title": format!("{n}") }))).collect();
    assert_eq!(world.held(), [1], "one append is in flight");
    assert!(world.release_one());
    assert_eq!(world.held(), [3]);
    assert_eq!(world.answer(tickets[0]).is(200)["title"], "0");
    assert_eq!(world.take(tickets[1]), []);
    world.release();
    let titles: Vec<_> = tickets[1..].iter().map(|ticket| world.answer(*ticket).is(200)["title"].clone()).collect();
    assert_eq!(titles, ["1", "2", "3"], "each saw its own effect");
}
