//! Backups: of a store that nobody serves, and of one that is being written.

use std::time::Duration;

use colloq_store::{Archived, Found};
use colloq_tests::host::Place;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::servers::Server;
use crate::stage::{create, items, run, say, shown, stop, talks};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_brings_everything_back() {
    let (here, there) = (Place::new(), Place::new());
    let host = here.start().await;
    let (sessions, gone) = talks(&host.http()).await;
    let before = shown(&host.http(), &sessions).await;
    stop(host).await;
    let file = there.path().join("all.backup");
    let said = run(&here, &format!("backup {}", file.display())).await.done();
    assert!(said.starts_with("backed up 12 sessions and 1 tombstones, "), "{said}");
    let said = run(&there, "restore all.backup").await.done();
    assert!(said.starts_with("restored 13 sessions, replaced 0, 0 were there already"), "{said}");
    run(&there, "backup again.backup").await.done();
    assert_eq!(items(&file).await, items(&there.path().join("again.backup")).await, "to the byte");

    let host = there.start().await;
    let http = host.http();
    assert_eq!(shown(&http, &sessions).await, before);
    let listed = http.get("/v1/users/ada/sessions").await.expect(200);
    assert_eq!(listed["items"].as_array().expect("items").len(), 4);
    assert_eq!(http.post("/v1/sessions", &json!({"id": gone})).await.code(), "idTaken", "what was erased stays so");
    for session in [&sessions[0], &sessions[11]] {
        say(&http, session, "it goes on").await;
    }
    stop(host).await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let host = place.start().await;
    create(&host.http(), "ada").await;
    stop(host).await;
    run(&place, "backup all.backup").await.done();
    let mode = std::fs::metadata(place.path().join("all.backup")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_host_is_backed_up_while_it_is_written() {
    let (here, there) = (Place::new(), Place::new());
    let host = here.start().await;
    let http = host.http();
    let mut sessions = Vec::new();
    for _ in 0..30 {
        sessions.push(create(&http, "ada").await);
    }
    say(&http, &sessions[0], "before it began").await;
    let refused = run(&here, "backup direct.backup").await.refused("storeInUse");
    assert!(refused.contains("--url"), "{refused}");
    let writers = sessions.clone().into_iter().map(|session| {
        let http = http.clone();
        tokio::spawn(async move {
            for line in 0..20 {
                say(&http, &session, &format!("line {line}")).await;
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let url = format!("http://{}", host.address);
    let said = run(&here, &format!("backup {} --url {url}", there.path().join("live.backup").display())).await.done();
    assert!(said.starts_with("backed up 30 sessions"), "{said}");
    for writer in writers {
        writer.await.expect("it wrote");
    }
    let totals: Value = serde_json::from_str(&run(&there, "inspect --backup live.backup").await.done()).expect("it is JSON");
    assert_eq!((&totals["sessions"], &totals["damaged"]), (&json!(30), &json!([])), "each session is one history");
    run(&there, "restore live.backup").await.done();
    let restored = there.start().await;
    let first = crate::stage::contents(&crate::stage::read(&restored.http(), &sessions[0]).await);
    assert_eq!(first[0], "before it began");
    // And the copy is taken in by the host that it was made of: everything is there, or goes on there.
    let said = run(&there, &format!("restore live.backup --url {url}")).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    stop(restored).await;
    stop(host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_with_keys_gives_a_backup_to_an_operator_alone_and_of_its_app() {
    let place = Place::new();
    let host = place.setup().env("COLLOQ_KEYS", "web:one,shop:two:shop").start().await;
    let (web, shop) = (host.http().with_token("one"), host.http().with_token("two"));
    create(&web, "ada").await;
    let sold = create(&shop, "bob").await;
    std::fs::write(place.path().join("key"), "two\n").expect("a file");
    let url = format!("http://{}", host.address);
    run(&place, &format!("backup all.backup --url {url}")).await.refused("unauthenticated");
    assert!(!place.path().join("all.backup").exists());
    run(&place, &format!("backup shop.backup --url {url} --key key")).await.done();
    let items = items(&place.path().join("shop.backup")).await;
    let keys: Vec<_> = items.keys().map(|key| (&*key.app, uuid::Uuid::from_bytes(key.session).to_string())).collect();
    assert_eq!(keys, [("shop", sold)]);
    let token = web.token("user", "ada").await;
    let ada = host.http().with_token(&token);
    for path in ["/v1/backup", "/v1/export"] {
        assert_eq!(ada.get(path).await.code(), "forbidden", "{path}");
    }
    let sent = ada.send("POST", "/v1/restore", &[("content-type", "application/octet-stream")], "").await.expect("an answer comes");
    assert_eq!(sent.code(), "forbidden");
    // A backup of another app brings nothing.
    std::fs::write(place.path().join("key"), "one").expect("a file");
    let refused = run(&place, &format!("restore shop.backup --url {url} --key key")).await.refused("sessionsDiffer");
    assert!(refused.contains("forbidden"), "{refused}");
    stop(host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_there_are_not_overwritten_and_stores_that_are_not_are_not_made() {
    let place = Place::new();
    run(&place, "backup all.backup").await.refused("storeMissing");
    run(&place, "backup all.backup --store memory:").await.refused("badStore");
    run(&place, "export lines --store sqlite:no.db").await.refused("storeMissing");
    run(&place, "backup all.backup --url http://127.0.0.1:9").await.refused("unreachable");
    run(&place, "backup all.backup --url ftp://127.0.0.1").await.refused("badUrl");
    assert_eq!(std::fs::read_dir(place.path()).expect("a folder").count(), 0, "nothing was made");
    let host = place.start().await;
    create(&host.http(), "ada").await;
    stop(host).await;
    std::fs::write(place.path().join("all.backup"), "precious").expect("a file");
    run(&place, "backup all.backup").await.refused("fileExists");
    run(&place, "backup no/such/folder.backup").await.refused("fileMissing");
    assert_eq!(std::fs::read_to_string(place.path().join("all.backup")).expect("it is there"), "precious");
    run(&place, "backup all.backup --force").await.done();
    assert_eq!(items(&place.path().join("all.backup")).await.len(), 1);
    for words in [
        "backup",
        "backup x --nonsense",
        "backup x --store nonsense",
        "restore x --at 3",
        "restore x --session nonsense",
        "migrate --to memory:",
    ] {
        let ran = run(&place, words).await;
        assert_eq!(ran.code, Some(2), "{words}: {}", ran.err);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_backed_up_while_hosts_write_and_restored() {
    let (server, here, fresh) = (Server::start(&[]), Place::new(), Server::start(&[]));
    let host = here.setup().flag("--store", &server.url()).start().await;
    let (sessions, _) = talks(&host.http()).await;
    // Redis is nobody's alone: the store is read beside its hosts.
    run(&here, &format!("backup all.backup --store {}", server.url())).await.done();
    let before = shown(&host.http(), &sessions).await;
    run(&here, &format!("restore all.backup --store {}", fresh.url())).await.done();
    run(&here, &format!("backup again.backup --store {}", fresh.url())).await.done();
    let items = items(&here.path().join("all.backup")).await;
    assert_eq!(items, crate::stage::items(&here.path().join("again.backup")).await);
    assert_eq!(items.values().filter(|archived| archived.found() == Found::Erased).count(), 1);
    assert!(items.values().any(|archived| matches!(archived, Archived::Session(whole) if whole.floor() > 0)));
    let other = here.setup().flag("--store", &fresh.url()).start().await;
    assert_eq!(shown(&other.http(), &sessions).await, before);
    say(&other.http(), &sessions[0], "it goes on").await;
    sleep(Duration::from_millis(100)).await;
    stop(other).await;
    stop(host).await;
}
