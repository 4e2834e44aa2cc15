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
    let mut errors = Vec::new();
    for (folder, names) in FORBIDDEN {
        for file in rust_files(&root().join(folder)) {
            let text = fs::read_to_string(&file).expect("the tree is readable");
            for (index, line) in text.lines().enumerate() {
                let code = if line.trim_start().starts_with("//") { "" } else { line };
                for name in *names {
                    if code.contains(name) {
                        errors.push(format!("{}:{}: must not mention `{name}`", file.display(), index + 1));
                    }
                }
            }
        }
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn files_fit_a_reader() {
    let long: Vec<_> = ["src", "schemas", "adapters", "conformance", "tests"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .filter(|file| fs::read_to_string(file).expect("the tree is readable").lines().count() > FILE_LINES_MAX)
        .collect();
    assert!(long.is_empty(), "over {FILE_LINES_MAX} lines: {long:?}");
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
