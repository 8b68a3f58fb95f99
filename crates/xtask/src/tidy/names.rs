//! Banned names: a file called after nothing gathers everything.
//!
//! It looks at files, folders and Rust modules, with any prefix or suffix (`string_utils`, `test-helpers`, `common.test`).

use crate::tidy::Violation;
use crate::tidy::source::Source;

const BANNED: [&str; 6] = ["util", "utils", "helper", "helpers", "common", "misc"];

pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources {
        if let Some(word) = source.path.split('/').find_map(banned) {
            violations.push(Violation::new(&source.path, format!("no file or folder is called `{word}`: name the noun")));
        }
        if source.is_rust() {
            let modules = source.text.lines().enumerate().filter_map(|(line, text)| Some((line, module(text)?)));
            let found = modules.filter_map(|(line, name)| Some((line, banned(name)?)));
            violations
                .extend(found.map(|(line, word)| Violation::at(source, line, format!("no module is called `{word}`: name the noun"))));
        }
    }
    violations
}

/// The banned word within a name, if there is one.
fn banned(name: &str) -> Option<&'static str> {
    name.split(['_', '-', '.']).find_map(|word| BANNED.into_iter().find(|banned| word.eq_ignore_ascii_case(banned)))
}

/// The name of the module that a line declares.
fn module(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line =
        line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub(super) ")).or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
    line.strip_prefix("mod ")?.split([';', ' ', '{']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_banned_files_and_modules() {
        let good = [Source::new("crates/core/src/utilisation.rs", "mod commons;\n"), Source::new("www/console/src/chat.ts", "")];
        assert!(check(&good).is_empty());
        for path in
            ["src/utils.rs", "src/string_utils.rs", "tests/common/mod.rs", "www/test-helpers.ts", "www/misc.test.ts", "www/Helper.tsx"]
        {
            assert_eq!(check(&[Source::new(path, "")]).len(), 1, "{path}");
        }
        let inline = Source::new("src/lib.rs", "//! A.\npub(crate) mod helpers {\n}\n");
        assert_eq!(check(&[inline])[0].place, "src/lib.rs:2");
    }
}
