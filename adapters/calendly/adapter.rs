//! The verbs, dealt out.
use std::collections::BTreeMap;
use std::sync::LazyLock;

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::api::Api;
use crate::client::Connection;
use crate::descriptor::{Descriptor, Kind};
use crate::{Account, Adapter, Error, Fields, Identity, Page, Settings, Vendor};

/// Calendly's entry in the registry.
pub(crate) const VENDOR: Vendor = Vendor {
    descriptor,
    connect,
    dialect: None,
};

static DESCRIPTOR: LazyLock<Descriptor> =
    LazyLock::new(|| toml::from_str(include_str!("vendor.toml")).expect("a test parses every vendor.toml"));

/// Calendly's description.
fn descriptor() -> &'static Descriptor {
    &DESCRIPTOR
}

fn connect(settings: Settings, connection: Connection) -> Result<Box<dyn Adapter>, Error> {
    descriptor().check_settings(&settings)?;
    Ok(Box::new(Api {
        connection,
        organization: OnceCell::new(),
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
        only_people(kind)?;
        self.person(account).await
    }

    async fn find(&self, kind: Kind, unique_value: &str) -> Result<Option<Account>, Error> {
        only_people(kind)?;
        self.person_by_email(unique_value).await
    }

    async fn create(&self, kind: Kind, fields: &Fields) -> Result<Account, Error> {
        only_people(kind)?;
        self.invite(fields).await
    }

    async fn update(&self, kind: Kind, _: &Account, changed: &Fields) -> Result<BTreeMap<String, String>, Error> {
        only_people(kind)?;
        match changed.keys().next() {
            Some(field) => Err(Error::rejected(Some(field), "Calendly's API changes nobody")),
            None => Ok(BTreeMap::new()),
        }
    }

    async fn set_active(&self, _: &Account, _: bool) -> Result<Fields, Error> {
        Err(Error::rejected(None, "Calendly has no suspension; people are removed"))
    }

    async fn delete(&self, kind: Kind, account: &Account) -> Result<(), Error> {
        only_people(kind)?;
        self.remove_person(&account.id).await
    }

    async fn list(&self, kind: Kind, after: Option<&str>) -> Result<Page, Error> {
        only_people(kind)?;
        self.people(after).await
    }

    async fn add_members(&self, _: &str, _: &[&str]) -> Result<(), Error> {
        Err(no_groups())
    }

    async fn remove_members(&self, _: &str, _: &[&str]) -> Result<(), Error> {
        Err(no_groups())
    }

    async fn members(&self, _: &str, _: Option<&str>) -> Result<(Vec<String>, Option<String>), Error> {
        Err(no_groups())
    }
}

fn only_people(kind: Kind) -> Result<(), Error> {
    match kind {
        Kind::User => Ok(()),
        Kind::Group => Err(no_groups()),
    }
}

fn no_groups() -> Error {
    Error::rejected(None, "Calendly's API can only read groups")
}
