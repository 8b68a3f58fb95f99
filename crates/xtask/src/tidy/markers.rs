//! Marks of unfinished work, and tests that are switched off or push the others aside.
//!
//! The words are put together from pieces here, because this file is checked too.

use crate::tidy::Violation;
use crate::tidy::source::Source;

const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const SWITCHED_OFF: [&str; 9] = [
    concat!("test.", "skip"),
    concat!("it.", "skip"),
    concat!("describe.", "skip"),
    concat!("suite.", "skip"),
    concat!("test.", "todo"),
    concat!("it.", "todo"),
    concat!(".on", "ly("),
    concat!("skip: ", "true"),
    concat!("only: ", "true"),
];

pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| !source.is_lock()) {
        for (line, text) in source.text.lines().enumerate() {
            if let Some(mark) = UNFINISHED.into_iter().find(|mark| has_word(text, mark)) {
                violations.push(Violation::at(source, line, format!("{mark}: do it, or say in a sentence why not")));
            }
            if let Some(mark) = switched_off(source, text) {
                violations.push(Violation::at(source, line, format!("`{mark}`: a test runs, or it is not there")));
            }
        }
    }
    violations
}

fn switched_off(source: &Source, text: &str) -> Option<&'static str> {
    match source.extension() {
        "rs" => text.trim_start().starts_with(concat!("#[", "ignore")).then_some("#[ignore]"),
        "ts" | "tsx" | "mjs" | "js" => SWITCHED_OFF.into_iter().find(|mark| text.contains(mark)),
        _ => None,
    }
}

/// Whether a line holds the word and not a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |character: Option<char>| character.is_some_and(|character| character.is_alphanumeric() || character == '_');
    text.match_indices(word).any(|(at, _)| !is_part(text[..at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_unfinished_work() {
        assert!(check(&[Source::new("a.rs", concat!("// auTO", "DOne XX", "XL\n"))]).is_empty());
        for mark in UNFINISHED {
            for path in ["a.rs", "a.ts", "README.md", "a.toml"] {
                assert_eq!(check(&[Source::new(path, &format!("fine\n// {mark}: later\n"))])[0].place, format!("{path}:2"));
            }
        }
    }

    #[test]
    fn finds_tests_that_do_not_run() {
        assert_eq!(check(&[Source::new("a.rs", concat!("    #[", "ignore = \"slow\"]\n"))]).len(), 1);
        for mark in SWITCHED_OFF {
            assert_eq!(check(&[Source::new("a.test.mjs", mark)]).len(), 1, "{mark}");
        }
        assert!(check(&[Source::new("README.md", concat!("test.", "skip"))]).is_empty());
    }
}
