//! Builds the module's file and the console into the binary.
//!
//! `COLLOQ_MODULE` and `COLLOQ_CONSOLE` name them; without, they are looked for where `cargo xtask build` puts them. Where one is
//! missing the host still compiles: it then says what to run.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const MISSING_PAGE: &str = "<!doctype html><title>colloq</title><p>This binary was built without its console: run cargo xtask build.</p>\n";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=COLLOQ_MODULE");
    println!("cargo::rerun-if-env-changed=COLLOQ_CONSOLE");
    println!("cargo::rerun-if-env-changed=COLLOQ_SCHEMA");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?);
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo names no CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    // OUT_DIR is <target>/[<triple>/]<profile>/build/<package>/out; only the first that has the file counts.
    let module = named("COLLOQ_MODULE").unwrap_or_else(|| {
        let beside = out.ancestors().map(|folder| folder.join("module/colloq_bg.wasm"));
        beside.into_iter().find(|path| path.is_file()).unwrap_or_else(|| root.join("target/module/colloq_bg.wasm"))
    });
    let console = named("COLLOQ_CONSOLE").unwrap_or_else(|| root.join("www/console/dist"));
    println!("cargo::rerun-if-changed={}", module.display());
    println!("cargo::rerun-if-changed={}", console.display());

    // The compiler reads copies: the console may be built anew, with other names, before it gets there.
    let copies = out.join("embedded");
    if copies.exists() {
        fs::remove_dir_all(&copies)?;
    }
    fs::create_dir_all(&copies)?;

    let mut table = String::new();
    if module.is_file() {
        writeln!(table, "static MODULE: &[u8] = {};", include(&module, &copies.join("module"))?)?;
    } else {
        writeln!(table, "static MODULE: &[u8] = &[];")?;
    }
    // The module's types stand beside it.
    let schema = named("COLLOQ_SCHEMA").unwrap_or_else(|| module.with_file_name("schema.json"));
    println!("cargo::rerun-if-changed={}", schema.display());
    let included = if schema.is_file() { include(&schema, &copies.join("schema"))? } else { "b\"{}\"".to_owned() };
    writeln!(table, "static SCHEMA: &[u8] = {included};")?;
    let mut files = Vec::new();
    if console.join("index.html").is_file() {
        collect(&console, "", &mut files)?;
    }
    files.sort();
    writeln!(table, "static FILES: &[File] = &[")?;
    if files.is_empty() {
        write_file(&mut table, "/index.html", &format!("{MISSING_PAGE:?}.as_bytes()"))?;
    }
    for (index, (path, file)) in files.iter().enumerate() {
        write_file(&mut table, path, &include(file, &copies.join(index.to_string()))?)?;
    }
    writeln!(table, "];")?;
    fs::write(out.join("embedded.rs"), table)?;
    Ok(())
}

/// Copies a file and gives the expression that includes it.
fn include(file: &Path, copy: &Path) -> Result<String, Box<dyn Error>> {
    fs::copy(file, copy)?;
    Ok(format!("include_bytes!({:?})", copy.display().to_string()))
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| format!("{} is not UTF-8", name.display()))?;
        let (path, file) = (format!("{prefix}/{name}"), entry.path());
        if file.is_dir() {
            collect(&file, &path, files)?;
        } else {
            println!("cargo::rerun-if-changed={}", file.display());
            files.push((path, file));
        }
    }
    Ok(())
}

fn write_file(table: &mut String, path: &str, bytes: &str) -> Result<(), std::fmt::Error> {
    let content_type = content_type(path);
    writeln!(table, "    File {{ path: {path:?}, content_type: {content_type:?}, bytes: {bytes} }},")
}

fn content_type(path: &str) -> &'static str {
    match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
