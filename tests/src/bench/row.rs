//! Rows as `cargo xtask bench` takes them, and the document that holds them.

use serde_json::{Value, json};

use super::series::Series;
use crate::engine::repository;

/// One row: a thing that was measured.
pub struct Row<'a> {
    /// Its name, such as `C1-read`.
    pub row: &'a str,
    /// What was measured, in words.
    pub what: String,
    /// Of what the values are.
    pub unit: &'a str,
    /// Ours.
    pub value: &'a Series,
    /// What it is compared with; the ratio is ours over the first one's.
    pub against: &'a [(&'a str, &'a Series)],
    /// The target, in words.
    pub target: &'a str,
    /// Further figures under names of their own.
    pub more: Value,
}

impl Row<'_> {
    /// Ours over theirs, medians.
    ///
    /// # Panics
    /// If it is compared with nothing.
    pub fn ratio(&self) -> f64 {
        self.value.median() / self.against[0].1.median()
    }

    /// The row as JSON. Whether the target was met is the caller's to say.
    pub fn json(&self, met: bool) -> Value {
        let against = self.against.iter().map(|(name, series)| {
            json!({ "name": name, "value": series.median(), "min": series.min(), "max": series.max(), "rounds": series.rounds() })
        });
        let mut row = json!({
            "row": self.row,
            "what": self.what,
            "value": self.value.median(),
            "min": self.value.min(),
            "max": self.value.max(),
            "unit": self.unit,
            "against": against.collect::<Vec<_>>(),
            "ratio": self.ratio(),
            "target": self.target,
            "met": met,
            "rounds": self.value.rounds(),
        });
        if let (Some(row), Some(more)) = (row.as_object_mut(), self.more.as_object()) {
            row.extend(more.clone());
        }
        row
    }
}

/// Prints the document to standard output, with the versions of the packages that were measured.
///
/// # Panics
/// If a package is not in the lock file: it is not what was measured then.
pub fn print(rows: &[Value], packages: &[&str]) {
    let versions = packages.iter().map(|package| ((*package).to_owned(), Value::from(version(package))));
    let versions = Value::Object(versions.collect());
    println!("{:#}", json!({ "rows": rows, "versions": versions }));
}

/// The version of a package in the lock file.
fn version(package: &str) -> String {
    let lock = std::fs::read_to_string(repository().join("Cargo.lock")).expect("the lock file lies in the repository");
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = {package:?}"));
    let line = lines.nth(1).unwrap_or_else(|| panic!("{package} is not in the lock file"));
    line.trim_start_matches("version = ").trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_what_is_asked_of_it() {
        let (mut ours, mut theirs) = (Series::default(), Series::default());
        ours.push(3.0);
        theirs.push(2.0);
        let what = String::from("a read");
        let row = Row {
            row: "C1-read",
            what,
            unit: "us",
            value: &ours,
            against: &[("native", &theirs)],
            target: "",
            more: json!({ "bytes": 9 }),
        };
        let row = row.json(true);
        assert_eq!((row["ratio"].as_f64(), row["against"][0]["value"].as_f64()), (Some(1.5), Some(2.0)));
        assert_eq!((&row["met"], &row["bytes"]), (&json!(true), &json!(9)));
    }

    #[test]
    fn versions_come_from_the_lock_file() {
        assert!(version("axum").starts_with("0."));
    }
}
