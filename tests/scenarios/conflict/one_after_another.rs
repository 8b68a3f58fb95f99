//! One conflict may follow another. The command waits through all of them and is appended once.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};

use super::{contents, hello, two_hosts};

scenarios![conflicts_follow_each_other];

fn conflicts_follow_each_other(world: &mut World) {
    let (session, mut other) = two_hosts(world);
    world.hold_appends();
    let mine = world.send(ADA, session, Op::AppendMessage, hello("mine"));
    for content in ["one", "two"] {
        other.say(ADA, session, content);
        world.conflict_with(&other, session);
        assert!(world.release_one());
        assert_eq!((world.take(mine), world.held()), (vec![], vec![1]));
    }
    world.release();
    assert_eq!(world.answer(mine).version, 4);
    assert_eq!(contents(world, session), ["one", "two", "mine"]);
}
