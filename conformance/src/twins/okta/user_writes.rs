//! Users: creation and change.

use serde_json::{Map, Value};

use super::account::Okta;
use super::body;
use super::credentials::Credentials;
use super::profile::Change;
use super::records::{Member, Provider, Status, User};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::users::etag;
use crate::twins::Answer;

/// How many groups a creation may name.
const GROUPS_MAX: usize = 20;

/// How a new user begins.
struct Start {
    activate: bool,
    provider: Option<Provider>,
    expires_password: bool,
}

impl Start {
    fn read(call: &Call, credentials: &Credentials) -> Result<Start, Refusal> {
        let activate = call.flag("activate", true)?;
        let names_provider = call.flag("provider", false)?;
        let expires_password = match call.request.parameter("nextLogin") {
            None => false,
            Some("changePassword") => true,
            Some(_) => return Err(Refusal::type_mismatch("nextLogin")),
        };
        if expires_password && !credentials.has_password() {
            return Err(Refusal::expiry_without_password());
        }
        if expires_password && !activate {
            return Err(Refusal::expiry_without_activation());
        }
        Ok(Start {
            activate,
            provider: credentials.foreign_provider().filter(|_| names_provider),
            expires_password,
        })
    }
}

/// Answers 200, not 201.
pub(super) fn create(twin: &mut Okta, call: &Call) -> Reply {
    let mut fields = body::object(call.request)?;
    let profile = body::part(&mut fields, "profile")?;
    let profile: Map<String, Value> =
        profile.ok_or_else(|| Refusal::field("profile", "The field cannot be left blank"))?;
    let credentials = Credentials::read(&mut fields)?;
    let start = Start::read(call, &credentials)?;
    let profile = twin.profile(&Change::Create, profile)?;
    let groups = twin.groups_for_new_user(&mut fields)?;
    let user_type = twin.type_asked(&mut fields)?;
    let user = twin.new_user(call.now, profile);
    let user = User {
        provider: start.provider.unwrap_or(user.provider),
        user_type: user_type.unwrap_or_else(|| user.user_type.clone()),
        ..user
    };
    let user = credentials.apply(call.now, user);
    let user = match start.activate {
        true if start.expires_password => user.in_status(call.now, Status::PasswordExpired),
        true => twin.begin_activation(call.now, user),
        false => user,
    };
    let user = twin.put_user(call.now, user);
    for group in groups {
        let user = user.id.clone();
        twin.put_member(call.now, Member { group, user });
    }
    Ok(Answer::json(200, &twin.user_in_full(call, &user)))
}

/// Changes what is named. The type cannot change so.
pub(super) fn update(twin: &mut Okta, call: &Call) -> Reply {
    let user = twin.editable_user(call)?;
    let mut fields = body::object(call.request)?;
    let asked = body::part(&mut fields, "profile")?.unwrap_or_default();
    let profile = twin.profile(&Change::Update(&user), asked)?;
    let user_type = twin.type_asked(&mut fields)?;
    if user_type.is_some_and(|asked| asked != user.user_type) {
        // The text is not documented.
        return Err(Refusal::field(
            "type",
            "The user type can only be changed by a replacement",
        ));
    }
    save(twin, call, User { profile, ..user }, &mut fields)
}

/// Deletes every attribute of the profile that is not named. Without a profile there is nothing to replace.
pub(super) fn replace(twin: &mut Okta, call: &Call) -> Reply {
    let user = twin.editable_user(call)?;
    let mut fields = body::object(call.request)?;
    let profile = match body::part(&mut fields, "profile")? {
        Some(asked) => twin.profile(&Change::Replace(&user), asked)?,
        None => user.profile.clone(),
    };
    let user_type = twin.type_asked(&mut fields)?.unwrap_or_else(|| user.user_type.clone());
    let user = User {
        profile,
        user_type,
        ..user
    };
    save(twin, call, user, &mut fields)
}

fn save(twin: &mut Okta, call: &Call, user: User, fields: &mut Map<String, Value>) -> Reply {
    let user = Credentials::read(fields)?.apply(call.now, user);
    let user = User {
        last_updated: call.now,
        ..user
    };
    let user = twin.put_user(call.now, user);
    Ok(Answer::json(200, &twin.user_in_full(call, &user)))
}

impl Okta {
    /// The user whom the request would change. The profile of someone deactivated is not to be found, unless the org
    /// lets it be edited.
    fn editable_user(&self, call: &Call) -> Result<User, Refusal> {
        call.flag("strict", false)?;
        let user = self.settled_user(call)?;
        if user.status == Status::Deprovisioned && !self.org.deprovisioned_editable {
            return Err(Refusal::not_found(call.id(), "User"));
        }
        match call.request.header("if-match") {
            Some(expected) if expected != etag(user.version) => Err(Refusal::changed_meanwhile()),
            _ => Ok(user),
        }
    }

    fn type_asked(&self, fields: &mut Map<String, Value>) -> Result<Option<String>, Refusal> {
        let Some(mut kind) = body::part::<Map<String, Value>>(fields, "type")? else {
            return Ok(None);
        };
        let Some(id) = body::part::<String>(&mut kind, "id")? else {
            return Ok(None);
        };
        match self.org.user_types.iter().any(|kind| kind.id == id) {
            true => Ok(Some(id)),
            false => Err(Refusal::not_found(&id, "UserType")),
        }
    }

    fn groups_for_new_user(&self, fields: &mut Map<String, Value>) -> Result<Vec<String>, Refusal> {
        let ids: Vec<String> = body::part(fields, "groupIds")?.unwrap_or_default();
        if ids.len() > GROUPS_MAX {
            // The text is not documented.
            return Err(Refusal::field("groupIds", "There are too many groups"));
        }
        for id in &ids {
            self.check_membership_writable(id)?;
        }
        Ok(ids)
    }
}
