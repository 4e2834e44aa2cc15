//! Groups of agents.
use serde_json::{Map, Value, json};

use super::api::{Api, Place, decode, gone, number, request, writing};
use super::error::Call;
use super::fields::is_empty;
use super::wire::{Group, GroupEnvelope, Groups};
use crate::only::{FOUND_MAX, only};
use crate::{Account, Error, ErrorKind, Fields, Page, Retry};

const GROUPS: &str = "/api/v2/groups";
const GROUP: &str = "/api/v2/groups/{id}";

impl Api {
    pub(super) async fn group(&self, id: &str) -> Result<Option<Account>, Error> {
        let Ok(id) = number(id) else { return Ok(None) };
        let reading = request("GET", GROUP, format!("{GROUPS}/{id}"));
        let found = self
            .read::<GroupEnvelope>(reading)
            .await?
            .map(|envelope| envelope.group);
        Ok(found.filter(is_there).map(Account::from))
    }

    /// There is no search for groups: they are gone through.
    pub(super) async fn group_by_name(&self, name: &str) -> Result<Option<Account>, Error> {
        let is_wanted = |group: &Group| is_there(group) && group.name == name;
        let found = self.seek::<Groups>(&groups(), is_wanted, FOUND_MAX).await?;
        Ok(only(found, "name")?.map(Account::from))
    }

    /// A page of groups.
    pub(super) async fn groups(&self, after: Option<&str>) -> Result<Page, Error> {
        let (groups, next) = self.page::<Groups>(&groups(), after).await?;
        let accounts = groups.into_iter().filter(is_there).map(Account::from).collect();
        Ok(Page { accounts, next })
    }

    /// Zendesk is not known to refuse a second group of the same name, so it is looked for first.
    pub(super) async fn create_group(&self, fields: &Fields) -> Result<Account, Error> {
        let name = fields
            .get("name")
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty());
        let name = name.ok_or_else(nameless)?;
        if let Some(group) = self.group_by_name(name).await? {
            let kind = ErrorKind::Exists { id: Some(group.id) };
            return Err(Error::new(kind, Retry::Never, "there is a group of this name"));
        }
        let given = fields.iter().filter(|(_, value)| !is_empty(value));
        let body: Map<_, _> = given.map(|(name, value)| (name.clone(), value.clone())).collect();
        let request = writing("POST", GROUPS, GROUPS.into(), &json!({ "group": body }));
        let answer = self.send(request, &Call::save(fields)).await?;
        let made = decode::<GroupEnvelope>(&answer, ErrorKind::Ambiguous)?;
        Ok(made.group.into())
    }

    pub(super) async fn update_group(&self, id: &str, changed: &Fields) -> Result<(), Error> {
        let id = number(id)?;
        if changed.get("name").is_some_and(is_empty) {
            return Err(nameless());
        }
        let body: Map<_, _> = changed
            .iter()
            .map(|(name, value)| (name.clone(), sent(value)))
            .collect();
        let request = writing("PUT", GROUP, format!("{GROUPS}/{id}"), &json!({ "group": body }));
        let answer = self.send(request, &Call::save(changed)).await?;
        match is_there(&decode::<GroupEnvelope>(&answer, ErrorKind::Ambiguous)?.group) {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::NotFound, Retry::Never, "the group is deleted")),
        }
    }

    pub(super) async fn delete_group(&self, id: &str) -> Result<(), Error> {
        let Ok(id) = number(id) else { return Ok(()) };
        let request = request("DELETE", GROUP, format!("{GROUPS}/{id}"));
        gone(self.send(request, &Call::REMOVE).await.map(|_| ()))
    }
}

fn groups() -> Place<'static> {
    Place {
        route: GROUPS,
        path: GROUPS.into(),
        query: &[("exclude_deleted", "true")],
    }
}

/// Deleted groups are still answered.
fn is_there(group: &Group) -> bool {
    !group.deleted
}

/// Its contract has no null.
fn sent(value: &Value) -> Value {
    match value.is_null() {
        true => "".into(),
        false => value.clone(),
    }
}

fn nameless() -> Error {
    Error::rejected(Some("name"), "Zendesk has no group without it")
}

impl From<Group> for Account {
    fn from(group: Group) -> Self {
        let description = group.description.filter(|text| !text.is_empty());
        let fields = [
            ("name", Value::from(group.name)),
            ("description", description.into()),
            ("is_public", group.is_public.into()),
        ];
        Account {
            fields: fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            ..Account::of(group.id.to_string())
        }
    }
}
