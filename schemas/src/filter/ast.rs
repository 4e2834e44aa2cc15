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

impl Filter {
    /// How many comparisons it is made of: that many are made at most for a resource of one value each.
    pub fn terms(&self) -> usize {
        let inner = |path: &AttributePath| path.filter.as_ref().map_or(0, |filter| filter.terms());
        match self {
            Filter::And(terms) | Filter::Or(terms) => terms.iter().map(Filter::terms).sum(),
            Filter::Not(filter) => filter.terms(),
            Filter::Present(path) | Filter::Compare { path, .. } => 1 + inner(path),
            Filter::ValuePath { filter, .. } => 1 + filter.terms(),
        }
    }
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

impl Operator {
    /// Every operator.
    pub const ALL: [Operator; 9] = [
        Operator::Eq,
        Operator::Ne,
        Operator::Co,
        Operator::Sw,
        Operator::Ew,
        Operator::Gt,
        Operator::Ge,
        Operator::Lt,
        Operator::Le,
    ];

    /// The operator as it stands in a filter.
    pub fn as_str(self) -> &'static str {
        match self {
            Operator::Eq => "eq",
            Operator::Ne => "ne",
            Operator::Co => "co",
            Operator::Sw => "sw",
            Operator::Ew => "ew",
            Operator::Gt => "gt",
            Operator::Ge => "ge",
            Operator::Lt => "lt",
            Operator::Le => "le",
        }
    }

    /// The operator of this name in any case.
    pub(super) fn parse(word: &str) -> Option<Operator> {
        Operator::ALL
            .into_iter()
            .find(|op| op.as_str().eq_ignore_ascii_case(word))
    }
}
