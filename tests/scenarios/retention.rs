//! Retention: an ended session is readable for a while and is then erased, whoever notices first.

mod by_access;
mod by_index;
mod by_tick;
mod for_ever;
mod gone_for_good;
mod lowered;
mod readable_until_then;

use colloq_abi::Op;
use colloq_core::Id;
use colloq_tests::world::{ADA, World};
use serde_json::json;

const DAY_MS: u64 = 24 * 3_600_000;
/// How long an ended session stays, where nobody says otherwise.
const RETAIN_MS: u64 = 30 * DAY_MS;

/// A session that has just ended.
fn ended(world: &mut World) -> Id {
    let session = world.create(ADA, json!({}));
    world.say(ADA, session, "Hello");
    world.post(ADA, session, Op::End, "").is(200);
    session
}
