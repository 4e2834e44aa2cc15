//! One link's turn: read the latest, plan a step, make its call, settle; until nothing is left to do or something has
//! to be waited for.
use std::collections::BTreeSet;

use crate::delivery::conflict::Circle;
use crate::delivery::goal::Goal;
use crate::delivery::grants::Grants;
use crate::delivery::line::Line;
use crate::delivery::meeting::Way;
use crate::delivery::outcome::{self, Next, Outage, outcome};
use crate::delivery::places::Place;
use crate::delivery::plan::{Step, plan};
use crate::delivery::work::Work;
use crate::delivery::{busy, grants, restored};
use crate::mapping::Fault;
use crate::service::Refusal;
use crate::store::{self, Applied, LinkChange, LinkKey, Settle};

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
pub(super) async fn turn(line: &Line, key: LinkKey, place: Place) -> Result<End, store::Error> {
    let Some(mut work) = Work::load(line, key).await? else {
        line.live.release(&key);
        return Ok(End::Done);
    };
    work.place = Some(place);
    let names = busy::names(&key, &work.link, work.wanted_unique());
    let Some(claim) = line.busy.claim(names) else {
        return Ok(End::Busy);
    };
    // Before its names were taken another turn may have taken its account over.
    let present = line.store.link(&key).await?;
    if present.is_none_or(|link| link.revision != work.link.revision) {
        return Ok(End::Again);
    }
    let had = work.has_unique();
    let end = work.steps().await?;
    drop(claim);
    if !work.link.is_pending() || work.link.is_parked() {
        line.live.release(&key);
    }
    if work.has_unique() != had {
        line.release(&key).await?;
    }
    Ok(end)
}

impl Work<'_> {
    async fn steps(&mut self) -> Result<End, store::Error> {
        for _ in 0..STEPS_MAX {
            if let Some(end) = self.step().await? {
                return Ok(end);
            }
        }
        let reason = "the record needs more calls than one turn has";
        let change = outcome::retry(&self.facts(), reason, &self.circumstances());
        self.end(vec![change]).await
    }

    /// One step; `Some` ends the turn.
    async fn step(&mut self) -> Result<Option<End>, store::Error> {
        if let Some(end) = self.compare().await? {
            return Ok(Some(end));
        }
        self.note_leaver().await?;
        match grants::slice(self).await? {
            Some(End::Outage(outage @ (Outage::Unauthorized | Outage::Limited))) => {
                let change = outcome::retry_uncounted(&self.facts(), "the target fails", &self.circumstances());
                return self.out(outage, vec![change]).await.map(Some);
            }
            Some(end) => return Ok(Some(end)),
            None => {}
        }
        let mut step = plan(&self.facts());
        let way = match self.restored(&step).await? {
            Way::Free => self.make_way(&step).await?,
            way => way,
        };
        match way {
            Way::Free => {}
            Way::Through(other) => step = other,
            Way::Again => return Ok(None),
            Way::Blocked(end) => return Ok(Some(end)),
        }
        if step.is_writing() && self.is_protected() {
            let reason = "the account is protected, only a person may change or delete it; see `usherd guard`";
            return self.hold(reason).await.map(Some);
        }
        if let Some(end) = self.guard(&step).await? {
            return Ok(Some(end));
        }
        match step {
            Step::Settle => self.settle().await.map(Some),
            Step::Refuse(ref fault) => self.refuse(&step, fault).await.map(Some),
            step => {
                let answer = self.call(&step).await?;
                let next = outcome(&self.facts(), &step, answer, &self.circumstances());
                self.carry_out(step, next).await
            }
        }
    }

    pub(super) async fn carry_out(&mut self, step: Step, next: Next) -> Result<Option<End>, store::Error> {
        match next {
            Next::Progress(settle) => {
                self.progress(settle);
                Ok(None)
            }
            Next::Found(account) => self.found(account, true).await,
            Next::Exists(id) => self.exists(&step, id).await,
            Next::End(changes) => self.end_of(&step, changes).await.map(Some),
            Next::Refused(change, refusal) => match (self.former(&step, &refusal).await?, &refusal.field) {
                (Some(former), Some(field)) => self.wait_for_value(former, Circle::None, field).await.map(Some),
                (_, _) => self.refused(&step, change, refusal).await.map(Some),
            },
            Next::Taken(change, refusal) => self.taken(&step, change, refusal).await.map(Some),
            Next::Outage(outage, changes) => self.out(outage, changes).await.map(Some),
        }
    }

    pub(super) async fn out(&mut self, outage: Outage, changes: Vec<LinkChange>) -> Result<End, store::Error> {
        self.end(changes).await.map(|_| End::Outage(outage))
    }

    /// Ends the turn of a step that may succeed later. What takes access away is not waited for: others must end what
    /// keeps it.
    async fn end_of(&mut self, step: &Step, changes: Vec<LinkChange>) -> Result<End, store::Error> {
        let Some(role) = outcome::refused_role(&self.facts(), step) else {
            return match outcome::is_removal(self.facts().goal) {
                true => self.rest(changes).await,
                false => self.end(changes).await,
            };
        };
        self.line.memory().refuse(self.key, role);
        self.rest(changes).await
    }

    /// Leaves the account to a person. For who leaves the alarms sound all the same, and it is looked again by itself:
    /// somebody may change it at the vendor.
    pub(super) async fn hold(&mut self, reason: &str) -> Result<End, store::Error> {
        let (facts, circumstances) = (self.facts(), self.circumstances());
        let change = match outcome::is_removal(facts.goal) {
            true => outcome::hold_and_look(&facts, reason, &circumstances),
            false => outcome::hold(&facts, reason, &circumstances),
        };
        self.rest(vec![change]).await
    }

    async fn settle(&mut self) -> Result<End, store::Error> {
        let (facts, circumstances) = (self.facts(), self.circumstances());
        let rest = match self.grants.clone() {
            Grants::Due => None,
            Grants::HeldBack => Some(outcome::hold(&facts, restored::REASON, &circumstances)),
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
        let rest = rest.or_else(|| {
            let reason = self.withheld()?;
            Some(outcome::park_until_told(&facts, reason, &circumstances))
        });
        match rest {
            Some(change) => self.rest(vec![change]).await,
            None => self.all_settled().await,
        }
    }

    async fn all_settled(&mut self) -> Result<End, store::Error> {
        // Who is switched off meanwhile gets the rest on coming back.
        let is_whole = matches!(self.goal, Goal::Account(_));
        let mut account = self.link.account.clone().map(|account| Applied {
            unfinished: account.unfinished && !is_whole,
            ..account
        });
        if let Some(account) = account.as_mut().filter(|_| !is_whole) {
            account.fields.retain(|name, _| !self.unknown.contains(name));
        }
        let seen = self.link.marked;
        let (removed, stays) = (self.link.tombstone.is_some(), account.is_some());
        let settle = Settle {
            account,
            settled: Some(seen),
            generation: self.line.target.generation,
            under: self.line.token,
            ..Settle::default()
        };
        let mut changes = vec![LinkChange::Settle(settle)];
        // An account that stays has its memberships until their groups' turns have ended them.
        changes.extend((removed && stays).then_some(LinkChange::HandOver));
        changes.extend(removed.then_some(LinkChange::Forget(seen)));
        self.write(changes).await?;
        self.line.memory().forget(&self.key);
        self.line.wrote(self.key);
        self.line.waiters.settled(&self.key, seen);
        Ok(End::Done)
    }

    /// The vendor would refuse the resource as it is mapped.
    async fn refuse(&mut self, step: &Step, fault: &Fault) -> Result<End, store::Error> {
        let field = Some(fault.field.clone());
        let change = outcome::park(&self.facts(), field.clone(), fault.rule.clone(), &self.circumstances());
        let refusal = Refusal {
            field,
            sent: BTreeSet::new(),
            reason: fault.rule.clone(),
        };
        self.refused(step, change, refusal).await
    }

    pub(super) async fn refused(
        &mut self,
        step: &Step,
        change: LinkChange,
        refusal: Refusal,
    ) -> Result<End, store::Error> {
        let suspects = outcome::suspects(step, refusal.field.as_deref());
        self.line.memory().refuse(self.key, &suspects);
        let seen = self.link.marked;
        self.write(vec![change]).await?;
        self.line.waiters.refused(&self.key, seen, refusal);
        Ok(End::Done)
    }
}
