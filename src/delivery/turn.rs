//! One link's turn: read the latest, plan a step, make its call, settle; until nothing is left to do or something has
//! to be waited for.
use std::collections::BTreeSet;

use adapters::descriptor::{Kind, KindDescriptor};
use adapters::{Account, Error, ErrorKind};
use jiff::Timestamp;
use schemas::Object;
use serde_json::Value;

use crate::delivery::goal::{Goal, goal};
use crate::delivery::grants::Grants;
use crate::delivery::line::Line;
use crate::delivery::meeting::Way;
use crate::delivery::outcome::{self, Answer, Circumstances, Next, Outage, outcome};
use crate::delivery::plan::{self, Facts, Step, plan};
use crate::delivery::{busy, grants};
use crate::mapping::{self, ACTIVE, Fault, Subject, Wanted};
use crate::service::{self, Refusal};
use crate::store::{self, Link, LinkChange, LinkKey, ResourceKey, Scope, Settle, Write};

/// Steps of one turn; a life's worth of calls for one record needs far fewer.
const STEPS_MAX: usize = 32;

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Settled, parked or due later: the link says which.
    Done,
    /// There is more to do: after the others.
    Again,
    /// What it needs is being worked on by another turn.
    Busy,
    /// The target does not work.
    Outage(Outage),
}

/// Takes one link's turn.
///
/// # Errors
/// The store's; the link stays as it was last written.
pub(super) async fn turn(line: &Line, key: LinkKey) -> Result<End, store::Error> {
    let Some(mut work) = Work::load(line, key).await? else {
        return Ok(End::Done);
    };
    let names = busy::names(&key, &work.link, work.wanted_unique());
    let Some(_claim) = line.busy.claim(names) else {
        return Ok(End::Busy);
    };
    for _ in 0..STEPS_MAX {
        if let Some(end) = work.step().await? {
            return Ok(end);
        }
    }
    let change = outcome::retry(
        &work.facts(),
        "the record needs more calls than one turn has",
        &work.circumstances(),
    );
    work.end(vec![change]).await
}

/// A turn in progress.
pub(super) struct Work<'a> {
    pub(super) line: &'a Line,
    pub(super) key: LinkKey,
    pub(super) link: Link,
    pub(super) kind: Kind,
    goal: Goal,
    pub(super) descriptor: &'a KindDescriptor,
    pub(super) external_id: Option<String>,
    pub(super) unknown: BTreeSet<String>,
    refused: BTreeSet<String>,
    lost_create: Option<Timestamp>,
    fails_alone: bool,
    pub(super) grants: Grants,
    /// The link knows more than the store.
    pub(super) unwritten: bool,
}

impl<'a> Work<'a> {
    /// Reads the link and the latest resource; `None` if nothing is to be done.
    async fn load(line: &'a Line, key: LinkKey) -> Result<Option<Self>, store::Error> {
        let Some(mut link) = line.store.link(&key).await?.filter(Link::is_pending) else {
            return Ok(None);
        };
        let kind = mapping::kind(&link.resource_type);
        let Some((kind, descriptor)) = kind.and_then(|kind| Some((kind, line.target.mapping.kind(kind)?))) else {
            settle_without_kind(line, key, &link).await?;
            return Ok(None);
        };
        if link.is_parked() {
            let change = LinkChange::Unpark(line.clock.now());
            line.commit(Vec::new(), vec![Write::Link(key, change.clone())]).await?;
            link = link.apply(change).unwrap_or_default();
        }
        let resource = resource(line, &key, &link.resource_type).await?;
        let external_id = match &resource {
            Some(resource) => resource.get("externalId").and_then(Value::as_str).map(str::to_owned),
            None => link
                .tombstone
                .as_ref()
                .and_then(|tombstone| tombstone.external_id.clone()),
        };
        let wanted = match &resource {
            Some(resource) => wanted(line, (&key, &link.resource_type), resource).await?,
            None => None,
        };
        let (unknown, refused, lost_create) = {
            let memory = line.memory();
            (
                memory.unknown(&key, &link),
                memory.refused(&key),
                memory.lost_create(&key, &link, line.target.read_lag()),
            )
        };
        let goal = goal(kind, wanted, &line.target);
        let (fails_alone, unwritten, grants) = (false, false, Grants::Due);
        Ok(Some(Self {
            line,
            key,
            link,
            kind,
            goal,
            descriptor,
            external_id,
            unknown,
            refused,
            lost_create,
            fails_alone,
            grants,
            unwritten,
        }))
    }

    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            link: &self.link,
            goal: &self.goal,
            kind: self.descriptor,
            switches: self.line.target.config.switches,
            unknown: &self.unknown,
            refused: &self.refused,
            lost_create: self.lost_create,
        }
    }

    pub(super) fn circumstances(&self) -> Circumstances<'_> {
        Circumstances {
            now: self.line.clock.now(),
            settings: &self.line.settings,
            call_deadline: self.line.target.call_deadline(),
            read_lag: self.line.target.read_lag(),
            generation: self.line.target.generation,
            seed: self.key.resource.0.as_u64_pair().1,
            fails_alone: self.fails_alone,
        }
    }

    /// Whether the group's memberships are to be brought about.
    pub(super) fn has_grants(&self) -> bool {
        self.kind == Kind::Group && matches!(self.goal, Goal::Account(_) | Goal::Faulty(_)) && !self.link.removal_sent
    }

    fn wanted_unique(&self) -> Option<&str> {
        match &self.goal {
            Goal::Account(fields) => plan::unique(self.descriptor, fields),
            Goal::Suspended | Goal::Gone | Goal::Untouched | Goal::Faulty(_) => None,
        }
    }

    /// One step; `Some` ends the turn.
    async fn step(&mut self) -> Result<Option<End>, store::Error> {
        if let Some(end) = grants::slice(self).await? {
            return Ok(Some(end));
        }
        let mut step = plan(&self.facts());
        match self.make_way(&step).await? {
            Way::Free => {}
            Way::Through(other) => step = other,
            Way::Taken => return Ok(None),
            Way::Blocked(end) => return Ok(Some(end)),
        }
        if is_writing(&step) && self.is_protected() {
            let reason = "the account is protected: only a person may change or delete it";
            let change = outcome::hold(&self.facts(), reason, &self.circumstances());
            return self.end(vec![change]).await.map(Some);
        }
        match step {
            Step::Settle => self.settle().await.map(Some),
            Step::Refuse(fault) => self.refuse(fault).await.map(Some),
            step => {
                let answer = self.call(&step).await?;
                let next = outcome(&self.facts(), &step, answer, &self.circumstances());
                self.carry_out(step, next).await
            }
        }
    }

    /// Makes the step's call. A writing call waits until what is known is written.
    async fn call(&mut self, step: &Step) -> Result<Result<Answer, Error>, store::Error> {
        if self.unwritten && is_writing(step) {
            let known = self.known();
            self.write(vec![LinkChange::Settle(known)]).await?;
        }
        let (adapter, kind, account) = (&self.line.adapter, self.kind, self.account());
        let answer = match step {
            Step::Create(fields) => adapter.create(kind, fields).await.map(Answer::Created),
            Step::Update(fields) => adapter.update(kind, &account, fields).await.map(Answer::Updated),
            Step::SetActive(active) => adapter.set_active(&account, *active).await.map(Answer::Switched),
            Step::Delete => adapter.delete(kind, &account).await.map(|()| Answer::Done),
            Step::ReadBack => adapter.get(kind, &account).await.map(Answer::Read),
            Step::LookUp { uniques, .. } => self.look_up(uniques).await.map(Answer::Read),
            Step::Settle | Step::Refuse(_) => Ok(Answer::Done),
        };
        self.note(step, &answer);
        Ok(answer)
    }

    async fn look_up(&self, uniques: &BTreeSet<String>) -> Result<Option<Account>, Error> {
        for unique in uniques {
            if let Some(account) = self.line.adapter.find(self.kind, unique).await? {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }

    /// What the answer says of the target, and of which fields the vendor's state is known.
    pub(super) fn note(&mut self, step: &Step, answer: &Result<Answer, Error>) {
        let lost = answer.as_ref().is_err_and(|error| error.kind == ErrorKind::Ambiguous);
        let active = ACTIVE.to_owned();
        let sent: Vec<&String> = match step {
            Step::Update(fields) => fields.keys().collect(),
            Step::SetActive(_) | Step::ReadBack | Step::Delete => vec![&active],
            Step::Settle | Step::LookUp { .. } | Step::Create(_) | Step::Refuse(_) => Vec::new(),
        };
        let mut memory = self.line.memory();
        let mut breaker = self.line.breaker();
        match answer {
            Err(_) if lost => memory.lose(self.key, sent.into_iter()),
            Err(_) => {}
            Ok(Answer::Created(_)) => self.unknown.clear(),
            Ok(_) => {
                sent.iter().for_each(|field| {
                    self.unknown.remove(*field);
                });
                memory.find(self.key, sent.into_iter());
            }
        }
        match answer.as_ref().err().map(|error| &error.kind) {
            Some(ErrorKind::Unavailable | ErrorKind::Ambiguous) => {
                self.fails_alone = memory.fails_alone(self.key, breaker.successes());
                breaker.failed(&self.line.settings, self.key);
            }
            Some(ErrorKind::Unauthorized | ErrorKind::RateLimited) => breaker.idle(),
            Some(ErrorKind::Rejected { .. } | ErrorKind::NotFound | ErrorKind::Exists { .. }) | None => {
                breaker.succeeded()
            }
        }
    }

    /// What the answer to a membership call says of the target.
    pub(super) fn note_member(&self, answer: &Result<(), Error>) {
        let mut breaker = self.line.breaker();
        match answer.as_ref().err().map(|error| &error.kind) {
            Some(ErrorKind::Unavailable | ErrorKind::Ambiguous) => breaker.failed(&self.line.settings, self.key),
            Some(ErrorKind::Unauthorized | ErrorKind::RateLimited) => breaker.idle(),
            Some(ErrorKind::Rejected { .. } | ErrorKind::NotFound | ErrorKind::Exists { .. }) | None => {
                breaker.succeeded()
            }
        }
    }

    async fn carry_out(&mut self, step: Step, next: Next) -> Result<Option<End>, store::Error> {
        match next {
            Next::Progress(settle) => {
                if matches!(step, Step::LookUp { .. }) {
                    self.line.memory().resolve(self.key, &self.link);
                    self.lost_create = None;
                }
                self.progress(settle);
                Ok(None)
            }
            Next::Found(account) => self.found(account, true).await,
            Next::Exists => self.exists(&step).await,
            Next::End(changes) => self.end(changes).await.map(Some),
            Next::Refused(change, refusal) => self.refused(change, refusal).await.map(Some),
            Next::Taken(change, refusal) => self.taken(&step, change, refusal).await.map(Some),
            Next::Outage(outage, changes) => self.out(outage, changes).await.map(Some),
        }
    }

    pub(super) async fn out(&mut self, outage: Outage, changes: Vec<LinkChange>) -> Result<End, store::Error> {
        self.write(changes).await?;
        Ok(End::Outage(outage))
    }

    pub(super) fn progress(&mut self, settle: Settle) {
        self.lost_create = settle.ambiguous_until.filter(|_| settle.account.is_none());
        self.link = std::mem::take(&mut self.link)
            .apply(LinkChange::Settle(settle))
            .unwrap_or_default();
        self.unwritten = true;
    }

    async fn settle(&mut self) -> Result<End, store::Error> {
        let (facts, circumstances) = (self.facts(), self.circumstances());
        let rest = match self.grants.clone() {
            Grants::Due => None,
            Grants::Refused { reason, addition: true } => Some(outcome::park(&facts, None, reason, &circumstances)),
            Grants::Refused {
                reason,
                addition: false,
            } => Some(outcome::retry(&facts, reason, &circumstances)),
            Grants::Waiting => Some(outcome::retry(
                &facts,
                "waits for members' accounts to be deleted",
                &circumstances,
            )),
        };
        match rest {
            Some(change) => self.end(vec![change]).await,
            None => self.all_settled().await,
        }
    }

    async fn all_settled(&mut self) -> Result<End, store::Error> {
        let (seen, removed) = (self.link.marked, self.link.tombstone.is_some());
        let account = self.link.account.clone().filter(|_| !removed);
        let settle = Settle {
            account,
            settled: Some(seen),
            generation: self.line.target.generation,
            ..Settle::default()
        };
        let mut changes = vec![LinkChange::Settle(settle)];
        changes.extend(removed.then_some(LinkChange::Forget(seen)));
        self.write(changes).await?;
        self.line.memory().forget(&self.key);
        self.line.waiters.settled(&self.key, seen);
        Ok(End::Done)
    }

    /// The vendor would refuse the resource as it is mapped.
    async fn refuse(&mut self, fault: Fault) -> Result<End, store::Error> {
        let change = outcome::park(
            &self.facts(),
            Some(fault.field.clone()),
            fault.rule.clone(),
            &self.circumstances(),
        );
        self.refused(
            change,
            Refusal {
                field: Some(fault.field),
                reason: fault.rule,
            },
        )
        .await
    }

    pub(super) async fn refused(&mut self, change: LinkChange, refusal: Refusal) -> Result<End, store::Error> {
        if let Some(field) = refusal.field.clone() {
            self.line.memory().refuse(self.key, field);
        }
        let seen = self.link.marked;
        self.write(vec![change]).await?;
        self.line.waiters.refused(&self.key, seen, refusal);
        Ok(End::Done)
    }

    /// Writes what is known and ends the turn; who waits learns it if nothing will come soon.
    pub(super) async fn end(&mut self, changes: Vec<LinkChange>) -> Result<End, store::Error> {
        let parked = changes.iter().any(|change| matches!(change, LinkChange::Park { .. }));
        self.write(changes).await?;
        if parked {
            self.line.waiters.let_go(&self.key);
        }
        Ok(End::Done)
    }

    /// Writes changes, and before them what is known and not written yet.
    pub(super) async fn write(&mut self, changes: Vec<LinkChange>) -> Result<(), store::Error> {
        let settles = matches!(changes.first(), Some(LinkChange::Settle(_)));
        let known = (self.unwritten && !settles).then(|| LinkChange::Settle(self.known()));
        let writes: Vec<_> = known
            .into_iter()
            .chain(changes)
            .map(|change| Write::Link(self.key, change))
            .collect();
        self.unwritten = false;
        match writes.is_empty() {
            true => Ok(()),
            false => self.line.commit(Vec::new(), writes).await,
        }
    }

    fn known(&self) -> Settle {
        Settle {
            account: self.link.account.clone(),
            settled: None,
            ambiguous_until: self.link.ambiguous_until,
            removal_sent: self.link.removal_sent,
            generation: self.line.target.generation,
        }
    }

    /// Whether the target's settings protect the linked account.
    fn is_protected(&self) -> bool {
        let unique = self.link.account.as_ref().and_then(|account| account.unique.as_deref());
        let protected = &self.line.target.config.protected;
        unique.is_some_and(|unique| protected.iter().any(|listed| listed.eq_ignore_ascii_case(unique)))
    }

    /// The account as last applied, in the adapter's terms.
    fn account(&self) -> Account {
        let applied = self.link.account.clone().unwrap_or_default();
        let (id, mut fields, parts, active) = (applied.id, applied.fields, applied.parts, applied.active);
        // An absent field is one of which the adapter must find out what the vendor has.
        fields.retain(|name, _| !self.unknown.contains(name));
        Account {
            id,
            fields,
            parts,
            active,
            protected: false,
        }
    }
}

fn is_writing(step: &Step) -> bool {
    match step {
        Step::Create(_) | Step::Update(_) | Step::SetActive(_) | Step::Delete => true,
        Step::Settle | Step::LookUp { .. } | Step::ReadBack | Step::Refuse(_) => false,
    }
}

/// The latest document of a link's resource; `None` once it is deleted.
pub(super) async fn resource(line: &Line, key: &LinkKey, resource_type: &str) -> Result<Option<Object>, store::Error> {
    let scope = Scope {
        directory: key.directory,
        resource_type: resource_type.to_owned(),
    };
    let stored = line
        .store
        .resource(&ResourceKey {
            scope,
            id: key.resource,
        })
        .await?;
    let Some(stored) = stored else { return Ok(None) };
    let damaged = |error: serde_json::Error| store::Error::Damaged(format!("resource {}: {error}", key.resource));
    serde_json::from_slice(&stored.body).map(Some).map_err(damaged)
}

/// What the target should have of a resource.
pub(super) async fn wanted(
    line: &Line,
    (key, resource_type): (&LinkKey, &str),
    resource: &Object,
) -> Result<Option<Wanted>, store::Error> {
    let mapping = &line.target.mapping;
    let groups = match mapping.reads_groups() {
        true => service::memberships(&*line.store, key.directory, key.resource).await?,
        false => Vec::new(),
    };
    Ok(mapping.wanted(&Subject {
        resource_type,
        resource,
        groups: &groups,
    }))
}

/// The vendor has nothing of the resource's kind.
async fn settle_without_kind(line: &Line, key: LinkKey, link: &Link) -> Result<(), store::Error> {
    let settle = Settle {
        settled: Some(link.marked),
        generation: line.target.generation,
        ..Settle::default()
    };
    let changes = [LinkChange::Settle(settle), LinkChange::Forget(link.marked)];
    line.commit(
        Vec::new(),
        changes.into_iter().map(|change| Write::Link(key, change)).collect(),
    )
    .await?;
    line.waiters.settled(&key, link.marked);
    Ok(())
}
