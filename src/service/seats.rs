//! What a vendor's live roles say against a change: there is no such role, or nobody else may have it.
//!
//! It is said before the vendor would say it, and only of what has been read within the last seconds: whatever cannot be looked
//! at in time is not refused, and neither is a write that waits for no vendor. Whether the person has an account there already
//! is asked too, since taking that over takes no licence.
use std::time::Duration;

use adapters::descriptor::{Field, FieldType, Kind};
use adapters::{Lack, LiveRole, lack, none_left};
use schemas::ResourceType;
use serde_json::Value;

use super::concern::{self, States};
use super::context::Context;
use super::deliveries::LiveRoles;
use super::error::Error;
use super::plan::Next;
use super::registry::Target;
use super::service::Service;
use crate::config::OnExisting;
use crate::mapping::Wanted;
use crate::store::{Link, LinkKey};

/// Share of the time for which an IdP may be kept waiting that goes into looking: the rest is delivery's.
const SHARE: u32 = 4;

/// Longest time for looking: a vendor that takes longer is not waited for twice in one request.
const LOOK_MAX: Duration = Duration::from_secs(5);

/// What a change asks of a target's roles.
#[derive(Debug, Clone, PartialEq)]
struct Wish {
    /// The role that the person had not by this target's mapping; `None`: whichever the vendor gives.
    role: Option<String>,
    /// Where the role comes from, for people.
    attribute: String,
    /// The value by which an account is found.
    unique: Option<String>,
    /// Whether only a role that does not exist counts, since access may be taken away.
    taking: bool,
}

/// What the vendor has of a person.
#[derive(Debug, Clone, PartialEq)]
enum Seat {
    /// Nothing, as far as is known here.
    None,
    /// An account in this role.
    Role(String),
    /// Something of which the role is not known, or which is not to be changed.
    Unknown,
}

impl Service {
    /// Refuses what vendors' live roles tell that it cannot be.
    ///
    /// # Errors
    /// `invalidValue` naming attribute, user, role and vendor; the store's.
    pub(super) async fn check_seats(
        &self,
        context: &Context,
        resource_type: &ResourceType,
        next: &Next,
    ) -> Result<(), Error> {
        let states = next.states(resource_type);
        let mut faults = Vec::new();
        for target in &context.directory.targets {
            let Some(wish) = wish(target, states) else { continue };
            let key = LinkKey {
                directory: context.directory.id,
                target: target.id,
                resource: next.key.id,
            };
            let lacking = self.lacking(context, target, (&key, &wish)).await?;
            faults.extend(lacking.map(|lack| sentence(target, (&wish, lack), states)));
        }
        match faults.is_empty() {
            true => Ok(()),
            false => Err(schemas::Error::invalid_value(faults.join("; ")).into()),
        }
    }

    /// What is in the way of the wish for certain.
    async fn lacking(
        &self,
        context: &Context,
        target: &Target,
        (key, wish): (&LinkKey, &Wish),
    ) -> Result<Option<Lack>, Error> {
        let known = self.deliveries().live_roles(target.id);
        if wish.lacks(known, &Seat::None).is_none() {
            return Ok(None);
        }
        let seat = seat(target, self.store().link(key).await?);
        let within = (context.respond_within() / SHARE).min(LOOK_MAX);
        let looked = tokio::time::timeout(within, self.look(target, wish, &seat)).await;
        Ok(looked.ok().flatten())
    }

    /// Looks at the vendor anew.
    async fn look(&self, target: &Target, wish: &Wish, seat: &Seat) -> Option<Lack> {
        let live = self.deliveries().fresh_live_roles(target.id).await;
        let lack = wish.lacks(live, seat)?;
        if lack == Lack::Role || *seat != Seat::None || target.config.on_existing == OnExisting::Refuse {
            return Some(lack);
        }
        let unique = wish.unique.as_deref()?;
        let exists = self.deliveries().has_account(target.id, Kind::User, unique).await;
        (exists == Some(false)).then_some(lack)
    }
}

impl Wish {
    fn lacks(&self, live: Option<LiveRoles>, seat: &Seat) -> Option<Lack> {
        let roles: Vec<LiveRole> = live?.roles;
        let had = match seat {
            Seat::None => None,
            Seat::Role(role) => Some(role.as_str()),
            Seat::Unknown => return None,
        };
        let lack = match &self.role {
            Some(role) => lack(&roles, had, role),
            None => (none_left(&roles) && had.is_none()).then_some(Lack::Licence),
        };
        lack.filter(|lack| *lack == Lack::Role || !self.taking)
    }
}

/// What the change asks of the target's roles; `None`: nothing that the person had not before.
fn wish(target: &Target, states: States<'_>) -> Option<Wish> {
    if !target.descriptor.has_live_roles() {
        return None;
    }
    let after = concern::wanted(target, states, states.after).filter(|after| after.active)?;
    let before = concern::wanted(target, states, states.before).filter(|before| before.active);
    let taking = before
        .as_ref()
        .is_some_and(|before| target.mapping.takes_away(before, &after));
    let described = target.mapping.kind(after.kind)?;
    let field = described.fields.iter().find(|field| field.kind == FieldType::Role);
    let role = |wanted: &Wanted| {
        wanted
            .fields
            .get(&field?.name)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let given = role(&after);
    let gained = match &before {
        None => after.kind == Kind::User,
        Some(before) => given.is_some() && role(before) != given,
    };
    // Where roles have ranks, what takes access away is known for certain, and never refused.
    let is_lowered = taking && !target.descriptor.ranked_roles().is_empty();
    (gained && !is_lowered).then(|| Wish {
        role: given,
        attribute: attribute(target, field, states),
        unique: after
            .fields
            .get(&described.unique)
            .and_then(Value::as_str)
            .map(str::to_owned),
        taking,
    })
}

fn attribute(target: &Target, field: Option<&Field>, states: States<'_>) -> String {
    let attribute = field
        .zip(states.after)
        .map(|(field, after)| target.mapping.attribute(field, &concern::subject(states, after)));
    attribute.unwrap_or("roles").to_owned()
}

/// What the vendor has by the link, as far as a change of the role would reach it.
fn seat(target: &Target, link: Option<Link>) -> Seat {
    let link = link.unwrap_or_default();
    let role = |account: &crate::store::Applied| {
        let described = target.mapping.kind(Kind::User)?;
        let field = described.fields.iter().find(|field| field.kind == FieldType::Role)?;
        let is_sent = target.config.switches.update && !field.create_only;
        let role = account.fields.get(&field.name)?.as_str()?;
        is_sent.then(|| role.to_owned())
    };
    match &link.account {
        Some(account) if !link.removal_sent => role(account).map_or(Seat::Unknown, Seat::Role),
        // A creation or a removal may have reached the vendor: nobody knows what is there.
        Some(_) => Seat::Unknown,
        None if link.ambiguous_until.is_some() || !target.config.switches.create => Seat::Unknown,
        None => Seat::None,
    }
}

fn sentence(target: &Target, (wish, lack): (&Wish, Lack), states: States<'_>) -> String {
    let title = &target.descriptor.title;
    let name = states
        .after
        .and_then(|after| after.get("userName"))
        .and_then(Value::as_str);
    let who = name.unwrap_or("the person");
    let attribute = &wish.attribute;
    let (role, why) = match (&wish.role, lack) {
        (None, _) => return format!("{attribute}: {title} cannot take {who} in: no licence of any kind left"),
        (Some(role), Lack::Role) => (role, "this account has no such role"),
        (Some(role), Lack::Licence) => (role, "no licence of this kind left"),
    };
    let known = target.descriptor.role(role).and_then(|role| role.titles.first());
    let role = known.map_or_else(|| format!("`{role}`"), |title| format!("{title} (`{role}`)"));
    format!("{attribute}: {title} cannot give {who} the role {role}: {why}")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// A role with so many left, and what a person with this account lacks who wants it, or any.
    #[test]
    fn what_a_person_lacks_depends_on_what_is_there() {
        let role = |role: &str| Seat::Role(role.to_owned());
        for (available, wanted, seat, taking, expected) in [
            (Some(0), Some("a"), Seat::None, false, Some(Lack::Licence)),
            (Some(0), Some("a"), role("b"), false, Some(Lack::Licence)),
            (Some(0), Some("a"), role("a"), false, None),
            (Some(0), Some("a"), Seat::Unknown, false, None),
            (Some(0), Some("a"), role("b"), true, None),
            (Some(0), Some("c"), role("b"), true, Some(Lack::Role)),
            (Some(0), None, Seat::None, false, Some(Lack::Licence)),
            (Some(0), None, role("b"), false, None),
            (Some(1), None, Seat::None, false, None),
            (Some(1), Some("a"), Seat::None, false, None),
        ] {
            let live = LiveRoles {
                roles: vec![LiveRole {
                    name: "a".to_owned(),
                    available,
                    ..LiveRole::default()
                }],
                read: Timestamp::UNIX_EPOCH,
            };
            let wish = Wish {
                role: wanted.map(str::to_owned),
                attribute: "roles".to_owned(),
                unique: None,
                taking,
            };
            let lacking = wish.lacks(Some(live), &seat);
            assert_eq!(lacking, expected, "{available:?} {wanted:?} {seat:?} {taking}");
            assert_eq!(wish.lacks(None, &seat), None);
        }
    }
}
