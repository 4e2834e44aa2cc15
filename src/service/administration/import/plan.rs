//! A plan: the whole listing read, each account matched, the findings spooled.
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use adapters::descriptor::Kind;
use adapters::{Account, Page};
use aws_lc_rs::digest::{Context, SHA256};
use serde_json::Value;
use tokio::sync::mpsc;

use super::compare::{Finding, Terms};
use super::order::{Error, List, Preview, Source, Told};
use super::roster::{Bearer, Person, Reading, Roster, USER};
use super::spool::{Place, Spool};
use crate::service::administration;
use crate::service::listing::{self, Listing, Pages};
use crate::service::{Deliveries, Unread};
use crate::store::{AccountRef, Link, LinkKey, LinkQuery, ResourceId, ResourceKey};

/// Findings read back at once.
pub(super) const CHUNK: usize = 200;

/// Links looked at at once.
const LINKS: usize = 500;

/// Bytes of a digest that name a plan: two plans of the same name cannot be found.
const NAME_BYTES: usize = 16;

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
    roster: Roster,
    spool: Spool,
    /// People with an account in the listing.
    met: BTreeSet<ResourceId>,
    pages: u64,
    accounts: u64,
    listed: u64,
}

impl Planner<'_> {
    /// Reads everything. Nothing is changed.
    ///
    /// # Errors
    /// See [`Error`].
    pub(super) async fn plan(&self, folder: &Path) -> Result<Plan, administration::Error> {
        let mut draft = Draft {
            roster: Roster::read(self.reading).await?,
            spool: Spool::new(folder).await.map_err(Error::from)?,
            met: BTreeSet::new(),
            pages: 0,
            accounts: 0,
            listed: 0,
        };
        let (mut after, mut pages) = (None, Pages::default());
        loop {
            let page = self.page(after).await?;
            after = pages.next(page.next).map_err(|unread| self.unread(unread))?;
            draft = self.add(draft, page.accounts).await?;
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

    async fn add(&self, mut draft: Draft, accounts: Vec<Account>) -> Result<Draft, administration::Error> {
        draft.pages += 1;
        draft.accounts += accounts.len() as u64;
        let mut findings = Vec::new();
        for account in accounts {
            let key = self.key(&account);
            let finding = self.find(&mut draft, account).await?;
            findings.extend(
                finding
                    .filter(|finding| !finding.lists.is_empty())
                    .map(|finding| (key, finding)),
            );
        }
        draft.listed += findings.len() as u64;
        draft.spool = draft.spool.add(findings).await.map_err(Error::from)?;
        let read = Told::Read {
            pages: draft.pages,
            accounts: draft.accounts,
        };
        self.told.send(read).await.map_err(|_| Error::Unheard)?;
        Ok(draft)
    }

    /// By what an account stands in order: a listing may have one twice, and its order is the vendor's.
    fn key(&self, account: &Account) -> String {
        let unique = self.reading.kind().unique_key(&account.fields);
        unique.unwrap_or_else(|| format!(" {}", account.id))
    }

    /// An account's finding; `None` if there is nothing to be said of it.
    async fn find(&self, draft: &mut Draft, account: Account) -> Result<Option<Finding>, administration::Error> {
        let terms = self.terms();
        let linked = self.linked(&account).await?;
        if let Some((_, link)) = &linked
            && link.tombstone.is_some()
        {
            // The person is deleted, and the account about to follow.
            return Ok(None);
        }
        let bearer = match linked {
            Some((key, _)) => Bearer::One(key.resource),
            None => self.bearer(&draft.roster, &account),
        };
        let found = match bearer {
            Bearer::Nobody => None,
            Bearer::Several => {
                return Ok(Some(
                    terms.undecided(account, "several people of the directory have its unique value"),
                ));
            }
            Bearer::One(id) => self.person(id).await?,
        };
        let Some((person, link)) = found else {
            return Ok(Some(terms.new_person(account)));
        };
        if self.is_elsewhere(&account, link.as_ref()) {
            return Ok(Some(
                terms.undecided(account, "the person is linked to another account"),
            ));
        }
        let again = !draft.met.insert(person.stored.key.id);
        let unique = |fields| self.reading.kind().unique_key(fields);
        if again && unique(&account.fields) != unique(&person.wanted.fields) {
            return Ok(Some(
                terms.undecided(account, "another account is this person's as well"),
            ));
        }
        Ok(Some(terms.met(account, &person, link.as_ref())))
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

    fn bearer(&self, roster: &Roster, account: &Account) -> Bearer {
        let unique = self.reading.kind().unique_key(&account.fields);
        let by_unique = unique.map_or(Bearer::Nobody, |unique| roster.by_unique(&unique));
        let external = self.reading.external_field();
        let external = external
            .and_then(|field| account.fields.get(field))
            .and_then(Value::as_str);
        match (by_unique, external) {
            (Bearer::Nobody, Some(external)) => roster.by_external_id(external),
            (found, _) => found,
        }
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
    async fn add_gone(&self, mut draft: Draft) -> Result<Plan, administration::Error> {
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
            let mut findings = Vec::new();
            for key in keys {
                let gone = self.gone(&draft, key).await?;
                findings.extend(gone.map(|finding| (format!(" {}", key.resource), finding)));
            }
            draft.spool = draft.spool.add(findings).await.map_err(Error::from)?;
        }
        self.close(draft).await
    }

    async fn gone(&self, draft: &Draft, key: LinkKey) -> Result<Option<Finding>, administration::Error> {
        if draft.met.contains(&key.resource) {
            return Ok(None);
        }
        let found = self.person(key.resource).await?;
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
        let spool = Arc::new(draft.spool);
        let mut digest = Context::new(&SHA256);
        let target = self.reading.target;
        let head = (target.id, target.generation, self.source);
        digest.update(&serde_json::to_vec(&head).unwrap_or_default());
        let mut lists: BTreeMap<List, u64> = List::ALL.map(|list| (list, 0)).into();
        for places in spool.places().chunks(CHUNK) {
            for finding in read(&spool, places).await? {
                for line in finding.lines() {
                    *lists.entry(line.list).or_default() += 1;
                    digest.update(&serde_json::to_vec(&line).unwrap_or_default());
                }
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
        Ok(Plan { spool, preview })
    }
}

/// Findings of these places.
///
/// # Errors
/// [`Error::Spool`].
pub(super) async fn read(spool: &Arc<Spool>, places: &[Place]) -> Result<Vec<Finding>, Error> {
    Ok(spool.read(places).await?)
}
