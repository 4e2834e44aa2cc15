//! The verbs, dealt out.
use std::collections::BTreeMap;

use async_trait::async_trait;

use super::api::Api;
use crate::descriptor::{Descriptor, Kind};
use crate::{Account, Adapter, Error, Fields, Identity, Page};

#[async_trait]
impl Adapter for Api {
    fn descriptor(&self) -> &'static Descriptor {
        &self.manifest.descriptor
    }

    async fn check(&self) -> Result<Identity, Error> {
        self.identity().await
    }

    async fn get(&self, kind: Kind, account: &Account) -> Result<Option<Account>, Error> {
        self.read_account(kind, &account.id).await
    }

    async fn find(&self, kind: Kind, unique_value: &str) -> Result<Option<Account>, Error> {
        self.find_account(kind, unique_value).await
    }

    async fn create(&self, kind: Kind, fields: &Fields) -> Result<Account, Error> {
        self.create_account(kind, fields).await
    }

    async fn update(&self, kind: Kind, account: &Account, changed: &Fields) -> Result<BTreeMap<String, String>, Error> {
        if !changed.is_empty() {
            self.update_account(kind, account, changed).await?;
        }
        Ok(BTreeMap::new())
    }

    async fn set_active(&self, account: &Account, active: bool) -> Result<Fields, Error> {
        self.switch(account, active).await?;
        Ok(Fields::new())
    }

    async fn delete(&self, kind: Kind, account: &Account) -> Result<(), Error> {
        self.delete_account(kind, &account.id).await
    }

    async fn list(&self, kind: Kind, after: Option<&str>) -> Result<Page, Error> {
        self.list_accounts(kind, after).await
    }

    async fn add_members(&self, group_id: &str, member_ids: &[&str]) -> Result<(), Error> {
        self.add(group_id, member_ids).await
    }

    async fn remove_members(&self, group_id: &str, member_ids: &[&str]) -> Result<(), Error> {
        self.remove(group_id, member_ids).await
    }

    async fn members(&self, group_id: &str, after: Option<&str>) -> Result<(Vec<String>, Option<String>), Error> {
        self.members_of(group_id, after).await
    }
}
