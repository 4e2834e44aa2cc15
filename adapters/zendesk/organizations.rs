//! Organizations, by their names. They are looked up and never made.
use std::collections::BTreeMap;

use serde_json::Value;

use super::api::{Api, request, with_query};
use super::wire::Organizations;
use crate::Error;

const SEARCH: &str = "/api/v2/organizations/search";

/// Names that are remembered; the next one begins anew.
const REMEMBERED_MAX: usize = 1000;

impl Api {
    /// The id of the organization of exactly this name, whatever its case.
    ///
    /// # Errors
    /// `Rejected` naming `organization` when there is none.
    pub(super) async fn organization_id(&self, value: &Value) -> Result<i64, Error> {
        let name = value.as_str().unwrap_or_default().trim();
        let key = name.to_lowercase();
        let known = self.organizations.get();
        if let Some(id) = known.as_ref().and_then(|known| known.get(&key)) {
            return Ok(*id);
        }
        let search = request("GET", SEARCH, with_query(SEARCH, [("name", name)]));
        let found = self
            .read::<Organizations>(search)
            .await?
            .map(|found| found.organizations);
        let mut found = found.into_iter().flatten();
        let Some(organization) = found.find(|organization| organization.name.to_lowercase() == key) else {
            return Err(Error::rejected(
                Some("organization"),
                "there is no organization of this name in Zendesk",
            ));
        };
        let mut known = known.map(|known| BTreeMap::clone(&known)).unwrap_or_default();
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(key, organization.id);
        self.organizations.set(known);
        Ok(organization.id)
    }
}
