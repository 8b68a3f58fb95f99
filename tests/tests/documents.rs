//! What the documents say of the code is what the code says.

use std::path::Path;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_matrix_of_rights_is_the_codes() {
    let page = read("ARCHITECTURE.md");
    let printed = page.split("a test keeps this table equal -->\n").nth(1).and_then(|rest| rest.split("<!-- end of rights -->").next());
    assert_eq!(printed, Some(colloq_core::matrix().as_str()), "run `cargo run -p colloq-core --example rights`");
}

#[test]
fn every_option_of_the_binary_is_in_the_readme() {
    let page = read("README.md");
    let binary = std::env::var("COLLOQ_BIN").expect("COLLOQ_BIN names the binary; `cargo xtask test` sets it");
    let help = std::process::Command::new(binary).args(["serve", "--help"]).output().expect("the binary runs");
    let help = String::from_utf8(help.stdout).expect("help is text");
    let options: Vec<&str> = help.split_whitespace().filter(|word| word.starts_with("--") && *word != "--help").collect();
    assert!(options.len() > 8, "{help}");
    let missing: Vec<_> = options.iter().filter(|option| !page.contains(option.trim_end_matches([',', '.', ']']))).collect();
    assert!(missing.is_empty(), "the README does not name {missing:?}");
}
