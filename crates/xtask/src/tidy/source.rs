//! A file as the rules see it: its path from the root, with `/`, and its text.
//!
//! Only files that git tracks or would track are read; nothing that a build wrote.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::tool;

/// Languages in which we write.
const CODE: [&str; 7] = ["rs", "ts", "tsx", "mjs", "js", "toml", "sh"];
/// What else people read and write here.
const PROSE: [&str; 9] = ["md", "json", "yml", "yaml", "css", "html", "svg", "txt", "lock"];
/// Folders of built or installed files, wherever they lie.
const SKIPPED: [&str; 5] = ["dist", "dist-modules", "generated", "node_modules", "target"];

/// One file.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    /// The file's name without its folders.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// What stands behind the last dot of the name, or nothing.
    pub(crate) fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Whether it is Rust.
    pub(crate) fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    /// Whether it is TypeScript.
    pub(crate) fn is_typescript(&self) -> bool {
        matches!(self.extension(), "ts" | "tsx")
    }

    /// Whether it is a program or its configuration.
    pub(crate) fn is_code(&self) -> bool {
        CODE.contains(&self.extension()) || self.path.starts_with(".ci/")
    }

    /// Whether it is one of the lock files that tools write.
    pub(crate) fn is_lock(&self) -> bool {
        matches!(self.name(), "Cargo.lock" | "package-lock.json")
    }
}

/// Reads the files that rules look at.
pub(crate) fn read(root: &Path) -> Result<Vec<Source>> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = tool::capture(Command::new("git").args(arguments).current_dir(root))?;
    let mut paths: Vec<&str> = listed.split('\0').filter(|path| is_read(path)).collect();
    paths.sort_unstable();
    paths.dedup();
    // A file that git knows and somebody deleted, or that holds no text, is nobody's source.
    let sources = paths.into_iter().filter_map(|path| {
        let text = fs::read_to_string(root.join(path)).ok()?;
        Some(Source { path: path.to_owned(), text })
    });
    Ok(sources.collect())
}

fn is_read(path: &str) -> bool {
    let Some(name) = path.rsplit('/').next() else { return false };
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let known = CODE.contains(&extension) || PROSE.contains(&extension) || extension == "npmrc" || path.starts_with(".ci/");
    known && !path.split('/').any(|folder| SKIPPED.contains(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_builds_wrote_is_not_read() {
        assert!(is_read("crates/core/src/lib.rs") && is_read(".ci/run") && is_read("www/.npmrc"));
        assert!(!is_read("www/colloq/dist/index.js") && !is_read("www/colloq/src/generated/schema.ts"));
        assert!(!is_read("tests/corpus/conversations.jsonl.gz") && !is_read("LICENSE-MIT"));
    }
}
