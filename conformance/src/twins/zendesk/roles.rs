//! Roles, and which of them go together.

use serde::{Deserialize, Serialize};

use super::account::Zendesk;
use super::records::{CustomRole, User};
use super::refusal::Faults;
use super::user_input::UserInput;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Role {
    EndUser,
    Agent,
    Admin,
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Role::EndUser => "end-user",
            Role::Agent => "agent",
            Role::Admin => "admin",
        }
    }

    pub(super) fn named(name: &str) -> Option<Role> {
        [Role::EndUser, Role::Agent, Role::Admin]
            .into_iter()
            .find(|role| role.name() == name)
    }

    /// Whether the role belongs to the team, and not to its customers.
    pub(super) fn is_team(self) -> bool {
        match self {
            Role::EndUser => false,
            Role::Agent | Role::Admin => true,
        }
    }
}

/// What kind of role a custom role is; `role_type` is its number.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoleType {
    CustomAgent,
    LightAgent,
    ChatAgent,
    Contributor,
    Admin,
    BillingAdmin,
}

impl RoleType {
    pub(super) fn number(self) -> u8 {
        match self {
            RoleType::CustomAgent => 0,
            RoleType::LightAgent => 1,
            RoleType::ChatAgent => 2,
            RoleType::Contributor => 3,
            RoleType::Admin => 4,
            RoleType::BillingAdmin => 5,
        }
    }

    /// The role of those who may have such a custom role.
    fn role(self) -> Role {
        match self {
            RoleType::CustomAgent | RoleType::LightAgent | RoleType::ChatAgent | RoleType::Contributor => Role::Agent,
            RoleType::Admin | RoleType::BillingAdmin => Role::Admin,
        }
    }

    /// Whether who has it takes one of the seats that are paid for. For billing administrators it is not documented.
    fn takes_seat(self) -> bool {
        match self {
            RoleType::LightAgent | RoleType::Contributor => false,
            RoleType::CustomAgent | RoleType::ChatAgent | RoleType::Admin | RoleType::BillingAdmin => true,
        }
    }
}

/// The role that a user is to have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) role: Role,
    pub(super) custom_role: Option<u64>,
}

impl Zendesk {
    /// What a request makes of a user's role. A custom role that the new role cannot have goes by itself, unless it is
    /// named. Which error a wrong pair has is not documented.
    pub(super) fn standing(&self, before: Option<&User>, input: &UserInput, faults: &mut Faults) -> Standing {
        let role = input.role.or(before.map(|user| user.role)).unwrap_or(Role::EndUser);
        let kept = before.and_then(|user| user.custom_role_id);
        let kept = kept.filter(|id| {
            self.custom_role(*id)
                .is_some_and(|custom| custom.role_type.role() == role)
        });
        let custom_role = input.custom_role_id.unwrap_or(kept);
        if before.is_some_and(|user| user.is_owner) && role != Role::Admin {
            faults.add("role", "InvalidValue", "the account owner must be an administrator");
        }
        if let Some(id) = input.custom_role_id.flatten() {
            match self.custom_role(id) {
                Some(custom) if custom.role_type.role() == role => {}
                Some(_) | None => faults.invalid("custom_role_id"),
            }
        }
        Standing { role, custom_role }
    }

    /// Refuses who would need a seat when none is left. The error's name is the one that Zendesk's Ruby client met; the
    /// field and the description are not documented.
    pub(super) fn check_seat(&self, before: Option<&User>, standing: Standing, faults: &mut Faults) {
        let Some(seats) = self.account.agent_seats else {
            return;
        };
        let had_one = before.is_some_and(|user| user.active && self.takes_seat(user.standing()));
        if had_one || !self.takes_seat(standing) {
            return;
        }
        let users = self.users.rows().values();
        let taken = users
            .filter(|user| user.active && self.takes_seat(user.standing()))
            .count();
        if u64::try_from(taken).is_ok_and(|taken| taken >= seats) {
            faults.add("role", "MaxAgentExceeded", "the maximum number of agents is exceeded");
        }
    }

    /// A custom role that the account's plan lets it use.
    pub(super) fn custom_role(&self, id: u64) -> Option<&CustomRole> {
        let mut roles = self.account.custom_roles.iter().filter(|_| self.account.enterprise);
        roles.find(|role| role.id == id)
    }

    /// The number by which a user's role shows which kind it is of.
    pub(super) fn role_type(&self, standing: Standing) -> Option<u8> {
        let custom = standing.custom_role.and_then(|id| self.custom_role(id));
        let plain = (standing.role == Role::Admin).then_some(RoleType::Admin);
        custom.map(|custom| custom.role_type).or(plain).map(RoleType::number)
    }

    fn takes_seat(&self, standing: Standing) -> bool {
        let custom = standing.custom_role.and_then(|id| self.custom_role(id));
        standing.role.is_team() && custom.is_none_or(|custom| custom.role_type.takes_seat())
    }
}
