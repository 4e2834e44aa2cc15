//! What a target should have of a resource, switches and policies considered.
use adapters::Fields;
use adapters::descriptor::{Deactivate, Descriptor, Kind};

use crate::config::{self, OnDelete};
use crate::mapping::{Fault, Wanted};

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
pub(super) fn goal(kind: Kind, wanted: Option<Wanted>, descriptor: &Descriptor, target: &config::Target) -> Goal {
    match wanted {
        None => deleted(kind, descriptor, target),
        Some(wanted) if !wanted.active && !target.switches.activate => Goal::Untouched,
        Some(wanted) if !wanted.active => deactivated(descriptor),
        Some(wanted) => active(wanted),
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

fn deleted(kind: Kind, descriptor: &Descriptor, target: &config::Target) -> Goal {
    match (target.switches.delete, target.on_delete, kind) {
        (false, _, _) | (true, OnDelete::Leave, _) | (true, OnDelete::Deactivate, Kind::Group) => Goal::Untouched,
        (true, OnDelete::Delete, _) => Goal::Gone,
        (true, OnDelete::Deactivate, Kind::User) => deactivated(descriptor),
    }
}

fn deactivated(descriptor: &Descriptor) -> Goal {
    match descriptor.deactivate {
        Deactivate::Suspend => Goal::Suspended,
        Deactivate::Delete => Goal::Gone,
    }
}
