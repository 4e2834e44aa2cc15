//! Checks of the source tree itself: the floor plan, the registry, file sizes.
use std::fs;
use std::path::{Path, PathBuf};

/// Lines a source file may have, its tests included.
const FILE_LINES_MAX: usize = 800;

/// For each part of the tree, the names it must not mention.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "schemas/src",
        &["tokio", "reqwest", "actix_web", "redb", "sqlx", "std::fs", "std::net"],
    ),
    (
        "adapters",
        &[
            "usherd::",
            "schemas::",
            "conformance::",
            "actix_web",
            "redb::",
            "sqlx::",
        ],
    ),
    ("conformance/src", &["schemas::", "adapters::", "usherd::"]),
    (
        "src/mapping",
        &["crate::store", "crate::http", "crate::delivery", "tokio"],
    ),
    (
        "src/service",
        &["actix_web", "redb::", "sqlx::", "crate::http", "crate::delivery"],
    ),
    ("src/delivery", &["actix_web", "crate::http", "redb::", "sqlx::"]),
    (
        "src/http",
        &["adapters::", "crate::store", "crate::delivery", "redb::", "sqlx::"],
    ),
    (
        "src/store",
        &[
            "actix_web",
            "adapters::",
            "crate::http",
            "crate::service",
            "crate::delivery",
        ],
    ),
];

#[test]
fn floor_plan_is_one_way() {
    let errors: Vec<_> = FORBIDDEN
        .iter()
        .flat_map(|(folder, names)| violations(folder, names))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// Only the demo and the tests may know the twins.
#[test]
fn nothing_else_knows_the_twins() {
    let demo = root().join("src/cli/demo.rs");
    let others = rust_files(&root().join("src")).into_iter().filter(|file| *file != demo);
    let errors: Vec<_> = others
        .flat_map(|file| mentions(&file, &read(&file), &["conformance::"]))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn a_planted_violation_is_found() {
    let file = Path::new("src/service/planted.rs");
    let names = &["crate::http", "redb::"];
    for (line, found) in [
        ("use crate::http::scim;", 1),
        ("    let table = redb::TableDefinition::new(NAME);", 1),
        ("use crate::{http, store};", 1),
        ("// as crate::http does", 0),
        ("use crate::store::Store;", 0),
    ] {
        assert_eq!(mentions(file, line, names).len(), found, "{line}");
    }
}

#[test]
fn every_adapter_folder_is_registered() {
    let folders = fs::read_dir(root().join("adapters"))
        .expect("the tree is readable")
        .flatten();
    let folders = folders.filter(|entry| entry.path().join("vendor.toml").exists());
    let mut folders: Vec<_> = folders
        .map(|entry| entry.file_name().into_string().expect("a name"))
        .collect();
    folders.sort();
    let mut registered: Vec<_> = adapters::VENDORS
        .iter()
        .map(|vendor| (vendor.descriptor)().name.clone())
        .collect();
    registered.sort();
    assert_eq!(
        folders, registered,
        "add `pub mod NAME;` and `&NAME::VENDOR` to the registry"
    );
}

#[test]
fn files_fit_a_reader() {
    let long: Vec<_> = ["src", "schemas", "adapters", "conformance", "tests"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .filter(|file| read(file).lines().count() > FILE_LINES_MAX)
        .collect();
    assert!(long.is_empty(), "over {FILE_LINES_MAX} lines: {long:?}");
}

fn violations(folder: &str, names: &[&str]) -> Vec<String> {
    let files = rust_files(&root().join(folder));
    assert!(!files.is_empty(), "{folder} is gone: mend the floor plan");
    files
        .iter()
        .flat_map(|file| mentions(file, &read(file), names))
        .collect()
}

/// Lines of code that mention one of the names, also as one of several imported together.
fn mentions(file: &Path, text: &str, names: &[&str]) -> Vec<String> {
    let mut errors = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = if line.trim_start().starts_with("//") { "" } else { line };
        for name in names
            .iter()
            .filter(|name| code.contains(**name) || is_among(code, name))
        {
            errors.push(format!("{}:{}: must not mention `{name}`", file.display(), index + 1));
        }
    }
    errors
}

/// Whether `use crate::{…}` names the part.
fn is_among(code: &str, name: &str) -> bool {
    let (Some(several), Some(part)) = (
        code.trim_start().strip_prefix("use crate::{"),
        name.strip_prefix("crate::"),
    ) else {
        return false;
    };
    several
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == part)
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).expect("the tree is readable")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the tree is readable").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
