//! What a declaration changes: pure.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::record::State;
use crate::config;

/// What happens to one declared thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Which kind of thing.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What happens to it.
    pub verdict: Verdict,
    /// What of it the vendor would refuse, as far as is known; each is a sentence.
    pub warnings: Vec<String>,
}

/// What can be declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A directory.
    Directory,
    /// A target.
    Target,
}

/// What happens to a declared thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is new.
    Added,
    /// It is there, otherwise.
    Changed,
    /// It is there just so.
    Unchanged,
    /// It is there and not declared; it stays.
    Undeclared,
    /// It is there and not declared; it goes.
    Removed,
}

/// What is declared, as far as the plan looks at it.
pub(super) struct Wish<'a> {
    pub(super) directories: &'a [config::Directory],
    /// With whether the credential differs from the one that is kept.
    pub(super) targets: Vec<(&'a config::Target, bool)>,
    /// Whether what is not declared goes.
    pub(super) remove: bool,
}

/// The changes in order: directories, then targets.
///
/// # Errors
/// Every contradiction as a sentence.
pub(super) fn plan(state: &State, wish: &Wish<'_>) -> Result<Vec<Change>, Vec<String>> {
    let faults = faults(state, wish);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut changes = Vec::new();
    for directory in wish.directories {
        let verdict = match state.directory(&directory.name) {
            None => Verdict::Added,
            Some(kept) if kept.record.config == *directory => Verdict::Unchanged,
            Some(_) => Verdict::Changed,
        };
        changes.push(change(Kind::Directory, &directory.name, verdict));
    }
    changes.extend(undeclared_directories(state, wish));
    for (target, other_credential) in &wish.targets {
        let verdict = match state.target(&target.name) {
            None => Verdict::Added,
            Some(kept) if kept.record.config == **target && !other_credential => Verdict::Unchanged,
            Some(_) => Verdict::Changed,
        };
        changes.push(change(Kind::Target, &target.name, verdict));
    }
    changes.extend(undeclared_targets(state, wish));
    Ok(changes)
}

fn change(kind: Kind, name: &str, verdict: Verdict) -> Change {
    Change {
        kind,
        name: name.to_owned(),
        verdict,
        warnings: Vec::new(),
    }
}

fn undeclared_directories(state: &State, wish: &Wish<'_>) -> Vec<Change> {
    let declared: BTreeSet<&str> = wish.directories.iter().map(|each| each.name.as_str()).collect();
    let names = state.directories.iter().map(|kept| kept.name.as_str());
    undeclared(
        Kind::Directory,
        names.filter(|name| !declared.contains(name)),
        wish.remove,
    )
}

fn undeclared_targets(state: &State, wish: &Wish<'_>) -> Vec<Change> {
    let declared: BTreeSet<&str> = wish.targets.iter().map(|(each, _)| each.name.as_str()).collect();
    let names = state.targets.iter().map(|kept| kept.name.as_str());
    undeclared(Kind::Target, names.filter(|name| !declared.contains(name)), wish.remove)
}

fn undeclared<'a>(kind: Kind, names: impl Iterator<Item = &'a str>, remove: bool) -> Vec<Change> {
    let verdict = if remove { Verdict::Removed } else { Verdict::Undeclared };
    names.map(|name| change(kind, name, verdict)).collect()
}

fn faults(state: &State, wish: &Wish<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut names = BTreeSet::new();
    for directory in wish.directories {
        if !names.insert(&directory.name) {
            faults.push(format!("the directory `{}` is declared twice", directory.name));
        }
    }
    let mut targets = BTreeSet::new();
    for (target, _) in &wish.targets {
        let name = &target.name;
        if !targets.insert(name) {
            faults.push(format!("the target `{name}` is declared twice"));
        }
        if !names.contains(&target.directory) {
            faults.push(format!(
                "the target `{name}` is of the directory `{}`, which is not declared",
                target.directory
            ));
        }
        let kept = state.target(name).map(|kept| &kept.record.config);
        if kept.is_some_and(|kept| (&kept.directory, &kept.vendor) != (&target.directory, &target.vendor)) {
            faults.push(format!(
                "the target `{name}` cannot move to another directory or vendor: give the new one another name"
            ));
        }
    }
    faults
}
