//! What a target's changed settings, or a group with a crowd in it, mean for a resource that nobody writes.
use std::collections::BTreeSet;

use adapters::descriptor::Moved;
use schemas::Object;
use uuid::Uuid;

use super::groups::memberships;
use super::registry::Target;
use crate::mapping::{Membership, Subject, Wanted};
use crate::store::{self, Access, Batch, Link, Problem, ProblemKind, Resource, SettingKind, Store, TargetId, Write};

/// People whom a change of one group marks at a target in its own batch, so that the batch stays small whatever the
/// size of the group. Of more the target looks at all of its directory.
pub(super) const MARKED_MAX: usize = 1000;

/// How the settings record begins whose version counts how often a target was asked to look at all of its directory.
const LOOK: &str = "look/";

/// What differs at a target from what its settings ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Vendor fields.
    pub(crate) fields: BTreeSet<String>,
    /// Those of them that the account has, but not where they are now.
    pub(crate) moved: BTreeSet<String>,
    /// What it means for access.
    pub(crate) access: Access,
    /// Whether an account is to be made.
    pub(crate) creates: bool,
    /// What moved goes along with the next change, and nothing is to be done before.
    pub(crate) rests: bool,
}

impl Difference {
    /// Nothing that the resource itself says.
    pub(crate) fn none() -> Self {
        Self {
            fields: BTreeSet::new(),
            moved: BTreeSet::new(),
            access: Access::Kept,
            creates: false,
            rests: false,
        }
    }

    /// What moved, for somebody of whom nothing is sent at present.
    fn of_moved(moved: BTreeSet<String>) -> Option<Self> {
        (!moved.is_empty()).then(|| Self {
            moved,
            rests: true,
            ..Self::none()
        })
    }
}

/// Asks a target to look at all of its directory: durable as the change that it follows from.
pub(super) fn look_again(target: TargetId) -> Write {
    Write::PutSetting(SettingKind::Other, look_record(target), Vec::new())
}

/// The name of the settings record by which a target is asked.
pub(crate) fn look_record(target: TargetId) -> String {
    format!("{LOOK}{}", target.0)
}

/// The targets that a batch asks.
pub(super) fn asked(batch: &Batch) -> Vec<TargetId> {
    let asked = batch.writes.iter().filter_map(|write| match write {
        Write::PutSetting(SettingKind::Other, name, _) => Uuid::parse_str(name.strip_prefix(LOOK)?).ok(),
        _ => None,
    });
    asked.map(TargetId).collect()
}

/// A stored resource at a target, and what the target should have of it.
#[derive(Debug)]
pub(crate) struct Beside {
    /// What is known of it there, if anything.
    pub(crate) link: Option<Link>,
    /// What is wanted, before switches.
    pub(crate) wanted: Wanted,
    /// See [`difference`].
    pub(crate) difference: Option<Difference>,
}

/// A stored resource at a target, where these fields have moved; `None`: it is of no concern to it.
///
/// # Errors
/// The store's.
pub(crate) async fn beside(
    store: &dyn Store,
    target: &Target,
    resource: &Resource,
    moved: &Moved,
) -> Result<Option<Beside>, store::Error> {
    if !resource.is_seen_by(target.id) {
        return Ok(None);
    }
    let link = store.link(&target.link(resource.key.id)).await?;
    let seen = seen(store, target, resource).await?;
    let Some(wanted) = target.mapping.wanted(&seen.subject(resource)) else {
        return Ok(None);
    };
    let difference = differs(target, &wanted, link.as_ref(), moved);
    Ok(Some(Beside {
        difference: difference.and_then(|found| lacks(found, link.as_ref())),
        link,
        wanted,
    }))
}

/// What the target's link of a stored resource lacks where these fields have moved; `None`: nothing, or it is pending in
/// the right lane and will be looked at anyway.
///
/// # Errors
/// The store's.
pub(crate) async fn difference(
    store: &dyn Store,
    target: &Target,
    resource: &Resource,
    moved: &Moved,
) -> Result<Option<Difference>, store::Error> {
    let beside = beside(store, target, resource, moved).await?;
    Ok(beside.and_then(|beside| beside.difference))
}

/// Whether the target should let the person in; true of what no person is.
///
/// # Errors
/// The store's.
pub(super) async fn has_access(store: &dyn Store, target: &Target, resource: &Resource) -> Result<bool, store::Error> {
    let seen = seen(store, target, resource).await?;
    let wanted = target.mapping.wanted(&seen.subject(resource));
    Ok(wanted.is_none_or(|wanted| wanted.active))
}

/// A stored resource as mappings see it.
struct Seen {
    document: Object,
    groups: Vec<Membership>,
}

impl Seen {
    fn subject<'a>(&'a self, resource: &'a Resource) -> Subject<'a> {
        Subject {
            resource_type: &resource.key.scope.resource_type,
            resource: &self.document,
            groups: &self.groups,
        }
    }
}

async fn seen(store: &dyn Store, target: &Target, resource: &Resource) -> Result<Seen, store::Error> {
    let (directory, id) = (resource.key.scope.directory, resource.key.id);
    let damaged = |error: serde_json::Error| store::Error::Damaged(format!("resource {id}: {error}"));
    Ok(Seen {
        document: serde_json::from_slice(&resource.body).map_err(damaged)?,
        groups: match target.mapping.reads_groups() {
            true => memberships(store, directory, id).await?,
            false => Vec::new(),
        },
    })
}

fn lacks(found: Difference, link: Option<&Link>) -> Option<Difference> {
    // A person decided against it, until it is next written; but not of a leaver, if they were none then.
    let is_rejected = |problem: &Problem| problem.kind == ProblemKind::Withheld;
    let problem = link.and_then(|link| link.problem.as_ref());
    let was_leaver = link.is_some_and(|link| link.leaver_since.is_some());
    if problem.is_some_and(is_rejected) && (was_leaver || found.access != Access::Taken) {
        return Difference::of_moved(found.moved);
    }
    let Some(pending) = link.filter(|link| link.is_pending() && !link.is_parked()) else {
        return Some(found);
    };
    // Its turn comes anyway, but in the leavers' lane it comes sooner, and it knows nothing of what moved.
    let is_sooner = found.access == Access::Taken && pending.leaver_since.is_none();
    (is_sooner || !found.moved.is_empty()).then_some(found)
}

fn differs(target: &Target, wanted: &Wanted, link: Option<&Link>, moved: &Moved) -> Option<Difference> {
    let Some(account) = link.and_then(|link| link.account.as_ref()) else {
        return wanted.active.then(|| Difference {
            fields: target.mapping.changed(None, wanted),
            moved: BTreeSet::new(),
            access: Access::Kept,
            creates: true,
            rests: false,
        });
    };
    let applied = Wanted {
        kind: wanted.kind,
        active: account.active,
        assigned: true,
        switched_off: !account.active,
        fields: account.fields.clone(),
        faults: Vec::new(),
    };
    let has = |name: &&String| applied.fields.get(*name).is_some_and(|value| !value.is_null());
    let is_mapped = |name: &&String| wanted.fields.contains_key(*name);
    let moved: BTreeSet<_> = moved
        .of(wanted.kind)
        .iter()
        .filter(has)
        .filter(is_mapped)
        .cloned()
        .collect();
    if !applied.active && !wanted.active {
        return Difference::of_moved(moved);
    }
    let mut fields = target.mapping.changed(Some(&applied), wanted);
    fields.extend(moved.iter().cloned());
    let access = match target.mapping.takes_away(&applied, wanted) {
        true => Access::Taken,
        false => Access::Kept,
    };
    // What was parked under other settings may go through under these.
    let parked = link.is_some_and(Link::is_parked);
    (parked || !fields.is_empty()).then_some(Difference {
        fields,
        moved,
        access,
        creates: false,
        rests: false,
    })
}
