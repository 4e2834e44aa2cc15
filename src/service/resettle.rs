//! What a target's changed settings mean for a resource that nobody writes. Pure.
use std::collections::BTreeSet;

use super::registry::Target;
use crate::mapping::{Subject, Wanted};
use crate::store::{Access, Link};

/// What differs at a target from what its settings ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Vendor fields.
    pub(crate) fields: BTreeSet<String>,
    /// What it means for access.
    pub(crate) access: Access,
    /// Whether an account is to be made.
    pub(crate) creates: bool,
}

/// What the target's link lacks; `None`: nothing, or it is pending and will be looked at anyway.
pub(crate) fn difference(target: &Target, subject: &Subject<'_>, link: Option<&Link>) -> Option<Difference> {
    if link.is_some_and(|link| link.is_pending() && !link.is_parked()) {
        return None;
    }
    let wanted = target.mapping.wanted(subject)?;
    let Some(account) = link.and_then(|link| link.account.as_ref()) else {
        return wanted.active.then(|| Difference {
            fields: target.mapping.changed(None, &wanted),
            access: Access::Kept,
            creates: true,
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
    if !applied.active && !wanted.active {
        return None;
    }
    let fields = target.mapping.changed(Some(&applied), &wanted);
    let access = match target.mapping.takes_away(&applied, &wanted) {
        true => Access::Taken,
        false => Access::Kept,
    };
    // What was parked under other settings may go through under these.
    let parked = link.is_some_and(Link::is_parked);
    (parked || !fields.is_empty()).then_some(Difference {
        fields,
        access,
        creates: false,
    })
}
