//! What sets one service provider apart from another: data.

use super::filter::Aliases;

/// A vendor's dialect of SCIM.
pub(in crate::twins) struct Profile {
    pub(in crate::twins) vendor: &'static str,
    /// The routes that the vendor lacks, some together.
    pub(in crate::twins) lacks: &'static [&'static [&'static str]],
    pub(in crate::twins) users: Shape,
    pub(in crate::twins) groups: Shape,
    pub(in crate::twins) extras: Extras,
    pub(in crate::twins) values: Values,
    pub(in crate::twins) user_names: UserNames,
    pub(in crate::twins) unique_emails: bool,
    pub(in crate::twins) members: Members,
    pub(in crate::twins) paging: Paging,
    pub(in crate::twins) errors: Errors,
    pub(in crate::twins) deletion: Deletion,
    /// Whether a new user is invited only, and has a seat once the invitation is accepted.
    pub(in crate::twins) invites: bool,
    /// Whether a new user name counts only once its owner confirms it.
    pub(in crate::twins) confirms_user_names: bool,
    /// Whether a rate limit says when to come back.
    pub(in crate::twins) retry_after: bool,
}

impl Profile {
    /// Whether the vendor has this route.
    pub(in crate::twins) fn has(&self, route: &str) -> bool {
        !self.lacks.iter().any(|some| some.contains(&route))
    }
}

/// What is taken of one resource type.
pub(in crate::twins) struct Shape {
    /// The attributes, leaf by leaf; none: all of RFC 7643.
    pub(in crate::twins) takes: Option<&'static [&'static str]>,
    pub(in crate::twins) required: &'static [&'static str],
    /// What stays as it was at creation, whatever an update says.
    pub(in crate::twins) kept: &'static [&'static str],
    /// What one PATCH may change only once, and never remove.
    pub(in crate::twins) patched_once: &'static [&'static str],
    pub(in crate::twins) filters: Filters,
    /// What the vendor calls some paths in filters.
    pub(in crate::twins) aliases: Aliases,
    /// Whether two groups cannot have one name. Two users never have one user name.
    pub(in crate::twins) unique_name: bool,
    /// How a PATCH is answered.
    pub(in crate::twins) patched: Patched,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::twins) enum Patched {
    /// 200 with the resource.
    Resource,
    /// 204.
    Nothing,
}

/// What becomes of attributes that are not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::twins) enum Extras {
    /// They are passed over.
    Ignored,
    /// Unknown ones are refused; read-only ones are passed over, as RFC 7644 section 3.5.1 asks.
    UnknownRefused,
    /// They are refused, be they unknown or read-only.
    Refused,
}

/// What values must be like, beyond their types.
pub(in crate::twins) struct Values {
    /// How many values a multi-valued attribute of a user may have.
    pub(in crate::twins) many_max: Option<usize>,
    /// Whether an e-mail must be the primary one.
    pub(in crate::twins) emails_are_primary: bool,
    /// Whether a text may be empty.
    pub(in crate::twins) blanks: bool,
    /// What no user name, display name or part of a name may have in it.
    pub(in crate::twins) not_in_names: &'static str,
}

/// What a user name must be like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::twins) enum UserNames {
    Any,
    /// An e-mail.
    Email,
    /// At most so many letters, digits, dots, underscores and hyphens: others become underscores, and letters become
    /// small.
    Converted {
        /// How long it may be. An e-mail is cut; anything else that is longer is refused.
        length_max: usize,
    },
}

/// Which filters a list takes.
#[derive(Clone, Copy)]
pub(in crate::twins) enum Filters {
    /// All of RFC 7644 section 3.4.2.2.
    All,
    /// `eq` alone, joined by `and`, of exactly one of these sets of attributes.
    Sets(&'static [&'static [&'static str]]),
}

/// How groups and their members go together.
pub(in crate::twins) struct Members {
    /// Whether answers name them.
    pub(in crate::twins) shown: bool,
    /// How many one request may add or remove.
    pub(in crate::twins) changes_max: Option<usize>,
    /// Whether all of them can be replaced or removed at once.
    pub(in crate::twins) replaceable: bool,
    /// Whether a removal may name them in its value, which RFC 7644 does not know.
    pub(in crate::twins) removed_by_value: bool,
    /// Whether removing who is not in changes nothing. Else it is refused with `noTarget`, which RFC 7644 section 3.12
    /// has for a path whose filter yields no match.
    pub(in crate::twins) strangers_go: bool,
    /// Whether somebody inactive can be added.
    pub(in crate::twins) may_be_inactive: bool,
}

/// How lists come in pages.
pub(in crate::twins) struct Paging {
    pub(in crate::twins) count_default: usize,
    pub(in crate::twins) count_max: usize,
    pub(in crate::twins) by: PagesBy,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::twins) enum PagesBy {
    /// By `startIndex`; `attributes` and `excludedAttributes` are understood.
    Index,
    /// By `cursor` alone; neither `startIndex` nor a choice of attributes is taken, nor a `count` beyond the bounds.
    Cursor,
}

/// How refusals are worded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::twins) enum Errors {
    /// As RFC 7644 section 3.12 has it.
    Rfc,
    /// The status in words, never what was wrong.
    Aws,
    /// A code of Slack's in place of the detail; the status is a number.
    Slack,
}

/// What the deletion of a user does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::twins) enum Deletion {
    Removes,
    Deactivates,
}
