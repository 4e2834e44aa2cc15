//! What a target should have of a resource, switches and policies considered.
use adapters::Fields;
use adapters::descriptor::{Deactivate, Descriptor, Kind};

use crate::config::{OnDelete, OnUnassign, Switches};
use crate::mapping::{Fault, Wanted};
use crate::service::Target;
use crate::store::Applied;

/// Told of what the switch `delete` keeps.
const DELETE_OFF: &str = "the switch `delete` is off: the account stays until it is on";

/// Told of whom the switch `activate` keeps in.
const ACTIVATE_OFF: &str = "the switch `activate` is off: the account stays active until it is on";

/// The state to drive the vendor to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Goal {
    /// An account with these fields that works.
    Account(Fields),
    /// An account, if there is one, that does not let its owner in.
    Suspended,
    /// No account.
    Gone,
    /// Whatever is there.
    Untouched,
    /// Cannot be said: the vendor would refuse the resource as it is.
    Faulty(Faulty),
}

/// A resource that the vendor would refuse.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Faulty {
    /// The first reason.
    pub(super) fault: Fault,
    /// The fields that nothing is wrong with.
    pub(super) sound: Fields,
}

/// The goal for a resource as mapped; `None`: the resource is deleted.
pub(super) fn goal(kind: Kind, wanted: Option<Wanted>, target: &Target) -> Goal {
    match wanted {
        Some(wanted) if wanted.active => active(wanted),
        wanted => removal(kind, wanted.as_ref(), target, target.config.switches),
    }
}

/// What a switch keeps from being done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Withheld {
    /// The goal if it was on.
    goal: Goal,
    /// Why the account stays as it is.
    pub(super) reason: &'static str,
}

impl Withheld {
    /// Whether it would change anything for this account, of a resource that is deleted or not.
    pub(super) fn concerns(&self, account: &Applied, is_deleted: bool) -> bool {
        account.active || (is_deleted && self.goal == Goal::Gone)
    }
}

/// What one switch that is off keeps from being done to the account of who is to have none.
pub(super) fn withheld(kind: Kind, wanted: Option<&Wanted>, target: &Target) -> Option<Withheld> {
    let present = target.config.switches;
    let is_in = wanted.is_some_and(|wanted| wanted.active);
    if is_in || removal(kind, wanted, target, present) != Goal::Untouched {
        return None;
    }
    let delete = Switches {
        delete: true,
        ..present
    };
    let activate = Switches {
        activate: true,
        ..present
    };
    let switched = [(delete, DELETE_OFF), (activate, ACTIVATE_OFF)];
    let mut switched = switched.into_iter().map(|(switches, reason)| Withheld {
        goal: removal(kind, wanted, target, switches),
        reason,
    });
    switched.find(|withheld| withheld.goal != Goal::Untouched)
}

/// The goal for who is to have no access, under these switches.
fn removal(kind: Kind, wanted: Option<&Wanted>, target: &Target, switches: Switches) -> Goal {
    let Some(wanted) = wanted else {
        return deleted(kind, target, switches);
    };
    let on_unassign = target.mapping.on_unassign;
    let is_deleted = !wanted.assigned && on_unassign == OnUnassign::Delete;
    let is_left = !wanted.switched_off && (is_deleted || on_unassign == OnUnassign::Leave);
    match (is_deleted && switches.delete, is_left || !switches.activate) {
        (true, _) => Goal::Gone,
        (false, true) => Goal::Untouched,
        (false, false) => deactivated(target.descriptor),
    }
}

fn active(wanted: Wanted) -> Goal {
    let (mut sound, faults) = (wanted.fields, wanted.faults);
    sound.retain(|name, _| faults.iter().all(|fault| fault.field != *name));
    match faults.into_iter().next() {
        None => Goal::Account(sound),
        Some(fault) => Goal::Faulty(Faulty { fault, sound }),
    }
}

fn deleted(kind: Kind, target: &Target, switches: Switches) -> Goal {
    match (switches.delete, target.mapping.on_delete, kind) {
        (false, _, _) | (true, OnDelete::Leave, _) | (true, OnDelete::Deactivate, Kind::Group) => Goal::Untouched,
        (true, OnDelete::Delete, _) => Goal::Gone,
        (true, OnDelete::Deactivate, Kind::User) => deactivated(target.descriptor),
    }
}

fn deactivated(descriptor: &Descriptor) -> Goal {
    match descriptor.deactivate {
        Deactivate::Suspend => Goal::Suspended,
        Deactivate::Delete => Goal::Gone,
    }
}
