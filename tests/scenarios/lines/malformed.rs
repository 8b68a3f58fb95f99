//! A malformed line is refused; the good ones before it are kept, and those behind it are lost.

use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};

use super::{begin, lines};

scenarios![a_malformed_line_comes_after_good_ones];

fn a_malformed_line_comes_after_good_ones(world: &mut World) {
    let (session, message) = begin(world);
    lines(world, session, &message, &[r#"{"text":"good "}"#, r#"{"text":"better"}"#, r#"{"text":"#, r#"{"text":"lost"}"#])
        .refused("malformed");
    assert_eq!(world.message(ADA, session, &message)["content"], "good better");
    lines(world, session, &message, &["nonsense"]).refused("malformed");
    lines(world, session, &message, &[""]).refused("malformed");
    assert_eq!(world.log(session).entries.len(), 3);
}
