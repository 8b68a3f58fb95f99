//! JSON Merge Patch (RFC 7396) over texts that are in the one form of free JSON. What the patch does not name is copied.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::Reader;
use crate::sort::sort;

/// A field: its key and its value, as they are written.
type Field<'a> = (&'a str, &'a str);

/// Section 2 of the RFC. `target` is absent where the patch names something new.
pub(super) fn merge(target: Option<&str>, patch: &str, out: &mut String) {
    if !patch.starts_with('{') {
        return out.push_str(patch);
    }
    let target = target.map_or_else(Vec::new, fields);
    let patch = fields(patch);
    let mut by_key: Vec<usize> = (0..patch.len()).collect();
    sort(&mut by_key, &|one, other| patch[*one].0 < patch[*other].0);
    let mut is_used = alloc::vec![false; patch.len()];
    out.push('{');
    let start = out.len();
    for (key, value) in target {
        let Ok(found) = by_key.binary_search_by_key(&key, |at| patch[*at].0) else {
            put(out, start, key).push_str(value);
            continue;
        };
        let at = by_key[found];
        is_used[at] = true;
        if patch[at].1 != "null" {
            merge(Some(value), patch[at].1, put(out, start, key));
        }
    }
    for ((key, value), _) in patch.iter().zip(is_used).filter(|((_, value), is_used)| !is_used && *value != "null") {
        merge(None, value, put(out, start, key));
    }
    out.push('}');
}

fn put<'o>(out: &'o mut String, start: usize, key: &str) -> &'o mut String {
    if out.len() > start {
        out.push(',');
    }
    out.push_str(key);
    out.push(':');
    out
}

/// The fields of an object; none of anything else.
fn fields(text: &str) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    let mut reader = Reader::new(text);
    if text.starts_with('{') {
        // The text was checked when it was read, so this cannot fail.
        let _ = reader.raw_fields(&mut |key, value| fields.push((key, value)));
    }
    fields
}
