//! A fork's chain begins with the place in its parent's log that it was taken from, and is replayed so out of the store.

use colloq_abi::Op;
use colloq_core::Chain;
use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{fork, state, talk};

scenarios![a_forks_chain_names_its_place_in_the_parents_log];

fn a_forks_chain_names_its_place_in_the_parents_log(world: &mut World) {
    let (parent, _) = talk(world);
    let place = Chain(world.log(parent).head().chain);
    let (session, answer) = fork(world, ADA, parent, json!({}));
    answer.is(201);
    let first = &world.log(session).entries[0];
    let begun = Chain::of_fork(parent, &place, session);
    assert_eq!(world.log(session).head().chain, begun.extend(first).0);
    assert_ne!(begun, Chain::of_fork(parent, &place, parent), "it is the fork's own");
    world.say(ADA, session, "A kite?");
    // Another host and a page replay it to the same head.
    let read = world.read(ADA, session);
    assert_eq!(world.twin().read(ADA, session), read);
    let mut page = Page::new(world, session);
    page.receive(world);
    assert_eq!(page.contents(), ["What is it?", "A bird.", "A plane?", "A kite?"]);
    // Without its place the log would be another one.
    let mut twin = world.twin();
    let text = twin.log(session).text(1).replacen(&place.to_string(), &Chain::ZERO.to_string(), 1);
    twin.log_mut(session).entries[0] = text.into_bytes();
    let ticket = twin.send(ADA, session, Op::Read { messages: None }, "");
    assert_eq!((twin.take(ticket), std::mem::take(&mut twin.damaged).len()), (vec![], 1));
    let _ = state(world, ADA, session, json!({}));
}
