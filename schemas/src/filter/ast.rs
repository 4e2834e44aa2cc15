//! The form of a filter.
use serde_json::Value;

use crate::path::AttributePath;

/// A filter expression (RFC 7644 section 3.4.2.2, figure 1).
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of them hold; at least two.
    And(Vec<Filter>),
    /// One of them holds; at least two.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// `path pr`: the attribute has a value.
    Present(AttributePath),
    /// `path op value`: the value is a string, number, boolean or null.
    ///
    /// The path may carry a value filter, `emails[type eq "work"].value eq "x"`. The RFC's grammar
    /// does not have this form, but Entra sends it.
    Compare {
        /// What is compared.
        path: AttributePath,
        /// How.
        op: Operator,
        /// With what.
        value: Value,
    },
    /// `path[filter]`: one value of the attribute satisfies the filter.
    ValuePath {
        /// The attribute; its own `filter` is none.
        path: AttributePath,
        /// A filter over the attribute's sub-attributes.
        filter: Box<Filter>,
    },
}

/// The comparison operators of RFC 7644 table 3, without `pr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than, or later than.
    Gt,
    /// Greater than, or equal to.
    Ge,
    /// Less than, or earlier than.
    Lt,
    /// Less than, or equal to.
    Le,
}
