//! The verbs, dealt out.
use std::collections::BTreeMap;
use std::sync::LazyLock;

use async_trait::async_trait;

use super::api::{Api, offset};
use super::contact_methods::PARTS;
use super::settings::Choices;
use crate::client::Connection;
use crate::descriptor::{Descriptor, Kind};
use crate::{Account, Adapter, Error, Fields, Identity, LiveRole, Page, Settings, Vendor};

/// PagerDuty's entry in the registry.
pub(crate) const VENDOR: Vendor = Vendor {
    descriptor,
    connect,
    dialect: None,
};

static DESCRIPTOR: LazyLock<Descriptor> =
    LazyLock::new(|| toml::from_str(include_str!("vendor.toml")).expect("a test parses every vendor.toml"));

/// PagerDuty's description.
pub(super) fn descriptor() -> &'static Descriptor {
    &DESCRIPTOR
}

fn connect(settings: Settings, connection: Connection) -> Result<Box<dyn Adapter>, Error> {
    let choices = Choices::read(descriptor(), &settings)?;
    Ok(Box::new(Api { connection, choices }))
}

#[async_trait]
impl Adapter for Api {
    fn descriptor(&self) -> &'static Descriptor {
        descriptor()
    }

    async fn check(&self) -> Result<Identity, Error> {
        self.identity().await
    }

    async fn get(&self, kind: Kind, account: &Account) -> Result<Option<Account>, Error> {
        match kind {
            Kind::User => self.user(&account.id).await,
            Kind::Group => self.team(&account.id).await,
        }
    }

    async fn find(&self, kind: Kind, unique_value: &str) -> Result<Option<Account>, Error> {
        match kind {
            Kind::User => self.user_by_email(unique_value).await,
            Kind::Group => self.team_by_name(unique_value).await,
        }
    }

    async fn create(&self, kind: Kind, fields: &Fields) -> Result<Account, Error> {
        match kind {
            Kind::User => self.create_user(fields).await,
            Kind::Group => self.create_team(fields).await,
        }
    }

    async fn update(&self, kind: Kind, account: &Account, changed: &Fields) -> Result<BTreeMap<String, String>, Error> {
        let part = PARTS.iter().find_map(|part| Some((part, changed.get(part.field)?)));
        match (kind, part) {
            _ if changed.is_empty() => Ok(BTreeMap::new()),
            (Kind::Group, _) => self.update_team(&account.id, changed).await.map(|()| BTreeMap::new()),
            (Kind::User, None) => self.update_user(account, changed).await.map(|()| BTreeMap::new()),
            (Kind::User, Some(_)) if changed.len() > 1 => Err(Error::rejected(None, "fields of several calls at once")),
            (Kind::User, Some((part, value))) => {
                let id = self.set_contact_method(part, account, value).await?;
                Ok(id.map(|id| (part.field.to_owned(), id)).into_iter().collect())
            }
        }
    }

    async fn set_active(&self, _: &Account, _: bool) -> Result<Fields, Error> {
        Err(Error::rejected(None, "PagerDuty has no suspension; users are deleted"))
    }

    async fn delete(&self, kind: Kind, account: &Account) -> Result<(), Error> {
        match kind {
            Kind::User => self.delete_user(&account.id).await,
            Kind::Group => self.delete_team(&account.id).await,
        }
    }

    async fn list(&self, kind: Kind, after: Option<&str>) -> Result<Page, Error> {
        let offset = offset(after)?;
        match kind {
            Kind::User => self.users(offset).await.map(page),
            Kind::Group => self.teams(offset).await.map(page),
        }
    }

    async fn add_members(&self, group_id: &str, member_ids: &[&str]) -> Result<(), Error> {
        for member_id in member_ids {
            self.put_member(group_id, member_id).await?;
        }
        Ok(())
    }

    async fn remove_members(&self, group_id: &str, member_ids: &[&str]) -> Result<(), Error> {
        for member_id in member_ids {
            self.delete_member(group_id, member_id).await?;
        }
        Ok(())
    }

    async fn members(&self, group_id: &str, after: Option<&str>) -> Result<(Vec<String>, Option<String>), Error> {
        let (ids, next) = self.team_members(group_id, offset(after)?).await?;
        Ok((ids, next.map(|next| next.to_string())))
    }

    async fn roles(&self) -> Result<Option<Vec<LiveRole>>, Error> {
        self.live_roles().await
    }
}

fn page<T: Into<Account>>((entries, next): (Vec<T>, Option<u32>)) -> Page {
    Page {
        accounts: entries.into_iter().map(Into::into).collect(),
        next: next.map(|next| next.to_string()),
    }
}
