//! Administrator roles: what they are called, how they are shown, and those of users.

use serde_json::{Map, Value, json};

use super::account::Okta;
use super::body;
use super::ids::prefix;
use super::links::href;
use super::records::{Assignment, CustomBinding, RoleType, User};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::user_json::time;
use crate::twins::Answer;

impl RoleType {
    fn label(self) -> &'static str {
        match self {
            RoleType::AccessCertificationsAdmin => "Access Certifications Administrator",
            RoleType::AccessRequestsAdmin => "Access Requests Administrator",
            RoleType::ApiAccessManagementAdmin => "API Access Management Administrator",
            RoleType::AppAdmin => "Application Administrator",
            RoleType::Custom => "Custom Role",
            RoleType::GroupMembershipAdmin => "Group Membership Administrator",
            RoleType::HelpDeskAdmin => "Help Desk Administrator",
            RoleType::OrgAdmin => "Organization Administrator",
            RoleType::ReadOnlyAdmin => "Read Only Administrator",
            RoleType::ReportAdmin => "Report Administrator",
            RoleType::SuperAdmin => "Super Administrator",
            RoleType::UserAdmin => "Group Administrator",
            RoleType::WorkflowsAdmin => "Workflows Administrator",
        }
    }

    /// The role and the resource set that a newer predefined role is shown with: it is answered as custom ones are.
    /// Their names are documented for workflows alone.
    fn shown_binding(self) -> Option<(&'static str, &'static str)> {
        match self {
            RoleType::AccessCertificationsAdmin => {
                Some(("ACCESS_CERTIFICATIONS_ADMIN", "ACCESS_CERTIFICATIONS_IAM_POLICY"))
            }
            RoleType::AccessRequestsAdmin => Some(("ACCESS_REQUESTS_ADMIN", "ACCESS_REQUESTS_IAM_POLICY")),
            RoleType::WorkflowsAdmin => Some(("WORKFLOWS_ADMIN", "WORKFLOWS_IAM_POLICY")),
            RoleType::ApiAccessManagementAdmin
            | RoleType::AppAdmin
            | RoleType::Custom
            | RoleType::GroupMembershipAdmin
            | RoleType::HelpDeskAdmin
            | RoleType::OrgAdmin
            | RoleType::ReadOnlyAdmin
            | RoleType::ReportAdmin
            | RoleType::SuperAdmin
            | RoleType::UserAdmin => None,
        }
    }
}

/// Which role a request asks for.
pub(super) struct Asked {
    role: RoleType,
    custom: Option<CustomBinding>,
}

impl Asked {
    /// A custom role needs its id and that of a resource set. The texts are not documented.
    pub(super) fn read(twin: &Okta, call: &Call) -> Result<Asked, Refusal> {
        call.flag("disableNotifications", false)?;
        let mut fields = body::object(call.request)?;
        let role = fields.remove("type").unwrap_or_default();
        let role = serde_json::from_value(role).map_err(|_| Refusal::field("type", "The value is not a role type"))?;
        let custom = match role {
            RoleType::Custom => Some(twin.custom_binding(&mut fields)?),
            _ => None,
        };
        Ok(Asked { role, custom })
    }
}

/// Those that the user has itself, and those of its groups.
pub(super) fn list(twin: &mut Okta, call: &Call) -> Reply {
    let user = twin.user_by_id(call.id())?;
    let roles = twin.roles_of(user).map(|role| twin.role_json(call, role));
    Ok(Answer::json(200, &roles.collect()))
}

pub(super) fn get(twin: &mut Okta, call: &Call) -> Reply {
    let user = twin.user_by_id(call.id())?;
    let role = twin.roles_of(user).find(|role| role.id == call.inner_id());
    let role = role.ok_or_else(|| no_assignment(call))?;
    Ok(Answer::json(200, &twin.role_json(call, role)))
}

/// Answers the id of the assignment, by which alone it can be taken back.
pub(super) fn assign(twin: &mut Okta, call: &Call) -> Reply {
    let holder = twin.user_by_id(call.id())?.id.clone();
    let asked = Asked::read(twin, call)?;
    let role = twin.assign_role(call, holder, asked)?;
    Ok(Answer::json(201, &role))
}

/// A role that comes from a group cannot be taken from the user: there it is not to be found.
pub(super) fn unassign(twin: &mut Okta, call: &Call) -> Reply {
    let holder = twin.user_by_id(call.id())?.id.clone();
    twin.unassign_role(call, holder)
}

fn no_assignment(call: &Call) -> Refusal {
    Refusal::not_found(call.inner_id(), "RoleAssignment")
}

impl Okta {
    /// Assigns a role to a user or a group, once.
    pub(super) fn assign_role(&mut self, call: &Call, holder: String, asked: Asked) -> Result<Value, Refusal> {
        let mut held = self.assignments_of(&holder);
        if held.any(|role| role.role == asked.role && role.custom == asked.custom) {
            return Err(Refusal::role_assigned());
        }
        drop(held);
        let prefix = match self.users.rows().contains_key(&holder) {
            true => prefix::ASSIGNMENT,
            false => prefix::GROUP_ASSIGNMENT,
        };
        let assignment = Assignment {
            holder,
            id: self.new_id(prefix),
            role: asked.role,
            custom: asked.custom,
            created: call.now,
        };
        let assignment = self.assignments.put(call.now, assignment);
        Ok(self.role_json(call, &assignment))
    }

    pub(super) fn unassign_role(&mut self, call: &Call, holder: String) -> Reply {
        let key = (holder, call.inner_id().to_owned());
        match self.assignments.remove(call.now, &key) {
            Some(_) => Ok(Answer::empty(204)),
            None => Err(no_assignment(call)),
        }
    }

    /// The roles of a user, those of its groups included.
    pub(super) fn roles_of(&self, user: &User) -> impl Iterator<Item = &Assignment> {
        let mut holders = vec![user.id.clone()];
        holders.extend(self.group_ids_of(&user.id));
        holders.into_iter().flat_map(|holder| {
            let roles: Vec<_> = self.assignments_of(&holder).map(AsRef::as_ref).collect();
            roles
        })
    }

    pub(super) fn role_json(&self, call: &Call, assignment: &Assignment) -> Value {
        let is_group = self.groups.rows().contains_key(&assignment.holder);
        let (kind, path) = match is_group {
            true => ("GROUP", format!("groups/{}", assignment.holder)),
            false => ("USER", format!("users/{}", assignment.holder)),
        };
        let custom = assignment
            .custom
            .as_ref()
            .and_then(|custom| self.org.custom_roles.iter().find(|role| role.id == custom.role));
        let mut body = json!({
            "id": assignment.id,
            "label": custom.map_or(assignment.role.label(), |role| &role.label),
            "type": assignment.role,
            "status": "ACTIVE",
            "created": time(assignment.created),
            "lastUpdated": time(assignment.created),
            "assignmentType": kind,
            "_links": { "assignee": href(&call.base, &path) },
        });
        let custom = assignment.custom.as_ref();
        let binding = custom.map(|custom| (custom.role.as_str(), custom.resource_set.as_str()));
        if let Some((role, resource_set)) = binding.or(assignment.role.shown_binding()) {
            body["role"] = Value::from(role);
            body["resource-set"] = Value::from(resource_set);
        }
        body
    }

    fn custom_binding(&self, fields: &mut Map<String, Value>) -> Result<CustomBinding, Refusal> {
        let mut needed = |name: &str| {
            let value: Option<String> = body::part(fields, name)?;
            value.ok_or_else(|| Refusal::field(name, "The field cannot be left blank"))
        };
        let (role, resource_set) = (needed("role")?, needed("resource-set")?);
        match self.org.custom_roles.iter().any(|custom| custom.id == role) {
            true => Ok(CustomBinding { role, resource_set }),
            false => Err(Refusal::not_found(&role, "CustomRole")),
        }
    }
}
