//! A group's members at the vendor beside those that were added.
//!
//! A membership that was removed leaves no trace: who is in a group without having been added by us is nobody's
//! business here, as everywhere.
use std::collections::BTreeSet;

use adapters::descriptor;

use super::compare::Deviation;
use super::findings::Finding;
use super::reading::{Reading, Settled, name, subject};
use crate::delivery::desired::resource;
use crate::delivery::dropped;
use crate::service;
use crate::service::drift::{Error, Kind};
use crate::service::listing::Pages;
use crate::store::{self, Link, Member, ResourceId, ResourceKey, Scope};

/// Members read at a time.
const MEMBERS: usize = 500;

/// What a missing member differs in.
const FIELD: &str = "members";

impl Reading<'_> {
    /// Finds the members that are missing in a group of this vendor's id.
    pub(super) async fn compare_members(&mut self, group: &Settled, id: &str) -> Result<(), Error> {
        let scope = Scope {
            directory: group.key.directory,
            resource_type: group.link.resource_type.clone(),
        };
        let (key, mut after) = (
            ResourceKey {
                scope,
                id: group.key.resource,
            },
            None,
        );
        // Nobody can be missing, whatever the vendor tells.
        let some = self.line.store.members(&key, None, 1).await;
        if some.is_ok_and(|members| members.is_empty()) {
            return Ok(());
        }
        let Some(there) = self.members_of(id).await? else {
            self.findings.unsettled += 1;
            return Ok(());
        };
        loop {
            let members = match self.line.store.members(&key, after, MEMBERS).await {
                Err(store::Error::Damaged(_)) => {
                    self.findings.unsettled += 1;
                    return Ok(());
                }
                members => members?,
            };
            for member in &members {
                let missing = match self.missing(group, member, &there).await {
                    Err(Error::Store(store::Error::Damaged(_))) => {
                        self.findings.unsettled += 1;
                        continue;
                    }
                    missing => missing?,
                };
                missing.into_iter().for_each(|finding| self.findings.add(finding));
            }
            after = members.last().map(|member| member.id);
            if members.len() < MEMBERS {
                return Ok(());
            }
        }
    }

    /// `None`: the group was deleted while the others were read, or the vendor does not tell.
    async fn members_of(&self, id: &str) -> Result<Option<BTreeSet<String>>, Error> {
        let (mut there, mut after, mut pages) = (BTreeSet::new(), None, Pages::default());
        loop {
            let Some((members, next)) = self.sender.members(id, after).await? else {
                return Ok(None);
            };
            there.extend(members);
            after = pages.next(next)?;
            if after.is_none() {
                return Ok(Some(there));
            }
        }
    }

    /// Of who is switched off no vendor need say that they are in a group.
    async fn missing(
        &self,
        group: &Settled,
        member: &Member,
        there: &BTreeSet<String>,
    ) -> Result<Option<Finding>, Error> {
        let target = &self.line.target;
        if !service::is_granted(target, &group.link.resource_type, &member.resource_type) {
            return Ok(None);
        }
        let people = target
            .mapping
            .kind(descriptor::Kind::User)
            .unwrap_or(&target.descriptor.user);
        let link = self.line.store.link(&target.link(member.id)).await?;
        let is_there = |link: &Link| {
            let account = link.account.as_ref();
            account.is_none_or(|account| {
                !account.active || there.contains(&account.id) || !dropped::may_join(target.descriptor, people, account)
            })
        };
        match link.filter(|link| !link.is_pending() && !is_there(link)) {
            None => Ok(None),
            Some(link) => self.finding(group, (member.id, &link)).await.map(Some),
        }
    }

    async fn finding(&self, group: &Settled, (member, link): (ResourceId, &Link)) -> Result<Finding, Error> {
        let key = self.line.target.link(member);
        let latest = resource(self.line, &key, &link.resource_type).await?;
        let called = latest.map(|latest| name(&latest.document).to_owned());
        let deviation = Deviation {
            kind: Kind::MemberMissing,
            field: Some(FIELD.to_owned()),
            wanted: called.into(),
            found: serde_json::Value::Null,
        };
        Ok(Finding {
            member: Some(member),
            ..subject(group).finding(deviation)
        })
    }
}
