//! How users come, change and go: one by one, and item by item of a job.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::account::Zendesk;
use super::identities::IdentityInput;
use super::records::{IdentityType, User};
use super::refusal::{Faults, Refusal};
use super::roles::{Role, Standing};
use super::user_input::UserInput;

impl Zendesk {
    /// A new user: an end user, if the request says nothing else.
    pub(super) fn create_user(&mut self, now: Timestamp, fields: &Map<String, Value>) -> Result<Arc<User>, Refusal> {
        let (input, mut faults) = UserInput::read_new(fields, &self.account.user_fields);
        let standing = self.check(None, &input, &mut faults);
        faults.finish()?;
        let mut user = self.blank_user(now);
        self.add_addresses(now, &mut user, &input);
        self.settle(now, (user, standing), input)
    }

    /// Changes the fields that are named. An e-mail that the user does not have yet becomes a further identity, and the
    /// primary one stays as it is.
    pub(super) fn update_user(
        &mut self,
        now: Timestamp,
        id: u64,
        fields: &Map<String, Value>,
    ) -> Result<Arc<User>, Refusal> {
        let mut user = self.user(id)?.as_ref().clone();
        let (input, mut faults) = UserInput::read(fields, &self.account.user_fields);
        let standing = self.check(Some(&user), &input, &mut faults);
        faults.finish()?;
        self.add_addresses(now, &mut user, &input);
        if let Some(verified) = input.verified {
            let primary = user.identities.iter_mut().find(|identity| identity.primary);
            primary.into_iter().for_each(|identity| identity.verified = verified);
        }
        if user.role.is_team() && !standing.role.is_team() {
            self.group_memberships.leave_all(now, id);
            user.ticket_restriction = None;
        }
        self.settle(now, (user, standing), input)
    }

    /// The owner cannot be deleted; which status says so is not documented.
    pub(super) fn delete_user(&mut self, now: Timestamp, id: u64) -> Result<Arc<User>, Refusal> {
        let user = self.user(id)?.as_ref().clone();
        if user.is_owner {
            return Err(Refusal::forbidden("The account owner cannot be deleted"));
        }
        self.group_memberships.leave_all(now, id);
        Ok(self.put_user(now, User { active: false, ..user }))
    }

    /// Adds the e-mail and the identities that the request names and the user does not have yet. Whoever has to verify
    /// one is sent a mail, unless the request says not to.
    fn add_addresses(&mut self, now: Timestamp, user: &mut User, input: &UserInput) {
        let first = user.identities.is_empty().then_some(input.verified).flatten();
        let email = input.email.iter().map(|email| IdentityInput::email(email, first));
        let mut is_asked = false;
        for address in email.chain(input.identities.iter().cloned()) {
            let is_known = user.identities.iter().any(|own| address.is_same(own));
            if !is_known {
                is_asked |= address.kind == IdentityType::Email && !address.verified;
                self.add_identity(now, user, address);
            }
        }
        user.verification_mails += u64::from(is_asked && !input.skip_verify_email);
    }

    /// What only the account can tell of the fields: whether values are taken, and which role comes out.
    fn check(&self, before: Option<&User>, input: &UserInput, faults: &mut Faults) -> Standing {
        let own = before.map(|user| user.id);
        let is_taken = |by: Option<u64>| by.is_some() && by != own;
        let emails = input
            .identities
            .iter()
            .filter(|identity| identity.kind == IdentityType::Email);
        for email in input.email.iter().chain(emails.map(|identity| &identity.value)) {
            if is_taken(self.user_by_email(email)) {
                faults.duplicate("email", email);
            }
        }
        if let Some(id) = input
            .external_id
            .iter()
            .flatten()
            .find(|id| is_taken(self.user_by_external_id(id)))
        {
            faults.duplicate("external_id", id);
        }
        let standing = self.standing(before, input, faults);
        self.check_seat(before, standing, faults);
        if before.is_some_and(|user| user.is_owner) && input.suspends() {
            faults.add("suspended", "InvalidValue", "the account owner cannot be suspended");
        }
        self.check_places(standing.role, input, faults);
        standing
    }

    /// Groups and organizations must be there, and only the team has groups. That others are refused is not documented.
    fn check_places(&self, role: Role, input: &UserInput, faults: &mut Faults) {
        let known = |id: &u64| self.organizations.rows().contains_key(id);
        if input.organization_id.iter().flatten().any(|id| !known(id)) {
            faults.invalid("organization_id");
        }
        if input.organization_ids.iter().flatten().any(|id| !known(id)) {
            faults.invalid("organization_ids");
        }
        let named = input.organization.as_ref().map(|name| self.organization_by_name(name));
        if named.is_some_and(|found| found.is_none()) {
            faults.invalid("organization");
        }
        let group = input.default_group_id.flatten();
        if group.is_some_and(|id| !role.is_team() || self.live_group(id).is_none()) {
            faults.invalid("default_group_id");
        }
    }

    fn settle(
        &mut self,
        now: Timestamp,
        (user, standing): (User, Standing),
        input: UserInput,
    ) -> Result<Arc<User>, Refusal> {
        let id = user.id;
        let verifies = input.verified == Some(true) || input.identities.iter().any(|identity| identity.verified);
        let by_name = input
            .organization
            .as_ref()
            .and_then(|name| self.organization_by_name(name));
        let organization = input.organization_id.or(by_name.map(Some));
        let (organizations, group) = (input.organization_ids.clone(), input.default_group_id.flatten());
        let user = input.apply(now, user);
        let user = User {
            role: standing.role,
            custom_role_id: standing.custom_role,
            ..user
        };
        self.put_user(now, user);
        if let Some(all) = organizations {
            self.set_organizations(now, id, &all);
        }
        if let Some(one) = organization {
            self.set_organization(now, id, one);
        }
        if let Some(group) = group {
            let membership = self.join_group(now, id, group);
            self.group_memberships.make_default(now, membership);
        }
        if verifies {
            self.map_domain(now, id);
        }
        Ok(self.user(id)?.clone())
    }
}
