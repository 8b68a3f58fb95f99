//! Signing in and out: whose a session is, and which tokens are still worth something.

mod after_the_end;
mod by_frame;
mod checked;
mod conversation_stays;
mod hidden_from_the_guest;
mod in_a_batch;
mod news;
mod older_generation;
mod pending;
mod sign_out;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::world::{GUEST, OPS, World};
use serde_json::{Value, json};

/// A guest's session that Ada signed in to.
fn signed_in(world: &mut World) -> Id {
    let session = world.create(GUEST, json!({}));
    world.say(GUEST, session, "Hello");
    world.post(OPS, session, Op::SignIn, ada()).is(200);
    session
}

fn ada() -> Value {
    json!({ "userId": "ada" })
}
