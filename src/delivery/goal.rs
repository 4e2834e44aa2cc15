//! What a target should have of a resource, switches and policies considered.
use adapters::Fields;
use adapters::descriptor::{Deactivate, Descriptor, Kind};

use crate::config::{OnDelete, OnUnassign};
use crate::mapping::{Fault, Wanted};
use crate::service::Target;

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
    let switches = target.config.switches;
    match wanted {
        None => deleted(kind, target),
        Some(wanted) if wanted.active => active(wanted),
        Some(wanted) if !wanted.assigned && target.mapping.on_unassign == OnUnassign::Delete => match switches.delete {
            true => Goal::Gone,
            false => Goal::Untouched,
        },
        Some(wanted) if !wanted.switched_off && target.mapping.on_unassign == OnUnassign::Leave => Goal::Untouched,
        Some(_) if !switches.activate => Goal::Untouched,
        Some(_) => deactivated(target.descriptor),
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

fn deleted(kind: Kind, target: &Target) -> Goal {
    match (target.config.switches.delete, target.mapping.on_delete, kind) {
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
