//! Operations on the attribute that is kept as membership rows, e.g. `members` of Group.
use serde_json::Value;

use super::apply::{Change, Draft};
use super::parse::Op;
use super::values::list;
use crate::error::Error;
use crate::filter::{Filter, Operator};
use crate::resource_type::Resolved;
use crate::validate::{Row, read_rows};

/// A change of memberships.
#[derive(Clone, Debug, PartialEq)]
pub enum RowChange {
    /// Adds these; what is there already stays as it is.
    Add(Vec<Row>),
    /// Removes those that satisfy the filter, which is over the element's sub-attributes.
    RemoveWhere(Filter),
    /// Removes those with these values; what is not there is no error.
    Remove(Vec<String>),
    /// Removes all.
    RemoveAll,
    /// Puts these in the place of all.
    Replace(Vec<Row>),
}

impl Draft<'_> {
    /// Notes a change of memberships.
    ///
    /// # Errors
    /// `mutability` for a change inside a membership: it can only be added and removed.
    pub(super) fn memberships(&mut self, place: Resolved<'_>, change: Change<'_>) -> Result<(), Error> {
        let whole = place.sub.is_none() && (change.filter.is_none() || change.op == Op::Remove);
        if !whole {
            return Err(Error::mutability(format!(
                "{place}: values can be added and removed, not changed"
            )));
        }
        let noted = match (change.op, change.filter, change.value) {
            (Op::Remove, Some(filter), _) => {
                filter.check_value(place.attribute)?;
                Some(remove_where(filter))
            }
            (Op::Remove, None, None) if change.removes_nothing() => None,
            (Op::Remove, None, None) => Some(RowChange::RemoveAll),
            (Op::Remove, None, Some(value)) => {
                let rows = self.read(place, value)?;
                let values: Vec<_> = rows.into_iter().map(|row| row.value).collect();
                (!values.is_empty()).then_some(RowChange::Remove(values))
            }
            (Op::Add, _, None) => None,
            (Op::Add, _, Some(value)) => {
                let rows = self.read(place, value)?;
                (!rows.is_empty()).then_some(RowChange::Add(rows))
            }
            (Op::Replace, _, None) => Some(RowChange::RemoveAll),
            (Op::Replace, _, Some(value)) => match self.read(place, value)? {
                rows if rows.is_empty() => Some(RowChange::RemoveAll),
                rows => Some(RowChange::Replace(rows)),
            },
        };
        self.rows.extend(noted);
        Ok(())
    }

    fn read(&self, place: Resolved<'_>, value: &Value) -> Result<Vec<Row>, Error> {
        read_rows(place, &list(value), self.rules)
    }
}

/// The removal of one value, as most clients send it, needs no look at the other rows.
fn remove_where(filter: &Filter) -> RowChange {
    if let Filter::Compare {
        path,
        op: Operator::Eq,
        value: Value::String(value),
    } = filter
        && path.to_string().eq_ignore_ascii_case("value")
    {
        return RowChange::Remove(vec![value.clone()]);
    }
    RowChange::RemoveWhere(filter.clone())
}
