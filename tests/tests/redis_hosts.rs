//! Several hosts over one Redis, as processes: what one writes the others show and tell, and whoever moves between them loses nothing.

#[allow(dead_code, unreachable_pub, reason = "tests of the store use it as well")]
#[path = "../../crates/store-redis/tests/redis/servers.rs"]
mod servers;

use std::time::{Duration, Instant};

use colloq_tests::host::{Follower, Host, Http, Link, Place, new_id, said};
use serde_json::{Value, json};
use servers::{Cluster, Server};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Whoever waits longer has not been told: inboxes and lists are read again every ten seconds, sessions looked at every two.
const AT_ONCE: Duration = Duration::from_secs(8);
/// What one host writes, one message after the other; each would wait two seconds for a look if nobody told the other host.
const MESSAGES: u32 = 20;

async fn hosts(place: &Place, url: &str, count: usize) -> Vec<Host> {
    let mut hosts = Vec::new();
    for _ in 0..count {
        hosts.push(place.setup().flag("--store", url).start().await);
    }
    hosts
}

async fn create(http: &Http, user: &str) -> String {
    let session = http.post("/v1/sessions", &json!({"userId": user})).await.expect(201);
    session["id"].as_str().expect("an id").to_owned()
}

async fn say(http: &Http, session: &str, content: &str) -> Value {
    http.post(&format!("/v1/sessions/{session}/messages"), &json!({"type": "user", "content": content})).await.expect(201)
}

async fn follow(host: &Host, session: &str) -> (Link, Follower) {
    let mut link = Link::open(host.address, None, &new_id()).await.expect("a link");
    let mut follower = Follower::new(session);
    follower.subscribe(&mut link).await.expect("a subscription");
    (link, follower)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_what_one_host_writes_the_links_of_another_see_at_once() {
    let (server, place) = (Server::start(&[]), Place::new());
    let hosts = hosts(&place, &server.url(), 2).await;
    let (one, other) = (hosts[0].http(), hosts[1].http());
    let session = create(&one, "ada").await;
    let (mut link, mut follower) = follow(&hosts[1], &session).await;
    // What happens before the channel is followed is found by the look that follows it.
    let begun = Instant::now();
    for nth in 0..MESSAGES {
        say(&one, &session, &format!("message {nth}")).await;
        let before = follower.version();
        while follower.version() == before {
            let frame = timeout(AT_ONCE, link.next_of("entries")).await.unwrap_or_else(|_| panic!("message {nth} came late")).unwrap();
            follower.receive(&frame, link.text());
        }
        // And a read anywhere shows what was acknowledged anywhere.
        let read = other.get(&format!("/v1/sessions/{session}")).await.expect(200);
        assert_eq!(said(&read).last().map(|line| line.content.clone()), Some(format!("message {nth}")));
    }
    assert!(begun.elapsed() < Duration::from_secs(1) * MESSAGES, "looks alone would take two seconds each");
    hosts.iter().for_each(Host::assert_unbroken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_session_that_three_hosts_write_has_one_history() {
    let (cluster, place) = (Cluster::start(2_000, &[]), Place::new());
    let hosts = hosts(&place, &cluster.url(), 3).await;
    let session = create(&hosts[0].http(), "ada").await;
    let mut writers = JoinSet::new();
    for (at, host) in hosts.iter().enumerate() {
        let (http, session) = (host.http(), session.clone());
        writers.spawn(async move {
            for nth in 0..25 {
                say(&http, &session, &format!("{at}-{nth}")).await;
            }
        });
    }
    writers.join_all().await;
    let mut histories = Vec::new();
    for host in &hosts {
        let read = host.http().get(&format!("/v1/sessions/{session}")).await.expect(200);
        assert_eq!(read["version"], 76);
        histories.push(said(&read).into_iter().map(|line| line.content).collect::<Vec<_>>());
        host.assert_unbroken();
    }
    assert!(histories.iter().all(|history| *history == histories[0]));
    for at in 0..3 {
        let own: Vec<&String> = histories[0].iter().filter(|content| content.starts_with(&format!("{at}-"))).collect();
        let expected: Vec<String> = (0..25).map(|nth| format!("{at}-{nth}")).collect();
        assert!(own.into_iter().eq(&expected), "each writer's messages are there once, in their order");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_client_that_moves_between_hosts_loses_nothing() {
    let (server, place) = (Server::start(&[]), Place::new());
    let mut hosts = hosts(&place, &server.url(), 2).await;
    let session = create(&hosts[0].http(), "ada").await;
    let client = new_id();
    let mut follower = Follower::new(&session);
    let ids: Vec<String> = (0..30).map(|_| new_id()).collect();
    let mut sent: usize = 0;
    for round in 0..6 {
        let mut link = Link::open(hosts[0].address, None, &client).await.expect("a link");
        follower.subscribe(&mut link).await.expect("it goes on where it stood");
        // The last one of the round before comes again, as from a client that did not hear of it.
        let first = if round == 0 { 1 } else { sent };
        let commands: Vec<Value> = (first..=sent + 5)
            .map(|seq| json!({"id": [client, seq], "kind": "appendMessage", "message": {"id": ids[seq - 1], "type": "user", "content": format!("{seq}")}}))
            .collect();
        sent += 5;
        link.send(&json!({"kind": "submit", "session": session, "base": follower.version(), "commands": commands})).await.expect("sent");
        let until = 1 + sent as u64;
        while follower.version() < until {
            let frame = link.next_of("entries").await.expect("entries");
            follower.receive(&frame, link.text());
        }
        if round == 3 {
            // The host that it leaves is no more.
            hosts.remove(0).kill().await;
            hosts.push(place.setup().flag("--store", &server.url()).start().await);
        } else {
            hosts.swap(0, 1);
        }
    }
    let read = hosts[1].http().get(&format!("/v1/sessions/{session}")).await.expect(200);
    let contents: Vec<String> = said(&read).into_iter().map(|line| line.content).collect();
    assert_eq!(contents, (1..=sent).map(|seq| seq.to_string()).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_logging_out_everywhere_ends_the_sessions_of_all_hosts() {
    let (server, place) = (Server::start(&[]), Place::new());
    let hosts = hosts(&place, &server.url(), 2).await;
    let sessions = [create(&hosts[0].http(), "ada").await, create(&hosts[1].http(), "ada").await];
    let (mut link, _) = follow(&hosts[0], &sessions[1]).await;
    let token = hosts[0].http_as("user", "ada").await;
    hosts[1].http().write("DELETE", "/v1/users/ada/sessions", &Value::Null).await.expect(204);
    let ended = timeout(AT_ONCE, link.next_of("entries")).await.expect("told at once").expect("entries");
    assert!(ended.to_string().contains("signedOut"), "{ended}");
    drop(token);
    for (at, session) in sessions.iter().enumerate() {
        let read = hosts[at].http().get(&format!("/v1/sessions/{session}")).await.expect(200);
        assert_eq!((&read["isActive"], &read["ended"]["reason"]), (&json!(false), &json!("signedOut")));
        let refused =
            hosts[1 - at].http().post(&format!("/v1/sessions/{session}/messages"), &json!({"type": "user", "content": "x"})).await;
        assert_eq!((refused.status, &*refused.code()), (410, "sessionEnded"));
    }
    // Erased on one host is gone on the other, whose links hear of it.
    let (mut link, _) = follow(&hosts[0], &sessions[0]).await;
    sleep(Duration::from_millis(100)).await;
    hosts[1].http().write("DELETE", &format!("/v1/sessions/{}", sessions[0]), &Value::Null).await.expect(204);
    let ended = timeout(AT_ONCE, link.next_of("ended")).await.expect("told at once").expect("ended");
    assert_eq!(ended["reason"], "erased");
    assert_eq!(hosts[0].http().get(&format!("/v1/sessions/{}", sessions[0])).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_an_agent_and_a_list_see_what_another_host_appends() {
    let (server, place) = (Server::start(&[]), Place::new());
    let hosts = hosts(&place, &server.url(), 2).await;
    let (one, session) = (hosts[0].http(), create(&hosts[0].http(), "ada").await);
    let mut agent = Link::open(hosts[1].address, None, &new_id()).await.expect("a link");
    agent.send(&json!({"kind": "watchInbox"})).await.expect("sent");
    assert_eq!(agent.next_of("inbox").await.expect("the inbox")["upsert"], json!([]));
    let token = hosts[1].http().token("user", "ada").await;
    let mut person = Link::open(hosts[1].address, Some(&token), &new_id()).await.expect("a link");
    person.send(&json!({"kind": "watchSessions", "limit": 10})).await.expect("sent");
    person.next_of("sessions").await.expect("the list");
    // Both are followed in a moment, and what happens until then is read again.
    for nth in 0..3 {
        let message = say(&one, &session, &format!("question {nth}")).await;
        let news = timeout(AT_ONCE, agent.next_of("inbox")).await.expect("told at once").expect("news");
        assert_eq!((&news["upsert"][0]["session"], &news["upsert"][0]["message"]), (&json!(session), &message["id"]), "{news}");
        let listed = timeout(AT_ONCE, person.next_of("sessions")).await.expect("told at once").expect("news");
        assert_eq!(listed["upsert"][0]["id"], json!(session), "{listed}");
        let answer = json!({"type": "assistant", "content": "answer", "replyTo": message["id"]});
        one.post(&format!("/v1/sessions/{session}/messages"), &answer).await.expect(201);
        let news = timeout(AT_ONCE, agent.next_of("inbox")).await.expect("told at once").expect("news");
        assert_eq!(news["remove"], json!([session]), "{news}");
        // Of two agents on two hosts one gets through.
        let late = hosts[1].http().post(&format!("/v1/sessions/{session}/messages"), &answer).await;
        assert_eq!((late.status, &*late.code()), (409, "alreadyAnswering"));
    }
    one.write("DELETE", &format!("/v1/sessions/{session}"), &Value::Null).await.expect(204);
    loop {
        let listed = timeout(AT_ONCE, person.next_of("sessions")).await.expect("told at once").expect("news");
        if listed["remove"] == json!([session]) {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_whoever_is_present_is_seen_on_all_hosts() {
    let (server, place) = (Server::start(&[]), Place::new());
    let hosts = hosts(&place, &server.url(), 2).await;
    let session = create(&hosts[0].http(), "ada").await;
    let be = |typing: bool| json!({"kind": "presence", "session": session, "state": {"typing": typing}});
    let (mut one, _) = follow(&hosts[0], &session).await;
    one.send(&be(true)).await.expect("sent");
    one.next_of("presence").await.expect("its own");
    // Whoever comes later to another host is told who was there before.
    let (mut other, _) = follow(&hosts[1], &session).await;
    let seen = timeout(AT_ONCE, other.next_of("presence")).await.expect("told at once").expect("presence");
    assert_eq!((seen["links"].as_array().map(Vec::len), &seen["links"][0]["state"]["typing"]), (Some(1), &json!(true)), "{seen}");
    other.send(&be(false)).await.expect("sent");
    let both = timeout(AT_ONCE, one.next_of("presence")).await.expect("told at once").expect("presence");
    assert_eq!(both["links"].as_array().map(Vec::len), Some(2), "{both}");
    assert_ne!(both["links"][0]["link"], both["links"][1]["link"]);
    drop(other);
    let left = timeout(AT_ONCE, one.next_of("presence")).await.expect("told at once").expect("presence");
    assert_eq!(left["links"].as_array().map(Vec::len), Some(1), "{left}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_hosts_count_into_one_history() {
    let (server, place) = (Server::start(&[]), Place::new());
    let mut hosts = hosts(&place, &server.url(), 3).await;
    for host in &hosts {
        let session = create(&host.http(), "ada").await;
        say(&host.http(), &session, "hello").await;
    }
    // Two go at once, and the third sees what all of them counted.
    let last = hosts.pop().expect("a host");
    for host in &hosts {
        host.terminate().await;
    }
    for host in hosts {
        host.assert_unbroken();
        assert!(host.ended().await.success());
    }
    let analytics = last.http().get("/v1/analytics").await.expect(200);
    let counters = &analytics["counters"];
    assert_eq!((&counters["created"], &counters["messages"]["user"], &counters["users"]["count"]), (&json!(3), &json!(3), &json!(1)));
    last.assert_unbroken();
}
