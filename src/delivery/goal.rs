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
    Faulty(Fault),
}

/// The goal for a resource as mapped; `None`: the resource is deleted.
pub(super) fn goal(kind: Kind, wanted: Option<Wanted>, descriptor: &Descriptor, target: &config::Target) -> Goal {
    match wanted {
        None => deleted(kind, descriptor, target),
        Some(wanted) if !wanted.active && !target.switches.activate => Goal::Untouched,
        Some(wanted) if !wanted.active => deactivated(descriptor),
        Some(mut wanted) => match wanted.faults.is_empty() {
            true => Goal::Account(wanted.fields),
            false => Goal::Faulty(wanted.faults.swap_remove(0)),
        },
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
