//! Where a measurement was taken and what was measured: a figure without these means nothing.
//!
//! It names hardware and versions only, never a host's or a user's name.

use std::fs;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::places::Places;
use crate::tool;

/// Processor, cores, memory and system.
pub(crate) fn describe() -> Value {
    let processor = line_after("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let memory = line_after("/proc/meminfo", "MemTotal").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let system = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    json!({ "processor": processor, "cores": cores, "memory": memory, "system": format!("{} {}", std::env::consts::OS, system.trim()) })
}

/// Our own version and those of the tools that built it.
pub(crate) fn versions(places: &Places) -> Map<String, Value> {
    let mut versions = Map::new();
    versions.insert("colloq".to_owned(), env!("CARGO_PKG_VERSION").into());
    let git = ["-C", &places.root.to_string_lossy(), "describe", "--always", "--dirty"].map(ToOwned::to_owned);
    let commands = [("commit", "git", git.to_vec()), ("rustc", "rustc", vec!["-V".to_owned()]), ("node", "node", vec!["-v".to_owned()])];
    for (name, program, arguments) in commands {
        if let Ok(text) = tool::capture(Command::new(program).args(arguments)) {
            versions.insert(name.to_owned(), text.trim().into());
        }
    }
    versions
}

fn line_after(file: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
