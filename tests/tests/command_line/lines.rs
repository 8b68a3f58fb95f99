//! Exports and imports: the same lines as by HTTP, without a host and with one.

use colloq_tests::host::{Place, new_id};
use serde_json::{Value, json};

use crate::servers::Server;
use crate::stage::{contents, many_lines, read, run, stop, talks};

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

fn text(place: &Place, name: &str) -> String {
    std::fs::read_to_string(place.path().join(name)).expect("it is there")
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_the_same_without_a_host_and_with_one() {
    let (here, there) = (Place::new(), Place::new());
    let host = here.start().await;
    let (sessions, _) = talks(&host.http()).await;
    let url = format!("http://{}", host.address);
    run(&here, &format!("export live.jsonl --url {url}")).await.done();
    run(&here, &format!("export live-ada.jsonl --user ada --url {url}")).await.done();
    let by_http = String::from_utf8(host.http().get("/v1/users/ada/export").await.body.to_vec()).expect("it is text");
    let before: Vec<Value> = {
        let mut all = Vec::new();
        for session in &sessions {
            all.push(read(&host.http(), session).await);
        }
        all
    };
    stop(host).await;
    let said = run(&here, "export all.jsonl").await.done();
    assert!(said.starts_with("exported 12 sessions, "), "{said}");
    run(&here, "export ada.jsonl --user ada").await.done();
    assert_eq!(sorted(&text(&here, "all.jsonl")), sorted(&text(&here, "live.jsonl")));
    assert_eq!(sorted(&text(&here, "ada.jsonl")), sorted(&by_http));
    assert_eq!(text(&here, "live-ada.jsonl"), by_http);
    run(&here, "export none.jsonl --user nobody").await.done();
    run(&here, "export none.jsonl --app shop --force").await.done();
    assert_eq!(text(&here, "none.jsonl"), "");
    run(&here, "export all.jsonl").await.refused("fileExists");

    std::fs::copy(here.path().join("all.jsonl"), there.path().join("all.jsonl")).expect("a copy");
    let said = run(&there, "import all.jsonl").await.done();
    assert!(said.starts_with("imported 12 sessions, 0 were there already"), "{said}");
    let said = run(&there, "import all.jsonl").await.done();
    assert!(said.starts_with("imported 0 sessions, 12 were there already"), "{said}");
    let host = there.start().await;
    let url = format!("http://{}", host.address);
    let said = run(&there, &format!("import all.jsonl --url {url}")).await.done();
    assert!(said.starts_with("imported 0 sessions, 12 were there already"), "{said}");
    for session in before {
        let copy = read(&host.http(), session["id"].as_str().expect("an id")).await;
        assert_eq!((contents(&copy), &copy["userId"], &copy["ended"]), (contents(&session), &session["userId"], &session["ended"]));
    }
    stop(host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_are_none_are_named_and_the_others_come() {
    let place = Place::new();
    let host = place.start().await;
    let lines = many_lines(&host.http(), 3).await;
    let good: Vec<&str> = lines.lines().collect();
    let bad = format!("{}\nnonsense\n{{\"id\":7}}\n\n{{\"id\":\"{}\"}}\n{}\n{}", good[0], new_id(), good[1], good[2]);
    std::fs::write(place.path().join("lines"), &bad).expect("a file");
    let url = format!("http://{}", host.address);
    let said = run(&place, &format!("import lines --url {url}")).await.refused("linesFailed");
    assert!(said.contains("line 2: malformed") && said.contains("line 3: invalid") && said.contains("imported 3 sessions"), "{said}");
    stop(host).await;
    let said = run(&place, "import lines --store sqlite:other.db").await.refused("linesFailed");
    assert!(said.contains("line 2: malformed") && said.contains("line 3: invalid") && said.contains("imported 3 sessions"), "{said}");
    run(&place, "import nothing --store sqlite:new.db").await.refused("fileMissing");
    assert!(!place.path().join("new.db").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_lines_come_and_go() {
    let (server, place) = (Server::start(&[]), Place::new());
    let host = place.start().await;
    let lines = many_lines(&host.http(), 40).await;
    stop(host).await;
    std::fs::write(place.path().join("lines"), &lines).expect("a file");
    run(&place, &format!("import lines --store {}", server.url())).await.done();
    run(&place, &format!("export again --store {}", server.url())).await.done();
    let ids = |text: &str| -> Vec<Value> {
        let mut ids: Vec<Value> = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["id"].clone()).collect();
        ids.sort_by_key(ToString::to_string);
        ids
    };
    assert_eq!(ids(&text(&place, "again")), ids(&lines));
    let totals: Value = serde_json::from_str(&run(&place, &format!("inspect --store {}", server.url())).await.done()).expect("JSON");
    assert_eq!((&totals["sessions"], &totals["damaged"]), (&json!(40), &json!([])));
}
