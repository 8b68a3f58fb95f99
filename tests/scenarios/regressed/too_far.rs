//! A store that went back further than what is at hand is believed: whatever was at hand of the loss is reported, pending commands are
//! decided on what is left, and links are reset.

use colloq_abi::Op;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, World};
use serde_json::json;

use super::{contents, hello, keeping};

scenarios![what_is_not_at_hand_is_lost];

fn what_is_not_at_hand_is_lost(world: &mut World) {
    let (mut host, session) = keeping(world, 2);
    let lost = [3, 4].map(|version| host.log(session).text(version).to_owned());
    let ahead = host.log(session).head();
    host.log_mut(session).go_back(1);
    let said = host.post(ADA, session, Op::AppendMessage, hello("four"));
    assert_eq!((said.is(201)["content"].clone(), said.version), (json!("four"), 2));
    assert_eq!(contents(&mut host, session), ["four"]);
    assert_eq!(host.losses.len(), 1);
    assert_eq!((host.losses[0].session, &host.losses[0].versions[..], &host.losses[0].texts[..]), (session, &[3, 4][..], &lost[..]));
    let snapshot = host.post(ADA, session, Op::Subscribe { since: Some(ahead) }, "").is(200);
    assert_eq!((&snapshot["reset"], &snapshot["state"]["version"]), (&json!(true), &json!(2)));
    // Nothing at hand: there is nothing to report.
    let (mut host, session) = keeping(world, 0);
    host.log_mut(session).go_back(3);
    host.post(ADA, session, Op::AppendMessage, hello("four")).is(201);
    assert_eq!((contents(&mut host, session), host.losses.len()), (vec!["one".into(), "two".into(), "four".into()], 0));
}
