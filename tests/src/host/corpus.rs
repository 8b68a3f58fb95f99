//! The conversations that tests write into hosts: the real ones of `corpus/`, and some of other scripts than ASCII.

use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::Value;

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `user` or `assistant`.
    pub kind: String,
    /// Its text.
    pub content: String,
}

/// What two said to each other.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Its messages.
    pub lines: Vec<Line>,
}

/// All of them: 300 real ones, which hold ASCII alone, and ours.
///
/// # Panics
/// If the file is not what it was.
pub fn conversations() -> Vec<Conversation> {
    let packed: &[u8] = include_bytes!("../../corpus/conversations.jsonl.gz");
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).expect("the corpus is gzip");
    let read = |line: &str| {
        let conversation: Value = serde_json::from_str(line).expect("a line is JSON");
        let messages = conversation["messages"].as_array().expect("a conversation has messages");
        let text = |value: &Value| value.as_str().expect("type and content are text").to_owned();
        let line = |message: &Value| Line { kind: text(&message["type"]), content: text(&message["content"]) };
        Conversation { lines: messages.iter().map(line).collect() }
    };
    let mut all: Vec<Conversation> = text.lines().map(read).collect();
    assert_eq!(all.len(), 300, "the corpus has 300 conversations");
    all.extend(other_scripts());
    all
}

/// Japanese, Arabic, Hebrew with vowel points, Devanagari, emoji joined by ZWJ, flags, combining marks in both orders, what JSON and
/// lines treat as special, and the ends of the code space.
fn other_scripts() -> Vec<Conversation> {
    let conversation = |contents: &[&str]| {
        let kinds = ["user", "assistant"].into_iter().cycle();
        let line = |(content, kind): (&&str, &str)| Line { kind: kind.into(), content: (*content).into() };
        Conversation { lines: contents.iter().zip(kinds).map(line).collect() }
    };
    vec![
        conversation(&[
            "\u{65e5}\u{672c}\u{8a9e}\u{3067}\u{8a71}\u{305b}\u{307e}\u{3059}\u{304b}\u{ff1f}",
            "\u{306f}\u{3044}\u{3001}\u{3082}\u{3061}\u{308d}\u{3093}\u{3067}\u{3059}\u{3002}\u{ff76}\u{ff80}\u{ff76}\u{ff85}\u{3082}",
            "\u{1f44d}\u{1f3fd}",
        ]),
        conversation(&[
            "\u{647}\u{644} \u{62a}\u{62a}\u{62d}\u{62f}\u{62b} \u{627}\u{644}\u{639}\u{631}\u{628}\u{64a}\u{629}\u{61f}",
            "\u{200f}\u{646}\u{639}\u{645}\u{200f} abc \u{202b}123\u{202c}",
            "\u{5e9}\u{5b8}\u{5dc}\u{5d5}\u{5b9}\u{5dd}",
        ]),
        conversation(&[
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}\u{1f3f4}\u{200d}\u{2620}\u{fe0f}\u{1f1ef}\u{1f1f5}",
            "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}",
            "e\u{301} \u{e9} \u{1100}\u{1161} \u{ac00}",
            "\u{0} \u{1} \u{7f} \u{85} \u{2028} \u{2029} \u{feff} \u{fffd} \u{ffff} \u{10ffff}",
            "a\r\nb\tc\"d\\e/f\u{8}\u{c}",
            "",
        ]),
    ]
}
