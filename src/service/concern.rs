//! Which targets a change concerns, and what it means for each. Pure.
use std::collections::BTreeSet;
use std::sync::Arc;

use adapters::descriptor::Kind;
use schemas::{Object, ResourceType};
use serde_json::Value;

use super::members::Delta;
use super::registry::Target;
use crate::mapping::{self, ACTIVE, Fault, Membership, Subject, Wanted};
use crate::store::{Access, Member, TargetId, is_seen_by};

/// A target that a change concerns.
#[derive(Debug, Clone)]
pub(super) struct Concern {
    pub(super) target: Arc<Target>,
    /// Vendor fields that change.
    pub(super) fields: BTreeSet<String>,
    /// Whether access is taken away.
    pub(super) leaver: bool,
    /// A person is to have no access any more.
    ends: bool,
}

impl Concern {
    /// What it means for the access that the link stands for, if there is one: who has none has no account either.
    pub(super) fn access(&self) -> Access {
        match (self.leaver, self.ends) {
            (true, true) => Access::Ended,
            (true, false) => Access::Lessened,
            (false, _) if self.fields.contains(ACTIVE) => Access::Given,
            (false, _) => Access::Kept,
        }
    }
}

/// A resource before and after a change; `None`: there is none.
#[derive(Clone, Copy)]
pub(super) struct States<'a> {
    pub(super) resource_type: &'a ResourceType,
    pub(super) before: Option<&'a Object>,
    pub(super) after: Option<&'a Object>,
    pub(super) members: &'a Delta,
    pub(super) groups: Groups<'a>,
    pub(super) origins: Origins<'a>,
}

/// The groups of a resource before and after a change, if a target's mapping reads them.
#[derive(Clone, Copy, Default)]
pub(super) struct Groups<'a> {
    pub(super) before: &'a [Membership],
    pub(super) after: &'a [Membership],
}

impl<'a> Groups<'a> {
    /// The change leaves them alone.
    pub(super) fn same(groups: &'a [Membership]) -> Self {
        Self {
            before: groups,
            after: groups,
        }
    }
}

/// The targets that a resource is imported from, before and after a change: no other one sees it.
#[derive(Clone, Copy, Default)]
pub(super) struct Origins<'a> {
    pub(super) before: &'a [TargetId],
    pub(super) after: &'a [TargetId],
}

/// The targets that the change concerns.
pub(super) fn concerns(targets: &[Arc<Target>], states: States<'_>) -> Vec<Concern> {
    targets.iter().filter_map(|target| concern(target, states)).collect()
}

/// What a change of somebody's groups means for them at the target. Access is never said to be given: somebody may just
/// be taking it away.
pub(super) fn follows(target: &Arc<Target>, states: States<'_>) -> (BTreeSet<String>, Access) {
    let Some(concern) = concern(target, states) else {
        return (BTreeSet::new(), Access::Kept);
    };
    match concern.access() {
        Access::Given => (concern.fields, Access::Kept),
        access => (concern.fields, access),
    }
}

/// What targets' vendors would refuse of the change, as far as their descriptions tell.
///
/// A change is not blamed for a fault that was there before, unless it puts another bad value in its place. Taking
/// access away is never refused for another fault: of a person switched off nothing counts, and with a new role only
/// the role itself.
///
/// # Errors
/// `invalidValue` with every fault: the SCIM attribute, the vendor's field and the rule.
pub(super) fn check(targets: &[Arc<Target>], states: States<'_>) -> Result<(), schemas::Error> {
    let faults: Vec<_> = targets.iter().flat_map(|target| faults(target, states)).collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(schemas::Error::invalid_value(faults.join("; ")))
}

/// Whether a membership between these resource types is one at the target.
pub(crate) fn is_granted(target: &Target, group: &str, member: &str) -> bool {
    target.descriptor.group.is_some()
        && mapping::kind(group) == Some(Kind::Group)
        && mapping::kind(member) == Some(Kind::User)
}

fn concern(target: &Arc<Target>, states: States<'_>) -> Option<Concern> {
    let before = before(target, states);
    let after = after(target, states);
    let members = concerns_members(target, states);
    let (fields, differs, leaver) = match (&before, &after) {
        (None, None) => return None,
        // Who does not belong to the target, and did not, is none of its concern; but there may be an account of former
        // days, which has to shut with the person.
        (before, Some(after)) if !after.assigned && before.as_ref().is_none_or(|before| !before.assigned) => {
            let was_on = before.as_ref().is_some_and(|before| !before.switched_off);
            if !(was_on && after.switched_off) {
                return None;
            }
            (BTreeSet::from([ACTIVE.to_owned()]), true, true)
        }
        (Some(_), None) => (BTreeSet::new(), true, true),
        (None, Some(after)) => (target.mapping.changed(None, after), true, false),
        (Some(before), Some(after)) => {
            let fields = target.mapping.changed(Some(before), after);
            let differs = !fields.is_empty();
            (fields, differs, target.mapping.takes_away(before, after))
        }
    };
    let is_person = mapping::kind(&states.resource_type.name) == Some(Kind::User);
    (differs || members.is_some()).then(|| Concern {
        ends: is_person && !after.as_ref().is_some_and(|after| after.active),
        target: Arc::clone(target),
        fields,
        leaver: leaver || members == Some(Taken(true)),
    })
}

/// Whether members lose access.
#[derive(PartialEq, Eq)]
struct Taken(bool);

fn concerns_members(target: &Target, states: States<'_>) -> Option<Taken> {
    let granted = |member: &&Member| is_granted(target, &states.resource_type.name, &member.resource_type);
    let removed = states.members.removed.iter().any(|member| granted(&member));
    (removed || states.members.added().any(|member| granted(&member))).then_some(Taken(removed))
}

/// What the target should have of the resource before the change, as far as it saw it.
pub(super) fn before(target: &Target, states: States<'_>) -> Option<Wanted> {
    let seen = is_seen_by(states.origins.before, target.id);
    let resource = states.before.filter(|_| seen)?;
    target
        .mapping
        .wanted(&subject(states.resource_type, resource, states.groups.before))
}

/// The same after it.
pub(super) fn after(target: &Target, states: States<'_>) -> Option<Wanted> {
    let seen = is_seen_by(states.origins.after, target.id);
    let resource = states.after.filter(|_| seen)?;
    target
        .mapping
        .wanted(&subject(states.resource_type, resource, states.groups.after))
}

/// A resource as mappings see it.
pub(super) fn subject<'a>(
    resource_type: &'a ResourceType,
    resource: &'a Object,
    groups: &'a [Membership],
) -> Subject<'a> {
    Subject {
        resource_type: &resource_type.name,
        resource,
        groups,
    }
}

/// What the target's vendor would refuse of the change, as far as its description tells.
pub(super) fn faults(target: &Arc<Target>, states: States<'_>) -> Vec<String> {
    let Some(after) = after(target, states).filter(|after| after.active) else {
        return Vec::new();
    };
    let before = before(target, states);
    let taking = before
        .as_ref()
        .is_some_and(|before| target.mapping.takes_away(before, &after));
    let before = before.filter(|before| before.active);
    let changed = target.mapping.changed(before.as_ref(), &after);
    let blamed = |fault: &&Fault| {
        let known = before.as_ref().is_some_and(|before| before.faults.contains(fault));
        let given = after
            .fields
            .get(&fault.field)
            .is_some_and(|value| *value != Value::Null);
        let role = target.mapping.is_role(after.kind, &fault.field);
        (!known || changed.contains(&fault.field)) && (!taking || (role && given))
    };
    let faults = after.faults.iter().filter(blamed);
    faults.map(|fault| sentence(target, fault)).collect()
}

fn sentence(target: &Target, fault: &Fault) -> String {
    let title = &target.descriptor.title;
    format!("{}: {title}'s `{}` {}", fault.attribute, fault.field, fault.rule)
}
