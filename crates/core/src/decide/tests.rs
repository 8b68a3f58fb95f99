//! Every "no" of the rules, with its code and its place; and the bounds at which each begins.

use std::prelude::v1::*;

use std::format;

use crate::scene::{NOW, Scene, ada, bot, command, id, ops};
use crate::{Actor, Command, CommandId, Expire, Id, Request, Restore, Role, Session, Stamp, Status, decide};

/// A session with a message of its user (1), an answer (2), a stream (3), and one that was stopped (4).
fn talk() -> Scene {
    let mut scene = Scene::new();
    scene.does(&ada(), r##"{"kind":"appendMessage","message":{"id":"#1","type":"user","content":"Hi"}}"##);
    scene.does(&bot(), r##"{"kind":"appendMessage","message":{"id":"#2","type":"assistant","content":"Yes?","replyTo":"#1"}}"##);
    for n in [3, 4] {
        scene.does(&bot(), &format!(r##"{{"kind":"appendMessage","message":{{"id":"#{n}","type":"assistant","status":"streaming"}}}}"##));
    }
    scene.does(&bot(), r##"{"kind":"appendDelta","message":"#3","offset":0,"text":"Gr\u00fc\u00dfe"}"##);
    scene.does(&ada(), r##"{"kind":"stopMessage","message":"#4"}"##);
    scene
}

#[test]
fn new_messages() {
    let scene = talk();
    let long = "x".repeat(262_145);
    let notes = "n".repeat(65_536);
    for (fields, refusal) in [
        (r#""type":"user","content":"""#, "/message/id required"),
        (r##""id":"#1","type":"user","content":"""##, "idTaken"),
        (r##""id":"#9","type":"assistant","content":"""##, "forbidden"),
        (r##""id":"#9","type":"user","content":"","status":"stopped""##, "/message/status status"),
        (r##""id":"#9","type":"user""##, "/message/content required"),
        (r##""id":"#9","type":"user","content":"","parts":[]"##, "/message/parts contentOrParts"),
        (&format!(r##""id":"#9","type":"user","content":"","turn":"{}""##, "t".repeat(257)), "/message/turn tooLong"),
        (r##""id":"#9","type":"user","content":"","replyTo":"#8""##, "messageNotFound"),
        (r##""id":"#9","type":"user","content":"","metadata":[]"##, "/metadata object"),
        (r##""id":"#9","type":"user","content":"","metadata":{"apiCalls":[1]}"##, "/metadata/apiCalls strings"),
        (r##""id":"#9","type":"user","content":"","metadata":{"apiCalls":"x"}"##, "/metadata/apiCalls strings"),
        (r##""id":"#9","type":"user","content":"","metadata":{"processingTime":"1"}"##, "/metadata/processingTime number"),
        (&format!(r##""id":"#9","type":"user","content":"","metadata":{{"n":"{notes}"}}"##), "tooLarge"),
        (&format!(r##""id":"#9","type":"user","content":"{long}""##), "tooLarge"),
        (r##""id":"#9","type":"user","parts":[{"type":"text"}]"##, "/part/text required"),
        (&format!(r##""id":"#9","type":"user","parts":[{{"type":"{}"}}]"##, "k".repeat(257)), "/part text"),
        (&format!(r##""id":"#9","type":"user","parts":[{{"id":"{}","type":"x"}}]"##, "i".repeat(257)), "/part text"),
        (&format!(r##""id":"#9","type":"user","parts":[{{"type":"x","n":"{notes}"}}]"##), "tooLarge"),
        (r##""id":"#9","type":"user","parts":[{"id":"1","type":"x"},{"type":"x"}]"##, "/message/parts/1/id duplicate"),
        (&format!(r##""id":"#9","type":"user","parts":[{}]"##, [r#"{"type":"x"}"#; 257].join(",")), "/message/parts length"),
    ] {
        let said = scene.refused(&ada(), &format!("{{\"kind\":\"appendMessage\",\"message\":{{{fields}}}}}"));
        assert_eq!(said, refusal, "{}", &fields[..fields.len().min(100)]);
    }
    let second = r##"{"kind":"appendMessage","message":{"id":"#9","type":"assistant","content":"Me too","replyTo":"#1"}}"##;
    assert_eq!(scene.refused(&ops(), second), "alreadyAnswering");
    // What is as large as it may be is taken.
    let whole = &long[..262_144];
    assert!(
        scene
            .refused(&ada(), &format!(r##"{{"kind":"appendMessage","message":{{"id":"#9","type":"user","content":"{whole}"}}}}"##))
            .starts_with("accepted")
    );
}

#[test]
fn eight_streams_at_once() {
    let mut scene = Scene::new();
    for n in 1..=9 {
        let begin = format!(r##"{{"kind":"appendMessage","message":{{"id":"#{n}","type":"assistant","status":"streaming"}}}}"##);
        if n == 9 {
            assert_eq!(scene.refused(&bot(), &begin), "limitReached");
        } else {
            scene.does(&bot(), &begin);
        }
    }
}

#[test]
fn streams() {
    let mut scene = talk();
    let long = "x".repeat(262_145);
    for (actor, json, refusal) in [
        (bot(), r##"{"kind":"appendDelta","message":"#9","offset":0,"text":""}"##, "messageNotFound"),
        (bot(), r##"{"kind":"appendDelta","message":"#4","offset":0,"text":""}"##, "messageStopped"),
        (bot(), r##"{"kind":"appendDelta","message":"#1","offset":0,"text":""}"##, "messageStopped"),
        (bot(), r##"{"kind":"appendDelta","message":"#3","offset":8,"text":"x"}"##, "offsetGap"),
        (bot(), r##"{"kind":"appendDelta","message":"#3","offset":0,"text":"gr"}"##, "offsetMismatch"),
        (bot(), r##"{"kind":"appendDelta","message":"#3","part":"","offset":0,"text":"x"}"##, "/part text"),
        (bot(), &format!(r##"{{"kind":"appendDelta","message":"#3","offset":7,"text":"{long}"}}"##), "tooLarge"),
        (bot(), r##"{"kind":"appendDelta","message":"#3","offset":7,"text":"x","epoch":2}"##, "producerFenced"),
        (ada(), r##"{"kind":"appendDelta","message":"#3","offset":7,"text":"x"}"##, "forbidden"),
        (ada(), r##"{"kind":"appendDelta","message":"#3","offset":7,"text":"x","epoch":7}"##, "producerFenced"),
        (bot(), r##"{"kind":"setPart","message":"#3","part":{"id":"","type":"x"}}"##, "/part text"),
        (bot(), &format!(r##"{{"kind":"setPart","message":"#3","part":{{"id":"p","type":"text","text":"{long}"}}}}"##), "tooLarge"),
        (bot(), r##"{"kind":"reviseMessage","message":"#3","from":9,"text":"x"}"##, "offsetGap"),
        (bot(), r##"{"kind":"reviseMessage","message":"#3","from":3,"text":"x"}"##, "/from boundary"),
        (bot(), r##"{"kind":"reviseMessage","message":"#3","part":"","from":0,"text":"x"}"##, "/part text"),
        (bot(), r##"{"kind":"completeMessage","message":"#3","metadata":{"apiCalls":1}}"##, "/metadata/apiCalls strings"),
        (
            bot(),
            &format!(r##"{{"kind":"failMessage","message":"#3","error":{{"code":"{}","message":""}}}}"##, "c".repeat(257)),
            "/error tooLong",
        ),
        (
            bot(),
            &format!(r##"{{"kind":"failMessage","message":"#3","error":{{"code":"c","message":"{}"}}}}"##, &long[..65_537]),
            "/error tooLong",
        ),
        (bot(), r##"{"kind":"takeOver","message":"#9"}"##, "messageNotFound"),
        (bot(), r##"{"kind":"takeOver","message":"#4"}"##, "messageStopped"),
        (ada(), r##"{"kind":"takeOver","message":"#3"}"##, "forbidden"),
        (ada(), r##"{"kind":"stopMessage","message":"#9"}"##, "messageNotFound"),
        (ada(), r##"{"kind":"interruptMessage","message":"#1"}"##, "conflict"),
        (ada(), r##"{"kind":"interruptMessage","message":"#9"}"##, "messageNotFound"),
        (ada(), r##"{"kind":"interruptMessage","message":"#4"}"##, "accepted: []"),
        (ada(), r##"{"kind":"stopMessage","message":"#4"}"##, "accepted: []"),
        (bot(), r##"{"kind":"appendDelta","message":"#3","offset":2,"text":"\u00fc"}"##, "accepted: []"),
    ] {
        assert_eq!(scene.refused(&actor, json), refusal, "{}", &json[..json.len().min(120)]);
    }
    // An operator without an epoch is let in, whoever produces.
    scene.does(&bot(), r##"{"kind":"takeOver","message":"#3"}"##);
    scene.does(&ops(), r##"{"kind":"appendDelta","message":"#3","offset":7,"text":"!"}"##);
    assert_eq!(scene.refused(&ops(), r##"{"kind":"appendDelta","message":"#3","offset":8,"text":"!","epoch":1}"##), "producerFenced");
    for n in 1..256 {
        scene.does(&ops(), &format!(r##"{{"kind":"setPart","message":"#3","part":{{"id":"p{n}","type":"x"}}}}"##));
    }
    let parts = scene.session().message(id(3)).unwrap().to_draft().parts.len();
    assert_eq!(
        (parts, scene.refused(&ops(), r##"{"kind":"setPart","message":"#3","part":{"id":"q","type":"x"}}"##)),
        (256, "/part length".into())
    );
    assert_eq!(scene.refused(&ops(), r##"{"kind":"appendDelta","message":"#3","part":"q","offset":0,"text":"x"}"##), "/part text");
}

#[test]
fn what_was_said() {
    let scene = talk();
    let long = "s".repeat(65_537);
    for (actor, json, refusal) in [
        (ada(), r##"{"kind":"editMessage","message":"#9","replacement":{"id":"#8","type":"user","content":""}}"##, "messageNotFound"),
        (ada(), r##"{"kind":"editMessage","message":"#2","replacement":{"id":"#8","type":"user","content":""}}"##, "forbidden"),
        (ada(), r##"{"kind":"editMessage","message":"#1","replacement":{"id":"#8","type":"tool","content":""}}"##, "forbidden"),
        (ada(), r##"{"kind":"removeMessage","message":"#9"}"##, "messageNotFound"),
        (ada(), r##"{"kind":"patchMetadata","message":"#9","metadata":{}}"##, "messageNotFound"),
        (ada(), r##"{"kind":"patchMetadata","message":"#1","metadata":1}"##, "/metadata object"),
        (ada(), r##"{"kind":"rewind","through":"#9"}"##, "messageNotFound"),
        (ada(), r##"{"kind":"rewind","through":"#4"}"##, "accepted: []"),
        (bot(), r##"{"kind":"compact","through":"#9","summary":""}"##, "messageNotFound"),
        (bot(), r##"{"kind":"compact","through":"#3","summary":""}"##, "conflict"),
        (bot(), &format!(r##"{{"kind":"compact","through":"#1","summary":"{long}"}}"##), "/summary tooLong"),
    ] {
        assert_eq!(scene.refused(&actor, json), refusal, "{}", &json[..json.len().min(120)]);
    }
    let empty = Scene::new();
    assert_eq!(empty.refused(&ada(), r#"{"kind":"rewind"}"#), "accepted: []");
}

#[test]
fn what_a_session_is() {
    let scene = Scene::new();
    let (long, data) = ("x".repeat(1025), "d".repeat(262_144));
    for (actor, json, refusal) in [
        (ada(), r#"{"kind":"create"}"#, "idTaken"),
        (ada(), &format!(r#"{{"kind":"rename","title":"{long}"}}"#), "/title tooLong"),
        (ada(), r#"{"kind":"patchData","patch":[]}"#, "/data object"),
        (ada(), &format!(r#"{{"kind":"patchData","patch":{{"d":"{data}"}}}}"#), "tooLarge"),
        (ada(), r#"{"kind":"setActiveProject","project":{"id":"","name":"n","type":"t"}}"#, "/project text"),
        (ada(), &format!(r#"{{"kind":"recordIssue","issue":{{"id":"i","title":"{long}","status":"s"}}}}"#), "/issue text"),
        (ada(), r#"{"kind":"removeIssue","issue":"i"}"#, "accepted: []"),
        (ada(), r#"{"kind":"setPreferences","preferences":{"language":""}}"#, "/preferences/language text"),
        (ada(), r#"{"kind":"setLimits","limits":{"idleMs":null}}"#, "forbidden"),
        (ada(), r#"{"kind":"setLimits","limits":{"idleMs":0}}"#, "/limits/idleMs range"),
        (ops(), r#"{"kind":"setLimits","limits":{"maxMessages":100001}}"#, "/limits/maxMessages range"),
        (ops(), r#"{"kind":"signIn","userId":""}"#, "/userId userId"),
        (ops(), r#"{"kind":"signIn","userId":"a\u0000b"}"#, "/userId userId"),
        (ada(), r#"{"kind":"end","reason":"idle"}"#, "/reason reason"),
        (ada(), r#"{"kind":"batch","commands":[]}"#, "/commands length"),
        (ada(), &format!(r#"{{"kind":"batch","commands":[{}]}}"#, [r#"{"kind":"rename"}"#; 65].join(",")), "/commands length"),
        (ada(), r#"{"kind":"batch","commands":[{"kind":"batch","commands":[]}]}"#, "malformed"),
        (
            ada(),
            r#"{"kind":"batch","commands":[{"kind":"rename"},{"kind":"removeMessage","message":"018f0000-0000-7000-8000-000000000000"}]}"#,
            "messageNotFound",
        ),
        (Actor::new(Role::User, "ben"), r#"{"kind":"rename"}"#, "sessionNotFound"),
        (bot(), r#"{"kind":"rename"}"#, "forbidden"),
        (Actor { generation: Some(0), ..ada() }, r#"{"kind":"end"}"#, "accepted: [SessionEnded(SessionEnded { reason: Ended })]"),
    ] {
        assert_eq!(scene.refused(&actor, json), refusal, "{}", &json[..json.len().min(120)]);
    }
}

/// What a creation says of a session with an id that was made at a time.
fn created(made: u64, actor: &Actor, fields: &str) -> String {
    let session = Session::vacant("default", Id::mint(made, [1; 16]));
    let command = command(&format!("{{\"kind\":\"create\"{fields}}}"));
    match decide(&session, &command, &Stamp::new(NOW, actor.clone())) {
        Ok(_) => "accepted".into(),
        Err(rejection) => rejection.errors.first().map_or(rejection.code.as_str().into(), |error| error.pointer.clone()),
    }
}

#[test]
fn creations() {
    let day = 24 * 3_600_000;
    for (made, is_taken) in [(NOW, true), (NOW - 30 * day, true), (NOW - 30 * day - 1, false), (NOW + 60_000, true), (NOW + 60_001, false)]
    {
        assert_eq!(created(made, &ada(), ""), if is_taken { "accepted" } else { "/id" });
    }
    for (actor, fields, said) in [
        (ada(), r#","userId":"ada""#, "accepted"),
        (ada(), r#","userId":"ben""#, "forbidden"),
        (ops(), r#","userId":"ben""#, "accepted"),
        (ops(), r#","userId":"""#, "/userId"),
        (bot(), "", "forbidden"),
        (ada(), r#","limits":{"maxContentBytes":1023}"#, "/limits/maxContentBytes"),
        (ada(), r#","limits":{"maxMessages":501}"#, "forbidden"),
        (ada(), r#","context":{"userPreferences":{"language":""}}"#, "/context/userPreferences/language"),
        (ada(), r#","data":1"#, "/data"),
    ] {
        assert_eq!(created(NOW, &actor, fields), said, "{fields}");
    }
}

#[test]
fn copies() {
    let scene = talk();
    let fork = scene.session().fork(Some(id(3))).unwrap();
    assert_eq!(fork.messages.iter().map(|draft| draft.status).collect::<Vec<_>>()[2], Status::Stopped, "what streams is stopped in a copy");
    assert!(scene.session().fork(Some(id(9))).is_err());
    let restore = |state: &crate::Restored, actor: &Actor, session: &Session| {
        let command = Command::from(Restore { state: state.clone() });
        decide(session, &command, &Stamp::new(NOW, actor.clone())).map(drop).map_err(|rejection| rejection.code.as_str())
    };
    let vacant = Session::vacant("default", id(7));
    assert_eq!(restore(&fork, &ada(), &vacant), Ok(()));
    assert_eq!(restore(&fork, &ada(), scene.session()), Err("idTaken"));
    assert_eq!(restore(&fork, &Actor::new(Role::User, "ben"), &vacant), Err("forbidden"));
    let export = scene.session().export();
    assert_eq!(restore(&export, &ada(), &vacant), Err("forbidden"), "only an operator brings an export back");
    assert_eq!(restore(&export, &ops(), &Session::vacant("default", Id::mint(1000, [7; 16]))), Ok(()), "however old its id is");
    // More than its limits allow stays behind, the oldest first.
    let mut small = export.clone();
    small.limits.max_messages = 2;
    let events = decide(&vacant, &Command::from(Restore { state: small }), &Stamp::new(NOW, ops())).unwrap();
    let crate::Event::SessionRestored(restored) = &events[0] else { std::panic!("{events:?}") };
    assert_eq!((restored.state.trimmed, restored.state.messages.len(), restored.state.messages[0].id), (2, 2, id(3)));
}

#[test]
fn ends_and_time() {
    let mut scene = talk();
    let expire = |scene: &Scene, now, touched_at| {
        decide(scene.session(), &Command::from(Expire { touched_at }), &Stamp::new(now, Actor::system())).unwrap().len()
    };
    assert_eq!(expire(&scene, NOW + 59_999, NOW), 0);
    assert_eq!(expire(&scene, NOW + 60_000, NOW), 1, "a stream fell silent");
    assert_eq!(expire(&scene, NOW + 30 * 60_000 - 1, NOW), 1);
    assert_eq!(expire(&scene, NOW + 30 * 60_000, NOW), 2, "the stream is stopped, and the session ends");
    assert_eq!(expire(&scene, NOW + 30 * 60_000, NOW + 1), 1, "somebody was active since");
    scene.does(&ada(), r#"{"kind":"setLimits","limits":{"maxMessages":2}}"#);
    assert_eq!(scene.session().messages.len(), 2, "lowered limits take effect at once");
    scene.does(&ada(), r#"{"kind":"end"}"#);
    assert_eq!(scene.refused(&ada(), r#"{"kind":"rename"}"#), "sessionEnded");
    let id = Some(CommandId(id(9), 1));
    let rejected = scene.submit(&ada(), Request { id, once: None, command: command(r#"{"kind":"rename"}"#) });
    assert!(matches!(rejected, Ok(crate::Submitted::Pending(_, Some(_)))), "which is on record all the same: {rejected:?}");
}

#[test]
fn sign_in_voids_what_was_before() {
    let mut scene = Scene::new();
    let old = Actor { generation: Some(0), ..Actor::new(Role::User, "eve") };
    scene.does(&ops(), r#"{"kind":"signIn","userId":"eve"}"#);
    assert_eq!(scene.refused(&old, r#"{"kind":"rename"}"#), "unauthenticated");
    let new = Actor { generation: Some(1), ..old };
    scene.does(&new, r#"{"kind":"rename","title":"Mine"}"#);
    assert_eq!(scene.refused(&ada(), r#"{"kind":"rename"}"#), "sessionNotFound", "it is no longer its former user's");
    scene.does(&new, r#"{"kind":"signOut"}"#);
    assert_eq!((scene.session().auth.generation, scene.session().auth.state), (2, crate::AuthState::Anonymous));
}
