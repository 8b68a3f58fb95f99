//! The examples run, and print what they promise.

use std::process::Command;

/// Runs an example as a reader would; gives what it printed.
fn run(example: &str) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output =
        Command::new(cargo).args(["run", "--quiet", "--package", "colloq-core", "--example", example]).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints text")
}

#[test]
fn a_directory_is_embedded() {
    let printed = run("directory");
    assert_eq!(printed.matches("append {\"schema\":1,\"version\":").count(), 2);
    assert!(printed.contains("\"content\":\"Hello!\"") && printed.contains("due at Some(1767227400000)"), "{printed}");
}

#[test]
fn a_client_and_a_server_agree() {
    let printed = run("two_replicas");
    assert!(printed.contains("the client shows 1 message, 2 commands are pending"), "{printed}");
    assert!(printed.contains("2 commands settled, both at version 2"), "{printed}");
}
