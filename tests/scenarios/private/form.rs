//! A private value is I-JSON of at most 16 KiB, kept in the one form that JSON has here.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![a_private_value_has_one_form];

fn a_private_value_has_one_form(world: &mut World) {
    let session = world.create(ADA, json!({}));
    for (body, kept) in [
        ("{ \"b\" : 1.0, \"a\" : [ true , null ] }", "{\"b\":1,\"a\":[true,null]}"),
        ("\"\\u0061\"", "\"a\""),
        ("0", "0"),
        ("null", "null"),
    ] {
        let answer = world.post(BOT, session, Op::SetPrivate("k"), body);
        assert_eq!((answer.status, String::from_utf8(answer.body).as_deref()), (200, Ok(kept)));
    }
    for body in ["{\"a\":1,\"a\":2}", "\"\\ud800\"", "9007199254740993", "{", "1 2", &"[".repeat(100)] {
        world.post(BOT, session, Op::SetPrivate("k"), body).refused("malformed");
    }
    let text = |bytes: usize| json!("x".repeat(bytes - 2));
    world.post(BOT, session, Op::SetPrivate("k"), text(16 * 1024)).is(200);
    world.post(BOT, session, Op::SetPrivate("k"), text(16 * 1024 + 1)).refused("tooLarge");
}
