//! The verbs, dealt out.
use std::collections::BTreeMap;
use std::sync::LazyLock;

use async_trait::async_trait;

use super::api::Api;
use super::settings::Choices;
use crate::client::Connection;
use crate::descriptor::{Descriptor, Kind};
use crate::{Account, Adapter, Error, Fields, Identity, Page, Settings, Vendor};

/// Box's entry in the registry.
pub(crate) const VENDOR: Vendor = Vendor {
    descriptor,
    connect,
    dialect: None,
};

static DESCRIPTOR: LazyLock<Descriptor> =
    LazyLock::new(|| toml::from_str(include_str!("vendor.toml")).expect("a test parses every vendor.toml"));

/// Box's description.
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
        self.account(kind, &account.id).await
    }

    async fn find(&self, kind: Kind, unique_value: &str) -> Result<Option<Account>, Error> {
        self.account_by(kind, unique_value).await
    }

    async fn create(&self, kind: Kind, fields: &Fields) -> Result<Account, Error> {
        self.create_account(kind, fields).await
    }

    async fn update(&self, kind: Kind, account: &Account, changed: &Fields) -> Result<BTreeMap<String, String>, Error> {
        if !changed.is_empty() {
            self.update_account(kind, &account.id, changed).await?;
        }
        Ok(BTreeMap::new())
    }

    async fn set_active(&self, account: &Account, active: bool) -> Result<Fields, Error> {
        self.set_status(&account.id, active).await?;
        Ok(Fields::new())
    }

    async fn delete(&self, kind: Kind, account: &Account) -> Result<(), Error> {
        self.delete_account(kind, &account.id).await
    }

    async fn list(&self, kind: Kind, after: Option<&str>) -> Result<Page, Error> {
        self.accounts(kind, after).await
    }

    async fn add_members(&self, group_id: &str, member_ids: &[&str]) -> Result<(), Error> {
        for member_id in member_ids {
            self.join(group_id, member_id).await?;
        }
        Ok(())
    }

    async fn remove_members(&self, group_id: &str, member_ids: &[&str]) -> Result<(), Error> {
        for member_id in member_ids {
            self.leave(group_id, member_id).await?;
        }
        Ok(())
    }

    async fn members(&self, group_id: &str, after: Option<&str>) -> Result<(Vec<String>, Option<String>), Error> {
        self.members_of(group_id, after).await
    }
}
