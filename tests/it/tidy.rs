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
        &["usherd", "schemas", "conformance", "actix_web", "redb", "sqlx"],
    ),
    ("conformance/src", &["schemas", "adapters", "usherd"]),
    (
        "src/mapping",
        &[
            "crate::store",
            "crate::http",
            "crate::service",
            "crate::delivery",
            "adapters::client",
            "adapters::Adapter",
            "tokio",
        ],
    ),
    (
        "src/service",
        &[
            "actix_web",
            "redb",
            "sqlx",
            "crate::http",
            "crate::delivery",
            "adapters::client",
            "adapters::Adapter",
        ],
    ),
    ("src/delivery", &["actix_web", "crate::http", "redb", "sqlx"]),
    (
        "src/http",
        &["adapters", "crate::store", "crate::delivery", "redb", "sqlx"],
    ),
    (
        "src/store",
        &[
            "actix_web",
            "adapters",
            "crate::http",
            "crate::service",
            "crate::delivery",
        ],
    ),
    (
        "src/auth",
        &["actix_web", "crate::http", "crate::service", "crate::delivery"],
    ),
    ("src/authorize", &["actix_web", "crate::http", "crate::delivery"]),
    (
        "src/config",
        &[
            "actix_web",
            "crate::http",
            "crate::service",
            "crate::delivery",
            "crate::store",
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
    let allowed = |file: &Path| file.ends_with("src/cli/demo/twin.rs");
    let errors = mentions_but("src", &["conformance"], allowed);
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// `app.rs` alone puts the parts together; tests do it for themselves.
#[test]
fn nothing_else_names_a_backend() {
    let allowed = |file: &Path| {
        let test = file.components().any(|part| part.as_os_str() == "tests");
        let test = test || ["tests.rs", "fixture.rs"].iter().any(|name| file.ends_with(name));
        test || file.ends_with("src/app.rs") || file.starts_with(root().join("src/store"))
    };
    let errors = mentions_but("src", &["crate::store::Redb", "crate::store::redb"], allowed);
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn a_planted_violation_is_found() {
    let names = &["crate::http", "redb", "crate::store::Redb"];
    let check = |code: &str, found: usize| {
        let file = root().join("src/service/bulk/planted.rs");
        assert_eq!(mentions(&file, code, names).len(), found, "{code}");
    };
    check("use crate::http::scim;", 1);
    check("use crate::http;", 1);
    check("use redb;", 1);
    check("    let table = redb::TableDefinition::new(NAME);", 1);
    check("    let answer = crate::http::error::Error::from(error);", 1);
    check("use crate::{http, store};", 1);
    check("use crate::{\n    clock,\n    http,\n    store,\n};", 1);
    check("pub(crate) use crate::{http, store};", 1);
    check("pub use redb::{self, Table};", 2);
    check("use super::super::super::http;", 1);
    check("    super::super::super::http::serve(parts)", 1);
    check("use crate::store::{self, OpenError, Redb as Backend};", 1);
    check("// as crate::http does", 0);
    check("use crate::store::Store;", 0);
    check("use super::super::http;", 0);
    check("use crate::https;", 0);
    check("    let redb = 1;", 0);
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
    // Vendors that speak SCIM are a file each.
    let files = fs::read_dir(root().join("adapters/scim/vendors")).expect("the tree is readable");
    let stem = |path: PathBuf| path.file_stem()?.to_str().map(str::to_owned);
    folders.extend(files.flatten().filter_map(|entry| stem(entry.path())));
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
    mentions_but(folder, names, |_| false)
}

fn mentions_but(folder: &str, names: &[&str], allowed: impl Fn(&Path) -> bool) -> Vec<String> {
    let files = rust_files(&root().join(folder));
    assert!(!files.is_empty(), "{folder} is gone: mend the floor plan");
    let looked_at = files.iter().filter(|file| !allowed(file));
    looked_at.flat_map(|file| mentions(file, &read(file), names)).collect()
}

/// Where code mentions one of the names, in an import or inline.
fn mentions(file: &Path, text: &str, names: &[&str]) -> Vec<String> {
    let mut errors = Vec::new();
    for (line, code) in items(text) {
        let paths = match import(&code) {
            Some(tree) => imported(tree),
            None => inline(&code),
        };
        let paths: Vec<_> = paths.into_iter().map(|path| absolute(file, &path)).collect();
        for name in names {
            let below = format!("{name}::");
            let mentioned = paths.iter().filter(|path| path == name || path.starts_with(&below));
            errors.extend(mentioned.map(|path| format!("{}:{line}: must not mention `{path}`", file.display())));
        }
    }
    errors
}

/// Lines of code with their numbers, without comments; an import of several lines is one.
fn items(text: &str) -> Vec<(usize, String)> {
    let mut items: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = if line.trim_start().starts_with("//") { "" } else { line };
        match items.last_mut() {
            Some((_, import_begun)) if import(import_begun).is_some() && !import_begun.contains(';') => {
                import_begun.push_str(code);
            }
            _ => items.push((index + 1, code.to_owned())),
        }
    }
    items
}

/// What comes after `use`, whatever its visibility.
fn import(code: &str) -> Option<&str> {
    let code = code.trim_start();
    let rest = match code.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')').map_or(rest, |(_, rest)| rest),
        Some(rest) => rest,
        None => code,
    };
    rest.trim_start().strip_prefix("use ")
}

/// Every path that `a::{b, c::{d, e as f}};` names.
fn imported(tree: &str) -> Vec<String> {
    let (mut paths, mut stack, mut path) = (Vec::new(), Vec::new(), String::new());
    let mut base = String::new();
    for c in tree.chars() {
        match c {
            '{' => {
                stack.push(base.clone());
                base = std::mem::take(&mut path);
            }
            '}' | ',' | ';' => {
                let named = std::mem::take(&mut path);
                if named != base && !named.is_empty() {
                    paths.push(named);
                }
                if c == '}' {
                    base = stack.pop().unwrap_or_default();
                }
            }
            c => path.push(c),
        }
        if path.is_empty() {
            path.clone_from(&base);
        }
    }
    let tidied = paths.iter().filter_map(|path| path.split(" as ").next());
    let tidied = tidied.map(|path| path.split_whitespace().collect::<String>());
    tidied.map(|path| path.trim_end_matches("::self").to_owned()).collect()
}

/// Every path of two names or more.
fn inline(code: &str) -> Vec<String> {
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    let paths = words.map(|word| word.trim_matches(':'));
    paths.filter(|path| path.contains("::")).map(str::to_owned).collect()
}

/// The path as seen from the crate's root, if it begins with `super`.
fn absolute(file: &Path, path: &str) -> String {
    let source = root().join("src");
    let (Ok(place), true) = (file.strip_prefix(source), path.starts_with("super::")) else {
        return path.to_owned();
    };
    let place = place.with_extension("");
    let mut modules: Vec<_> = place.iter().filter_map(|name| name.to_str()).collect();
    if modules.last() == Some(&"mod") {
        modules.pop();
    }
    let mut rest = path;
    while let Some(after) = rest.strip_prefix("super::") {
        modules.pop();
        rest = after;
    }
    let modules: String = modules.iter().map(|module| format!("{module}::")).collect();
    format!("crate::{modules}{rest}")
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
