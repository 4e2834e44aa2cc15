//! An account beside a person: what differs, and in which lists it is told. Pure.
use adapters::descriptor::Kind;
use adapters::{Account, Fields};
use schemas::{Object, ResourceType};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::order::{FieldChange, Line, List, Presence, Source};
use super::roster::{Person, wanted};
use crate::mapping::{Fault, Wanted};
use crate::service::Target;
use crate::store::{Link, ResourceId};

/// How often an account's values are written into a person: the second time what the first one uncovered, since what
/// one field takes away may have been another one's fallback.
const ROUNDS: usize = 2;

/// Why somebody is not let in, or not left in, by an import.
pub(super) const UNASSIGNED: &str = "the target's assignment leaves the person out";

/// Why what would let somebody in is not taken over, for no list says so.
pub(super) const ASSIGNED: &str = "the target's assignment would let the person in, whose account is off";

/// One account of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Finding {
    pub(super) account: Account,
    /// It is not at the vendor any more: what is here was applied once.
    pub(super) gone: bool,
    pub(super) name: String,
    pub(super) known: Option<Known>,
    pub(super) protected: bool,
    pub(super) directory: Presence,
    pub(super) lists: Vec<List>,
    pub(super) changes: Vec<FieldChange>,
    pub(super) fault: Option<Failing>,
}

/// The person of an account, as the finding was computed from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) id: ResourceId,
    pub(super) version: u64,
    /// The link's; `None`: there was none.
    pub(super) revision: Option<u64>,
    /// Whether it is this account's.
    pub(super) linked: bool,
}

/// Why an account cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failing {
    pub(super) field: Option<String>,
    pub(super) reason: String,
}

/// What an account is compared in.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) target: &'a Target,
    pub(super) resource_type: &'a ResourceType,
    pub(super) source: Source,
}

impl Finding {
    /// The lines that tell it, what changes with the first of them.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line> {
        let line = |list: &List| Line {
            list: *list,
            account: self.account.id.clone(),
            name: self.name.clone(),
            resource: self.known.as_ref().map(|known| known.id.to_string()),
            linked: self.known.as_ref().is_some_and(|known| known.linked),
            protected: self.protected,
            vendor: match (self.gone, self.account.active) {
                (true, _) => Presence::Absent,
                (false, true) => Presence::Active,
                (false, false) => Presence::Inactive,
            },
            directory: self.directory,
            changes: match self.lists.first() == Some(list) {
                true => self.changes.clone(),
                false => Vec::new(),
            },
            fault: self.fault.as_ref().map(Failing::sentence),
        };
        self.lists.iter().map(line)
    }
}

impl Failing {
    pub(super) fn of(reason: &str) -> Self {
        Self {
            field: None,
            reason: reason.to_owned(),
        }
    }

    fn sentence(&self) -> String {
        match &self.field {
            Some(field) => format!("{field}: {}", self.reason),
            None => self.reason.clone(),
        }
    }
}

impl From<Fault> for Failing {
    fn from(fault: Fault) -> Self {
        Self {
            field: Some(fault.field),
            reason: fault.rule,
        }
    }
}

/// Whether somebody who is to have no access would be given it by what is taken over of an account that is off.
pub(super) fn lets_in(account: &Account, person: &Person, after: &Wanted) -> bool {
    !account.active && after.active && !person.wanted.active
}

impl Terms<'_> {
    /// An account that nobody in the directory has.
    pub(super) fn new_person(&self, account: Account) -> Finding {
        let person = self
            .target
            .mapping
            .person(self.resource_type, &account.fields, account.active);
        let (changes, fault) = match person {
            Ok(person) => {
                let after = wanted(self.target, &person, &[]);
                let left_out = account.active && !after.assigned;
                (self.given(&account, &after), left_out.then(|| Failing::of(UNASSIGNED)))
            }
            Err(fault) => (Vec::new(), Some(fault.into())),
        };
        Finding {
            lists: vec![List::New],
            changes,
            fault,
            ..self.finding(account)
        }
    }

    /// An account that a person of the directory has, or should have. In no list if all is as it should be.
    pub(super) fn met(&self, account: Account, person: &Person, link: Option<&Link>) -> Finding {
        let account = self.confirmed(account, person, link);
        let linked = link
            .and_then(|link| link.account.as_ref())
            .is_some_and(|applied| applied.id == account.id);
        let (changes, fault) = match self.source {
            Source::Vendor => self.taken_over(&account, person),
            Source::Directory => (self.sent(&account, person, link), None),
        };
        let here = presence(&person.wanted);
        let switched = match (account.active, person.wanted.active) {
            (true, false) => Some(List::Activate),
            (false, true) => Some(List::Deactivate),
            (true, true) | (false, false) => None,
        };
        // Towards the vendor a person goes as a whole: with a field goes what else differs.
        let updates = switched.is_none() || self.source == Source::Vendor;
        let update = (updates && (!linked || !changes.is_empty() || fault.is_some())).then_some(List::Update);
        let fault = fault.or_else(|| link.and_then(moving));
        Finding {
            known: Some(Known {
                id: person.stored.key.id,
                version: person.stored.version,
                revision: link.map(|link| link.revision),
                linked,
            }),
            directory: here,
            lists: update.into_iter().chain(switched).collect(),
            changes,
            fault,
            ..self.finding(account)
        }
    }

    /// A person whose account the vendor has no more; `None` if there should be none, or something is on its way.
    pub(super) fn gone(&self, person: &Person, link: &Link) -> Option<Finding> {
        let applied = link.account.as_ref()?;
        if !person.wanted.active || link.is_pending() {
            return None;
        }
        let account = Account {
            id: applied.id.clone(),
            fields: applied.fields.clone(),
            ..Account::default()
        };
        Some(Finding {
            gone: true,
            known: Some(Known {
                id: person.stored.key.id,
                version: person.stored.version,
                revision: Some(link.revision),
                linked: true,
            }),
            directory: Presence::Active,
            lists: vec![List::Deactivate],
            ..self.finding(account)
        })
    }

    /// The same, of which it cannot be said whose it is.
    pub(super) fn undecided(&self, account: Account, reason: &str) -> Finding {
        Finding {
            lists: vec![List::Update],
            fault: Some(Failing::of(reason)),
            ..self.finding(account)
        }
    }

    fn finding(&self, account: Account) -> Finding {
        let kind = self
            .target
            .mapping
            .kind(Kind::User)
            .unwrap_or(&self.target.descriptor.user);
        let name = account
            .fields
            .get(&kind.unique)
            .and_then(Value::as_str)
            .unwrap_or_default();
        Finding {
            gone: false,
            name: name.to_owned(),
            known: None,
            protected: account.protected || self.target.config.protects(None, &account.fields),
            directory: Presence::Absent,
            lists: Vec::new(),
            changes: Vec::new(),
            fault: None,
            account,
        }
    }

    /// The account as it is once its owner has confirmed what was sent.
    fn confirmed(&self, mut account: Account, person: &Person, link: Option<&Link>) -> Account {
        let applied = link.and_then(|link| link.account.as_ref());
        let Some(applied) = applied.filter(|applied| applied.id == account.id) else {
            return account;
        };
        let mapping = &self.target.mapping;
        let sent = applied.fields.iter();
        let sent = sent.filter(|(name, _)| mapping.is_unconfirmed(name, &applied.fields, &person.wanted));
        account
            .fields
            .extend(sent.map(|(name, value)| (name.clone(), value.clone())));
        account
    }

    /// What the directory would take over of the account.
    fn taken_over(&self, account: &Account, person: &Person) -> (Vec<FieldChange>, Option<Failing>) {
        match self.overwritten(account, person) {
            Ok((_, after)) => {
                let lets_in = lets_in(account, person, &after);
                let changes = self.changes(Some(&person.wanted.fields), &after.fields);
                (changes, lets_in.then(|| Failing::of(ASSIGNED)))
            }
            Err(fault) => (Vec::new(), Some(fault.into())),
        }
    }

    /// The person's document with the account's values, and what the target should have then.
    ///
    /// # Errors
    /// The first field whose value its attribute does not take.
    pub(super) fn overwritten(&self, account: &Account, person: &Person) -> Result<(Object, Wanted), Fault> {
        let (mut content, mut after) = (person.content.clone(), person.wanted.clone());
        for _ in 0..ROUNDS {
            let differing = self.differing(account, &after);
            if differing.is_empty() {
                break;
            }
            content = self
                .target
                .mapping
                .overwritten(self.resource_type, content, &differing)?;
            after = wanted(self.target, &content, &person.groups);
        }
        Ok((content, after))
    }

    /// What the vendor would be sent of the person: nothing that the directory has no say in.
    fn sent(&self, account: &Account, person: &Person, link: Option<&Link>) -> Vec<FieldChange> {
        if !person.wanted.active {
            return Vec::new();
        }
        let applied = link
            .and_then(|link| link.account.as_ref())
            .map(|account| &account.fields);
        let mut wanted = person.wanted.fields.clone();
        wanted.retain(|name, value| {
            let kind = self.target.mapping.kind(Kind::User);
            let create_only = kind
                .and_then(|kind| kind.field(name))
                .is_some_and(|field| field.create_only);
            let given = applied
                .and_then(|applied| applied.get(name))
                .is_some_and(|value| !value.is_null());
            !create_only && account.fields.contains_key(name) && (!value.is_null() || given)
        });
        self.changes(Some(&account.fields), &wanted)
    }

    /// The account's fields that the directory would have otherwise. What the vendor does not tell is not among them.
    fn differing(&self, account: &Account, wanted: &Wanted) -> Fields {
        let differs = |(name, value): &(&String, &Value)| {
            let kind = self.target.mapping.kind(Kind::User);
            let field = kind.and_then(|kind| kind.field(name));
            let here = wanted.fields.get(*name).unwrap_or(&Value::Null);
            field.is_some_and(|field| !field.same(here, value))
        };
        let fields = account.fields.iter().filter(differs);
        fields.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// What a new person has at the vendor. A rule of the target that would have it otherwise acts with the first write:
    /// what is there now stands beside it.
    fn given(&self, account: &Account, after: &Wanted) -> Vec<FieldChange> {
        let mut changes = self.changes(None, &after.fields);
        let told = self.differing(account, after);
        for change in &mut changes {
            change.old = told.get(&change.field).cloned().unwrap_or_default();
        }
        changes
    }

    fn changes(&self, before: Option<&Fields>, after: &Fields) -> Vec<FieldChange> {
        let kind = self
            .target
            .mapping
            .kind(Kind::User)
            .unwrap_or(&self.target.descriptor.user);
        let change = |field: &adapters::descriptor::Field| {
            let new = after.get(&field.name)?;
            let old = before
                .and_then(|before| before.get(&field.name))
                .unwrap_or(&Value::Null);
            (!field.same(old, new)).then(|| FieldChange {
                field: field.name.clone(),
                old: old.clone(),
                new: new.clone(),
            })
        };
        kind.fields.iter().filter_map(change).collect()
    }
}

/// What of the directory's own would be forgotten if the link were settled; what the vendor refuses may be decided
/// here.
fn moving(link: &Link) -> Option<Failing> {
    let leaver_waits = link.leaver_since.is_some() && link.waits_for_a_person();
    let reason = match (link.is_pending(), leaver_waits, link.is_parked()) {
        (false, _, _) | (true, false, true) => return None,
        (true, true, _) => "its removal waits for a person: see `usherd guard list`",
        (true, false, false) => "a change of the directory is on its way to the vendor",
    };
    Some(Failing::of(reason))
}

fn presence(wanted: &Wanted) -> Presence {
    match (wanted.active, wanted.assigned) {
        (true, _) => Presence::Active,
        (false, false) => Presence::Unassigned,
        (false, true) => Presence::Inactive,
    }
}
