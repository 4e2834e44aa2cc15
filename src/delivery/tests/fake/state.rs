//! What the vendor in memory has, and what its rules make of it.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use adapters::descriptor::Kind;
use adapters::{Account, Batch, Error, ErrorKind, Fields, Job, LiveRole, Retry};
use serde_json::Value;

use super::accounts::{Accounts, unique_field};
use super::fault::Fault;

#[derive(Default)]
pub(in crate::delivery::tests) struct State {
    pub(in crate::delivery::tests) accounts: Accounts,
    pub(in crate::delivery::tests) members: BTreeSet<(String, String)>,
    pub(in crate::delivery::tests) calls: Vec<String>,
    /// Faults by the beginning of the call's text, taken in order.
    pub(in crate::delivery::tests) faults: Vec<(String, VecDeque<Fault>)>,
    /// Lasts until cleared: every call fails so.
    pub(in crate::delivery::tests) down: Option<ErrorKind>,
    /// Lasts until cleared: calls whose text begins so fail so.
    pub(in crate::delivery::tests) failing: Vec<(String, ErrorKind)>,
    /// The roles that it lists.
    pub(in crate::delivery::tests) roles: Vec<LiveRole>,
    /// Takes several accounts of one unique value.
    pub(in crate::delivery::tests) takes_twice: bool,
    /// Found in the place of whoever is there now.
    pub(in crate::delivery::tests) stale: Option<Account>,
    /// Reads by id do not show yet what was made.
    pub(in crate::delivery::tests) hides: bool,
    /// Groups and titles are for administrators only; who is none any longer loses them.
    pub(in crate::delivery::tests) roled: bool,
    /// Deletes nobody: who is deleted is switched off.
    pub(in crate::delivery::tests) keeps: bool,
    /// What it is: another one for other credentials.
    pub(in crate::delivery::tests) identity: u32,
    next_id: u32,
    /// Bulk jobs, each with what became of its items once it was done.
    jobs: BTreeMap<String, (Batch, Option<JobResults>)>,
}

/// What became of a job's items.
type JobResults = Vec<Result<String, Error>>;

impl State {
    pub(in crate::delivery::tests) fn find(&mut self, kind: Kind, unique: &str) -> Option<&Account> {
        self.accounts.find(kind, unique)
    }

    pub(super) fn insert(&mut self, kind: Kind, mut fields: Fields) -> Account {
        self.next_id += 1;
        if let (Kind::User, Some(email)) = (kind, fields.get("email").cloned()) {
            fields.insert("contact".to_owned(), email);
        }
        let account = Account {
            id: format!("V{}", self.next_id),
            active: true,
            protected: fields.get("role").is_some_and(|role| role == "admin"),
            fields,
            ..Account::default()
        };
        self.accounts.put(kind, account.clone());
        account
    }

    pub(super) fn create(&mut self, kind: Kind, unique: &str, fields: &Fields) -> Result<Account, Error> {
        if self.find(kind, unique).is_some() && !self.takes_twice {
            return Err(Error::new(ErrorKind::Exists { id: None }, Retry::Never, "taken"));
        }
        let made = self.insert(kind, fields.clone());
        match self.roled && fields.contains_key("title") && !is_administrator(&made) {
            true => {
                self.delete(&made.id);
                Err(Error::rejected(Some("title"), "only for administrators"))
            }
            false => Ok(made),
        }
    }

    pub(super) fn update(&mut self, kind: Kind, id: &str, changed: &Fields) -> Result<(), Error> {
        let unique = text(changed, unique_field(kind));
        if self.find(kind, &unique).is_some_and(|other| other.id != id) {
            return Err(Error::new(ErrorKind::Exists { id: None }, Retry::Never, "taken"));
        }
        let roled = self.roled && kind == Kind::User;
        let mut account = self.account(id)?;
        account.fields.extend(changed.clone());
        let drops = roled && !is_administrator(&account);
        let is_refused = drops && changed.get("title").is_some_and(|title| !title.is_null());
        if drops && !is_refused {
            account.fields.remove("title");
            self.members.retain(|(_, member)| member != id);
        }
        self.accounts.put(kind, account);
        match is_refused {
            true => Err(Error::rejected(Some("title"), "only for administrators")),
            false => Ok(()),
        }
    }

    /// Takes a job, to be done later; its id.
    pub(super) fn submit(&mut self, batch: &Batch) -> String {
        let id = format!("J{}", self.jobs.len());
        self.jobs.insert(id.clone(), (batch.clone(), None));
        id
    }

    /// Does what was not done yet of the job.
    pub(in crate::delivery::tests) fn run_job(&mut self, id: &str) -> Job {
        let (batch, done) = self.jobs[id].clone();
        if let Some(results) = done {
            return Job::Done(results);
        }
        let results = match &batch {
            Batch::Create(items) => {
                let create = |fields: &Fields| self.create(Kind::User, &text(fields, "email"), fields);
                items.iter().map(create).map(|made| made.map(|made| made.id)).collect()
            }
            Batch::Update(items) => {
                let mut update = |(account, changed): &(Account, Fields)| self.update(Kind::User, &account.id, changed);
                let update = |item: &(Account, Fields)| update(item).map(|()| item.0.id.clone());
                items.iter().map(update).collect()
            }
            Batch::Delete(items) => {
                items.iter().for_each(|account| self.delete(&account.id));
                items.iter().map(|account| Ok(account.id.clone())).collect()
            }
        };
        self.jobs.insert(id.to_owned(), (batch, Some(results)));
        Job::Running
    }

    /// Does the first of the jobs that were submitted and not done.
    pub(in crate::delivery::tests) fn run_first_job(&mut self) {
        let first = self.jobs.iter().find(|(_, (_, done))| done.is_none());
        let first = first.map(|(id, _)| id.clone());
        first.into_iter().for_each(|id| drop(self.run_job(&id)));
    }

    pub(super) fn delete(&mut self, id: &str) {
        if self.keeps && self.set_active(id, false).is_ok() {
            return;
        }
        self.accounts.take(id);
        self.members.retain(|(group, member)| group != id && member != id);
    }

    pub(super) fn account(&self, id: &str) -> Result<Account, Error> {
        let gone = || Error::new(ErrorKind::NotFound, Retry::Never, "not found");
        let found = self.accounts.get(id);
        found.map(|(_, account)| account.clone()).ok_or_else(gone)
    }

    pub(super) fn set_active(&mut self, id: &str, active: bool) -> Result<(), Error> {
        let account = self.account(id)?;
        self.accounts.put(Kind::User, Account { active, ..account });
        Ok(())
    }
}

pub(super) fn is_administrator(account: &Account) -> bool {
    account.fields.get("role").is_some_and(|role| role == "admin")
}

pub(super) fn text(fields: &Fields, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
