//! Which requirement is shown by which case, or why by none yet: `coverage/requirements.tsv` held against the cases.
//!
//! A row is an id, the names of its cases, and else one line why there is none: three columns between tabs, of the
//! last two exactly one filled.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::suite;

/// The list.
const LIST: &str = include_str!("../coverage/requirements.tsv");

/// How many requirements each RFC has.
const COUNTS: [(&str, usize); 3] = [("7643", 248), ("7644", 393), ("9865", 48)];

/// One requirement's row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    id: String,
    cases: BTreeSet<String>,
    reason: String,
}

/// The ids that each case shows, by the case's name.
type Shown = BTreeMap<String, BTreeSet<String>>;

/// Every fault of the list: a missing id, an unknown case, a case in no row, a row with neither case nor reason.
///
/// # Errors
/// When a case file does not parse.
pub fn faults() -> anyhow::Result<Vec<String>> {
    let shown = shown()?;
    Ok(match parse(LIST) {
        Ok(rows) => compare(&rows, &shown),
        Err(faults) => faults,
    })
}

/// A list as the cases would have it: names from the cases, reasons as they stand where there is no case.
///
/// # Errors
/// When a case file or the list does not parse.
pub fn corrected(list: &str) -> anyhow::Result<String> {
    let shown = shown()?;
    let rows = parse(list).map_err(|faults| anyhow::anyhow!(faults.join("\n")))?;
    let mut text = String::new();
    for row in rows {
        let cases = cases_of(&row.id, &shown).join(" ");
        let reason = if cases.is_empty() { row.reason.as_str() } else { "" };
        writeln!(text, "{}\t{cases}\t{reason}", row.id)?;
    }
    Ok(text)
}

fn shown() -> anyhow::Result<Shown> {
    let listed = suite::cases::names()?;
    Ok(listed
        .into_iter()
        .map(|(name, ids)| (name, ids.into_iter().collect()))
        .collect())
}

fn parse(text: &str) -> Result<Vec<Row>, Vec<String>> {
    let mut faults = Vec::new();
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let columns: Vec<_> = line.split('\t').collect();
        let [id, cases, reason] = columns.as_slice() else {
            faults.push(format!("line {}: not three columns", index + 1));
            continue;
        };
        rows.push(Row {
            id: (*id).to_owned(),
            cases: cases.split_whitespace().map(str::to_owned).collect(),
            reason: (*reason).to_owned(),
        });
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn compare(rows: &[Row], shown: &Shown) -> Vec<String> {
    let mut faults = count(rows);
    for row in rows {
        faults.extend(row_faults(row, shown));
    }
    let ids: BTreeSet<_> = rows.iter().map(|row| row.id.as_str()).collect();
    for (case, shows) in shown {
        if shows.is_empty() {
            faults.push(format!("{case} shows no requirement"));
        }
        let unknown = shows.iter().filter(|id| !ids.contains(id.as_str()));
        faults.extend(unknown.map(|id| format!("{case} shows {id}, which is not in the list")));
    }
    faults
}

fn count(rows: &[Row]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows {
        if !seen.insert(&row.id) {
            faults.push(format!("{} is there twice", row.id));
        }
    }
    for (rfc, wanted) in COUNTS {
        let got = seen.iter().filter(|id| id.starts_with(&format!("{rfc}-"))).count();
        if got != wanted {
            faults.push(format!("RFC {rfc} has {wanted} requirements, the list has {got}"));
        }
    }
    faults
}

fn row_faults(row: &Row, shown: &Shown) -> Vec<String> {
    let id = &row.id;
    let mut faults = Vec::new();
    match (row.cases.is_empty(), row.reason.is_empty()) {
        (true, true) => faults.push(format!("{id} has neither a case nor a reason")),
        (false, false) => faults.push(format!("{id} has both a case and a reason")),
        (true, false) | (false, true) => {}
    }
    for case in &row.cases {
        match shown.get(case) {
            None => faults.push(format!("{id} names {case}, which is no case")),
            Some(shows) if !shows.contains(id) => faults.push(format!("{id} names {case}, which does not show it")),
            Some(_) => {}
        }
    }
    let left_out = cases_of(id, shown)
        .into_iter()
        .filter(|case| !row.cases.contains(*case));
    faults.extend(left_out.map(|case| format!("{id} lacks {case}, which shows it")));
    faults
}

fn cases_of<'a>(id: &str, shown: &'a Shown) -> Vec<&'a str> {
    let showing = shown.iter().filter(|(_, shows)| shows.contains(id));
    showing.map(|(case, _)| case.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_right() {
        let faults = faults().expect("the case files parse");
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn faults_are_found() {
        let shown: Shown = [("a", vec!["7643-1", "7643-2"]), ("b", vec!["7643-9"]), ("c", vec![])]
            .into_iter()
            .map(|(name, ids)| (name.to_owned(), ids.into_iter().map(str::to_owned).collect()))
            .collect();
        let check = |text: &str, expected: &str| {
            let faults = match parse(text) {
                Ok(rows) => compare(&rows, &shown),
                Err(faults) => faults,
            };
            assert!(faults.iter().any(|fault| fault == expected), "{expected}: {faults:?}");
        };
        check("7643-1 a", "line 1: not three columns");
        check("7643-1\ta\t", "RFC 7643 has 248 requirements, the list has 1");
        check("7643-1\ta\t\n7643-1\ta\t", "7643-1 is there twice");
        check("7643-3\t\t", "7643-3 has neither a case nor a reason");
        check("7643-1\ta\tlater", "7643-1 has both a case and a reason");
        check("7643-1\tx\t", "7643-1 names x, which is no case");
        check("7643-3\ta\t", "7643-3 names a, which does not show it");
        check("7643-2\t\tlater", "7643-2 lacks a, which shows it");
        check("7643-1\ta\t", "b shows 7643-9, which is not in the list");
        check("7643-1\ta\t", "c shows no requirement");
    }
}
