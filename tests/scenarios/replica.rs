//! A page's replica in front of a host: what it shows at once, and how it comes to agree with what the host decided.

use std::sync::Arc;

use colloq_abi::Op;
use colloq_core::{Code, Id, Message, Submitted};
use colloq_tests::page::Page;
use colloq_tests::scenarios;
use colloq_tests::world::{ADA, BOT, World};
use serde_json::json;

scenarios![
    a_page_shows_its_own_commands_at_once,
    what_was_foreseen_is_settled_without_replay,
    what_comes_between_is_put_before_the_pending,
    a_command_refused_without_a_trace_moves_the_others_up,
    a_command_rejected_on_record_loses_its_effect,
    a_snapshot_settles_what_it_holds,
    a_page_that_knows_nothing_yet_keeps_commands,
    a_page_begins_a_session_offline,
    a_page_says_no_by_itself,
    a_gap_is_seen,
];

/// A message as the view holds it.
fn shown(page: &mut Page, id: Id) -> Arc<Message> {
    Arc::clone(page.replica.view().messages.find(id).expect("the view has the message"))
}

fn confirmed(page: &Page, id: Id) -> Arc<Message> {
    Arc::clone(page.replica.confirmed().messages.find(id).expect("the message is confirmed"))
}

fn a_page_shows_its_own_commands_at_once(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    page.say(world, "Hello");
    assert_eq!(page.contents(), ["Hello"]);
    assert!(page.replica.confirmed().messages.is_empty());
    assert_eq!(page.send(world), [json!(null); 0]);
    let settled = page.receive(world);
    assert_eq!((settled.len(), settled[0].version, settled[0].rejected), (1, 2, None));
    assert!(page.replica.pending().is_empty());
    assert_eq!(page.contents(), ["Hello"]);
}

fn what_was_foreseen_is_settled_without_replay(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    let (first, second) = (page.say(world, "one"), page.say(world, "two"));
    let second_shown = shown(&mut page, second);
    page.send(world);
    let from = page.replica.confirmed().head;
    let settled = page.replica.handle_entries(from, &[world.log(session).text(2)]).expect("it continues");
    assert_eq!(settled.len(), 1);
    // The first one is now the host's, also in the view; the second one was not decided anew.
    assert!(Arc::ptr_eq(&shown(&mut page, first), &confirmed(&page, first)));
    assert!(Arc::ptr_eq(&shown(&mut page, second), &second_shown));
    let from = page.replica.confirmed().head;
    page.replica.handle_entries(from, &[world.log(session).text(3)]).expect("it continues");
    assert!(Arc::ptr_eq(&shown(&mut page, second), &confirmed(&page, second)));
}

fn what_comes_between_is_put_before_the_pending(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    let mine = page.say(world, "mine");
    world.say(BOT, session, "between");
    page.send(world);
    let from = page.replica.confirmed().head;
    page.replica.handle_entries(from, &[world.log(session).text(2)]).expect("it continues");
    assert_eq!(page.contents(), ["between", "mine"]);
    assert_eq!(page.replica.pending().len(), 1);
    page.receive(world);
    assert_eq!(page.contents(), ["between", "mine"]);
    assert!(Arc::ptr_eq(&shown(&mut page, mine), &confirmed(&page, mine)));
}

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

fn a_snapshot_settles_what_it_holds(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    page.say(world, "heard");
    page.send(world);
    // The page went through a tunnel and missed the entry; meanwhile it went on.
    page.say(world, "not heard");
    let settled = page.reset(world);
    assert_eq!((settled.len(), page.replica.pending().len()), (1, 1));
    assert_eq!(page.contents(), ["heard", "not heard"]);
    assert_eq!(page.send(world), [json!(null); 0]);
    page.receive(world);
    assert_eq!(page.contents(), ["heard", "not heard"]);
    assert_eq!(world.log(session).entries.len(), 3);
}

fn a_page_that_knows_nothing_yet_keeps_commands(world: &mut World) {
    let session = world.create(ADA, json!({}));
    world.say(BOT, session, "before");
    let mut page = Page::new(world, session);
    page.say(world, "early");
    assert_eq!(page.contents(), [""; 0], "there is no state to show it on");
    page.reset(world);
    assert_eq!(page.contents(), ["before", "early"]);
    page.send(world);
    assert_eq!(page.receive(world).len(), 1);
    assert_eq!(page.contents(), ["before", "early"]);
}

fn a_page_begins_a_session_offline(world: &mut World) {
    let session = world.new_id();
    let mut page = Page::new(world, session);
    let created = page.act(world, json!({ "kind": "create", "title": "Offline" }));
    assert_eq!(created, Ok(Submitted::Pending(1, None)));
    page.say(world, "Hello");
    assert_eq!(page.contents(), ["Hello"]);
    assert_eq!(page.replica.view().title.as_deref(), Some("Offline"));
    world.advance(60_000);
    assert_eq!(page.send(world), [json!(null); 0]);
    assert_eq!(page.receive(world).len(), 2);
    assert_eq!(page.replica.view().created_at, world.now, "the host's clock counts");
    assert_eq!(world.read(ADA, session)["messages"][0]["content"], "Hello");
}

fn a_page_says_no_by_itself(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    let message = json!({ "type": "assistant", "content": "I am a bot" });
    let refused = page.act(world, json!({ "kind": "appendMessage", "message": message }));
    assert_eq!(refused.map_err(|rejection| rejection.code), Err(Code::Forbidden));
    assert_eq!(page.replica.next_seq(page.client), 1, "it is told at once and never sent");
    assert!(page.replica.pending().is_empty());
}

fn a_gap_is_seen(world: &mut World) {
    let session = world.create(ADA, json!({}));
    let mut page = Page::open(world, session);
    world.say(BOT, session, "missed");
    let behind = world.log(session).head();
    world.say(BOT, session, "heard");
    let from = colloq_core::Head { version: behind.version, chain: colloq_core::Chain(behind.chain) };
    let text = world.log(session).text(3).to_owned();
    assert_eq!(page.replica.handle_entries(from, &[&text]), Err(colloq_core::Received::Gap));
    assert_eq!(page.contents(), [""; 0]);
    page.receive(world);
    assert_eq!(page.contents(), ["missed", "heard"]);
}
