//! Source is ASCII: what looks alike is alike, and a diff shows everything.
//!
//! Prose and data may hold any text; a test of other scripts writes escapes.

use crate::tidy::Violation;
use crate::tidy::source::Source;

pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| source.is_code()) {
        for (line, text) in source.text.lines().enumerate() {
            if let Some(character) = text.chars().find(|character| !character.is_ascii()) {
                let code = u32::from(character);
                violations.push(Violation::at(source, line, format!("U+{code:04X} is not ASCII: write an escape")));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_not_ascii() {
        assert!(check(&[Source::new("a.md", "caf\u{e9}"), Source::new("a.rs", "// cafe\n")]).is_empty());
        for path in ["a.rs", "a.ts", "a.tsx", "a.mjs", "a.js", "a.toml", "a.sh", ".ci/run"] {
            let found = check(&[Source::new(path, "x\ncaf\u{e9}\n")]);
            assert_eq!(found[0].place, format!("{path}:2"));
            assert!(found[0].what.contains("U+00E9"));
        }
    }
}
