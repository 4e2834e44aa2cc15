//! Filters to text, in the form that parses to the same filter again.
use std::fmt;

use super::Filter;

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::And(terms) => list(f, terms, " and ", |term| matches!(term, Filter::And(_) | Filter::Or(_))),
            Filter::Or(terms) => list(f, terms, " or ", |term| matches!(term, Filter::Or(_))),
            Filter::Not(filter) => write!(f, "not ({filter})"),
            Filter::Present(path) => write!(f, "{path} pr"),
            Filter::Compare { path, op, value } => write!(f, "{path} {} {value}", op.as_str()),
            Filter::ValuePath { path, filter } => write!(f, "{path}[{filter}]"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, terms: &[Filter], join: &str, grouped: fn(&Filter) -> bool) -> fmt::Result {
    for (index, term) in terms.iter().enumerate() {
        let join = if index == 0 { "" } else { join };
        if grouped(term) {
            write!(f, "{join}({term})")?;
        } else {
            write!(f, "{join}{term}")?;
        }
    }
    Ok(())
}
