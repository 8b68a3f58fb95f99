//! `cargo xtask bench [NAME]`: runs the measuring programs and keeps what they print.
//!
//! A bench is a binary `bench_NAME` of colloq-tests (`tests/src/bin/bench_NAME.rs`) or a script `tests/bench/NAME.mjs`. It prints one
//! JSON document `{"rows": [...]}` to its standard output and whatever it likes to standard error. This file adds the
//! machine and the versions and writes `bench/NAME.json`, `bench/table.md` and a figure for each kind of curve in the target directory;
//! it never measures anything itself.

mod figure;
mod growth;
mod machine;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::build::{self, Profile};
use crate::places::Places;
use crate::stamp;
use crate::tool;

/// Runs one bench, or all of them in the order of their names.
pub(crate) fn run(places: &Places, name: Option<&str>) -> Result<()> {
    let known = names(&places.root)?;
    let chosen: Vec<&String> = known.iter().filter(|known| name.is_none_or(|name| name == *known)).collect();
    if chosen.is_empty() {
        bail!("no bench is called `{}`; there are: {}", name.unwrap_or("anything"), known.join(", "));
    }
    build::all(places, Profile::Release)?;
    for name in chosen {
        println!("\n=== bench {name}");
        measure(places, name)?;
    }
    let folder = folder(places);
    let rows = table::rows(&folder)?;
    for growth in growth::gather(&rows) {
        stamp::write(&folder.join(growth.file()), growth.svg().as_bytes())?;
    }
    let table = table::of(&rows);
    stamp::write(&folder.join("table.md"), table.as_bytes())?;
    println!("\n{table}\nwritten to {}", folder.display());
    Ok(())
}

/// Runs one bench and writes its JSON.
fn measure(places: &Places, name: &str) -> Result<()> {
    let script = places.root.join(format!("tests/bench/{name}.mjs"));
    let mut command = if script.is_file() {
        // The peers that a script measures against come from npm, as their lock file names them.
        if places.root.join("tests/bench/package.json").is_file() {
            build::install(places, &places.root.join("tests/bench"))?;
        }
        let mut node = Command::new("node");
        node.arg("--expose-gc").arg(script).current_dir(&places.root);
        places.name_artifacts(&mut node);
        node
    } else {
        places.cargo(&["run", "--release", "--package", "colloq-tests", "--bin", &format!("bench_{name}")])
    };
    let printed = tool::capture(command.env("COLLOQ_BIN", places.binary(Profile::Release)))?;
    let document = complete(&printed, places).with_context(|| format!("bench {name}"))?;
    let text = serde_json::to_string_pretty(&document)?;
    stamp::write(&folder(places).join(format!("{name}.json")), text.as_bytes())
}

/// Checks what a bench printed and adds where it ran and what ran.
fn complete(printed: &str, places: &Places) -> Result<Value> {
    let mut document: Value = serde_json::from_str(printed).context("it did not print one JSON document")?;
    let rows = document["rows"].as_array().context("it printed no `rows`")?;
    ensure!(!rows.is_empty(), "it measured nothing");
    for row in rows {
        ensure!(row["row"].is_string() && row["what"].is_string(), "a row needs `row` and `what`: {row}");
        ensure!(row["value"].is_number() && row["unit"].is_string(), "a row needs `value` and `unit`: {row}");
    }
    if document["machine"].is_null() {
        document["machine"] = machine::describe();
    }
    let versions = machine::versions(places);
    match document["versions"].as_object_mut() {
        Some(named) => named.extend(versions),
        None => document["versions"] = Value::Object(versions),
    }
    Ok(document)
}

fn folder(places: &Places) -> PathBuf {
    places.target.join("bench")
}

/// The benches that are there.
fn names(root: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for (folder, prefix, suffix) in [("tests/src/bin", "bench_", ".rs"), ("tests/bench", "", ".mjs")] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        for entry in entries {
            let file = entry?.file_name().to_string_lossy().into_owned();
            names.extend(file.strip_prefix(prefix).and_then(|name| name.strip_suffix(suffix)).map(ToOwned::to_owned));
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn benches_are_found_by_their_files() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["tests/src/bin/bench_core.rs", "tests/src/bin/other.rs", "tests/bench/client.mjs", "tests/bench/README.md"] {
            stamp::write(&folder.path().join(file), b"").unwrap();
        }
        assert_eq!(names(folder.path()).unwrap(), ["client", "core"]);
    }

    #[test]
    fn a_document_without_measurements_is_refused() {
        let places = Places { root: PathBuf::from("."), target: PathBuf::from(".") };
        for printed in ["", "{}", r#"{"rows": []}"#, r#"{"rows": [{"row": "R1", "what": "read", "unit": "per second"}]}"#] {
            assert!(complete(printed, &places).is_err(), "{printed}");
        }
        let whole = complete(
            r#"{"rows": [{"row": "R1", "what": "read", "value": 2, "unit": "per second"}], "versions": {"express": "5"}}"#,
            &places,
        );
        let whole = whole.unwrap();
        assert_eq!(whole["versions"]["express"], "5");
        assert!(whole["versions"]["rustc"].is_string() && whole["machine"]["cores"].is_number());
    }
}
