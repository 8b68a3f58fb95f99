//! Looking inside: a store, a running host and a backup show the same.

use colloq_tests::host::{Place, new_id};
use serde_json::{Value, json};

use crate::stage::{run, stop, talks};

async fn inspect(place: &Place, words: &str) -> Value {
    serde_json::from_str(&run(place, &format!("inspect {words}")).await.done()).expect("it is JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_a_host_and_a_backup_show_the_same() {
    let place = Place::new();
    let host = place.start().await;
    let (sessions, gone) = talks(&host.http()).await;
    let read = crate::stage::read(&host.http(), &sessions[11]).await;
    let url = format!("--url http://{}", host.address);
    let live = inspect(&place, &url).await;
    let live_one = inspect(&place, &format!("{} {url}", sessions[11])).await;
    run(&place, &format!("inspect {} {url}", new_id())).await.refused("sessionNotFound");
    stop(host).await;
    run(&place, "backup all.backup").await.done();
    let totals = inspect(&place, "").await;
    assert_eq!((&totals["sessions"], &totals["tombstones"], &totals["damaged"]), (&json!(12), &json!(1), &json!([])));
    assert_eq!((&totals["apps"]["default"]["users"], &totals["apps"]["default"]["sessions"]), (&json!(3), &json!(12)));
    assert_eq!((&live, &inspect(&place, "--backup all.backup").await), (&totals, &totals));

    let one = inspect(&place, &sessions[11]).await;
    assert_eq!((&live_one, &inspect(&place, &format!("{} --backup all.backup", sessions[11])).await), (&one, &one));
    assert_eq!((&one["user"], &one["head"]["version"], &one["floor"]), (&read["userId"], &json!(41), &json!(0)));
    assert_eq!(one["verified"], json!({"from": 0, "to": 41}));
    assert_eq!(one["state"]["messages"], read["messages"]);
    let entries = one["entries"].as_array().expect("entries");
    assert_eq!((entries.len(), &entries[0]["entry"]["events"][0]["kind"]), (41, &json!("sessionCreated")));
    assert_eq!(entries[40]["chain"], one["head"]["chain"]);
    let long = inspect(&place, &sessions[0]).await;
    let (floor, snapshot) = (long["floor"].as_u64().expect("a version"), long["snapshot"]["version"].as_u64().expect("a version"));
    assert!(floor > 0 && floor <= snapshot && long["verified"] == json!({"from": snapshot, "to": 701}), "{floor} {snapshot}");
    let private = inspect(&place, &sessions[1]).await;
    assert!(private["privates"] == json!(["handle"]) && !private.to_string().contains("{\"a\":1}"), "names and no values");
    assert!(inspect(&place, &gone).await["erased"].is_string());
    run(&place, &format!("inspect {}", new_id())).await.refused("sessionNotFound");
    run(&place, &format!("inspect {} --app shop", sessions[1])).await.refused("sessionNotFound");
    run(&place, "inspect --store sqlite:no.db").await.refused("storeMissing");
    run(&place, "inspect --backup no.backup").await.refused("fileMissing");
}
