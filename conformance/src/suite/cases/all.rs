//! The list of all cases.
use anyhow::Context as _;

use crate::suite::case::Case;
use crate::suite::cases::{consistency, filter, given, limits, patch, root, small, typed};
use crate::suite::rules::RULES;
use crate::suite::script;
use crate::suite::watch::UNIQUE_IDS;

/// Case files of this folder: name and text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// Every case, the scripts first.
///
/// # Errors
/// When a case file does not parse.
pub(crate) fn all() -> anyhow::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (name, text) in FILES {
        cases.extend(script::cases(text).with_context(|| format!("cases/{name}.json"))?);
    }
    cases.extend(patch::cases().context("cases/rows/patch_*.json")?);
    cases.extend(filter::cases().context("cases/rows/filter.json")?);
    for functions in [
        consistency::cases,
        limits::cases,
        root::cases,
        given::cases,
        small::cases,
        typed::cases,
    ] {
        cases.extend(functions());
    }
    Ok(cases)
}

/// Every case's name and the ids it shows, the rules for every exchange included.
///
/// # Errors
/// When a case file does not parse.
pub(crate) fn names() -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let rules = RULES.iter().map(|rule| (rule.name, rule.shows)).chain([UNIQUE_IDS]);
    let rules = rules.map(|(name, ids)| (name.to_owned(), ids.iter().map(|id| (*id).to_owned()).collect()));
    let cases = all()?.into_iter().map(|case| (case.name, case.shows));
    Ok(cases.chain(rules).collect())
}
