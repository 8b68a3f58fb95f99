//! `cargo xtask tidy`: the rules of the house that no linter knows, each in its own file and each tested with a planted violation.
//!
//! It reads what git tracks (and what it would track), reports every violation with its place, and never changes a file.

mod comments;
mod direction;
mod functions;
mod licences;
mod locks;
mod markers;
mod names;
mod sizes;
mod source;
mod text;
mod unsafety;

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::places::Places;
use source::Source;

/// One broken rule, at one place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    place: String,
    what: String,
}

impl Violation {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Violation {
        Violation { place: place.into(), what: what.into() }
    }

    fn at(source: &Source, line: usize, what: impl Into<String>) -> Violation {
        Violation::new(format!("{}:{}", source.path, line + 1), what)
    }
}

/// A rule that looks at files.
type Rule = fn(&[Source]) -> Vec<Violation>;

const RULES: [Rule; 8] =
    [comments::check, functions::check, locks::check, markers::check, names::check, sizes::check, text::check, unsafety::check];

/// Checks the repository.
pub(crate) fn run(places: &Places) -> Result<()> {
    let sources = source::read(&places.root)?;
    let mut violations: Vec<Violation> = RULES.iter().flat_map(|rule| rule(&sources)).collect();
    let metadata = places.metadata()?;
    violations.extend(direction::check(&metadata));
    violations.extend(licences::check(&metadata, &fs::read_to_string(places.root.join("deny.toml")).context("deny.toml is missing")?));
    for violation in &violations {
        println!("{}: {}", violation.place, violation.what);
    }
    println!("{}", sizes::describe(&sources));
    println!("{}", unsafety::describe(&sources));
    if !violations.is_empty() {
        bail!("tidy found {} violations", violations.len());
    }
    Ok(())
}
