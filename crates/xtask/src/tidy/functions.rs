//! Function lengths: at most 70 lines from the signature to the closing brace.
//!
//! It goes by indentation, which `cargo fmt` fixes for Rust and convention for TypeScript: a function ends at the first line as
//! far left as its first one that begins with a closing brace. Closures and callbacks count for the function they stand in, and nothing
//! else; a TypeScript class written another way is missed, never wrongly reported.

use crate::tidy::Violation;
use crate::tidy::source::Source;

const MAX: usize = 70;
/// Words before `fn`.
const QUALIFIERS: [&str; 8] =
    ["pub ", "pub(crate) ", "pub(super) ", "const ", "async ", concat!("un", "safe "), "extern \"C\" ", "default "];
/// Words before a TypeScript function or method.
const MODIFIERS: [&str; 9] = ["export ", "default ", "async ", "static ", "public ", "private ", "protected ", "override ", "readonly "];
/// Statements that look like a method's head.
const STATEMENTS: [&str; 8] = ["if", "for", "while", "switch", "catch", "return", "await", "else"];

pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources {
        let begins: fn(&str) -> bool = match source {
            _ if source.is_rust() => begins_rust,
            _ if source.is_typescript() || matches!(source.extension(), "mjs" | "js") => begins_typescript,
            _ => continue,
        };
        let lines: Vec<&str> = source.text.lines().collect();
        for line in (0..lines.len()).filter(|line| begins(lines[*line].trim_start())) {
            if let Some(length) = length(&lines[line..]).filter(|length| *length > MAX) {
                violations.push(Violation::at(source, line, format!("a function of {length} lines; at most {MAX}")));
            }
        }
    }
    violations
}

fn without<'a>(mut text: &'a str, words: &[&str]) -> &'a str {
    while let Some(rest) = words.iter().find_map(|word| text.strip_prefix(word)) {
        text = rest;
    }
    text
}

fn begins_rust(text: &str) -> bool {
    without(text, &QUALIFIERS).starts_with("fn ")
}

fn begins_typescript(text: &str) -> bool {
    let rest = without(text, &MODIFIERS);
    if rest.starts_with("function ") || rest.starts_with("function* ") {
        return true;
    }
    if rest.starts_with("const ") {
        return rest.ends_with("=> {") || rest.ends_with("= (") || rest.ends_with("= async (");
    }
    let name: String = rest.chars().take_while(|character| character.is_alphanumeric() || "_#$".contains(*character)).collect();
    let behind = &rest[name.len()..];
    !name.is_empty()
        && !STATEMENTS.contains(&name.as_str())
        && behind.starts_with(['(', '<'])
        && rest.ends_with(['{', '('])
        && !rest.ends_with("=> {")
}

/// The lines of the function that begins at the first of these, or nothing if it has no body or is a call.
fn length(lines: &[&str]) -> Option<usize> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let first = lines.first()?;
    if first.ends_with(['}', ';']) {
        return None;
    }
    for (index, line) in lines.iter().enumerate().skip(1) {
        let text = line.trim();
        if text.is_empty() || indent(line) > indent(first) {
            continue;
        }
        match text.chars().next() {
            Some('}') if indent(line) == indent(first) => return Some(index + 1),
            // The rest of a signature: `) -> X {`, `where`, `{`.
            Some(')') if text.ends_with(['{', '>']) || !text.ends_with([';', ',', ')']) => {}
            Some('{' | 'w') => {}
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, head: &[&str], body: usize, tail: &str) -> usize {
        let lines: Vec<&str> = head.iter().copied().chain(std::iter::repeat_n("        step();", body)).chain([tail]).collect();
        check(&[Source::new(path, &lines.join("\n"))]).len()
    }

    #[test]
    fn finds_long_rust_functions() {
        assert_eq!(found("a.rs", &["    fn a() {"], 68, "    }"), 0, "70 lines");
        assert_eq!(found("a.rs", &["    fn a() {"], 69, "    }"), 1, "71 lines");
        assert_eq!(found("a.rs", &["pub(crate) async fn a("], 69, "}"), 1);
        let long = ["    pub fn a<T>(", "        t: T,", "    ) -> T", "    where", "        T: Copy,", "    {"];
        assert_eq!(found("a.rs", &long, 69, "    }"), 1);
        assert_eq!(found("a.rs", &["mod tests {"], 100, "}"), 0, "no function");
        assert_eq!(found("a.rs", &["    fn declared();", "    fn other() {"], 60, "    }"), 0);
    }

    #[test]
    fn finds_long_typescript_functions() {
        for head in [
            "export function a(): void {",
            "export default async function a() {",
            "const a = async (x) => {",
            "async a(cb: () => void): Promise<void> {",
            "#b(x) {",
            "constructor(",
        ] {
            assert_eq!(found("a.ts", &[head], 70, "}"), 1, "{head}");
            assert_eq!(found("a.ts", &[head], 68, "}"), 0, "{head}");
        }
        for head in ["describe('a', () => {", "if (a) {", "for (const a of b) {", "export class A {", "const a = {"] {
            assert_eq!(found("a.ts", &[head], 90, "}"), 0, "{head}");
        }
        assert_eq!(found("a.ts", &["call("], 90, ");"), 0);
    }
}
