//! The verbs, dealt out.
use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use async_trait::async_trait;

use super::api::Api;
use super::roles::ADMIN_ROLE;
use super::settings::Choices;
use crate::client::Connection;
use crate::descriptor::{Descriptor, Kind};
use crate::{Account, Adapter, Error, Fields, Identity, Page, Settings, Vendor};

/// Okta's entry in the registry.
pub(crate) const VENDOR: Vendor = Vendor {
    descriptor,
    connect,
    dialect: None,
};

static DESCRIPTOR: LazyLock<Descriptor> =
    LazyLock::new(|| toml::from_str(include_str!("vendor.toml")).expect("a test parses every vendor.toml"));

/// Okta's description.
pub(super) fn descriptor() -> &'static Descriptor {
    &DESCRIPTOR
}

fn connect(settings: Settings, connection: Connection) -> Result<Box<dyn Adapter>, Error> {
    let choices = Choices::read(descriptor(), &settings)?;
    Ok(Box::new(Api {
        connection,
        choices,
        administrators: Mutex::default(),
    }))
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
            Kind::User => self.user(account).await,
            Kind::Group => self.group(&account.id).await,
        }
    }

    async fn find(&self, kind: Kind, unique_value: &str) -> Result<Option<Account>, Error> {
        match kind {
            Kind::User => self.user_by_login(unique_value).await,
            Kind::Group => self.group_by_name(unique_value).await,
        }
    }

    async fn create(&self, kind: Kind, fields: &Fields) -> Result<Account, Error> {
        match kind {
            Kind::User => self.create_user(fields).await,
            Kind::Group => self.create_group(fields).await,
        }
    }

    async fn update(&self, kind: Kind, account: &Account, changed: &Fields) -> Result<BTreeMap<String, String>, Error> {
        match (kind, changed.get(ADMIN_ROLE)) {
            _ if changed.is_empty() => Ok(BTreeMap::new()),
            (Kind::Group, _) => self.update_group(&account.id, changed).await.map(|()| BTreeMap::new()),
            (Kind::User, None) => self.update_user(&account.id, changed).await.map(|()| BTreeMap::new()),
            (Kind::User, Some(_)) if changed.len() > 1 => Err(Error::rejected(None, "fields of several calls at once")),
            (Kind::User, Some(role)) => {
                let id = self.set_role(account, role).await?;
                Ok(id.map(|id| (ADMIN_ROLE.to_owned(), id)).into_iter().collect())
            }
        }
    }

    async fn set_active(&self, account: &Account, active: bool) -> Result<Fields, Error> {
        self.switch(&account.id, active).await.map(|()| Fields::new())
    }

    async fn delete(&self, kind: Kind, account: &Account) -> Result<(), Error> {
        match kind {
            Kind::User => self.delete_user(&account.id).await,
            Kind::Group => self.delete_group(&account.id).await,
        }
    }

    async fn list(&self, kind: Kind, after: Option<&str>) -> Result<Page, Error> {
        match kind {
            Kind::User => self.users(after).await,
            Kind::Group => self.groups(after).await,
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
        self.group_members(group_id, after).await
    }
}
