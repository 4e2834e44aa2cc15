//! Licenses: which roles they are good for, and how many are left.
use super::api::{Api, request};
use super::wire::{License, Licenses};
use crate::{Error, LiveRole};

const LICENSES: &str = "/licenses";

impl Api {
    /// The roles that the account's licenses are good for; `None` where PagerDuty tells of none.
    pub(super) async fn live_roles(&self) -> Result<Option<Vec<LiveRole>>, Error> {
        let found = self.read::<Licenses>(request("GET", LICENSES, LICENSES.into())).await?;
        let licenses = found.map(|found| found.licenses).unwrap_or_default();
        Ok((!licenses.is_empty()).then(|| roles(&licenses)))
    }
}

/// Each role with the licenses that are good for it. Of a role of several licenses as many are left as of all of them.
fn roles(licenses: &[License]) -> Vec<LiveRole> {
    let mut roles: Vec<LiveRole> = Vec::new();
    for license in licenses {
        let left = license.allocations_available;
        let left = left.map(|left| u64::try_from(left).unwrap_or(0));
        for name in &license.valid_roles {
            match roles.iter_mut().find(|role| role.name == *name) {
                Some(role) => {
                    let both = role.available.zip(left);
                    role.available = both.map(|(available, left)| available.saturating_add(left));
                    role.licences.push(license.id.clone());
                }
                None => roles.push(LiveRole {
                    name: name.clone(),
                    available: left,
                    licences: vec![license.id.clone()],
                }),
            }
        }
    }
    roles
}
