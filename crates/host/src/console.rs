//! What is built into the binary: the module's file and the console's files, as `build.rs` found them.

/// A file of the console.
pub(crate) struct File {
    /// Its path, as a request has it.
    pub(crate) path: &'static str,
    /// Its media type.
    pub(crate) content_type: &'static str,
    /// What is in it.
    pub(crate) bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The module's file; `None` in a binary that was built before it.
pub fn module() -> Option<&'static [u8]> {
    (!MODULE.is_empty()).then_some(MODULE)
}

/// The JSON Schema of the module's types; an empty object in a binary that was built before it.
pub(crate) fn schema() -> &'static [u8] {
    SCHEMA
}

/// The file at a path; `/` is `index.html`.
pub(crate) fn file(path: &str) -> Option<&'static File> {
    let path = if path == "/" { "/index.html" } else { path };
    let at = FILES.binary_search_by(|file| file.path.cmp(path)).ok()?;
    FILES.get(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_page_and_nothing_outside_of_it() {
        assert!(file("/").is_some_and(|file| file.content_type.starts_with("text/html") && !file.bytes.is_empty()));
        assert!(FILES.is_sorted_by(|one, other| one.path < other.path));
        for path in ["", "//", "/..", "/../Cargo.toml", "/index.html/", "/nothing"] {
            assert!(file(path).is_none(), "{path}");
        }
    }
}
