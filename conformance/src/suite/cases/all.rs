//! The list of all cases.
use anyhow::Context as _;

use crate::suite::case::Case;
use crate::suite::cases::{consistency, filter, limits, patch, root, tenants, typed};
use crate::suite::script;

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
        tenants::cases,
        typed::cases,
    ] {
        cases.extend(functions());
    }
    Ok(cases)
}
