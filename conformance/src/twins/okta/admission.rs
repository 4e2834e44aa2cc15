//! Who may pass: the credential, and the headers that a request needs.

use jiff::Timestamp;

use super::account::Okta;
use super::org::AdminRole;
use super::refusal::Refusal;
use super::routes::Operation;
use crate::twins::oauth::GrantType;
use crate::twins::{Answer, Request};

/// A credential as a request carries it, and what it may do.
pub(super) struct Credential {
    /// What tells it from others where limits are counted.
    pub(super) key: String,
    /// The id of the user for whom it acts; an application acts for nobody.
    pub(super) user: Option<String>,
    /// Its maker's or the application's; none: it may do nothing.
    role: Option<AdminRole>,
    /// None: an API token, which no scopes confine.
    scopes: Option<Vec<String>>,
}

impl Credential {
    pub(super) fn check(&self, request: &Request, operation: &Operation) -> Result<(), Refusal> {
        let scopes = self.scopes.as_ref();
        if scopes.is_some_and(|scopes| !scopes.iter().any(|scope| scope == operation.scope)) {
            return Err(Refusal::scope());
        }
        match self.role {
            Some(AdminRole::SuperAdmin) => Ok(()),
            Some(AdminRole::ReadOnlyAdmin) if request.method == "GET" => Ok(()),
            Some(AdminRole::ReadOnlyAdmin) | None => Err(Refusal::denied()),
        }
    }
}

impl Okta {
    pub(super) fn credential(&self, now: Timestamp, request: &Request) -> Result<Credential, Refusal> {
        let header = request.header("authorization").ok_or_else(Refusal::no_credential)?;
        match header.split_once(' ') {
            Some(("SSWS", token)) => self.api_token(token),
            Some(("Bearer", token)) => self.access_token(now, token),
            _ => Err(Refusal::no_credential()),
        }
    }

    fn api_token(&self, token: &str) -> Result<Credential, Refusal> {
        let given = self.org.tokens.get(token).copied();
        let is_own = !token.is_empty() && token == self.token;
        let role = given.or_else(|| is_own.then_some(AdminRole::SuperAdmin));
        Ok(Credential {
            key: token.to_owned(),
            user: Some(self.org.owner.clone()),
            role: Some(role.ok_or_else(Refusal::bad_token)?),
            scopes: None,
        })
    }

    /// A token that a person consented to may do what that person may; one of an application alone needs a role of the
    /// application's.
    fn access_token(&self, now: Timestamp, token: &str) -> Result<Credential, Refusal> {
        let token = self.oauth.access(now, token).ok_or_else(Refusal::bad_access_token)?;
        let (user, role) = match token.grant {
            GrantType::ClientCredentials => (None, self.org.app_roles.get(&token.client).copied()),
            GrantType::AuthorizationCode | GrantType::RefreshToken => {
                (Some(self.org.owner.clone()), Some(AdminRole::SuperAdmin))
            }
        };
        Ok(Credential {
            key: token.client.clone(),
            user,
            role,
            scopes: Some(token.scopes.clone()),
        })
    }
}

/// A request to write that has no body must say so. The body of the refusal is not documented.
pub(super) fn check_length(request: &Request) -> Result<(), Answer> {
    let writes = matches!(request.method.as_str(), "POST" | "PUT");
    let says = request.header("content-length").is_some() || request.header("transfer-encoding").is_some();
    match writes && request.body.is_empty() && !says {
        true => Err(Answer::empty(411)),
        false => Ok(()),
    }
}

/// `Accept` must allow JSON if it is there; a body must be said to be JSON.
pub(super) fn check_headers(request: &Request) -> Result<(), Refusal> {
    let accept = request.header("accept").unwrap_or("*/*");
    let allows = |range: &str| matches!(range, "application/json" | "application/*" | "*/*");
    if !accept.split(',').any(|range| allows(media_type(range))) {
        return Err(Refusal::not_acceptable());
    }
    let content_type = request.header("content-type").unwrap_or_default();
    if !request.body.is_empty() && media_type(content_type) != "application/json" {
        return Err(Refusal::media_type());
    }
    Ok(())
}

fn media_type(header: &str) -> &str {
    header.split(';').next().unwrap_or_default().trim()
}
