//! Moves from store to store, begun again and while hosts write; and the end of a change of schema.

use std::time::Duration;

use colloq_store::{Archive as _, Store as _};
use colloq_store_sqlite::SqliteStore;
use colloq_tests::host::Place;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::servers::{Cluster, Server};
use crate::stage::{create, items, many_lines, run, say, shown, stop, talks};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_everything_moves_from_a_file_to_a_cluster_and_back() {
    let (cluster, place) = (Cluster::start(2_000, &[]), Place::new());
    let url = cluster.url();
    let host = place.start().await;
    let (sessions, _) = talks(&host.http()).await;
    let before = shown(&host.http(), &sessions).await;
    stop(host).await;
    let said = run(&place, &format!("migrate --from sqlite:colloq.db --to {url}")).await.done();
    assert!(said.starts_with("moved 13 sessions, 0 went on, 0 were there already; both stores have the same heads"), "{said}");
    let host = place.setup().flag("--store", &url).start().await;
    assert_eq!(shown(&host.http(), &sessions).await, before);
    say(&host.http(), &sessions[0], "on the cluster").await;
    stop(host).await;
    // The file is behind now, and gets what it lacks.
    let said = run(&place, &format!("migrate --from {url} --to sqlite:colloq.db")).await.done();
    assert!(said.starts_with("moved 0 sessions, 1 went on, 12 were there already"), "{said}");
    let said = run(&place, &format!("migrate --from {url} --to sqlite:fresh.db")).await.done();
    assert!(said.starts_with("moved 13 sessions"), "{said}");
    for (file, db) in [("one", "colloq.db"), ("two", "fresh.db")] {
        run(&place, &format!("backup {file} --store sqlite:{db}")).await.done();
    }
    assert_eq!(items(&place.path().join("one")).await, items(&place.path().join("two")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_move_that_was_killed_or_written_under_is_begun_again() {
    let (server, place) = (Server::start(&[]), Place::new());
    let url = server.url();
    let host = place.setup().flag("--store", &url).start().await;
    let lines = many_lines(&host.http(), 800).await;
    std::fs::write(place.path().join("lines"), &lines).expect("a file");
    run(&place, &format!("import lines --url http://{}", host.address)).await.done();
    let mut killed = 0;
    for wait_ms in [80, 160, 320] {
        let arguments = ["migrate", "--from", &url, "--to", "sqlite:new.db"];
        let mut child = place.command().args(arguments).spawn().expect("the binary runs");
        sleep(Duration::from_millis(wait_ms)).await;
        killed += u32::from(child.try_wait().expect("it can be asked").is_none());
        child.kill().await.expect("a child of ours can be killed");
    }
    assert!(killed > 0, "it was interrupted");
    run(&place, &format!("migrate --from {url} --to sqlite:new.db")).await.done();
    let session = create(&host.http(), "ada").await;
    say(&host.http(), &session, "came later").await;
    stop(host).await;
    let said = run(&place, &format!("migrate --from {url} --to sqlite:new.db")).await.done();
    assert!(said.starts_with("moved 1 sessions, 0 went on, 801 were there already"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_with_sessions_of_its_own_is_not_moved_into() {
    let (place, other) = (Place::new(), Place::new());
    for place in [&place, &other] {
        let host = place.start().await;
        create(&host.http(), "ada").await;
        stop(host).await;
    }
    let to = format!("sqlite:{}", other.path().join("colloq.db").display());
    let words = format!("migrate --from sqlite:colloq.db --to {to}");
    run(&place, &words).await.refused("storeNotEmpty");
    run(&place, &format!("{words} --force")).await.done();
    let totals: Value = serde_json::from_str(&run(&other, "inspect").await.done()).expect("JSON");
    assert_eq!(totals["sessions"], json!(2));
    run(&place, "migrate --from sqlite:no.db --to sqlite:new.db").await.refused("storeMissing");
    run(&place, "migrate --from sqlite:colloq.db --to sqlite:colloq.db").await.refused("badStore");
    run(&place, "migrate --from sqlite:colloq.db --to memory:").await.refused("badStore");
    assert!(!place.path().join("new.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_change_of_schema_keeps_older_hosts_out() {
    let place = Place::new();
    let host = place.start().await;
    let session = create(&host.http(), "ada").await;
    stop(host).await;
    let said = run(&place, "migrate --finish --to sqlite:colloq.db").await.done();
    assert!(said.contains("schema 1"), "{said}");
    let totals: Value = serde_json::from_str(&run(&place, "inspect").await.done()).expect("JSON");
    assert_eq!(totals["schemaMin"], json!(1));
    let host = place.start().await;
    say(&host.http(), &session, "still").await;
    stop(host).await;
    let store = SqliteStore::open(&place.path().join("colloq.db")).expect("it is free");
    assert_eq!(store.raise_schema_min(99).await.expect("it answers"), 99);
    store.flush().await.expect("it answers");
    drop(store);
    let output = place.setup().flag("--listen", "127.0.0.1:0").run().await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("schema 99"), "{said}");
    // What is copied needs it as well.
    run(&place, "backup all.backup").await.done();
    run(&place, "restore all.backup --store sqlite:copy.db").await.done();
    let totals: Value = serde_json::from_str(&run(&place, "inspect --store sqlite:copy.db").await.done()).expect("JSON");
    assert_eq!(totals["schemaMin"], json!(99));
}
