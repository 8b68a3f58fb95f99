//! A command that the host refused without a trace goes away, and those behind it move up: the host sees no gap.

use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![a_command_refused_without_a_trace_moves_the_others_up];

fn a_command_refused_without_a_trace_moves_the_others_up(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    for content in ["one", "two", "three"] {
        page.say(world, content);
    }
    // The host was too busy for the second one, say.
    page.refused(2);
    assert_eq!(page.contents(), ["one", "three"]);
    let seqs: Vec<u64> = page.replica.pending().iter().filter_map(|pending| pending.request.id).map(|id| id.1).collect();
    assert_eq!(seqs, [1, 2]);
    assert_eq!(page.replica.next_seq(page.client), 3);
    assert_eq!(page.send(world), [json!(null); 0], "the host sees no gap");
    assert_eq!(page.receive(world).len(), 2);
    assert_eq!(page.contents(), ["one", "three"]);
}
