//! Okta's own shapes: what it answers.
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) id: String,
    status: Status,
    /// What the status will be once what Okta does in the background is done.
    transitioning_to_status: Option<Status>,
    pub(super) profile: Map<String, Value>,
}

/// How far a user has come. An unknown status is taken for one that lets its owner in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    Staged,
    Provisioned,
    Active,
    Recovery,
    PasswordExpired,
    LockedOut,
    Suspended,
    Deprovisioned,
    #[serde(other)]
    Unknown,
}

impl User {
    /// The status that the user has or is about to have.
    pub(super) fn status(&self) -> Status {
        self.transitioning_to_status.unwrap_or(self.status)
    }

    pub(super) fn login(&self) -> &str {
        self.profile.get("login").and_then(Value::as_str).unwrap_or_default()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    pub(super) id: String,
    #[serde(rename = "type")]
    kind: String,
    pub(super) profile: Map<String, Value>,
}

impl Group {
    /// Whether the group is Okta's own. Those of applications are their source's, and those of every org are nobody's.
    pub(super) fn is_writable(&self) -> bool {
        self.kind == "OKTA_GROUP"
    }

    /// Whether every org has it.
    pub(super) fn is_built_in(&self) -> bool {
        self.kind == "BUILT_IN"
    }

    pub(super) fn name(&self) -> &str {
        self.profile.get("name").and_then(Value::as_str).unwrap_or_default()
    }
}

/// The assignment of an administrator role. Those of some predefined roles come in the shape of custom ones, with their
/// own `type` all the same.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Role {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    assignment_type: Option<String>,
}

impl Role {
    /// Whether the user holds the role in person, not as a member of a group.
    pub(super) fn is_personal(&self) -> bool {
        self.assignment_type.as_deref().is_none_or(|kind| kind == "USER")
    }
}

/// A page of those who hold administrator roles.
#[derive(Debug, Deserialize)]
pub(super) struct Assignees {
    #[serde(default)]
    pub(super) value: Vec<Entry>,
    #[serde(rename = "_links")]
    links: Option<Links>,
}

impl Assignees {
    /// Where the next page is.
    pub(super) fn next(&self) -> Option<&str> {
        Some(&self.links.as_ref()?.next.as_ref()?.href)
    }
}

/// Something of which only the id counts.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) id: String,
}

#[derive(Debug, Deserialize)]
struct Links {
    next: Option<Href>,
}

#[derive(Debug, Deserialize)]
struct Href {
    href: String,
}

/// `{"errorCode","errorSummary","errorCauses"}`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorBody {
    #[serde(default)]
    pub(super) error_code: String,
    #[serde(default)]
    error_summary: String,
    #[serde(default)]
    error_causes: Vec<Cause>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cause {
    #[serde(default)]
    error_summary: String,
}

impl ErrorBody {
    /// What Okta says: each cause, and last the summary.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let causes = self.error_causes.iter().map(|cause| cause.error_summary.as_str());
        causes.chain([self.error_summary.as_str()])
    }
}
