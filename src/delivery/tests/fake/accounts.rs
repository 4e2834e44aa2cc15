//! The accounts of the vendor in memory, found by their unique values however many there are.
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use adapters::Account;
use adapters::descriptor::Kind;
use serde_json::Value;

/// What two accounts may not have in common, as it is compared.
type Unique = (Kind, String);

/// All accounts, by id. Whoever changes them by hand makes them be indexed anew at the next search.
#[derive(Default)]
pub(in crate::delivery) struct Accounts {
    all: BTreeMap<String, (Kind, Account)>,
    by_unique: BTreeMap<Unique, BTreeSet<String>>,
    is_stale: bool,
}

impl Accounts {
    /// The account of a unique value; of several the one with the least id.
    pub(super) fn find(&mut self, kind: Kind, unique: &str) -> Option<&Account> {
        if std::mem::take(&mut self.is_stale) {
            self.by_unique.clear();
            for (id, (kind, account)) in &self.all {
                let ids = self.by_unique.entry(unique_of(*kind, account)).or_default();
                ids.insert(id.clone());
            }
        }
        let id = self.by_unique.get(&folded(kind, unique))?.first()?;
        self.all.get(id).map(|(_, account)| account)
    }

    /// Puts an account in the place of the one with its id, if there is one.
    pub(super) fn put(&mut self, kind: Kind, account: Account) {
        self.take(&account.id);
        let ids = self.by_unique.entry(unique_of(kind, &account)).or_default();
        ids.insert(account.id.clone());
        self.all.insert(account.id.clone(), (kind, account));
    }

    /// Takes an account out.
    pub(super) fn take(&mut self, id: &str) -> Option<(Kind, Account)> {
        let (kind, account) = self.all.remove(id)?;
        if let Some(ids) = self.by_unique.get_mut(&unique_of(kind, &account)) {
            ids.remove(id);
        }
        Some((kind, account))
    }
}

impl Deref for Accounts {
    type Target = BTreeMap<String, (Kind, Account)>;

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl DerefMut for Accounts {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.is_stale = true;
        &mut self.all
    }
}

/// The name of the field by which no two accounts are alike.
pub(super) fn unique_field(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "email",
        Kind::Group => "name",
    }
}

fn unique_of(kind: Kind, account: &Account) -> Unique {
    let value = account.fields.get(unique_field(kind)).and_then(Value::as_str);
    folded(kind, value.unwrap_or_default())
}

fn folded(kind: Kind, unique: &str) -> Unique {
    match kind {
        Kind::User => (kind, unique.to_ascii_lowercase()),
        Kind::Group => (kind, unique.to_owned()),
    }
}
