//! A plan: the whole listing read, each account matched, the findings spooled.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use adapters::descriptor::Kind;
use adapters::{Account, Page};
use aws_lc_rs::digest::{Context, SHA256};
use serde_json::Value;
use tokio::sync::mpsc;

use super::compare::{Finding, Terms};
use super::order::{Error, List, Preview, Source, Told};
use super::roster::{Person, Reading, USER};
use super::spool::{Bearer, Claim, Label, Pick, Row, Spool, Tie};
use crate::service::administration;
use crate::service::listing::{self, Listing, Pages};
use crate::service::{Deliveries, Unread};
use crate::store::{self, AccountRef, Link, LinkKey, LinkQuery, ResourceId, ResourceKey};

/// Findings read back at once.
pub(super) const CHUNK: usize = 200;

/// Links looked at at once.
const LINKS: usize = 500;

/// Bytes of a digest that name a plan: two plans of the same name cannot be found.
const NAME_BYTES: usize = 16;

const DAMAGED: &str = "a record of the person is damaged: see `usherd store check`";

const ELSEWHERE: &str = "the person is linked to another account";

/// What a plan is made from.
#[derive(Clone, Copy)]
pub(super) struct Planner<'a> {
    pub(super) reading: Reading<'a>,
    pub(super) deliveries: &'a dyn Deliveries,
    pub(super) source: Source,
    /// So few accounts are right.
    pub(super) expect: Option<u64>,
    pub(super) told: &'a mpsc::Sender<Told>,
}

/// What was found.
pub(super) struct Plan {
    pub(super) spool: Arc<Spool>,
    pub(super) preview: Preview,
}

/// A plan in the making.
struct Draft {
    spool: Arc<Spool>,
    pages: u64,
    accounts: u64,
    listed: u64,
}

/// What is to be kept of an account.
#[derive(Default)]
struct Met {
    claim: Option<Row>,
    /// `None` if there is nothing to be said of it.
    finding: Option<Finding>,
}

impl Planner<'_> {
    /// Reads everything. Nothing is changed.
    ///
    /// # Errors
    /// See [`Error`].
    pub(super) async fn plan(&self, folder: &Path) -> Result<Plan, administration::Error> {
        let mut draft = Draft {
            spool: Spool::new(folder).await?,
            pages: 0,
            accounts: 0,
            listed: 0,
        };
        self.reading.enrol(&draft.spool).await?;
        let (mut after, mut pages) = (None, Pages::default());
        loop {
            let page = self.page(after).await?;
            after = pages.next(page.next).map_err(|unread| self.unread(unread))?;
            self.add(&mut draft, page.accounts).await?;
            if after.is_none() {
                break;
            }
        }
        self.check_bound(&draft)?;
        let listing = Listing {
            accounts: draft.accounts,
            expected: self.expect,
        };
        let checked = listing::check(self.reading.store, self.reading.target, listing).await?;
        checked.map_err(Error::Shrunk)?;
        self.add_gone(draft).await
    }

    async fn page(&self, after: Option<String>) -> Result<Page, Error> {
        let target = self.reading.target;
        let page = self.deliveries.accounts(target.id, Kind::User, after).await;
        page.map_err(|unread| self.unread(unread))
    }

    fn unread(&self, unread: Unread) -> Error {
        Error::Unread {
            target: self.reading.target.config.name.clone(),
            reason: unread.0,
        }
    }

    /// A vendor that lists so many accounts and no more tells nobody whether there are others.
    fn check_bound(&self, draft: &Draft) -> Result<(), Error> {
        let descriptor = self.reading.target.descriptor;
        match descriptor.listed_max {
            Some(max) if draft.accounts >= max => Err(Error::TooMany {
                title: descriptor.title.clone(),
                max,
            }),
            Some(_) | None => Ok(()),
        }
    }

    async fn add(&self, draft: &mut Draft, accounts: Vec<Account>) -> Result<(), administration::Error> {
        draft.pages += 1;
        draft.accounts += accounts.len() as u64;
        let mut rows = Vec::new();
        for account in accounts {
            let met = match self.meet(&draft.spool, account.clone()).await {
                Err(administration::Error::Store(store::Error::Damaged(_))) => {
                    Met::unclaimed(self.terms().undecided(account, DAMAGED))
                }
                met => met?,
            };
            let finding = met.finding.filter(|finding| !finding.lists.is_empty());
            draft.listed += u64::from(finding.is_some());
            rows.extend(met.claim);
            rows.extend(finding.map(|finding| self.row(&finding)));
        }
        draft.spool.keep(rows).await?;
        let read = Told::Read {
            pages: draft.pages,
            accounts: draft.accounts,
        };
        Ok(self.told.send(read).await.map_err(|_| Error::Unheard)?)
    }

    /// A finding by what it stands in order: the account's name, and its id if several have that name. A listing may
    /// have one twice, and its order is the vendor's.
    fn row(&self, finding: &Finding) -> Row {
        let name = self.reading.kind().unique_key(&finding.account.fields);
        Row::finding(&name.unwrap_or_default(), finding)
    }

    async fn meet(&self, spool: &Spool, account: Account) -> Result<Met, administration::Error> {
        let terms = self.terms();
        let linked = self.linked(&account).await?;
        if let Some((_, link)) = &linked
            && link.tombstone.is_some()
        {
            // The person is deleted, and the account about to follow.
            return Ok(Met::default());
        }
        let (bearer, tie) = match linked {
            Some((key, _)) => (Bearer::One(key.resource), Tie::Link),
            None => self.bearer(spool, &account)?,
        };
        let found = match bearer {
            Bearer::Nobody => None,
            Bearer::Several => return Ok(Met::unclaimed(terms.undecided(account, several(tie)))),
            Bearer::One(id) => self.person(id).await?,
        };
        let Some((person, link)) = found else {
            return Ok(Met::unclaimed(terms.new_person(account)));
        };
        if self.is_elsewhere(&account, link.as_ref()) {
            return Ok(Met::unclaimed(terms.undecided(account, ELSEWHERE)));
        }
        let claim = Claim {
            tie,
            account: account.id.clone(),
        };
        Ok(Met {
            claim: Some(Row::claim(person.stored.key.id, &claim)),
            finding: Some(terms.met(account, &person, link.as_ref())),
        })
    }

    /// Whether the person has another account than this one: moved to this one, nobody would shut the other when they
    /// leave. An account of the same unique value is the same one under another id, as after an invitation.
    fn is_elsewhere(&self, account: &Account, link: Option<&Link>) -> bool {
        let applied = link.and_then(|link| link.account.as_ref());
        let unique = self.reading.kind().unique_key(&account.fields);
        applied.is_some_and(|applied| applied.id != account.id && applied.unique != unique)
    }

    async fn linked(&self, account: &Account) -> Result<Option<(LinkKey, Link)>, administration::Error> {
        let (store, target) = (self.reading.store, self.reading.target.id);
        let found = store.link_by_account(target, USER, AccountRef::Id(&account.id)).await?;
        let Some(key) = found else { return Ok(None) };
        Ok(store.link(&key).await?.map(|link| (key, link)))
    }

    fn bearer(&self, spool: &Spool, account: &Account) -> Result<(Bearer, Tie), Error> {
        let unique = self.reading.kind().unique_key(&account.fields);
        let by_unique = match unique {
            Some(unique) => spool.bearer(Label::Unique, &unique)?,
            None => Bearer::Nobody,
        };
        let external = self.reading.external_field();
        let external = external
            .and_then(|field| account.fields.get(field))
            .and_then(Value::as_str);
        Ok(match (by_unique, external) {
            (Bearer::Nobody, Some(external)) => (spool.bearer(Label::ExternalId, external)?, Tie::ExternalId),
            (found, _) => (found, Tie::Unique),
        })
    }

    async fn person(&self, id: ResourceId) -> Result<Option<(Person, Option<Link>)>, administration::Error> {
        let (store, scope) = (self.reading.store, self.reading.scope());
        let Some(stored) = store.resource(&ResourceKey { scope, id }).await? else {
            return Ok(None);
        };
        let link = store.link(&self.link_key(id)).await?;
        Ok(Some((self.reading.person(stored).await?, link)))
    }

    fn link_key(&self, resource: ResourceId) -> LinkKey {
        LinkKey {
            directory: self.reading.target.directory,
            target: self.reading.target.id,
            resource,
        }
    }

    /// Adds the people whose accounts are not in the listing, and closes the plan.
    async fn add_gone(&self, draft: Draft) -> Result<Plan, administration::Error> {
        let mut after = None;
        loop {
            let query = LinkQuery::All(after);
            let keys = self
                .reading
                .store
                .link_keys(self.reading.target.id, query, LINKS)
                .await?;
            let Some(last) = keys.last() else { break };
            after = Some(last.resource);
            let mut rows = Vec::new();
            for key in keys {
                let gone = self.gone(&draft.spool, key).await?;
                rows.extend(gone.map(|finding| self.row(&finding)));
            }
            draft.spool.keep(rows).await?;
        }
        self.close(draft).await
    }

    async fn gone(&self, spool: &Spool, key: LinkKey) -> Result<Option<Finding>, administration::Error> {
        if !spool.claims(key.resource)?.is_empty() {
            return Ok(None);
        }
        let found = match self.person(key.resource).await {
            // Of whom nothing can be read nothing can be said.
            Err(administration::Error::Store(store::Error::Damaged(_))) => None,
            found => found?,
        };
        Ok(found.and_then(|(person, link)| self.terms().gone(&person, &link?)))
    }

    fn terms(&self) -> Terms<'_> {
        Terms {
            target: self.reading.target,
            resource_type: self.reading.resource_type,
            source: self.source,
        }
    }

    /// Names the plan by all that it shows.
    async fn close(&self, draft: Draft) -> Result<Plan, administration::Error> {
        let mut digest = Context::new(&SHA256);
        let target = self.reading.target;
        let head = (target.id, target.generation, self.source);
        digest.update(&serde_json::to_vec(&head).unwrap_or_default());
        let mut lists: BTreeMap<List, u64> = List::ALL.map(|list| (list, 0)).into();
        let mut after = None;
        loop {
            let leaf = draft.spool.leaf(after, Pick::All, CHUNK).await?;
            let findings = self.uncontested(&draft.spool, leaf.findings).await?;
            for line in findings.iter().flat_map(Finding::lines) {
                *lists.entry(line.list).or_default() += 1;
                digest.update(&serde_json::to_vec(&line).unwrap_or_default());
            }
            after = leaf.last;
            if after.is_none() {
                break;
            }
        }
        let name = digest.finish();
        let name = name.as_ref().iter().take(NAME_BYTES);
        let preview = Preview {
            plan: name.map(|byte| format!("{byte:02x}")).collect(),
            accounts: draft.accounts,
            in_step: draft.accounts.saturating_sub(draft.listed),
            lists,
        };
        Ok(Plan {
            spool: draft.spool,
            preview,
        })
    }

    /// The findings, now that all accounts are known: of several accounts of one person the closest is theirs.
    async fn uncontested(&self, spool: &Arc<Spool>, mut findings: Vec<Finding>) -> Result<Vec<Finding>, Error> {
        let mut rows = Vec::new();
        for finding in findings.iter_mut().filter(|finding| !finding.gone) {
            let Some(known) = &finding.known else { continue };
            if let Some(reason) = contested(&finding.account.id, &spool.claims(known.id)?) {
                *finding = self.terms().undecided(finding.account.clone(), reason);
                rows.push(self.row(finding));
            }
        }
        spool.keep(rows).await?;
        Ok(findings)
    }
}

impl Met {
    fn unclaimed(finding: Finding) -> Self {
        Self {
            claim: None,
            finding: Some(finding),
        }
    }
}

fn several(tie: Tie) -> &'static str {
    match tie {
        Tie::Link | Tie::Unique => "several people of the directory have its unique value",
        Tie::ExternalId => "several people of the directory have its external id",
    }
}

/// Why an account is not its person's, who has these claims on them, the closest first.
fn contested(account: &str, claims: &[Claim]) -> Option<&'static str> {
    let (first, second) = (claims.first()?, claims.get(1));
    match (first.account == account, second) {
        (true, Some(second)) if second.tie == first.tie => Some("another account is this person's as well"),
        (true, _) => None,
        (false, _) if first.tie == Tie::Link => Some(ELSEWHERE),
        (false, _) => Some("another account is this person's as well"),
    }
}
