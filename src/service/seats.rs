//! What a vendor's live roles say against a change: there is no such role, or nobody else may have it.
//!
//! It is said before the vendor would say it, and only of what has been read within the last seconds: whatever cannot
//! be looked at in time is not refused. Whether the person has an account there already is asked too, since taking that
//! over takes no licence. What a write takes is set aside before it is made, so that no two get the last one.
use adapters::Lack;
use adapters::descriptor::{Field, FieldType, Kind};
use schemas::ResourceType;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::concern::{self, States};
use super::context::Context;
use super::deliveries::{Deliveries, Seating};
use super::error::Error;
use super::plan::Next;
use super::registry::Target;
use super::service::Service;
use crate::config::OnExisting;
use crate::mapping::Wanted;
use crate::store::{Link, LinkKey, ResourceId, TargetId};

/// Faults that are told one by one: a group may bring as many as it has members, and whoever reads them corrects the
/// first few.
const TOLD_MAX: usize = 10;

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

/// Seats set aside for a write, and left to others again unless it is made.
pub(super) struct Seats<'a> {
    deliveries: &'a dyn Deliveries,
    taken: Vec<(TargetId, Seating)>,
}

impl Seats<'_> {
    /// The write is made: delivery sees to them from now on.
    pub(super) fn keep(mut self) {
        self.taken.clear();
    }
}

impl Drop for Seats<'_> {
    fn drop(&mut self) {
        for (target, seating) in &self.taken {
            self.deliveries.give_back(*target, seating);
        }
    }
}

/// A look at what is in the way of a write.
pub(super) struct Check<'a> {
    pub(super) service: &'a Service,
    pub(super) context: &'a Context,
    /// Until when vendors may be looked at.
    until: Instant,
    seats: Seats<'a>,
    pub(super) faults: Vec<String>,
}

impl Service {
    /// Refuses what vendors' live roles tell that it cannot be, for the resource and for those into whose groups it
    /// reaches.
    ///
    /// # Errors
    /// `invalidValue` naming attribute, user, role and vendor; the store's.
    pub(super) async fn check_seats<'a>(
        &'a self,
        context: &'a Context,
        (resource_type, next): (&ResourceType, &Next),
        until: Instant,
    ) -> Result<Seats<'a>, Error> {
        let mut check = Check {
            service: self,
            context,
            until,
            seats: Seats {
                deliveries: self.deliveries(),
                taken: Vec::new(),
            },
            faults: Vec::new(),
        };
        check.seat(next.key.id, next.states(resource_type)).await?;
        check.members(next).await?;
        match check.faults.is_empty() {
            true => Ok(check.seats),
            false => Err(schemas::Error::invalid_value(told(&check.faults)).into()),
        }
    }
}

/// The first faults, and how many more there are.
fn told(faults: &[String]) -> String {
    let named = faults.get(..TOLD_MAX).unwrap_or(faults).join("; ");
    match faults.len().saturating_sub(TOLD_MAX) {
        0 => named,
        others => format!("{named}; and {others} others"),
    }
}

impl Check<'_> {
    /// Looks for seats for what the change gives this person.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn seat(&mut self, id: ResourceId, states: States<'_>) -> Result<(), Error> {
        for target in &self.context.directory.targets {
            let Some(wish) = wish(target, states) else { continue };
            let link = LinkKey {
                directory: self.context.directory.id,
                target: target.id,
                resource: id,
            };
            let lacking = self.lacking(target, (link, &wish)).await?;
            self.faults
                .extend(lacking.map(|lack| sentence(target, (&wish, lack), states)));
        }
        Ok(())
    }

    /// What is in the way of the wish for certain.
    async fn lacking(&mut self, target: &Target, (link, wish): (LinkKey, &Wish)) -> Result<Option<Lack>, Error> {
        if self.service.deliveries().live_roles(target.id).is_none() {
            return Ok(None);
        }
        let seat = seat(target, self.service.store().link(&link).await?);
        let had = match &seat {
            Seat::None => None,
            Seat::Role(role) => Some(role.clone()),
            Seat::Unknown => return Ok(None),
        };
        let role = wish.role.clone();
        let seating = Seating { link, had, role };
        if self.reserve(target, wish, &seating).is_none() {
            return Ok(None);
        }
        let looked = timeout_at(self.until, self.look(target, wish, &seating)).await;
        Ok(looked.ok().flatten())
    }

    /// Sets a seat aside; else what is in the way.
    fn reserve(&mut self, target: &Target, wish: &Wish, seating: &Seating) -> Option<Lack> {
        let lack = self.service.deliveries().reserve(target.id, seating);
        if lack.is_none() {
            self.seats.taken.push((target.id, seating.clone()));
        }
        lack.filter(|lack| *lack == Lack::Role || !wish.taking)
    }

    /// Looks at the vendor anew.
    async fn look(&mut self, target: &Target, wish: &Wish, seating: &Seating) -> Option<Lack> {
        let deliveries = self.service.deliveries();
        deliveries.fresh_live_roles(target.id).await?;
        let lack = self.reserve(target, wish, seating)?;
        if lack == Lack::Role || seating.had.is_some() || target.config.on_existing == OnExisting::Refuse {
            return Some(lack);
        }
        let unique = wish.unique.as_deref()?;
        if Instant::now() >= self.until {
            return None;
        }
        let exists = deliveries.has_account(target.id, Kind::User, unique).await;
        (exists == Some(false)).then_some(lack)
    }
}

/// What the change asks of the target's roles; `None`: nothing that the person had not before.
fn wish(target: &Target, states: States<'_>) -> Option<Wish> {
    if !target.descriptor.has_live_roles() {
        return None;
    }
    let after = concern::after(target, states).filter(|after| after.active)?;
    let before = concern::before(target, states).filter(|before| before.active);
    let taking = before
        .as_ref()
        .is_some_and(|before| target.mapping.takes_away(before, &after));
    let described = target.mapping.kind(after.kind)?;
    let field = described.fields.iter().find(|field| field.kind == FieldType::Role);
    let role = |wanted: &Wanted| wanted.fields.get(&field?.name).filter(|role| role.is_string()).cloned();
    let (had, given) = (before.as_ref().and_then(role), role(&after));
    let gained = match &before {
        None => after.kind == Kind::User,
        Some(_) => given.is_some() && had != given,
    };
    // What takes access away for certain is never refused. That the account has no such role is looked at where it lists
    // them.
    let pair = had.as_ref().zip(given.as_ref());
    let is_lowered = pair.is_some_and(|(had, given)| target.descriptor.is_greater_role(had, given));
    (gained && (!is_lowered || target.descriptor.lists_roles)).then(|| Wish {
        role: given.as_ref().and_then(Value::as_str).map(str::to_owned),
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
    let attribute = field.zip(states.after).map(|(field, after)| {
        let subject = concern::subject(states.resource_type, after, states.groups.after);
        target.mapping.attribute(field, &subject)
    });
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
