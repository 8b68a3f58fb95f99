//! The programs that tests need and no package manager of ours brings: redis-server and a Chromium, from Debian's packages.
//!
//! What is there is never touched, and what could not be installed is said plainly. Nothing here may fail a run.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::test::steps::Step;
use crate::tool;

/// A program, the steps that need it, and the package that holds it.
struct Need {
    steps: &'static [&'static str],
    package: &'static str,
    programs: &'static [&'static str],
}

const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const NEEDS: [Need; 2] = [
    Need { steps: &["rust"], package: "redis-server", programs: &["redis-server"] },
    Need { steps: &["rust", "browser"], package: "chromium", programs: &CHROMIUM },
];

/// The browser, if one is there.
pub(crate) fn chromium() -> Option<PathBuf> {
    tool::on_path(&CHROMIUM)
}

/// Installs what these steps need and this machine lacks; returns what is still missing, as sentences.
pub(crate) fn provide(steps: &[&Step]) -> Vec<String> {
    let needed: Vec<&Need> = NEEDS.iter().filter(|need| steps.iter().any(|step| need.steps.contains(&step.name))).collect();
    let missing = || needed.iter().filter(|need| tool::on_path(need.programs).is_none()).collect::<Vec<_>>();
    let packages: Vec<&str> = missing().iter().map(|need| need.package).collect();
    if packages.is_empty() {
        return Vec::new();
    }
    println!("missing: {}", packages.join(", "));
    let why = install(&packages);
    let line = |need: &&Need| format!("{} (needed by {}): {why}", need.package, need.steps.join(", "));
    let lines: Vec<String> = missing().iter().map(|need| line(need)).collect();
    for line in &lines {
        println!("could not install {line}");
    }
    lines
}

/// Tries Debian's package manager, and says what stood in the way if a program is still not there.
fn install(packages: &[&str]) -> String {
    if !Path::new("/etc/debian_version").exists() || tool::on_path(&["apt-get"]).is_none() {
        return "this is no Debian; install it by hand".to_owned();
    }
    let command = |arguments: &[&str]| {
        let mut command = if is_root() { Command::new("apt-get") } else { Command::new("sudo") };
        if !is_root() {
            command.args(["--non-interactive", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        tool::run(&mut command)
    };
    let mut arguments = vec!["install", "--yes", "--quiet=2", "--no-install-recommends"];
    arguments.extend(packages);
    match command(&["update", "--quiet=2"]).and_then(|()| command(&arguments)) {
        Ok(()) => "apt-get went well, yet the program is not on the PATH".to_owned(),
        Err(error) => format!("{error:#}"),
    }
}

fn is_root() -> bool {
    tool::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
