//! Links that do not read are let go, and go on where they stood; those that read do not notice.

use colloq_tests::host::{Events, Follower, Link, Told, new_id};
use serde_json::{Value, json};

use crate::{Stage, id, say, session};

const NARROW_BYTES: u32 = 4096;
/// More than the system and a host keep for anybody.
const MESSAGES: u64 = 80;
const MESSAGE_BYTES: usize = 200_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_does_not_read_is_closed_and_goes_on_where_it_stood() {
    let stage = Stage::new().await;
    let path = session(&stage.operator).await;
    let mut slow = Vec::new();
    for _ in 0..3 {
        let mut link = Link::open_narrow(stage.host.address, NARROW_BYTES).await.expect("a link");
        let mut follower = Follower::new(id(&path));
        follower.subscribe(&mut link).await.expect("it is subscribed");
        slow.push((link, follower));
    }
    let mut fast = Link::open(stage.host.address, None, &new_id()).await.expect("a link");
    let mut told = Follower::new(id(&path));
    told.subscribe(&mut fast).await.expect("it is subscribed");
    let content = "x".repeat(MESSAGE_BYTES);
    for nth in 1..=MESSAGES {
        say(&stage.operator, &path, "assistant", &content).await;
        // The first version is the session's creation.
        while told.version() <= nth {
            let Told::Frame(frame) = fast.next().await.expect("whoever reads is told") else { panic!("it was closed") };
            told.receive(&frame, fast.text());
        }
    }
    for (mut link, mut follower) in slow {
        // What the system kept for it comes, and then the end: by a close, or in the middle of a frame.
        while let Ok(Told::Frame(frame)) = link.next().await {
            follower.receive(&frame, link.text());
        }
        let stood = follower.version();
        assert!(stood < told.version(), "it was not told all");
        let mut again = Link::open(stage.host.address, None, &new_id()).await.expect("a link");
        follower.subscribe(&mut again).await.expect("it is subscribed");
        assert_eq!(follower.version(), told.version());
        assert_eq!(follower.entries, told.entries);
    }
    stage.host.assert_unbroken();
}

/// Frames that a newer client may send, and frames that come too fast or too large to be dealt with at once, break nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_does_not_know_it_passes_over() {
    let stage = Stage::new().await;
    let mut link = Link::open(stage.host.address, None, &new_id()).await.expect("a link");
    for number in 0..200 {
        let frame = json!({"kind": format!("of the future {number}"), "session": [number], "x": "y".repeat(60_000)});
        link.send(&frame).await.expect("it is sent");
    }
    assert_eq!(link.settle().await.expect("it goes on"), [Value::Null; 0]);
    let events = Events::open(&stage.operator, "/v1/inbox", &[]).await;
    assert!(events.is_ok(), "others are served meanwhile");
}
