//! A command that the host rejected on record loses its effect and keeps its number.

use colloq_abi::Op;
use colloq_core::Code;
use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

scenarios![a_command_rejected_on_record_loses_its_effect];

fn a_command_rejected_on_record_loses_its_effect(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    page.say(world, "late");
    world.post(ADA, session, Op::End, "").is(200);
    assert_eq!(page.send(world)[0]["code"], "sessionEnded");
    let settled = page.receive(world);
    assert_eq!(settled[0].rejected, Some(Code::SessionEnded));
    assert_eq!(page.contents(), [""; 0]);
    assert_eq!(page.replica.next_seq(page.client), 2);
}
