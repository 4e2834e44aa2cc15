//! A turn in progress: what it knows of one link, and how that is written.
use std::collections::{BTreeMap, BTreeSet};

use adapters::descriptor::{Kind, KindDescriptor};

use crate::delivery::desired::{resource, wanted};
use crate::delivery::goal::{Goal, Withheld, goal, withheld};
use crate::delivery::grants::Grants;
use crate::delivery::line::Line;
use crate::delivery::outcome::Circumstances;
use crate::delivery::places::Place;
use crate::delivery::plan::{self, Facts, Refused};
use crate::delivery::turn::End;
use crate::delivery::{alarms, dropped};
use crate::mapping;
use crate::store::{self, Expect, Link, LinkChange, LinkKey, ProblemKind, Settle, Write};

/// A turn in progress.
pub(super) struct Work<'a> {
    pub(super) line: &'a Line,
    pub(super) key: LinkKey,
    pub(super) link: Link,
    pub(super) kind: Kind,
    pub(super) goal: Goal,
    /// What a switch keeps from being done.
    withheld: Option<Withheld>,
    pub(super) descriptor: &'a KindDescriptor,
    pub(super) external_id: Option<String>,
    /// The unique value of the resource as mapped, whether or not it is to have an account.
    pub(super) mapped_unique: Option<String>,
    /// The fields that the resource has a value for, whether or not it is to have an account.
    pub(super) ruled: BTreeSet<String>,
    /// Others wait for the account's unique value, or it is temporary.
    is_asked: bool,
    pub(super) unknown: BTreeSet<String>,
    pub(super) refused: BTreeMap<String, Refused>,
    /// Fields whose calls were answered, to be known once that is written.
    pub(super) answered: BTreeSet<String>,
    /// The whole account was made or read in this turn.
    pub(super) resolved: bool,
    /// No account was found under the unique value in this turn.
    pub(super) looked_up: bool,
    pub(super) fails_alone: bool,
    pub(super) grants: Grants,
    /// The account that was found and adopted, until that is written: nobody may have linked it meanwhile.
    pub(super) adopted: Option<String>,
    /// The guard holds it, and has told so.
    pub(super) guarded: bool,
    /// As what it rested before, of which somebody was told then.
    told: Option<ProblemKind>,
    /// The link knows more than the store.
    pub(super) unwritten: bool,
    /// The person may be a member of groups again, and the store does not know yet.
    rejoins: bool,
    /// What lets it call; given up while it waits for a job.
    pub(super) place: Option<Place>,
}

impl<'a> Work<'a> {
    /// Reads the link and the latest resource; `None` if nothing is to be done.
    pub(super) async fn load(line: &'a Line, key: LinkKey) -> Result<Option<Self>, store::Error> {
        let Some(mut link) = line.store.link(&key).await?.filter(Link::is_pending) else {
            return Ok(None);
        };
        let kind = mapping::kind(&link.resource_type);
        let Some((kind, descriptor)) = kind.and_then(|kind| Some((kind, line.target.mapping.kind(kind)?))) else {
            settle_without_kind(line, key, &link).await?;
            return Ok(None);
        };
        let told = link.problem.as_ref().map(|problem| problem.kind);
        // What waits for a person goes on waiting while it is looked at again.
        if link.is_parked() && !link.waits_for_a_person() {
            let change = LinkChange::Unpark(line.clock.now());
            line.commit(Vec::new(), vec![Write::Link(key, change.clone())]).await?;
            link = link.apply(change).unwrap_or_default();
        }
        let resource = resource(line, &key, &link.resource_type).await?;
        let external_id = match &resource {
            Some(latest) => latest.external_id().map(str::to_owned),
            None => link.tombstone.clone().and_then(|tombstone| tombstone.external_id),
        };
        let wanted = match &resource {
            Some(latest) => wanted(line, (&key, &link.resource_type), &latest.document).await?,
            None => None,
        };
        let fields = wanted.as_ref().map(|wanted| &wanted.fields);
        let mapped_unique = fields.and_then(|fields| plan::unique(descriptor, fields).map(str::to_owned));
        let given = fields.into_iter().flatten().filter(|(_, value)| !value.is_null());
        let ruled = given.map(|(name, _)| name.clone()).collect();
        let (unknown, refused) = {
            let memory = line.memory();
            link.ambiguous_until = memory.doubt(&key, link.ambiguous_until);
            (memory.unknown(&key, &link), memory.refused(&key))
        };
        let (goal, withheld) = match resource.is_none_or(|latest| latest.seen) && !link.is_abandoned() {
            true => {
                let withheld = withheld(kind, wanted.as_ref(), &line.target);
                (goal(kind, wanted, &line.target), withheld)
            }
            false => (Goal::Untouched, None),
        };
        let is_asked = Self::is_asked(line, (&key, &link));
        Ok(Some(Self {
            line,
            key,
            link,
            kind,
            goal,
            withheld,
            descriptor,
            external_id,
            mapped_unique,
            ruled,
            is_asked,
            unknown,
            refused,
            answered: BTreeSet::new(),
            resolved: false,
            looked_up: false,
            fails_alone: false,
            grants: Grants::Due,
            adopted: None,
            guarded: false,
            told,
            unwritten: false,
            rejoins: false,
            place: None,
        }))
    }

    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            link: &self.link,
            goal: &self.goal,
            kind: self.descriptor,
            asked_for: self
                .mapped_unique
                .as_deref()
                .filter(|_| self.is_asked && !self.is_held_back()),
            switches: self.line.target.config.switches,
            unknown: &self.unknown,
            refused: &self.refused,
            descriptor: self.line.target.descriptor,
        }
    }

    pub(super) fn circumstances(&self) -> Circumstances<'_> {
        Circumstances {
            now: self.line.clock.now(),
            steady: self.line.steady(),
            settings: &self.line.settings,
            call_deadline: self.line.target.call_deadline(),
            read_lag: self.line.target.read_lag(),
            generation: self.line.target.generation,
            seed: self.key.resource.0.as_u64_pair().1,
            failures: self.line.memory().failures(&self.key),
            fails_alone: self.fails_alone,
        }
    }

    /// Whether the group's memberships are to be brought about: of one that goes those who were added here go first, if
    /// it waits for a person.
    pub(super) fn has_grants(&self) -> bool {
        let is_there = match self.goal {
            Goal::Account(_) | Goal::Faulty(_) => true,
            Goal::Gone => self.is_protected() || self.is_anothers(),
            Goal::Suspended | Goal::Untouched => false,
        };
        self.kind == Kind::Group && is_there && !self.link.removal_sent
    }

    /// Whether the account is a group's that was there before, or may have been, and nobody has said that it may go: it
    /// has members of its own, and things hang on it that nobody here knows.
    pub(super) fn is_anothers(&self) -> bool {
        let account = self.link.account.as_ref();
        self.kind == Kind::Group && account.is_some_and(|account| account.made.is_none()) && !self.is_approved()
    }

    pub(super) fn wanted_unique(&self) -> Option<&str> {
        match &self.goal {
            Goal::Account(fields) => plan::unique(self.descriptor, fields),
            Goal::Suspended => self.mapped_unique.as_deref(),
            Goal::Gone | Goal::Untouched | Goal::Faulty(_) => None,
        }
    }

    /// The unique value of the account, as far as is known, or the one that a create in doubt was sent with.
    pub(super) fn has_unique(&self) -> Option<String> {
        let account = self.link.account.as_ref();
        let unique = account.and_then(|account| account.unique.clone());
        unique.or_else(|| self.link.sought.clone())
    }

    /// Whether a person said yes to what waited at the present mark.
    pub(super) fn is_approved(&self) -> bool {
        self.link.approved == Some(self.link.marked)
    }

    /// Whether the target's settings protect the linked account, and no person has said yes.
    pub(super) fn is_protected(&self) -> bool {
        let target = &self.line.target.config;
        let account = self.link.account.as_ref();
        let is_named = account.is_some_and(|account| target.protects(account.unique.as_deref(), &account.fields));
        is_named && !self.is_approved()
    }

    /// Why the account is not taken away though it should be, if a switch is the reason.
    pub(super) fn withheld(&self) -> Option<&'static str> {
        let account = self.link.account.as_ref()?;
        let withheld = self.withheld.as_ref()?;
        let is_deleted = self.link.tombstone.is_some();
        withheld.concerns(account, is_deleted).then_some(withheld.reason)
    }

    pub(super) fn progress(&mut self, mut settle: Settle) {
        if let (Some(before), Some(account)) = (&self.link.account, &mut settle.account) {
            self.rejoins |= dropped::follow(self.line.target.descriptor, self.descriptor, before, account);
        }
        self.link = std::mem::take(&mut self.link)
            .apply(LinkChange::Settle(settle))
            .unwrap_or_default();
        self.unwritten = true;
    }

    /// Writes what is known and ends the turn; who waits learns it if nothing will come soon.
    pub(super) async fn end(&mut self, changes: Vec<LinkChange>) -> Result<End, store::Error> {
        let parked = changes.iter().any(|change| matches!(change, LinkChange::Park { .. }));
        match parked {
            true => self.rest(changes).await,
            false => self.write(changes).await.map(|()| End::Done),
        }
    }

    /// The same where only others can end what the link waits for: nobody is kept waiting along.
    pub(super) async fn rest(&mut self, changes: Vec<LinkChange>) -> Result<End, store::Error> {
        self.write(changes).await?;
        self.line.waiters.let_go(&self.key);
        Ok(End::Done)
    }

    /// Writes changes, and before them what is known and not written yet.
    pub(super) async fn write(&mut self, changes: Vec<LinkChange>) -> Result<(), store::Error> {
        let settles = matches!(changes.first(), Some(LinkChange::Settle(_)));
        let known = (self.unwritten && !settles).then(|| LinkChange::Settle(self.known()));
        let mut changes: Vec<_> = known.into_iter().chain(changes).collect();
        changes.extend(self.has_left(&changes));
        if changes.is_empty() {
            return Ok(());
        }
        if let Some(LinkChange::Settle(settle)) = changes.first_mut() {
            settle.rejoins |= std::mem::take(&mut self.rejoins);
        }
        let writes = changes.iter().map(|change| Write::Link(self.key, change.clone()));
        let expect = self.adopted.take().map(|account| Expect::Account {
            link: self.key,
            resource_type: self.link.resource_type.clone(),
            account,
        });
        self.line.commit(expect.into_iter().collect(), writes.collect()).await?;
        self.unwritten = false;
        self.written(changes);
        Ok(())
    }

    /// What is written is known, and remembered.
    fn written(&mut self, changes: Vec<LinkChange>) {
        let mut memory = self.line.memory();
        memory.find(self.key, &std::mem::take(&mut self.answered));
        if std::mem::take(&mut self.resolved) {
            memory.resolve(self.key);
        }
        for change in changes {
            if let LinkChange::Retry { .. } | LinkChange::Park { due: Some(_), .. } = &change {
                memory.fail(self.key);
            }
            if let LinkChange::Park { problem, .. } = &change
                && !self.guarded
                && self.withheld.is_none()
                && self.told.replace(problem.kind) != Some(problem.kind)
            {
                alarms::parked(self.line, &self.key, problem);
            }
            self.link = std::mem::take(&mut self.link).apply(change).unwrap_or_default();
        }
        memory.set_doubt(self.key, self.link.ambiguous_until);
    }

    fn known(&self) -> Settle {
        Settle {
            account: self.link.account.clone(),
            settled: None,
            ambiguous_until: self.link.ambiguous_until,
            removal_sent: self.link.removal_sent,
            generation: self.line.target.generation,
            under: self.line.token,
            ..Settle::default()
        }
    }
}

/// The vendor has nothing of the resource's kind.
async fn settle_without_kind(line: &Line, key: LinkKey, link: &Link) -> Result<(), store::Error> {
    let settle = Settle {
        settled: Some(link.marked),
        generation: line.target.generation,
        under: line.token,
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
