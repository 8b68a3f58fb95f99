//! What others appended and this host took over is kept at hand like its own: the store is given it again as well.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};

use super::{contents, keeping};

scenarios![entries_of_others_are_given_again];

fn entries_of_others_are_given_again(world: &mut World) {
    let (mut host, session) = keeping(world, 8);
    let mut other = host.twin();
    other.say(BOT, session, "four");
    other.say(BOT, session, "five");
    host.conflict_with(&other, session);
    host.say(ADA, session, "six");
    let before = host.log(session).entries.clone();
    assert_eq!(before.len(), 7);
    for version in [4, 5, 6] {
        host.log_mut(session).go_back(version);
        host.read_head(session);
        assert_eq!(host.log(session).entries, before, "from version {version}");
    }
    assert_eq!(contents(&mut host, session), ["one", "two", "three", "four", "five", "six"]);
    assert_eq!(host.losses, []);
}
