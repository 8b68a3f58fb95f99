//! The Markdown table of everything measured so far; curves have tables of their own behind it.
//!
//! It only lays out what the JSON files say; a verdict (`met`) is the bench's, never computed here.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::growth;

const HEAD: &str = "| row | what | value | against | ratio | target | met |\n|---|---|---:|---|---:|---|---|\n";

/// The rows of all JSON files in a folder, in the order of their names.
pub(super) fn rows(folder: &Path) -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let document: Value = serde_json::from_slice(&fs::read(&path)?).with_context(|| format!("{}", path.display()))?;
            rows.extend(document["rows"].as_array().cloned().unwrap_or_default());
        }
    }
    rows.sort_by_key(|row| key(row["row"].as_str().unwrap_or_default()));
    Ok(rows)
}

/// One table of the rows, and one of the curves of each kind.
pub(super) fn of(rows: &[Value]) -> String {
    let table = rows.iter().filter(|row| !growth::is_curve(row)).fold(HEAD.to_owned(), |table, row| table + &line(row));
    growth::gather(rows).iter().fold(table, |table, growth| table + &growth.table())
}

/// `C10` stands behind `C2`.
fn key(row: &str) -> (String, u32, String) {
    let letters: String = row.chars().take_while(char::is_ascii_alphabetic).collect();
    let digits: String = row.chars().skip(letters.len()).take_while(char::is_ascii_digit).collect();
    (letters, digits.parse().unwrap_or(0), row.to_owned())
}

fn line(row: &Value) -> String {
    let unit = row["unit"].as_str().unwrap_or_default();
    let against = row["against"].as_array().map(Vec::as_slice).unwrap_or_default();
    let against = against.iter().map(|peer| format!("{} {}", text(&peer["name"]), text(&peer["value"]))).collect::<Vec<_>>();
    let met = row["met"].as_bool().map_or("", |met| if met { "yes" } else { "no" });
    let mut line = String::new();
    let cells = [text(&row["row"]), text(&row["what"]), format!("{} {unit}", text(&row["value"])), against.join("; ")];
    for cell in cells.into_iter().chain([text(&row["ratio"]), text(&row["target"]), met.to_owned()]) {
        let _ = write!(line, "| {} ", cell.trim().replace('|', "\\|"));
    }
    line + "|\n"
}

/// Three digits say all that a measurement on a shared machine can.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), short),
        other => other.to_string(),
    }
}

pub(super) fn short(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        size if size >= 0.01 => format!("{number:.2}"),
        _ => format!("{number:.5}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stamp;

    #[test]
    fn all_files_make_one_table_in_the_order_of_rows() {
        let folder = tempfile::tempdir().unwrap();
        let http = r#"{"rows": [{"row": "R1", "what": "read", "value": 21000.5, "unit": "per second",
            "against": [{"name": "axum", "value": 28400}], "ratio": 0.7394, "target": ">= 0.80", "met": false}]}"#;
        let core = r#"{"rows": [{"row": "C10", "what": "b", "value": 1, "unit": "bytes"}, {"row": "C2-append", "what": "a", "value": 2.345, "unit": "us", "met": true}]}"#;
        stamp::write(&folder.path().join("http.json"), http.as_bytes()).unwrap();
        stamp::write(&folder.path().join("core.json"), core.as_bytes()).unwrap();
        let table = of(&rows(folder.path()).unwrap());
        let lines: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(lines[0], "| C2-append | a | 2.35 us |  |  |  | yes |");
        assert_eq!(lines[1], "| C10 | b | 1.00 bytes |  |  |  |  |");
        assert_eq!(lines[2], "| R1 | read | 21000 per second | axum 28400 | 0.74 | >= 0.80 | no |");
    }
}
