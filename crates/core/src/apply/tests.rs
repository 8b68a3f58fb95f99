//! What each fact does to the state.

use std::prelude::v1::*;

use std::format;

use crate::scene::{NOW, Scene, ada, bot, command, id, ops};
use crate::{Actor, Command, Draft, Free, Request, Restore, Role, Session, Stamp, Status, decide, session_json};

fn draft(scene: &Scene, n: u8) -> Draft {
    scene.session().message(id(n)).expect("the message is there").to_draft()
}

/// The parts of a message: their ids and texts.
fn parts(scene: &Scene, n: u8) -> Vec<(String, Option<String>)> {
    draft(scene, n).parts.iter().map(|part| (part.id.to_string(), part.text.clone())).collect()
}

fn part(id: &str, text: &str) -> (String, Option<String>) {
    (id.into(), Some(text.into()))
}

#[test]
fn what_the_talk_is_about() {
    let mut scene = Scene::new();
    assert_eq!(scene.session().context().user_preferences.language, "en");
    scene.does(&ada(), r#"{"kind":"setActiveProject","project":{"id":"p","name":"n","type":"linear"}}"#);
    scene.does(&ada(), r#"{"kind":"setPreferences","preferences":{"language":"de"}}"#);
    scene.does(&ada(), r#"{"kind":"setPreferences","preferences":{"responseFormat":"detailed"}}"#);
    for n in 0..21 {
        scene.does(&ada(), &format!(r#"{{"kind":"recordIssue","issue":{{"id":"{n}","title":"","status":"open"}}}}"#));
    }
    scene.does(&ada(), r#"{"kind":"recordIssue","issue":{"id":"5","title":"again","status":"done"}}"#);
    scene.does(&ada(), r#"{"kind":"removeIssue","issue":"6"}"#);
    let context = scene.session().context();
    let ids: Vec<&str> = context.recent_issues.iter().map(|issue| &*issue.id).collect();
    assert_eq!((ids.len(), &ids[..3], ids.last()), (19, &["5", "20", "19"][..], Some(&"1")), "newest first, no two alike, at most twenty");
    assert_eq!((&*context.user_preferences.language, context.user_preferences.response_format.as_str()), ("de", "detailed"));
    assert_eq!(context.active_project.as_ref().map(|project| &*project.id), Some("p"));
    scene.does(&ada(), r#"{"kind":"setActiveProject"}"#);
    assert!(scene.session().context().active_project.is_none());
}

#[test]
fn data_and_limits_and_titles() {
    let mut scene = Scene::created(r#","data":{"a":1,"b":{"c":2}},"title":"T""#);
    scene.does(&ada(), r#"{"kind":"patchData","patch":{"a":null,"b":{"d":3}}}"#);
    scene.does(&ada(), r#"{"kind":"setLimits","limits":{"maxMessages":7,"idleMs":60000}}"#);
    scene.does(&ada(), r#"{"kind":"rename"}"#);
    let session = scene.session();
    assert_eq!((session.data.as_str(), session.title.as_deref()), (r#"{"b":{"c":2,"d":3}}"#, None));
    assert_eq!((session.limits.max_messages, session.limits.idle_ms.0, session.limits.max_content_bytes), (7, Some(60_000), 1 << 20));
}

#[test]
fn a_stream_grows_by_parts() {
    let mut scene = Scene::new();
    scene.does(
        &bot(),
        r##"{"kind":"appendMessage","message":{"id":"#1","type":"assistant","status":"streaming","parts":[{"id":"0","type":"x"}]}}"##,
    );
    scene.does(&bot(), r##"{"kind":"appendDelta","message":"#1","offset":0,"text":"new"}"##);
    let first = parts(&scene, 1)[1].0.clone();
    assert_ne!(first, "0", "text that names no part never takes another part's id");
    scene.does(&bot(), r##"{"kind":"appendDelta","message":"#1","offset":3,"text":"er"}"##);
    scene.does(&bot(), r##"{"kind":"appendDelta","message":"#1","part":"q","offset":0,"text":"other"}"##);
    scene.does(&bot(), r##"{"kind":"setPart","message":"#1","part":{"id":"0","type":"tool-x","text":"set"}}"##);
    scene.does(&bot(), r##"{"kind":"setPart","message":"#1","part":{"id":"r","type":"file","url":"u"}}"##);
    scene.does(&bot(), r##"{"kind":"reviseMessage","message":"#1","part":"q","from":2,"text":"!"}"##);
    scene.does(&bot(), r##"{"kind":"reviseMessage","message":"#1","part":"s","from":0,"text":"begun"}"##);
    let expected = [part("0", "set"), part(&first, "newer"), part("q", "ot!"), ("r".into(), None), part("s", "begun")];
    assert_eq!(parts(&scene, 1), expected);
    assert_eq!(draft(&scene, 1).content(), "newerot!begun", "the content is the text parts joined");
    scene.does(&bot(), r##"{"kind":"completeMessage","message":"#1","metadata":{"a":1}}"##);
    scene.does(&bot(), r##"{"kind":"patchMetadata","message":"#1","metadata":{"a":null,"b":2}}"##);
    let whole = draft(&scene, 1);
    assert_eq!((whole.status, whole.metadata.as_ref().map(Free::as_str)), (Status::Complete, Some(r#"{"b":2}"#)));
    assert_eq!(parts(&scene, 1), expected, "what is whole keeps its parts");
}

/// What was heard of an answer is cut between characters, over all of its text parts.
#[test]
fn an_answer_is_talked_over() {
    for (heard, first, second) in
        [(0, "", ""), (3, "Gr", ""), (4, "Gr\u{fc}", ""), (5, "Gr\u{fc}", ""), (6, "Gr\u{fc}", "\u{df}"), (9, "Gr\u{fc}", "\u{df}e")]
    {
        let mut scene = Scene::new();
        let said = r#"[{"id":"a","type":"text","text":"Gr\u00fc"},{"id":"n","type":"note","text":"whole"},{"id":"b","type":"text","text":"\u00dfe"}]"#;
        scene.does(&bot(), &format!(r##"{{"kind":"appendMessage","message":{{"id":"#1","type":"assistant","parts":{said}}}}}"##));
        let events = scene.does(&ada(), &format!(r##"{{"kind":"interruptMessage","message":"#1","heardOffset":{heard},"playedMs":9}}"##));
        assert_eq!(events.len(), 1);
        let draft = draft(&scene, 1);
        assert_eq!(draft.content(), format!("{first}{second}"), "{heard}");
        assert_eq!(draft.parts[1].text.as_deref(), Some("whole"), "what is no text of the content is not heard");
        assert_eq!(draft.parts[2].text.as_deref(), Some(second));
        assert_eq!((draft.status, draft.metadata.as_ref().map(Free::as_str)), (Status::Interrupted, Some(r#"{"playedMs":9}"#)));
    }
}

#[test]
fn what_was_said_is_taken_back() {
    let mut scene = Scene::new();
    for n in 1..=5 {
        scene.does(&ada(), &format!(r##"{{"kind":"appendMessage","message":{{"id":"#{n}","type":"user","content":"{n}"}}}}"##));
    }
    scene.does(&bot(), r##"{"kind":"appendMessage","message":{"id":"#6","type":"assistant","status":"streaming"}}"##);
    scene.does(&ada(), r##"{"kind":"removeMessage","message":"#2"}"##);
    scene.does(&ada(), r##"{"kind":"editMessage","message":"#5","replacement":{"id":"#7","type":"user","content":"better"}}"##);
    let ids = |scene: &Scene| scene.session().messages.iter().map(|message| message.id()).collect::<Vec<_>>();
    assert_eq!(ids(&scene), [id(1), id(3), id(4), id(7)]);
    assert_eq!(scene.session().epoch(id(6)), None, "what streamed behind it is taken back as well");
    scene.does(&bot(), r##"{"kind":"compact","through":"#3","summary":"1 and 3"}"##);
    assert_eq!((ids(&scene), scene.session().trimmed, scene.session().summary.as_deref()), ([id(4), id(7)].into(), 2, Some("1 and 3")));
    scene.does(&ada(), r##"{"kind":"editMessage","message":"#4","replacement":{"id":"#8","type":"user","content":"first"}}"##);
    scene.does(&ada(), r#"{"kind":"rewind"}"#);
    assert!(scene.session().messages.is_empty());
}

#[test]
fn a_copy_begins_as_it_was() {
    let mut scene = Scene::created(r#","title":"T","data":{"a":1}"#);
    scene.does(&ada(), r##"{"kind":"appendMessage","message":{"id":"#1","type":"user","content":"Hi"}}"##);
    scene.does(&bot(), r##"{"kind":"compact","through":"#1","summary":"s"}"##);
    scene.does(&ada(), r##"{"kind":"appendMessage","message":{"id":"#2","type":"user","content":"Ho"}}"##);
    scene.does(&ada(), r#"{"kind":"end"}"#);
    let copied = |state, actor: &Actor| {
        let mut copy = Session::vacant("default", id(9));
        let command = Command::from(Restore { state });
        let stamp = Stamp::new(NOW + 5, actor.clone());
        decide(&copy, &command, &stamp).unwrap().iter().for_each(|event| copy.fold(event, &stamp));
        copy
    };
    let import = copied(scene.session().export(), &ops());
    let said = |session: &Session| session_json(session, NOW, None).replace(&id(9).to_string(), &id(0).to_string());
    let version = |json: String| json.replace("\"version\":5", "\"version\":0");
    assert_eq!(
        said(&import),
        version(said(scene.session())).replace("\"isActive\":true", "\"isActive\":false"),
        "an import is the session"
    );
    let fork = copied(scene.session().fork(None).unwrap(), &ada());
    assert_eq!((fork.forked_from, fork.created_at, fork.ended, fork.auth.generation), (Some(id(0)), NOW + 5, None, 0));
    assert_eq!((fork.messages.len(), fork.trimmed, fork.summary.as_deref()), (1, 1, Some("s")));
}

#[test]
fn what_is_created_without_an_id_is_named_by_entropy() {
    let append = r#"{"kind":"appendMessage","message":{"type":"user","content":"x"}}"#;
    let mut scene = Scene::new();
    scene.does(&ada(), r##"{"kind":"appendMessage","message":{"id":"#1","type":"user","content":"x"}}"##);
    let edit = r##"{"kind":"editMessage","message":"#1","replacement":{"type":"user","content":"y"}}"##;
    let batch = format!(r#"{{"kind":"batch","commands":[{edit},{append},{{"kind":"rename"}}]}}"#);
    let stamp = Stamp::new(NOW, ada()).with_entropy([5; 16]);
    scene.replica.submit(Request::from(command(&batch)), 0, stamp, ()).unwrap();
    let ids: Vec<_> = scene.replica.view().messages.iter().map(|message| message.id()).collect();
    assert_eq!(ids, [crate::Entropy::new([5; 16]).mint(NOW, 0), crate::Entropy::new([5; 16]).mint(NOW, 1)]);
    let entry = scene.replica.pending()[0].entry.as_ref().unwrap().encode();
    assert!(!entry.contains("entropy"), "the events hold the ids, and the entry no entropy: {entry}");
}

#[test]
fn a_batch_may_begin_a_session() {
    let mut scene = Scene::new();
    scene.replica = crate::Replica::new(crate::Upstream::Store, Session::vacant("default", id(3)));
    let anonymous = Actor { anonymous: true, ..ada() };
    scene.does(
        &anonymous,
        r##"{"kind":"batch","commands":[{"kind":"create"},{"kind":"appendMessage","message":{"id":"#1","type":"user","content":"x"}}]}"##,
    );
    let session = scene.session();
    assert_eq!((session.head.version, session.messages.len(), session.auth.state.as_str()), (1, 1, "anonymous"));
    assert!(command(r#"{"kind":"batch","commands":[{"kind":"create"}]}"#).begins() && !command(r#"{"kind":"rename"}"#).begins());
    let mut bot_made = Session::vacant("default", id(4));
    let stamp = Stamp::new(NOW, Actor { anonymous: true, ..Actor::new(Role::Operator, "ops") });
    decide(&bot_made, &command(r#"{"kind":"create"}"#), &stamp).unwrap().iter().for_each(|event| bot_made.fold(event, &stamp));
    assert_eq!(bot_made.auth.state.as_str(), "authenticated", "only a guest of the page is nobody's");
}
