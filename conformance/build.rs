//! Embeds the case files and the IdP transcripts, so that a new one needs no line of code.
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    embed(&root.join("src/suite/cases"), &out.join("cases.rs"))?;
    embed(&root.join("transcripts"), &out.join("transcripts.rs"))
}

/// Writes a Rust expression: a slice of (file name without its ending, text).
fn embed(folder: &Path, to: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut code = String::from("&[\n");
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        // Writing to a String cannot fail.
        let _ = writeln!(code, "({name:?}, include_str!({:?})),", file.display().to_string());
    }
    code.push(']');
    fs::write(to, code)
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(|_| io::Error::other(format!("cargo did not set {name}")))
}
