//! The one wasm file: cargo compiles `colloq-module`, wasm-bindgen writes its JavaScript glue, wasm-opt makes it fast.
//!
//! Nothing here may depend on the machine: the same sources give the same bytes, because hosts and pages compare hashes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::build::target::WEB;
use crate::places::Places;
use crate::progress::Did;
use crate::stamp::{self, Stamp};
use crate::tool;

/// The WebAssembly features the file may use, one by one: with `--all-features` wasm-opt writes what wasmtime refuses.
const FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
/// What LLVM is told. Functions are inlined about half as readily as `opt-level = 3` does, for a file that is 5% smaller and no slower.
/// Copies of more than two words become one instruction: that is shorter, and engines make wider moves of it.
const LLVM: [&str; 3] = ["--inline-threshold=120", "--max-store-memcpy=2", "--max-store-memmove=2"];
/// What the page loads beside the wasm file.
const GLUE: [&str; 3] = ["colloq.js", "colloq.d.ts", "colloq_bg.wasm.d.ts"];

/// Compiles the crate for the web.
pub(super) fn compile(places: &Places) -> Result<Did> {
    // As a library alone, because cargo leaves the optimisation across crates out where another one is made beside it.
    let mut cargo =
        places.cargo(&["rustc", "--package", "colloq-module", "--crate-type", "cdylib", "--target", WEB, "--profile", "module"]);
    // Paths of the machine would end in panic messages, and so in the hash.
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let mut flags = format!("--remap-path-prefix={}=colloq", places.root.display());
    if let Some(home) = home {
        flags = format!("{flags}\u{1f}--remap-path-prefix={}=cargo", home.display());
    }
    for argument in LLVM {
        flags = format!("{flags}\u{1f}-Cllvm-args={argument}");
    }
    tool::run(cargo.env("CARGO_ENCODED_RUSTFLAGS", flags))?;
    Ok(Did::work())
}

/// Turns cargo's output into the shipped file and its glue.
pub(super) fn finish(places: &Places) -> Result<Did> {
    let input = places.target.join(WEB).join("module/colloq_module.wasm");
    let version = env!("CARGO_PKG_VERSION");
    let lock = places.root.join("Cargo.lock");
    let npm_lock = places.www().join("package-lock.json");
    let mut outputs: Vec<PathBuf> = GLUE.iter().map(|name| places.module().join(name)).collect();
    outputs.push(places.wasm());
    let stamp = Stamp::new(places, "module").text(version).text(&FEATURES.join(" ")).file(&input)?.file(&lock)?.file(&npm_lock)?;
    let ran = stamp.unless_fresh(&outputs, || bind_and_optimise(places, &input))?;
    for name in GLUE.iter().chain(&["colloq_bg.wasm"]) {
        stamp::copy(&places.module().join(name), &places.www().join("colloq/wasm").join(name))?;
    }
    if !ran {
        return Ok(Did::Nothing);
    }
    Ok(Did::Work(format!("colloq_bg.wasm has {} bytes", fs::metadata(places.wasm())?.len())))
}

fn bind_and_optimise(places: &Places, input: &Path) -> Result<()> {
    let bound = places.module().join("bound");
    Bindgen::new()
        .input_path(input)
        .out_name("colloq")
        .web(true)?
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&bound)
        .context("wasm-bindgen refused the module")?;
    optimise(places, &bound.join("colloq_bg.wasm"))?;
    GLUE.iter().try_for_each(|name| stamp::copy(&bound.join(name), &places.module().join(name)))
}

/// Runs binaryen's wasm-opt, as npm installed it. It writes beside the final name first, so that a half-written file is never taken.
fn optimise(places: &Places, bound: &Path) -> Result<()> {
    let program = places.www().join("node_modules/binaryen/bin/wasm-opt");
    ensure!(program.is_file(), "{} is missing: is `binaryen` among the devDependencies of www/package.json?", program.display());
    let written = places.module().join("optimised.wasm");
    tool::run(Command::new("node").arg(program).args(FEATURES).args(["-O3", "--output"]).arg(&written).arg(bound))?;
    fs::rename(&written, places.wasm()).context("cannot move the optimised file into its place")
}
