//! Time: a session ends when nobody was active for long enough, or when it is old; whoever looks first finds it ended.

mod absolute;
mod due;
mod idle;
mod no_limits;
mod reads_slide;
mod touches;
mod writes_slide;

use colloq_core::Id;
use colloq_tests::world::{MINUTE_MS, World};

const IDLE_MS: u64 = 30 * MINUTE_MS;

const ABSOLUTE_MS: u64 = 24 * 60 * MINUTE_MS;

/// How the log says that it ended; nothing while it goes on.
fn end(world: &World, session: Id) -> Option<String> {
    world.log(session).ended.clone()
}
