//! The npm package and the console, by the npm workspace's own script `build`.
//!
//! The order and the tools of that build are the workspace's business; this file only knows when it has to run.

use anyhow::{Result, ensure};

use crate::places::Places;
use crate::progress::Did;
use crate::stamp::Stamp;
use crate::tool;

/// Runs `npm run build` when a source, the wasm file, its glue or the schema changed.
pub(super) fn build(places: &Places) -> Result<Did> {
    let www = places.www();
    let outputs = [www.join("colloq/dist"), www.join("colloq/dist-modules"), places.console().join("index.html")];
    // The package runs the scripts of the store for Redis, too.
    let scripts = places.root.join("crates/store-redis/src/scripts");
    let stamp =
        Stamp::new(places, "web").folder(&scripts, &|_| false)?.folder(&www, &is_built)?.folder(&www.join("colloq/wasm"), &|_| false)?;
    let ran = stamp.unless_fresh(&outputs, || {
        tool::run(&mut tool::npm(&www, &["run", "build"]))?;
        let missing = outputs.iter().find(|output| !output.exists());
        ensure!(missing.is_none(), "`npm run build` in www left no {}", missing.map(|path| path.display()).unwrap());
        Ok(())
    })?;
    Ok(if ran { Did::work() } else { Did::Nothing })
}

/// Folders that builds and tests write: outputs are no inputs.
fn is_built(name: &str) -> bool {
    matches!(name, "node_modules" | "wasm" | "generated") || name == "dist" || name.starts_with("dist-") || name.ends_with(".tsbuildinfo")
}
