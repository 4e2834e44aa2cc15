//! The whole listing of a vendor, account by account beside the links.
use std::collections::BTreeSet;
use std::sync::Arc;

use adapters::Account;
use adapters::descriptor::Kind;
use schemas::Object;
use serde_json::Value;

use super::compare::compare;
use super::findings::{Finding, Findings, Subject};
use crate::delivery::desired::{resource, wanted};
use crate::delivery::line::Line;
use crate::delivery::sender::Sender;
use crate::service::Unread;
use crate::service::drift::Error;
use crate::service::listing::{Listing, Pages, has_shrunk};
use crate::store::{self, AccountRef, Link, LinkKey, LinkQuery, ResourceId};

/// Links looked at at once.
const LINKS: usize = 500;

/// What is compared, in this order: a member's account comes before its groups.
const TYPES: [(&str, Kind); 2] = [("User", Kind::User), ("Group", Kind::Group)];

/// A comparison in the making. It changes nothing.
pub(super) struct Reading<'a> {
    pub(super) sender: &'a Sender,
    pub(super) line: &'a Arc<Line>,
    pub(super) findings: Findings,
    /// So few linked accounts are right, a person says.
    pub(super) expected: Option<u64>,
}

/// Accounts of one kind.
#[derive(Debug, Clone, Copy)]
struct Family {
    resource_type: &'static str,
    kind: Kind,
}

/// Resources whose accounts were not met in the listing yet.
struct Unmet {
    missing: BTreeSet<ResourceId>,
    /// Another account has the unique value: it may be the same one under another id, as after an invitation, or one
    /// made by hand in its place.
    elsewhere: BTreeSet<ResourceId>,
}

/// A link with an account that can be compared now.
pub(super) struct Settled {
    pub(super) key: LinkKey,
    pub(super) link: Link,
    pub(super) document: Object,
}

impl From<Unread> for Error {
    fn from(unread: Unread) -> Self {
        Self::Unread(unread.0)
    }
}

impl Reading<'_> {
    /// Reads all; no more of a listing that has shrunk, see [`Findings::shrunk`].
    ///
    /// # Errors
    /// A reading failed, or the listing may be cut off.
    pub(super) async fn read(mut self) -> Result<Findings, Error> {
        for (resource_type, kind) in TYPES {
            if self.findings.shrunk.is_none() && self.line.target.mapping.kind(kind).is_some() {
                self.read_all(Family { resource_type, kind }).await?;
            }
        }
        Ok(self.findings)
    }

    async fn read_all(&mut self, family: Family) -> Result<(), Error> {
        let mut unmet = Unmet {
            missing: self.linked(family).await?,
            elsewhere: BTreeSet::new(),
        };
        let linked = unmet.missing.len() as u64;
        if linked == 0 {
            return Ok(());
        }
        let (mut after, mut pages, mut listed) = (None, Pages::default(), 0);
        loop {
            let page = self.sender.accounts(family.kind, after).await?;
            after = pages.next(page.next)?;
            listed += page.accounts.len() as u64;
            for account in &page.accounts {
                self.meet(family, account, &mut unmet).await?;
            }
            if after.is_none() {
                break;
            }
        }
        self.check_bound(listed)?;
        let missing = self.standing(&unmet.missing).await?;
        let listing = Listing {
            accounts: linked.saturating_sub(missing),
            expected: self.expected,
        };
        if has_shrunk(linked, listing) {
            self.findings.shrunk = Some(Error::Shrunk { missing, linked });
            return Ok(());
        }
        for id in unmet.missing.into_iter().chain(unmet.elsewhere) {
            self.look_up(family, self.line.target.link(id)).await?;
        }
        Ok(())
    }

    /// The resources with an account there.
    async fn linked(&self, family: Family) -> Result<BTreeSet<ResourceId>, Error> {
        let (mut linked, mut after) = (BTreeSet::new(), None);
        loop {
            let target = self.line.target.id;
            let keys = self.line.store.link_keys(target, LinkQuery::All(after), LINKS).await?;
            for key in &keys {
                let link = self.link(key).await?;
                let counts = |link: &Link| link.resource_type == family.resource_type && link.account.is_some();
                linked.extend(link.filter(counts).map(|_| key.resource));
            }
            after = keys.last().map(|key| key.resource);
            if keys.len() < LINKS {
                return Ok(linked);
            }
        }
    }

    /// A listing that was cut off proves nothing.
    fn check_bound(&self, listed: u64) -> Result<(), Error> {
        match self.line.target.descriptor.listed_max {
            Some(max) if listed >= max => Err(Error::Cut(max)),
            Some(_) | None => Ok(()),
        }
    }

    /// How many of these accounts should be there: not those that we are taking away ourselves, or did meanwhile.
    async fn standing(&self, missing: &BTreeSet<ResourceId>) -> Result<u64, Error> {
        let mut standing = 0;
        for id in missing {
            let key = self.line.target.link(*id);
            let link = self.link(&key).await?;
            let is_there = |link: &Link| link.account.is_some() && !link.is_pending();
            standing += u64::from(link.is_some_and(|link| is_there(&link)) && !self.line.wrote_lately(&key));
        }
        Ok(standing)
    }

    /// An account of the listing; one that is linked to nobody is nobody's here, and one may be listed twice.
    async fn meet(&mut self, family: Family, account: &Account, unmet: &mut Unmet) -> Result<(), Error> {
        let owner = self.owner(family, AccountRef::Id(&account.id)).await?;
        if let Some(key) = owner {
            let is_first = unmet.missing.remove(&key.resource) || unmet.elsewhere.remove(&key.resource);
            return match self.settled(key).await?.filter(|_| is_first) {
                Some(settled) => self.judge(&settled, Some(account)).await,
                None => Ok(()),
            };
        }
        let kind = self.line.target.mapping.kind(family.kind);
        let Some(unique) = kind.and_then(|kind| kind.unique_key(&account.fields)) else {
            return Ok(());
        };
        let owner = self.owner(family, AccountRef::Unique(&unique)).await?;
        if let Some(key) = owner.filter(|key| unmet.missing.remove(&key.resource)) {
            unmet.elsewhere.insert(key.resource);
        }
        Ok(())
    }

    async fn owner(&self, family: Family, account: AccountRef<'_>) -> Result<Option<LinkKey>, Error> {
        let (store, target) = (&self.line.store, self.line.target.id);
        Ok(store.link_by_account(target, family.resource_type, account).await?)
    }

    /// An account that the listing lacks: it may have been passed over while others came and went, or have another id.
    async fn look_up(&mut self, family: Family, key: LinkKey) -> Result<(), Error> {
        let Some(settled) = self.settled(key).await? else {
            return Ok(());
        };
        let applied = settled.link.account.clone().unwrap_or_default();
        let sought = Account {
            id: applied.id,
            fields: applied.fields,
            parts: applied.parts,
            active: applied.active,
            ..Account::default()
        };
        let found = self.sender.account(family.kind, sought).await?;
        self.judge(&settled, found.as_ref()).await
    }

    /// The link, if nothing of it is on its way; else it is counted.
    pub(super) async fn settled(&mut self, key: LinkKey) -> Result<Option<Settled>, Error> {
        let Some(link) = self.link(&key).await? else {
            return Ok(None);
        };
        if link.is_pending() || self.line.wrote_lately(&key) {
            self.findings.unsettled += 1;
            return Ok(None);
        }
        let latest = match resource(self.line, &key, &link.resource_type).await {
            Err(store::Error::Damaged(_)) => {
                self.findings.unsettled += 1;
                return Ok(None);
            }
            latest => latest?,
        };
        let latest = latest.filter(|latest| latest.seen);
        Ok(latest.map(|latest| Settled {
            key,
            link,
            document: latest.document,
        }))
    }

    /// A damaged record is told elsewhere, and keeps no other from being compared.
    async fn link(&self, key: &LinkKey) -> Result<Option<Link>, Error> {
        match self.line.store.link(key).await {
            Ok(link) => Ok(link),
            Err(store::Error::Damaged(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn judge(&mut self, settled: &Settled, account: Option<&Account>) -> Result<(), Error> {
        let Settled { key, link, document } = settled;
        let wanted = match wanted(self.line, (key, &link.resource_type), document).await {
            Err(store::Error::Damaged(_)) => {
                self.findings.unsettled += 1;
                return Ok(());
            }
            wanted => wanted?,
        };
        let Some(wanted) = wanted else { return Ok(()) };
        self.findings.compared += 1;
        let subject = subject(settled);
        for deviation in compare(&self.line.target, link, &wanted, account) {
            self.findings.add(Finding {
                protected: account.is_some_and(|account| account.protected),
                ..subject.finding(deviation)
            });
        }
        match account {
            Some(account) if wanted.kind == Kind::Group => self.compare_members(settled, &account.id).await,
            Some(_) | None => Ok(()),
        }
    }
}

pub(super) fn subject(settled: &Settled) -> Subject {
    let link = &settled.link;
    Subject {
        key: settled.key,
        revision: link.revision,
        resource_type: link.resource_type.clone(),
        account: link
            .account
            .as_ref()
            .map(|account| account.id.clone())
            .unwrap_or_default(),
        name: name(&settled.document).to_owned(),
    }
}

/// What people call a resource.
pub(super) fn name(document: &Object) -> &str {
    let names = ["userName", "displayName"].into_iter();
    let mut names = names.filter_map(|name| document.get(name).and_then(Value::as_str));
    names.next().unwrap_or_default()
}
