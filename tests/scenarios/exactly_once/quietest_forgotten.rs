//! A session remembers 32 clients. With one more the quietest is forgotten, and refused from then on: its command may have been heard.

use colloq_core::{CLIENTS_MAX, Id};
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{NOTHING, code, rename};

scenarios![the_quietest_of_33_clients_is_forgotten];

fn the_quietest_of_33_clients_is_forgotten(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let clients: Vec<Id> = (0..=CLIENTS_MAX).map(|_| world.new_id()).collect();
    for client in &clients {
        let base = world.log(session).head().version;
        assert_eq!(world.submit(ADA, session, base, &[rename(*client, 1, "Hello")]), NOTHING);
    }
    // The first one spoke at version 2 and was quiet since.
    assert_eq!(code(&world.submit(ADA, session, 2, &[rename(clients[0], 2, "Me again")])), "clientForgotten");
    assert_eq!(code(&world.submit(ADA, session, 1, &[rename(clients[0], 1, "Hello")])), "clientForgotten", "it may have been heard");
    assert_eq!(world.submit(ADA, session, 3, &[rename(clients[1], 2, "I am known")]), NOTHING);
    // Somebody new knows of everything that was said before them.
    let base = world.log(session).head().version;
    assert_eq!(world.submit(ADA, session, base, &[rename(world.new_id(), 1, "New")]), NOTHING);
}
