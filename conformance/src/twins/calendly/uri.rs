//! Ids as Calendly writes them: URIs at its own address.

use super::refusal::Refusal;
use crate::twins::Request;

/// Where Calendly's own API is. Ids begin with it wherever the API was called.
pub(super) const ORIGIN: &str = "https://api.calendly.com";

pub(super) fn user(id: &str) -> String {
    format!("{ORIGIN}/users/{id}")
}

pub(super) fn organization(id: &str) -> String {
    format!("{ORIGIN}/organizations/{id}")
}

pub(super) fn membership(id: &str) -> String {
    format!("{ORIGIN}/organization_memberships/{id}")
}

pub(super) fn invitation(organization: &str, id: &str) -> String {
    format!("{ORIGIN}/organizations/{organization}/invitations/{id}")
}

pub(super) fn group(id: &str) -> String {
    format!("{ORIGIN}/groups/{id}")
}

pub(super) fn relationship(id: &str) -> String {
    format!("{ORIGIN}/group_relationships/{id}")
}

/// The last segment of the URI that a query parameter holds; none if the parameter is not there.
pub(super) fn parameter<'a>(request: &'a Request, name: &'static str) -> Result<Option<&'a str>, Refusal> {
    let Some(uri) = request.parameter(name) else {
        return Ok(None);
    };
    uri.strip_prefix(ORIGIN)
        .and_then(|path| path.rsplit_once('/'))
        .map(|(_, id)| Some(id))
        .filter(|id| id.is_some_and(|id| !id.is_empty()))
        .ok_or_else(|| Refusal::invalid(name, "must be a valid URI"))
}
