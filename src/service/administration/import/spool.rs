//! What a plan is made of, on the disk, so that a vendor with a hundred thousand accounts takes as much memory as one
//! with a hundred: by what people are known, which accounts claim them, and what was found.
use std::collections::BTreeSet;
use std::ops::{Bound, ControlFlow};
use std::path::Path;
use std::sync::Arc;

use tokio::task;
use uuid::Uuid;

use super::compare::Finding;
use super::order::{Choice, Error, List};
use crate::store::{self, ResourceId, Scratch, ScratchKey, ScratchRow};

/// Claims on a person that are looked at: the closest one, and whether another is as close.
const CLAIMS: usize = 2;

/// What is kept, in order of its keys.
pub(super) struct Spool(Scratch);

/// By what people are known, apart from their links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Unique,
    ExternalId,
}

/// Whom a value is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearer {
    Nobody,
    One(ResourceId),
    Several,
}

/// By what an account is a person's, the closest tie first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tie {
    Link,
    Unique,
    ExternalId,
}

/// An account that is a person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) tie: Tie,
    pub(super) account: String,
}

/// One thing to keep.
#[derive(Debug)]
pub(super) struct Row(ScratchKey, Vec<u8>);

/// Which findings are looked at.
#[derive(Debug, Clone)]
pub(super) enum Pick {
    All,
    In(List),
    Chosen(Arc<Choice>),
}

/// What a choice comes to.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) chosen: u64,
    /// An account that is named, and of which nothing was found.
    pub(super) unknown: Option<String>,
}

/// Some findings, in order.
#[derive(Default)]
pub(super) struct Leaf {
    pub(super) findings: Vec<Finding>,
    /// After which the next ones come; `None`: there are none.
    pub(super) last: Option<ScratchKey>,
}

impl Spool {
    /// An empty one, in a file of this folder.
    ///
    /// # Errors
    /// The folder takes no file.
    pub(super) async fn new(folder: &Path) -> Result<Arc<Self>, Error> {
        let folder = folder.to_owned();
        blocking(move || Ok(Arc::new(Self(Scratch::new(&folder)?)))).await
    }

    /// Keeps rows; one takes the place of an earlier one of its key.
    ///
    /// # Errors
    /// The disk is full, or fails.
    pub(super) async fn keep(self: &Arc<Self>, rows: Vec<Row>) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let spool = Arc::clone(self);
        let rows: Vec<_> = rows.into_iter().map(|Row(key, value)| (key, value)).collect();
        blocking(move || spool.0.put(&rows)).await
    }

    /// The person who is known by this value.
    ///
    /// # Errors
    /// The disk fails.
    pub(super) fn bearer(&self, label: Label, value: &str) -> Result<Bearer, Error> {
        let mut ids = self.under(label.sheet(), value, 2)?.into_iter();
        let one = ids.next().and_then(|id| Uuid::parse_str(&id).ok());
        Ok(match (one, ids.next()) {
            (None, _) => Bearer::Nobody,
            (Some(id), None) => Bearer::One(ResourceId(id)),
            (Some(_), Some(_)) => Bearer::Several,
        })
    }

    /// The accounts that are this person's, the closest first; no more than two.
    ///
    /// # Errors
    /// The disk fails.
    pub(super) fn claims(&self, person: ResourceId) -> Result<Vec<Claim>, Error> {
        let claims = self.under(CLAIMED, &person.to_string(), CLAIMS)?;
        Ok(claims.iter().filter_map(|claim| Claim::parse(claim)).collect())
    }

    /// The second parts of the names of some rows, in order.
    fn under(&self, sheet: u8, name: &str, most: usize) -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        let visit = |row: ScratchRow<'_>| {
            if (row.sheet, row.name) != (sheet, name) {
                return ControlFlow::Break(());
            }
            found.push(row.id.to_owned());
            going_on(found.len() < most)
        };
        let from = key(sheet, name, "");
        self.0.walk(Bound::Included(&from), visit)?;
        Ok(found)
    }

    /// So many findings at most after this one.
    ///
    /// # Errors
    /// The disk fails.
    pub(super) async fn leaf(
        self: &Arc<Self>,
        after: Option<ScratchKey>,
        pick: Pick,
        most: usize,
    ) -> Result<Leaf, Error> {
        let spool = Arc::clone(self);
        blocking(move || spool.read(after, &pick, most)).await
    }

    fn read(&self, after: Option<ScratchKey>, pick: &Pick, most: usize) -> Result<Leaf, store::Error> {
        let mut leaf = Leaf::default();
        let mut failed = None;
        let visit = |row: ScratchRow<'_>| {
            let Some((lists, bytes)) = row.value.split_first().filter(|(lists, _)| pick.takes(row.id, **lists)) else {
                return ControlFlow::Continue(());
            };
            debug_assert!(*lists != 0, "a finding is in a list");
            match serde_json::from_slice(bytes) {
                Ok(finding) => leaf.findings.push(finding),
                Err(error) => failed = Some(error),
            }
            leaf.last = Some(key(row.sheet, row.name, row.id));
            going_on(failed.is_none() && leaf.findings.len() < most)
        };
        self.0.walk(found_after(after.as_ref()).as_ref(), visit)?;
        failed.map_or(Ok(leaf), |error| Err(store::Error::Unexpected(Box::new(error))))
    }

    /// What is chosen.
    ///
    /// # Errors
    /// The disk fails.
    pub(super) async fn count(self: &Arc<Self>, choice: Arc<Choice>) -> Result<Counted, Error> {
        let spool = Arc::clone(self);
        blocking(move || spool.tally(choice)).await
    }

    fn tally(&self, choice: Arc<Choice>) -> Result<Counted, store::Error> {
        let mut unseen: BTreeSet<_> = choice.accounts.iter().cloned().collect();
        let pick = Pick::Chosen(choice);
        let mut chosen = 0;
        let visit = |row: ScratchRow<'_>| {
            unseen.remove(row.id);
            let lists = row.value.first().copied().unwrap_or_default();
            chosen += u64::from(pick.takes(row.id, lists));
            ControlFlow::Continue(())
        };
        self.0.walk(found_after(None).as_ref(), visit)?;
        let unknown = unseen.pop_first();
        Ok(Counted { chosen, unknown })
    }
}

impl Row {
    /// A person is known by this value.
    pub(super) fn person(label: Label, value: &str, person: ResourceId) -> Self {
        Self(key(label.sheet(), value, &person.to_string()), Vec::new())
    }

    /// An account is this person's.
    pub(super) fn claim(person: ResourceId, claim: &Claim) -> Self {
        let tie = match claim.tie {
            Tie::Link => 0,
            Tie::Unique => 1,
            Tie::ExternalId => 2,
        };
        let id = format!("{tie}{}", claim.account);
        Self(key(CLAIMED, &person.to_string(), &id), Vec::new())
    }

    /// What was found of an account, which stands in order by this name.
    pub(super) fn finding(name: &str, finding: &Finding) -> Self {
        let lists = finding.lists.iter().fold(0, |lists, list| lists | bit(*list));
        let mut value = vec![lists];
        value.extend(serde_json::to_vec(finding).expect("its keys are strings"));
        Self(key(FOUND, name, &finding.account.id), value)
    }
}

impl Claim {
    fn parse(text: &str) -> Option<Self> {
        let tie = match text.get(..1)? {
            "0" => Tie::Link,
            "1" => Tie::Unique,
            _ => Tie::ExternalId,
        };
        Some(Self {
            tie,
            account: text.get(1..)?.to_owned(),
        })
    }
}

impl Pick {
    fn takes(&self, account: &str, lists: u8) -> bool {
        match self {
            Self::All => true,
            Self::In(list) => lists & bit(*list) != 0,
            Self::Chosen(choice) => {
                let mut chosen = choice.lists.iter();
                choice.accounts.contains(account) || chosen.any(|list| lists & bit(*list) != 0)
            }
        }
    }
}

impl Label {
    fn sheet(self) -> u8 {
        match self {
            Self::Unique => 0,
            Self::ExternalId => 1,
        }
    }
}

const CLAIMED: u8 = 2;

/// The last one.
const FOUND: u8 = 3;

fn key(sheet: u8, name: &str, id: &str) -> ScratchKey {
    ScratchKey {
        sheet,
        name: name.to_owned(),
        id: id.to_owned(),
    }
}

fn found_after(last: Option<&ScratchKey>) -> Bound<ScratchKey> {
    last.map_or_else(
        || Bound::Included(key(FOUND, "", "")),
        |last| Bound::Excluded(last.clone()),
    )
}

fn going_on(on: bool) -> ControlFlow<()> {
    match on {
        true => ControlFlow::Continue(()),
        false => ControlFlow::Break(()),
    }
}

fn bit(list: List) -> u8 {
    match list {
        List::New => 1,
        List::Update => 2,
        List::Activate => 4,
        List::Deactivate => 8,
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, store::Error> + Send + 'static,
) -> Result<T, Error> {
    let done = task::spawn_blocking(work).await;
    let done = done.unwrap_or_else(|panicked| Err(store::Error::Unexpected(Box::new(panicked))));
    done.map_err(Error::Spool)
}
