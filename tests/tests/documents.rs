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

#[test]
fn the_table_of_options_is_the_codes() {
    let page = read("docs/operating.md");
    let printed = page.split("a test keeps this table equal -->\n").nth(1).and_then(|rest| rest.split("<!-- end of options -->").next());
    let table = colloq_host::config::table();
    assert_eq!(printed, Some(table.as_str()), "docs/operating.md has to say:\n{table}");
}

#[test]
fn the_unit_for_systemd_is_sandboxed() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/colloq.service");
    let analyze = |arguments: &[&str]| std::process::Command::new("systemd-analyze").args(arguments).arg(&unit).output();
    let Ok(output) = analyze(&["security", "--offline=true", "--threshold=20", "--no-pager"]) else {
        // Without systemd only the text can be looked at.
        let text = read("deploy/colloq.service");
        let needed = ["DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n", "PrivateDevices=yes"];
        return assert!(needed.iter().all(|line| text.contains(line)), "{text}");
    };
    assert!(output.status.success(), "exposure is above 2.0: {}", String::from_utf8_lossy(&output.stdout));
}
