//! Every file of this folder is played: a behaviour that no list of modules names would be compiled by nobody, and never fail.

use std::fs;
use std::path::{Path, PathBuf};

use colloq_tests::engine::repository;

/// A behaviour takes a scenario or a few; more are several behaviours.
const SCENARIOS_MAX: usize = 3;

#[test]
fn no_file_is_left_out() {
    let root = repository().join("tests/scenarios");
    assert_eq!(unlisted(&root, &root.join("main.rs")), [""; 0]);
    let topics = folders(&root);
    assert!(!topics.is_empty());
    for topic in topics {
        assert_eq!(unlisted(&topic, &topic.with_extension("rs")), [""; 0], "in {}", topic.display());
    }
}

#[test]
fn a_file_is_one_behaviour() {
    for topic in folders(&repository().join("tests/scenarios")) {
        for file in files(&topic) {
            let text = fs::read_to_string(&file).expect("a file of this folder");
            let scenarios = text.lines().filter(|line| line.starts_with("fn ") && line.ends_with("(world: &mut World) {")).count();
            assert!((1..=SCENARIOS_MAX).contains(&scenarios), "{} has {scenarios} scenarios", file.display());
        }
    }
}

/// The names in a folder that a file does not declare as its modules.
fn unlisted(folder: &Path, list: &Path) -> Vec<String> {
    let text = fs::read_to_string(list).unwrap_or_else(|error| panic!("{}: {error}", list.display()));
    let names = files(folder).into_iter().map(|file| file.file_stem().expect("a file has a name").to_string_lossy().into_owned());
    names.filter(|name| name != "main" && !text.lines().any(|line| line == format!("mod {name};"))).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("a folder can be listed").path()).collect()
}
