//! What dependencies may be, as `deny.toml` says it: their licences, and those that may not be among them at all.
//!
//! `cargo deny check` reads the same file and knows advisories as well; this needs nothing but cargo, so it holds in every build.

use serde_json::Value;

use crate::tidy::Violation;

/// Checks all packages that the lock file names. `policy` is the text of `deny.toml`.
pub(super) fn check(metadata: &Value, policy: &str) -> Vec<Violation> {
    let (allowed, banned) = (strings(policy, "allow = ["), strings(policy, "deny = ["));
    let mut violations = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let (name, licence) = (package["name"].as_str().unwrap_or_default(), package["license"].as_str().unwrap_or_default());
        if !is_allowed(licence, &allowed) {
            violations.push(Violation::new(name, format!("its licence is {licence:?}, which deny.toml does not allow")));
        }
        if banned.contains(&name) {
            violations.push(Violation::new(name, "deny.toml bans it"));
        }
    }
    violations
}

/// The texts in quotes between a beginning and the bracket that ends it.
fn strings<'a>(policy: &'a str, beginning: &str) -> Vec<&'a str> {
    let list = policy.split_once(beginning).and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list);
    list.split('"').skip(1).step_by(2).collect()
}

/// Whether what a licence asks for is allowed, with the choices that it leaves (SPDX; older ones have a slash for `OR`).
fn is_allowed(licence: &str, allowed: &[&str]) -> bool {
    let licence = licence.replace('/', " OR ");
    let licence = licence.trim();
    // `AND` binds tighter, so the choices are looked for first.
    if let Some((one, other)) = split(licence, " OR ") {
        return is_allowed(one, allowed) || is_allowed(other, allowed);
    }
    if let Some((one, other)) = split(licence, " AND ") {
        return is_allowed(one, allowed) && is_allowed(other, allowed);
    }
    match licence.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => is_allowed(inner, allowed),
        None => allowed.contains(&licence),
    }
}

/// Splits at the first such word that stands in no brackets.
fn split<'a>(licence: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let places = licence.match_indices(word).map(|(at, _)| at);
    let is_outside = |at: &usize| licence[..*at].matches('(').count() == licence[..*at].matches(')').count();
    let at = places.into_iter().find(is_outside)?;
    Some((&licence[..at], &licence[at + word.len()..]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POLICY: &str = "allow = [\n    \"MIT\",\n    \"Apache-2.0\",\n    \"Zlib\",\n]\n[bans]\ndeny = [{ name = \"openssl\" }]\n";

    fn broken(name: &str, licence: &str) -> usize {
        check(&json!({"packages": [{"name": name, "license": licence}]}), POLICY).len()
    }

    #[test]
    fn s20_finds_licences_and_crates_that_are_not_allowed() {
        for licence in ["MIT", "MIT OR GPL-3.0", "Apache-2.0/MIT", "(MIT OR GPL-3.0) AND Zlib", "MIT AND Zlib"] {
            assert_eq!(broken("a", licence), 0, "{licence}");
        }
        for licence in ["", "GPL-3.0", "MIT AND GPL-3.0", "MITx", "(MIT OR Zlib) AND GPL-3.0", "GPL-3.0 OR MIT AND GPL-2.0"] {
            assert_eq!(broken("a", licence), 1, "{licence}");
        }
        assert_eq!((broken("openssl", "MIT"), broken("openssl", "GPL-3.0")), (1, 2));
    }
}
