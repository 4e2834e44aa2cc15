//! The verbs, as delivery calls them.
use std::collections::BTreeMap;

use adapters::descriptor::{Descriptor, Kind};
use adapters::{Account, Adapter, Batch, Error, Fields, Identity, Job, LiveRole, Page};
use async_trait::async_trait;

use super::accounts::unique_field;
use super::fault::{Course, answer};
use super::state::{is_administrator, text};
use super::{DELETING, Fake};

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
        if course == Course::Wait {
            self.let_go.notified().await;
        }
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
        let id = self.state.lock().unwrap().submit(batch);
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
