//! The options of `serve` as a table, for the page on configuration: a test keeps the two equal.

use std::fmt::Write as _;

use clap::{Args as _, Command};

use super::ServeOptions;

/// A Markdown table: each option, its environment variable, its key in the TOML file, and what it does.
pub fn table() -> String {
    let mut out = String::from("| flag | variable | key | what it does |\n|---|---|---|---|\n");
    for option in ServeOptions::augment_args(Command::new("serve")).get_arguments() {
        let Some(flag) = option.get_long() else { continue };
        let value = option.get_value_names().and_then(<[_]>::first).map_or(String::new(), |name| format!(" {name}"));
        let variable = option.get_env().map_or(String::new(), |name| format!("`{}`", name.to_string_lossy()));
        let key = if flag == "config" { String::new() } else { format!("`{flag}`") };
        let help = option.get_help().map(ToString::to_string).unwrap_or_default().replace('|', "\\|");
        let _ = writeln!(out, "| `--{flag}{value}` | {variable} | {key} | {help} |");
    }
    out
}
