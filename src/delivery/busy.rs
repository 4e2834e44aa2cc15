//! Which names are being worked on: calls are serialised by link, and so by account, since an account has at most one
//! link; and by unique value, old and new, since nobody knows whose account it will be while it is being made.
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::store::{Link, LinkKey};

/// The names in work at one target.
#[derive(Debug, Default, Clone)]
pub(super) struct Busy {
    names: Arc<Mutex<BTreeSet<String>>>,
}

/// Names held for one turn; given back when dropped.
#[derive(Debug)]
pub(super) struct Claim {
    busy: Busy,
    names: BTreeSet<String>,
}

impl Busy {
    /// Takes all of the names, or none if one of them is taken.
    pub(super) fn claim(&self, names: BTreeSet<String>) -> Option<Claim> {
        let mut taken = self.lock();
        if names.iter().any(|name| taken.contains(name)) {
            return None;
        }
        taken.extend(names.iter().cloned());
        drop(taken);
        Some(Claim {
            busy: self.clone(),
            names,
        })
    }

    /// Takes a link that another turn is to change.
    pub(super) fn claim_link(&self, key: &LinkKey) -> Option<Claim> {
        self.claim([link_name(key)].into())
    }

    /// Whether a link is being worked on.
    pub(super) fn holds(&self, key: &LinkKey) -> bool {
        self.lock().contains(&link_name(key))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut taken = self.busy.lock();
        self.names.iter().for_each(|name| {
            taken.remove(name);
        });
    }
}

/// What a turn of this link may touch: itself, and every unique value it has, had or is to have.
pub(super) fn names(key: &LinkKey, link: &Link, wanted_unique: Option<&str>) -> BTreeSet<String> {
    let account = link.account.as_ref();
    let mut names = BTreeSet::from([link_name(key)]);
    let uniques = account
        .and_then(|account| account.unique.as_deref())
        .into_iter()
        .chain(wanted_unique);
    let uniques = uniques.chain(link.sought.iter().map(String::as_str));
    names.extend(uniques.map(|unique| format!("unique {} {}", link.resource_type, unique.to_lowercase())));
    names
}

/// The name of a link itself.
pub(super) fn link_name(key: &LinkKey) -> String {
    format!("link {}", key.resource)
}
