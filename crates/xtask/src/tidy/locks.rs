//! Lock files name versions and hashes, never where this machine happened to download from.
//!
//! A mirror's address in a lock file breaks the build of everybody who does not have that mirror.

use crate::tidy::Violation;
use crate::tidy::source::Source;

const CRATES_IO: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources {
        let broken: fn(&str) -> Option<&'static str> = match source.name() {
            "package-lock.json" => npm_lock,
            "Cargo.lock" => cargo_lock,
            ".npmrc" => npm_settings,
            "config.toml" if source.path.contains(".cargo/") => cargo_settings,
            _ => continue,
        };
        let lines = source.text.lines().enumerate();
        violations.extend(lines.filter_map(|(line, text)| Some(Violation::at(source, line, broken(text.trim())?))));
    }
    violations
}

/// A link to another package of the workspace is no download.
fn npm_lock(line: &str) -> Option<&'static str> {
    let address = line.strip_prefix("\"resolved\":")?;
    (address.contains("://")).then_some("a download address: set `omit-lockfile-registry-resolved=true` in .npmrc and lock again")
}

fn cargo_lock(line: &str) -> Option<&'static str> {
    (line.starts_with("source = ") && line != CRATES_IO).then_some("a crate from elsewhere than crates.io")
}

fn npm_settings(line: &str) -> Option<&'static str> {
    line.contains("registry=").then_some("a registry is each machine's own setting")
}

fn cargo_settings(line: &str) -> Option<&'static str> {
    (line.contains("replace-with") || line.starts_with("[source")).then_some("a registry is each machine's own setting")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s20_finds_download_addresses() {
        let good = [
            Source::new("www/package-lock.json", "{\n\"resolved\": \"colloq\",\n\"integrity\": \"sha512-x\"\n}"),
            Source::new("Cargo.lock", CRATES_IO),
            Source::new("www/.npmrc", "omit-lockfile-registry-resolved=true\n"),
        ];
        assert!(check(&good).is_empty());
        let bad = [
            Source::new("www/package-lock.json", "{\n  \"resolved\": \"https://registry.example/ws.tgz\",\n}"),
            Source::new("Cargo.lock", "source = \"registry+https://mirror.example/index\""),
            Source::new("www/.npmrc", "registry=https://registry.example/\n"),
            Source::new(".cargo/config.toml", "[source.crates-io]\n"),
        ];
        assert_eq!(check(&bad).len(), 4);
        assert_eq!(check(&bad)[0].place, "www/package-lock.json:2");
    }
}
