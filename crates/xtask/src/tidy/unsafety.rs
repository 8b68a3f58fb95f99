//! Unsafe code stands in `crates/module` alone (its raw exports), and every block says in a `SAFETY:` comment why it holds.
//!
//! It reads lines, not syntax: strings and comments are cut off, a raw string over several lines is not. The compiler's own lint
//! `unsafe_code` is the wall; this rule keeps the exceptions few and explained.

use crate::tidy::Violation;
use crate::tidy::source::Source;

const HOME: &str = "crates/module/";
/// Put together, so that this file does not find itself.
const WORD: &str = concat!("un", "safe");

pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        let lines: Vec<&str> = source.text.lines().collect();
        for (line, code) in lines.iter().enumerate().map(|(line, text)| (line, code(text))) {
            let Some(kind) = kind(&code) else { continue };
            if !source.path.starts_with(HOME) {
                violations.push(Violation::at(source, line, format!("{WORD} code stands in {HOME} alone")));
            } else if kind == Kind::Block && !is_explained(&lines, line) {
                violations.push(Violation::at(source, line, format!("{WORD} code without a `SAFETY:` comment above it")));
            }
        }
    }
    violations
}

/// One line that names every place.
pub(super) fn describe(sources: &[Source]) -> String {
    let places: Vec<String> = sources
        .iter()
        .filter(|source| source.is_rust())
        .flat_map(|source| source.text.lines().enumerate().map(move |(line, text)| (source, line, text)))
        .filter(|(_, _, text)| kind(&code(text)) == Some(Kind::Block))
        .map(|(source, line, _)| format!("{}:{}", source.path, line + 1))
        .collect();
    format!("{} {WORD} blocks: {}", places.len(), if places.is_empty() { "none".to_owned() } else { places.join(", ") })
}

#[derive(PartialEq, Eq)]
enum Kind {
    /// A block or an `impl`: somebody promises something here.
    Block,
    /// A function, a trait, an attribute or an `extern` block: somebody else has to promise.
    Declaration,
}

fn kind(code: &str) -> Option<Kind> {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let mut places =
        code.match_indices(WORD).filter(|(at, _)| !code[..*at].ends_with(is_part) && !code[at + WORD.len()..].starts_with(is_part));
    let (at, _) = places.next()?;
    let behind = code[at + WORD.len()..].trim_start();
    let declares = ["fn ", "extern ", "trait ", "("].iter().any(|start| behind.starts_with(start));
    Some(if declares { Kind::Declaration } else { Kind::Block })
}

/// A line without its strings and its comment.
fn code(line: &str) -> String {
    let mut kept = String::new();
    let mut characters = line.chars().peekable();
    let mut quoted = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' if quoted => drop(characters.next()),
            '"' => quoted = !quoted,
            '/' if !quoted && characters.peek() == Some(&'/') => break,
            _ if quoted => {}
            _ => kept.push(character),
        }
    }
    kept
}

/// Whether a comment of that line, or the comment right above its statement, gives the reason.
fn is_explained(lines: &[&str], line: usize) -> bool {
    let above = lines[..line].iter().rev().take_while(|text| {
        let text = text.trim();
        text.starts_with("//") || text.starts_with("#[") || text.ends_with(['=', '('])
    });
    std::iter::once(&lines[line]).chain(above).any(|text| text.contains("SAFETY:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_module(lines: &[&str]) -> Vec<Violation> {
        check(&[Source::new("crates/module/src/raw.rs", &lines.join("\n"))])
    }

    #[test]
    fn s20_finds_it_outside_the_module() {
        let block = format!("// SAFETY: none.\n{WORD} {{ f() }}\n");
        assert_eq!(check(&[Source::new("crates/host/src/lib.rs", &block)])[0].place, "crates/host/src/lib.rs:2");
        let mentions = format!("// {WORD}\n#![deny({WORD}_code)]\nlet text = \"{WORD}\"; // {WORD}\n");
        assert!(check(&[Source::new("crates/host/src/lib.rs", &mentions)]).is_empty());
    }

    #[test]
    fn s20_finds_blocks_without_a_reason() {
        let block = format!("    let byte = {WORD} {{ *address }};");
        assert!(in_module(&["    // SAFETY: the address was given out by alloc.", "    // It lives.", &block]).is_empty());
        assert_eq!(in_module(&["    // The address was given out by alloc.", &block]).len(), 1);
        assert_eq!(in_module(&["    // SAFETY: for the line below.", "    let other = 1;", &block]).len(), 1);
        let (implementation, attribute) = (format!("{WORD} impl Sync for A {{}}"), format!("#[{WORD}(no_mangle)]"));
        assert_eq!(in_module(&[&implementation]).len(), 1);
        assert!(in_module(&[&attribute, "pub extern \"C\" fn f() {}"]).is_empty());
    }

    #[test]
    fn s20_lists_every_block() {
        let text = format!("//! A.\n{WORD} {{ f() }}\n");
        assert!(describe(&[Source::new("crates/module/src/raw.rs", &text)]).contains("raw.rs:2"));
    }
}
