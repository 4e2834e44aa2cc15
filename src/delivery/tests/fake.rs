//! A vendor in memory, with the traps that delivery must know of, and faults on demand.
mod accounts;
mod descriptors;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use adapters::client::Gate;
use adapters::descriptor::{Descriptor, Kind};
use adapters::{Account, Adapter, Batch, Error, ErrorKind, Fields, Identity, Job, LiveRole, Page, Retry};
use async_trait::async_trait;
use serde_json::Value;

use self::accounts::{Accounts, unique_field};
pub(super) use self::descriptors::{COUNTING, IN_JOBS, LAGGING, PACED};
pub(in crate::delivery) use self::descriptors::{DELETING, ROLED, SUSPENDING};
use crate::delivery::Connect;
use crate::service::Target;

/// What a verb does instead of its work.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// Fails before doing anything.
    Fail(ErrorKind, Retry),
    /// Does the work, and the answer is lost.
    LoseAnswer,
    /// Loses the request, and the caller cannot know.
    LoseRequest,
    /// Stays in the vendor until let go, then does the work.
    Hang,
    /// The same, and then refuses.
    HangAndRefuse,
    /// Does the work, and refuses what goes along with it.
    DoAndRefuse,
    /// Does the work and never answers.
    DoAndHang,
    /// Says that it did the work, and did not.
    Ignore,
    Panic,
    /// A bug that shows once the vendor has done the work.
    DoAndPanic,
}

/// How a call goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    Answer,
    LoseAnswer,
    Refuse,
    Hang,
    Ignore,
    Panic,
}

/// What became of a job's items.
type JobResults = Vec<Result<String, Error>>;

#[derive(Default)]
pub(super) struct State {
    pub(super) accounts: Accounts,
    pub(super) members: BTreeSet<(String, String)>,
    pub(super) calls: Vec<String>,
    /// Faults by the beginning of the call's text, taken in order.
    pub(super) faults: Vec<(String, VecDeque<Fault>)>,
    /// Lasts until cleared: every call fails so.
    pub(super) down: Option<ErrorKind>,
    /// Lasts until cleared: calls whose text begins so fail so.
    pub(super) failing: Vec<(String, ErrorKind)>,
    /// The roles that it lists.
    pub(super) roles: Vec<LiveRole>,
    /// Takes several accounts of one unique value.
    pub(super) takes_twice: bool,
    /// Found in the place of whoever is there now.
    pub(super) stale: Option<Account>,
    /// Reads by id do not show yet what was made.
    pub(super) hides: bool,
    /// Groups and titles are for administrators only; who is none any longer loses them.
    pub(super) roled: bool,
    /// Deletes nobody: who is deleted is switched off.
    pub(super) keeps: bool,
    /// What it is: another one for other credentials.
    pub(super) identity: u32,
    next_id: u32,
    /// Bulk jobs, each with what became of its items once it was done.
    jobs: BTreeMap<String, (Batch, Option<JobResults>)>,
}

/// The vendor.
#[derive(Default, Clone)]
pub(super) struct Fake {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) let_go: Arc<tokio::sync::Notify>,
    gate: Arc<Mutex<Option<Arc<dyn Gate>>>>,
    /// Who called it until now was killed.
    cut_off: Arc<AtomicBool>,
}

impl Fake {
    pub(super) fn fault(&self, call: &str, faults: impl IntoIterator<Item = Fault>) {
        self.state
            .lock()
            .unwrap()
            .faults
            .push((call.to_owned(), faults.into_iter().collect()));
    }

    /// The calls made since the last time this was asked.
    pub(super) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().calls)
    }

    /// E-mail addresses of the people it has.
    pub(super) fn people(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let people = state.accounts.values().filter(|(kind, _)| *kind == Kind::User);
        let mut emails: Vec<_> = people.map(|(_, account)| text(&account.fields, "email")).collect();
        emails.sort();
        emails
    }

    /// The people it has, with their titles.
    pub(super) fn titled(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let people = state.accounts.values().filter(|(kind, _)| *kind == Kind::User);
        let mut told: Vec<_> = people
            .map(|(_, account)| {
                let title = account.fields.get("title").and_then(Value::as_str).unwrap_or("-");
                format!("{} {title}", text(&account.fields, "email"))
            })
            .collect();
        told.sort();
        told
    }

    pub(super) fn put(&self, kind: Kind, fields: &[(&str, &str)]) -> String {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        self.state.lock().unwrap().insert(kind, fields).id
    }

    /// The account is deleted, or has another address; searches show it as it was.
    pub(super) fn grow_stale(&self, id: &str, renamed: Option<&str>) {
        let mut state = self.state.lock().unwrap();
        let former = state.account(id).unwrap();
        let mut account = former.clone();
        match renamed {
            Some(email) => {
                account.fields.insert("email".to_owned(), email.into());
                state.accounts.put(Kind::User, account);
            }
            None => state.delete(id),
        }
        state.stale = Some(former);
    }

    /// From now on calls that begin so fail so.
    pub(super) fn fails(&self, calls: &[&str], kind: &ErrorKind) {
        let failing = calls.iter().map(|call| ((*call).to_owned(), kind.clone()));
        self.state.lock().unwrap().failing.extend(failing);
    }

    /// Nothing is wrong with it any more.
    pub(super) fn heal(&self) {
        let mut state = self.state.lock().unwrap();
        (state.down, state.failing, state.faults) = (None, Vec::new(), Vec::new());
    }

    pub(super) fn count(&self, call: &str) -> usize {
        let state = self.state.lock().unwrap();
        state.calls.iter().filter(|made| made.starts_with(call)).count()
    }

    /// The same vendor, for who comes after a kill: tasks that are aborted may get another turn before they are gone.
    pub(super) fn cut_off(&mut self) {
        self.cut_off.store(true, Ordering::Relaxed);
        self.cut_off = Arc::default();
    }

    async fn meet(&self, call: String) -> Result<Course, Error> {
        let gate = self.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.pass().await;
        }
        if self.cut_off.load(Ordering::Relaxed) {
            return std::future::pending().await;
        }
        let fault = {
            let mut state = self.state.lock().unwrap();
            if call != "check" {
                state.calls.push(call.clone());
            }
            let failing = state.failing.iter().find(|(start, _)| call.starts_with(start));
            let failing = failing.map(|(_, kind)| kind.clone());
            if let Some(kind) = state.down.clone().or(failing) {
                return Err(Error::new(kind, Retry::Backoff, "down"));
            }
            let fault = state
                .faults
                .iter_mut()
                .find(|(start, faults)| call.starts_with(start) && !faults.is_empty());
            fault.and_then(|(_, faults)| faults.pop_front())
        };
        match fault {
            None => Ok(Course::Answer),
            Some(Fault::Fail(kind, retry)) => Err(Error::new(kind, retry, format!("no: {call}"))),
            Some(Fault::LoseAnswer) => Ok(Course::LoseAnswer),
            Some(Fault::LoseRequest) => Err(lost()),
            Some(Fault::Hang) => {
                self.let_go.notified().await;
                Ok(Course::Answer)
            }
            Some(Fault::HangAndRefuse) => {
                self.let_go.notified().await;
                Err(Error::rejected(Some("title"), format!("no: {call}")))
            }
            Some(Fault::DoAndRefuse) => Ok(Course::Refuse),
            Some(Fault::DoAndHang) => Ok(Course::Hang),
            Some(Fault::Ignore) => Ok(Course::Ignore),
            Some(Fault::Panic) => panic!("a bug of the adapter"),
            Some(Fault::DoAndPanic) => Ok(Course::Panic),
        }
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Ambiguous, Retry::Backoff, "the answer was lost")
}

async fn answer<T>(course: Course, value: T) -> Result<T, Error> {
    match course {
        Course::Answer | Course::Ignore => Ok(value),
        Course::LoseAnswer => Err(lost()),
        Course::Refuse => Err(Error::rejected(None, "no: not all of it")),
        Course::Hang => std::future::pending().await,
        Course::Panic => panic!("a bug of the adapter"),
    }
}

fn text(fields: &Fields, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn is_administrator(account: &Account) -> bool {
    account.fields.get("role").is_some_and(|role| role == "admin")
}

impl State {
    pub(super) fn find(&mut self, kind: Kind, unique: &str) -> Option<&Account> {
        self.accounts.find(kind, unique)
    }

    fn insert(&mut self, kind: Kind, mut fields: Fields) -> Account {
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

    fn create(&mut self, kind: Kind, unique: &str, fields: &Fields) -> Result<Account, Error> {
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

    fn update(&mut self, kind: Kind, id: &str, changed: &Fields) -> Result<(), Error> {
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

    /// Does what was not done yet of the job.
    pub(super) fn run_job(&mut self, id: &str) -> Job {
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
    pub(super) fn run_first_job(&mut self) {
        let first = self.jobs.iter().find(|(_, (_, done))| done.is_none());
        let first = first.map(|(id, _)| id.clone());
        first.into_iter().for_each(|id| drop(self.run_job(&id)));
    }

    fn delete(&mut self, id: &str) {
        if self.keeps && self.set_active(id, false).is_ok() {
            return;
        }
        self.accounts.take(id);
        self.members.retain(|(group, member)| group != id && member != id);
    }

    fn account(&self, id: &str) -> Result<Account, Error> {
        let gone = || Error::new(ErrorKind::NotFound, Retry::Never, "not found");
        let found = self.accounts.get(id);
        found.map(|(_, account)| account.clone()).ok_or_else(gone)
    }

    fn set_active(&mut self, id: &str, active: bool) -> Result<(), Error> {
        let account = self.account(id)?;
        self.accounts.put(Kind::User, Account { active, ..account });
        Ok(())
    }
}

#[async_trait]
impl Adapter for Fake {
    fn descriptor(&self) -> &'static Descriptor {
        &DELETING
    }

    async fn check(&self) -> Result<Identity, Error> {
        self.meet("check".to_owned()).await?;
        let id = format!("account {}", self.state.lock().unwrap().identity);
        Ok(Identity { name: id.clone(), id })
    }

    async fn get(&self, _: Kind, account: &Account) -> Result<Option<Account>, Error> {
        let id = &account.id;
        let course = self.meet(format!("get {id}")).await?;
        let account = {
            let state = self.state.lock().unwrap();
            let found = state.accounts.get(id).filter(|_| !state.hides);
            found.map(|(_, account)| account.clone())
        };
        answer(course, account).await
    }

    async fn find(&self, kind: Kind, unique: &str) -> Result<Option<Account>, Error> {
        let course = self.meet(format!("find {unique}")).await?;
        let account = {
            let mut state = self.state.lock().unwrap();
            let is_asked = |stale: &Account| text(&stale.fields, unique_field(kind)) == unique;
            let stale = state.stale.clone().filter(is_asked);
            stale.or_else(|| state.find(kind, unique).cloned())
        };
        answer(course, account).await
    }

    async fn create(&self, kind: Kind, fields: &Fields) -> Result<Account, Error> {
        let unique = text(fields, unique_field(kind));
        let course = self.meet(format!("create {unique}")).await?;
        let made = self.state.lock().unwrap().create(kind, &unique, fields)?;
        answer(course, made).await
    }

    async fn update(&self, kind: Kind, account: &Account, changed: &Fields) -> Result<BTreeMap<String, String>, Error> {
        let names: Vec<_> = changed
            .iter()
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or("-")))
            .collect();
        let course = self.meet(format!("update {} {}", account.id, names.join(" "))).await?;
        self.state.lock().unwrap().update(kind, &account.id, changed)?;
        answer(course, BTreeMap::new()).await
    }

    async fn set_active(&self, account: &Account, active: bool) -> Result<Fields, Error> {
        let id = &account.id;
        let course = self.meet(format!("active {id} {active}")).await?;
        self.state.lock().unwrap().set_active(id, active)?;
        answer(course, Fields::new()).await
    }

    async fn delete(&self, _: Kind, account: &Account) -> Result<(), Error> {
        let id = &account.id;
        let course = self.meet(format!("delete {id}")).await?;
        if course != Course::Ignore {
            self.state.lock().unwrap().delete(id);
        }
        answer(course, ()).await
    }

    async fn roles(&self) -> Result<Option<Vec<LiveRole>>, Error> {
        let course = self.meet("roles".to_owned()).await?;
        let roles = self.state.lock().unwrap().roles.clone();
        answer(course, Some(roles)).await
    }

    async fn list(&self, kind: Kind, after: Option<&str>) -> Result<Page, Error> {
        let course = self.meet(format!("list {}", after.unwrap_or("first"))).await?;
        let accounts: Vec<_> = self.state.lock().unwrap().accounts.values().cloned().collect();
        let accounts = accounts.into_iter().filter(|(other, _)| *other == kind);
        let page = Page {
            accounts: accounts.map(|(_, account)| account).collect(),
            next: None,
        };
        answer(course, page).await
    }

    async fn submit(&self, _: Kind, batch: &Batch) -> Result<String, Error> {
        let verb = match batch {
            Batch::Create(_) => "create",
            Batch::Update(_) => "update",
            Batch::Delete(_) => "delete",
        };
        let course = self.meet(format!("submit {verb} {}", batch.len())).await?;
        let id = {
            let jobs = &mut self.state.lock().unwrap().jobs;
            let id = format!("J{}", jobs.len());
            jobs.insert(id.clone(), (batch.clone(), None));
            id
        };
        answer(course, id).await
    }

    /// The job is done between the first time it is asked for and the second.
    async fn job(&self, id: &str, _: &Batch) -> Result<Job, Error> {
        let course = self.meet(format!("job {id}")).await?;
        let job = self.state.lock().unwrap().run_job(id);
        answer(course, job).await
    }

    async fn add_members(&self, group: &str, members: &[&str]) -> Result<(), Error> {
        let course = self.meet(format!("add {group} {}", members.join(" "))).await?;
        {
            let state = self.state.lock().unwrap();
            let may_join = |member: &&str| is_administrator(&state.accounts[*member].1);
            if state.roled && !members.iter().all(may_join) {
                return Err(Error::rejected(None, "only for administrators"));
            }
        }
        let added = members.iter().map(|member| (group.to_owned(), (*member).to_owned()));
        self.state.lock().unwrap().members.extend(added);
        answer(course, ()).await
    }

    async fn remove_members(&self, group: &str, members: &[&str]) -> Result<(), Error> {
        let course = self.meet(format!("remove {group} {}", members.join(" "))).await?;
        let is_removed = |member: &String| members.contains(&member.as_str());
        let stays = |(id, member): &(String, String)| id != group || !is_removed(member);
        self.state.lock().unwrap().members.retain(stays);
        answer(course, ()).await
    }

    async fn members(&self, group: &str, _: Option<&str>) -> Result<(Vec<String>, Option<String>), Error> {
        let course = self.meet(format!("members {group}")).await?;
        let members = self.state.lock().unwrap().members.clone().into_iter();
        let members = members.filter(|(of, _)| of == group).map(|(_, member)| member);
        answer(course, (members.collect(), None)).await
    }
}

impl Connect for Fake {
    fn connect(&self, _: &Target, gate: Arc<dyn Gate>) -> Result<Box<dyn Adapter>, Error> {
        *self.gate.lock().unwrap() = Some(gate);
        Ok(Box::new(self.clone()))
    }
}
