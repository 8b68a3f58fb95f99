//! Every Rust file opens with `//!`, every TypeScript file with `/**`: what it is, and what it must never do.
//!
//! It sees that the comment is there, not that it is true.

use crate::tidy::Violation;
use crate::tidy::source::Source;

pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let wants = |source: &Source| match source {
        _ if source.is_rust() => Some("//!"),
        _ if source.is_typescript() => Some("/**"),
        _ => None,
    };
    sources
        .iter()
        .filter_map(|source| {
            let opening = wants(source)?;
            let held = source.text.trim_start_matches("#!/usr/bin/env node\n").starts_with(opening);
            (!held).then(|| Violation::at(source, 0, format!("a file opens with `{opening}`: what it is and what it must never do")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_files_without_an_opening() {
        let good = [Source::new("a.rs", "//! A.\n"), Source::new("a.ts", "/** A. */\n"), Source::new("a.toml", "x = 1\n")];
        assert!(check(&good).is_empty());
        let bad = [Source::new("a.rs", "// A.\n"), Source::new("a.tsx", "import a;\n"), Source::new("b.rs", "")];
        assert_eq!(check(&bad).len(), 3);
    }
}
