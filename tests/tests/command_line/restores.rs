//! Restores: into stores that hold something, begun again, of one session, and of one as it was.

use std::time::Duration;

use colloq_host::transfer::read_backup;
use colloq_tests::host::{Place, new_id};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::stage::{contents, create, items, many_lines, read, run, say, stop, talks};

/// A session of five messages in a backup, of which the store then has more.
async fn gone_on(place: &Place) -> String {
    let host = place.start().await;
    let session = create(&host.http(), "ada").await;
    for line in 0..5 {
        say(&host.http(), &session, &format!("line {line}")).await;
    }
    stop(host).await;
    run(place, "backup old.backup").await.done();
    let host = place.start().await;
    say(&host.http(), &session, "and on").await;
    stop(host).await;
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_session_is_kept_and_an_older_one_is_replaced_only_by_force() {
    let place = Place::new();
    let session = gone_on(&place).await;
    let said = run(&place, "restore old.backup").await.refused("storeNotEmpty");
    assert!(said.contains("--force"), "{said}");
    let said = run(&place, "restore old.backup --force").await.done_with("newerInStore");
    assert!(said.starts_with("restored 0 sessions, replaced 0, 0 were there already, left 1"), "{said}");
    run(&place, "backup new.backup").await.done();
    // A store that stands where the old backup does.
    run(&place, "restore old.backup --store sqlite:other.db").await.done();
    run(&place, "restore new.backup --store sqlite:other.db").await.refused("storeNotEmpty");
    run(&place, &format!("restore new.backup --store sqlite:other.db --session {session}")).await.refused("sessionsDiffer");
    let said = run(&place, "restore new.backup --store sqlite:other.db --force").await.done_with("version 6");
    assert!(said.starts_with("restored 0 sessions, replaced 1"), "{said}");
    run(&place, "restore new.backup --store sqlite:other.db").await.done();
    run(&place, "backup other.backup --store sqlite:other.db").await.done();
    assert_eq!(items(&place.path().join("other.backup")).await, items(&place.path().join("new.backup")).await);
    let host = place.start().await;
    assert_eq!(contents(&read(&host.http(), &session).await).len(), 6);
    stop(host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_since_stays_erased() {
    let place = Place::new();
    let session = gone_on(&place).await;
    let host = place.start().await;
    assert_eq!(host.http().send("DELETE", &format!("/v1/sessions/{session}"), &[], "").await.expect("an answer comes").status, 204);
    stop(host).await;
    run(&place, "restore old.backup").await.refused("storeNotEmpty");
    run(&place, "restore old.backup --force").await.done_with("erased");
    run(&place, "backup erased.backup").await.done();
    // And an erasure that the backup knows of is carried out where the session still is, by force.
    run(&place, "restore old.backup --store sqlite:other.db").await.done();
    run(&place, "restore erased.backup --store sqlite:other.db --force").await.done_with("replaced");
    let host = place.setup().flag("--store", "sqlite:other.db").start().await;
    assert_eq!(host.http().get(&format!("/v1/sessions/{session}")).await.status, 404);
    stop(host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_killed_is_begun_again() {
    let (here, there) = (Place::new(), Place::new());
    let host = here.start().await;
    let lines = many_lines(&host.http(), 1500).await;
    std::fs::write(here.path().join("lines"), &lines).expect("a file");
    stop(host).await;
    let said = run(&here, "import lines").await.done();
    assert!(said.starts_with("imported 1500 sessions, 0 were there already"), "{said}");
    let file = there.path().join("all.backup");
    run(&here, &format!("backup {}", file.display())).await.done();
    let mut killed = 0;
    for wait_ms in [60, 120, 240, 480] {
        let mut child = there.command().args(["restore", "all.backup"]).spawn().expect("the binary runs");
        sleep(Duration::from_millis(wait_ms)).await;
        killed += u32::from(child.try_wait().expect("it can be asked").is_none());
        child.kill().await.expect("a child of ours can be killed");
    }
    assert!(killed > 0, "it was interrupted");
    run(&there, "restore all.backup").await.done();
    run(&there, "backup again.backup").await.done();
    assert_eq!(items(&file).await, items(&there.path().join("again.backup")).await);
    let said = run(&there, "restore all.backup").await.done();
    assert!(said.starts_with("restored 0 sessions, replaced 0, 1501 were there already"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_comes_back_as_it_was_at_a_version_and_nothing_else_changes() {
    let place = Place::new();
    let host = place.start().await;
    let (sessions, gone) = talks(&host.http()).await;
    let (long, short) = (&sessions[0], &sessions[11]);
    say(&host.http(), short, "a mistake").await;
    stop(host).await;
    run(&place, "backup all.backup").await.done();
    let before = items(&place.path().join("all.backup")).await;
    let new_id = new_id();
    let said = run(&place, &format!("restore all.backup --session {short} --at 11 --as {new_id}")).await.done();
    assert!(said.contains(&new_id), "{said}");
    let said = run(&place, &format!("restore all.backup --session {long} --at 690")).await.done();
    let minted = said.trim().rsplit(' ').next().expect("an id").to_owned();
    run(&place, &format!("restore all.backup --session {short} --at 9 --as {long}")).await.refused("idTaken");
    run(&place, &format!("restore all.backup --session {short} --at 9 --as {gone}")).await.refused("idTaken");
    let said = run(&place, &format!("restore all.backup --session {long} --at 2")).await.refused("versionNotKept");
    assert!(said.contains("to 701 are kept"), "{said}");
    run(&place, &format!("restore all.backup --session {short} --at 999")).await.refused("versionNotKept");
    run(&place, &format!("restore all.backup --session {gone} --at 1")).await.refused("sessionNotFound");
    run(&place, &format!("restore all.backup --session {} --at 1", self::new_id())).await.refused("sessionNotFound");

    let host = place.start().await;
    let http = host.http();
    let copy = read(&http, &new_id).await;
    let original = read(&http, short).await;
    assert_eq!(contents(&copy), contents(&original)[..10], "version 11 is its creation and ten messages");
    assert_eq!((&copy["forkedFrom"], &copy["userId"]), (&json!(short), &original["userId"]));
    assert_eq!(contents(&read(&http, &minted).await).last().map(String::as_str), Some("line 688"));
    say(&http, &new_id, "it goes on").await;
    // The same by a running host.
    let url = format!("http://{}", host.address);
    let said = run(&place, &format!("restore all.backup --session {short} --at 3 --url {url}")).await.done();
    let minted = said.trim().rsplit(' ').next().expect("an id").to_owned();
    assert_eq!(contents(&read(&http, &minted).await), contents(&original)[..2]);
    run(&place, &format!("restore all.backup --session {short} --at 3 --as {minted} --url {url}")).await.refused("idTaken");
    stop(host).await;
    run(&place, "backup after.backup").await.done();
    let after = items(&place.path().join("after.backup")).await;
    assert_eq!(after.len(), before.len() + 3);
    assert!(before.iter().all(|(key, archived)| after[key].found() == archived.found()), "what was there is as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_host_takes_what_it_does_not_have() {
    let (here, there) = (Place::new(), Place::new());
    let host = here.start().await;
    let (sessions, _) = talks(&host.http()).await;
    stop(host).await;
    let file = there.path().join("all.backup");
    run(&here, &format!("backup {}", file.display())).await.done();
    let host = there.start().await;
    let (http, url) = (host.http(), format!("http://{}", host.address));
    run(&there, &format!("restore all.backup --url {url} --session {}", sessions[3])).await.done();
    say(&http, &sessions[3], "it goes on").await;
    let said = run(&there, &format!("restore all.backup --url {url}")).await.done_with("newerInStore");
    assert!(said.starts_with("restored 12 sessions, 0 were there already, left 1"), "{said}");
    assert_eq!(contents(&read(&http, &sessions[3]).await).last().map(String::as_str), Some("it goes on"));
    for session in &sessions {
        if *session != sessions[2] {
            say(&http, session, "everywhere").await;
        }
    }
    let bytes = std::fs::read(&file).expect("it is there");
    let sent = http.send("POST", "/v1/restore", &[("content-type", "application/octet-stream")], bytes[..bytes.len() - 9].to_vec()).await;
    let refused: Value = sent.expect("an answer comes").expect(400);
    assert_eq!(refused["code"], "malformed");
    assert!(read_backup(&file).await.is_ok());
    stop(host).await;
}
