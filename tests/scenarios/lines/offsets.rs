//! Lines may say their offsets, so a producer that lost its connection begins again before the end.

use colloq_tests::scenarios;
use colloq_tests::world::World;

use super::{begin, lines};

scenarios![lines_may_say_their_offsets];

fn lines_may_say_their_offsets(world: &mut World) {
    let (session, message) = begin(world);
    lines(world, session, &message, &[r#"{"offset":0,"text":"one "}"#, r#"{"offset":4,"text":"two "}"#]).is(200);
    // A producer that lost its connection begins again before the end.
    let again =
        lines(world, session, &message, &[r#"{"offset":4,"text":"two "}"#, r#"{"offset":8,"text":"three"}"#, r#"{"complete":true}"#]);
    assert_eq!(again.is(200)["content"], "one two three");
}
