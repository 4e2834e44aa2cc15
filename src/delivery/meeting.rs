//! A turn whose unique value another account has, at the vendor or among our links.
use std::collections::BTreeSet;

use adapters::descriptor::{FieldType, KindDescriptor};
use adapters::{Account, ErrorKind, Fields};
use serde_json::Value;

use crate::delivery::conflict::{self, Before, Circle, Found, Meeting, Owner};
use crate::delivery::desired::{resource, wanted};
use crate::delivery::goal::{Goal, goal};
use crate::delivery::line::Line;
use crate::delivery::outcome::{self, Outage};
use crate::delivery::plan::{self, Refused, Step};
use crate::delivery::turn::End;
use crate::delivery::work::Work;
use crate::mapping::{ACTIVE, Wanted};
use crate::service::Refusal;
use crate::store::{self, Access, AccountRef, Applied, Cause, Expect, Link, LinkChange, LinkKey, Mark, Settle, Write};

/// Links followed to see whether they wait for each other in a circle.
const CIRCLE_MAX: usize = 16;

/// What a temporary unique value has in it, and no other one.
const SWAP: &str = "usherd-swap";

/// What stands in a step's way.
pub(super) enum Way {
    Free,
    /// This step first.
    Through(Step),
    /// Something else is to be done first: plan again.
    Again,
    /// The turn is over.
    Blocked(End),
}

impl Work<'_> {
    /// The vendor says that the unique value is taken.
    pub(super) async fn exists(&mut self, step: &Step, id: Option<String>) -> Result<Option<End>, store::Error> {
        let Step::Create(fields) = step else { return Ok(None) };
        // The answer says that nothing was made: whatever fails from here on, what is found is not ours.
        self.write(Vec::new()).await?;
        let answer = match id {
            Some(id) => self.line.adapter.get(self.kind, &Account::of(id)).await,
            None => {
                let unique = plan::unique(self.descriptor, fields).unwrap_or_default();
                self.find(unique).await?
            }
        };
        self.heard(&answer, false);
        let (reason, outage) = match answer {
            Ok(Some(account)) => return self.found(account, false).await,
            Ok(None) => (
                "the vendor says that the account exists, and does not find it".to_owned(),
                None,
            ),
            // It is for nobody here, as far as searches show yet: somebody else's of a moment ago may be.
            Err(error) if matches!(error.kind, ErrorKind::Rejected { .. }) && self.searches_lag() => {
                (error.reason, None)
            }
            Err(error) if matches!(error.kind, ErrorKind::Rejected { .. }) => {
                let next = outcome::outcome(&self.facts(), step, Err(error), &self.circumstances());
                return Box::pin(self.carry_out(step.clone(), next)).await;
            }
            Err(error) => (error.reason, Outage::of(&error.kind)),
        };
        let (facts, circumstances) = (self.facts(), self.circumstances());
        let Some(outage) = outage else {
            let waited = self.line.memory().unseen_for(self.key, circumstances.steady);
            let change = match (self.searches_lag(), outcome::exhausted(&facts, &circumstances)) {
                (true, _) => outcome::wait_to_see(&facts, reason, waited, &circumstances),
                (false, true) => outcome::park(&facts, None, reason, &circumstances),
                (false, false) => outcome::retry(&facts, reason, &circumstances),
            };
            return self.end(vec![change]).await.map(Some);
        };
        let change = outcome::retry_uncounted(&facts, reason, &circumstances);
        self.out(outage, vec![change]).await.map(Some)
    }

    /// Whether searches show later what others made a moment ago: since the vendor first said that it is there.
    fn searches_lag(&self) -> bool {
        let circumstances = self.circumstances();
        let waited = self.line.memory().unseen_for(self.key, circumstances.steady);
        waited < circumstances.read_lag
    }

    /// The vendor refuses a change because another account has the unique value. If that is the account of another
    /// resource of the directory, the change is not undone: an IdP that swaps two values one by one must be able to.
    pub(super) async fn taken(
        &mut self,
        step: &Step,
        change: LinkChange,
        refusal: Refusal,
    ) -> Result<End, store::Error> {
        let owner = match sent_unique(self.descriptor, step) {
            Some(unique) => self.holder(&unique).await?,
            None => None,
        };
        match owner {
            None => self.refused(step, change, refusal).await,
            Some(owner) => {
                self.put_last(step);
                self.wait_for(owner, Circle::None).await
            }
        }
    }

    /// An account has the unique value: adopt it, take it over, wait for it, or leave it.
    pub(super) async fn found(&mut self, account: Account, ours: bool) -> Result<Option<End>, store::Error> {
        let owner = self.owner(AccountRef::Id(&account.id)).await?;
        // Another person's create of which nobody has seen the answer may have made it.
        if !ours
            && owner.is_none()
            && let Some(unique) = self
                .descriptor
                .unique_key(&account.fields)
                .or_else(|| self.mapped_unique.clone())
            && let Some(seeker) = self.seeker(&unique).await?
        {
            return self.wait_for(seeker, Circle::None).await.map(Some);
        }
        let meeting = Meeting {
            account: &account,
            owner: owner.as_ref().map(|(key, link)| self.facing(key, link)),
            external_id: self.external_id.as_deref(),
            ours,
            has_wanted_role: self.has_wanted_role(&account),
            approved: self.is_approved(),
        };
        match (conflict::found(&meeting, &self.line.target.config), owner) {
            (Found::TakeOver, Some((key, link))) => self.take_over(key, link).await.map(|()| None),
            (Found::Wait, Some((key, _))) => self.wait_for(key, Circle::None).await.map(Some),
            (Found::Adopt | Found::TakeOver | Found::Wait, _) => {
                let made = match self.made_in_doubt(&account.id, ours).await {
                    Ok(made) => made,
                    Err(error) => return self.unread(error).await.map(Some),
                };
                self.resolved = true;
                self.unknown.clear();
                self.adopted = Some(account.id.clone());
                let adopted = Applied {
                    made,
                    unfinished: ours,
                    ..outcome::adopted(&self.facts(), &self.ruled, account)
                };
                self.progress(outcome::known(adopted, &self.circumstances()));
                Ok(None)
            }
            // A leaver is not left in for that, nor parked.
            (Found::Park(reason), _) if outcome::is_removal(self.facts().goal) => self.hold(reason).await.map(Some),
            (Found::Park(reason), _) => {
                let unique = Some(self.descriptor.unique.clone());
                let change = outcome::park(&self.facts(), unique, reason, &self.circumstances());
                self.end(vec![change]).await.map(Some)
            }
            (Found::Hold(reason), _) => self.hold(reason).await.map(Some),
        }
    }

    /// Whether the account has the role that it is to have; of who is to have none nothing is known.
    fn has_wanted_role(&self, account: &Account) -> bool {
        let Goal::Account(wanted) = self.facts().goal else {
            return false;
        };
        let mut roles = self
            .descriptor
            .fields
            .iter()
            .filter(|field| field.kind == FieldType::Role);
        roles.all(
            |field| match (wanted.get(&field.name), account.fields.get(&field.name)) {
                (Some(wanted), Some(had)) => field.same(wanted, had),
                _ => false,
            },
        )
    }

    /// Looks for another link's account that stands in the step's way.
    pub(super) async fn make_way(&mut self, step: &Step) -> Result<Way, store::Error> {
        let Some(unique) = sent_unique(self.descriptor, step) else {
            return Ok(Way::Free);
        };
        let Some((owner_key, owner)) = self.owner(AccountRef::Unique(&unique)).await? else {
            return self.make_way_for_seeker(&unique).await;
        };
        // Others judge by what is written.
        self.write(Vec::new()).await?;
        let circle = self.circle(owner_key).await?;
        let (external_id, has_account) = (self.external_id.as_deref(), self.link.account.is_some());
        let facing = self.facing(&owner_key, &owner);
        Ok(match conflict::before_call(external_id, has_account, facing, circle) {
            Before::TakeOver => {
                self.take_over(owner_key, owner).await?;
                Way::Again
            }
            Before::MakeRoom => Way::Through(Step::Update(self.temporary())),
            // All other fields come first, and need not wait.
            Before::Wait if has_account && self.put_last(step) => Way::Again,
            Before::Wait => Way::Blocked(self.wait_for(owner_key, circle).await?),
        })
    }

    /// Who was told already that the value is taken asks the vendor no more while the one is in doubt who may have it.
    async fn make_way_for_seeker(&mut self, unique: &str) -> Result<Way, store::Error> {
        let field = self.link.problem.as_ref().and_then(|problem| problem.field.as_ref());
        if field != Some(&self.descriptor.unique) {
            return Ok(Way::Free);
        }
        match self.seeker(unique).await? {
            None => Ok(Way::Free),
            Some(seeker) => self.wait_for(seeker, Circle::None).await.map(Way::Blocked),
        }
    }

    /// Puts the unique value after all others; false if it is there already.
    fn put_last(&mut self, step: &Step) -> bool {
        let unique = &self.descriptor.unique;
        let Step::Update(fields) = step else { return false };
        let Some(value) = fields.get(unique) else { return false };
        let taken = Refused::taken(value);
        self.line.memory().take(self.key, unique, taken.clone());
        self.refused.insert(unique.clone(), taken.clone()) != Some(taken)
    }

    fn facing<'a>(&self, key: &LinkKey, link: &'a Link) -> Owner<'a> {
        let busy = self.line.busy.holds(key);
        Owner { link, busy }
    }

    /// Another link of this type by its account.
    pub(super) async fn owner(&self, account: AccountRef<'_>) -> Result<Option<(LinkKey, Link)>, store::Error> {
        let found = self.by_account(account).await?;
        let Some(key) = found.filter(|key| *key != self.key) else {
            return Ok(None);
        };
        let Some(link) = self.line.store.link(&key).await? else {
            return Ok(None);
        };
        match self.lets_go(&key, &link).await? {
            true => Ok(None),
            false => Ok(Some((key, link))),
        }
    }

    async fn by_account(&self, account: AccountRef<'_>) -> Result<Option<LinkKey>, store::Error> {
        let (store, resource_type) = (&self.line.store, &self.link.resource_type);
        store.link_by_account(self.line.target.id, resource_type, account).await
    }

    /// A deleted resource whose account a switch keeps makes nobody wait: the account is nobody's from here on, unless
    /// this is the same person.
    async fn lets_go(&self, key: &LinkKey, link: &Link) -> Result<bool, store::Error> {
        let is_deleted = link.tombstone.is_some() && goal(self.kind, None, &self.line.target) == Goal::Untouched;
        let is_free = link.is_parked() && !link.removal_sent && !self.line.busy.holds(key);
        if !is_deleted || !is_free || self.may_take_over(key, link) {
            return Ok(false);
        }
        let changes = [LinkChange::HandOver, LinkChange::Forget(link.marked)];
        let writes = changes.map(|change| Write::Link(*key, change)).to_vec();
        match self
            .line
            .commit(vec![Expect::Link(*key, Some(link.revision))], writes)
            .await
        {
            Ok(()) => Ok(true),
            // It moved on.
            Err(store::Error::Conflict(store::Conflict::Link(_))) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Another link of this type that has an account of the unique value, or may have one.
    async fn holder(&self, unique: &str) -> Result<Option<LinkKey>, store::Error> {
        match self.owner(AccountRef::Unique(unique)).await? {
            Some((owner, _)) => Ok(Some(owner)),
            None => self.seeker(unique).await,
        }
    }

    /// Whether another link's account is the same person's, so that this link may take it over.
    pub(super) fn may_take_over(&self, key: &LinkKey, link: &Link) -> bool {
        conflict::is_same_person(self.external_id.as_deref(), self.facing(key, link))
    }

    /// Whether `owner` waits, through however many others, for the unique value that our account has.
    async fn circle(&self, owner: LinkKey) -> Result<Circle, store::Error> {
        let (mut current, mut least) = (owner, owner.min(self.key));
        for _ in 0..CIRCLE_MAX {
            let Some(unique) = self.unique_wanted_by(&current).await? else {
                return Ok(Circle::None);
            };
            match self.by_account(AccountRef::Unique(&unique)).await? {
                Some(next) if next == self.key && least == self.key => return Ok(Circle::Ours),
                Some(next) if next == self.key => return Ok(Circle::Others(least)),
                Some(next) if next != current => (current, least) = (next, least.min(next)),
                Some(_) | None => return Ok(Circle::None),
            }
        }
        Ok(Circle::None)
    }

    async fn unique_wanted_by(&self, key: &LinkKey) -> Result<Option<String>, store::Error> {
        let resource_type = &self.link.resource_type;
        let latest = resource(self.line, key, resource_type).await?;
        let Some(latest) = latest.filter(|latest| latest.seen) else {
            return Ok(None);
        };
        let Some(wanted) = wanted(self.line, (key, resource_type), &latest.document).await? else {
            return Ok(None);
        };
        let unique = self.descriptor.unique_key(&wanted.fields);
        Ok(unique.filter(|_| self.is_brought(wanted)))
    }

    /// Whether the vendor is told a new unique value of such a person. Where accounts are suspended, it is of those who
    /// are let in no more as well.
    fn is_brought(&self, wanted: Wanted) -> bool {
        let target = &self.line.target;
        let unique = self.descriptor.field(&self.descriptor.unique);
        match goal(self.kind, Some(wanted), target) {
            Goal::Account(_) | Goal::Faulty(_) => true,
            Goal::Suspended => target.config.switches.update && unique.is_some_and(|unique| !unique.create_only),
            Goal::Gone | Goal::Untouched => false,
        }
    }

    /// An account that lets nobody in, and still has the value, since nothing told its link of the owner's new one: it
    /// is told now.
    async fn ask_for(&self, owner: LinkKey, field: &str) -> Result<(), store::Error> {
        let Some(link) = self.line.store.link(&owner).await? else {
            return Ok(());
        };
        let rests = |account: &&Applied| !account.active && !link.is_pending() && link.restored.is_none();
        let Some(account) = link.account.as_ref().filter(rests) else {
            return Ok(());
        };
        let wanted = self.unique_wanted_by(&owner).await?;
        if wanted.is_none() || wanted == account.unique {
            return Ok(());
        }
        let mark = Mark {
            resource_type: link.resource_type.clone(),
            fields: [field.to_owned()].into(),
            access: Access::Kept,
            cause: Cause::Others,
            at: self.line.clock.now(),
            tombstone: None,
        };
        let expect = vec![Expect::Link(owner, Some(link.revision))];
        let writes = vec![Write::Link(owner, LinkChange::Mark(mark))];
        match self.line.commit(expect, writes).await {
            // It moved on: it is asked again the next time.
            Ok(()) | Err(store::Error::Conflict(store::Conflict::Link(_))) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether the account's unique value is not its owner's for the sake of others: it is temporary, or one of them
    /// waits for it.
    pub(super) fn is_asked(line: &Line, (key, link): (&LinkKey, &Link)) -> bool {
        let unique = link.account.as_ref().and_then(|account| account.unique.as_deref());
        line.waiting().contains_key(key) || unique.is_some_and(|unique| unique.contains(SWAP))
    }

    /// A unique value that nobody has: the account's own with a mark, so that mail still reaches its owner.
    fn temporary(&self) -> Fields {
        let own = self.link.account.as_ref().and_then(|account| account.unique.as_deref());
        let own = own.unwrap_or_default();
        let temporary = match own.split_once('@') {
            Some((local, domain)) => format!("{local}+{SWAP}@{domain}"),
            None => format!("{own} ({SWAP})"),
        };
        [(self.descriptor.unique.clone(), Value::String(temporary))].into()
    }

    /// The same person, deleted and created anew: the account goes from the old link to this one in one commit.
    async fn take_over(&mut self, key: LinkKey, link: Link) -> Result<(), store::Error> {
        let Some(account) = link.account.clone() else {
            return Ok(());
        };
        // Its own turn is under way by now: the next step sees it.
        let Some(_claim) = self.line.busy.claim_link(&key) else {
            return Ok(());
        };
        let doubts = self.line.memory().unknown(&key, &link);
        // What was under way for the old link is unknown to this one; its deletion above all, of which no field tells.
        let is_doubted = doubts.contains(ACTIVE) || link.removal_sent || link.settled_under != self.line.token;
        let stored = is_doubted.then(|| self.line.steady());
        let ambiguous_until = self.line.memory().doubt(&key, stored);
        let settle = Settle {
            removal_sent: is_doubted,
            ambiguous_until,
            ..outcome::known(account, &self.circumstances())
        };
        let expect = vec![Expect::Link(key, Some(link.revision))];
        // What a backup says of the account is not what the vendor has.
        let restored = match (link.restored, self.link.restored) {
            (Some(_), None) => vec![LinkChange::Restore, LinkChange::Release],
            (Some(_), Some(_)) | (None, _) => Vec::new(),
        };
        let mut writes = vec![
            Write::Link(key, LinkChange::HandOver),
            Write::Link(key, LinkChange::Forget(link.marked)),
            Write::Link(self.key, LinkChange::Settle(settle.clone())),
        ];
        writes.extend(restored.iter().map(|change| Write::Link(self.key, change.clone())));
        match self.line.commit(expect, writes).await {
            Ok(()) => {
                self.line.waiters.settled(&key, link.marked);
                self.inherit((doubts, link.restored.is_none()), settle);
                self.line.memory().forget(&key);
                let own = std::mem::take(&mut self.link);
                self.link = restored.into_iter().try_fold(own, Link::apply).unwrap_or_default();
                self.line.release(&key).await
            }
            // The old link moved on: the next step sees how.
            Err(store::Error::Conflict(store::Conflict::Link(_))) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The account is this link's, with what is in doubt of it; unless it `is_known`, all of it is.
    fn inherit(&mut self, (doubts, is_known): (BTreeSet<String>, bool), settle: Settle) {
        let mut memory = self.line.memory();
        if is_known {
            memory.resolve(self.key);
        }
        memory.lose(self.key, doubts.clone());
        memory.set_doubt(self.key, settle.ambiguous_until);
        drop(memory);
        self.unknown = doubts;
        self.progress(settle);
        self.unwritten = false;
    }

    /// Waits for another link to let go of its unique value, without calls, and is parked in the end only if that one is
    /// not going to. In a circle the one that can make room gets a turn.
    async fn wait_for(&mut self, owner: LinkKey, circle: Circle) -> Result<End, store::Error> {
        let unique = self.descriptor.unique.clone();
        self.wait_for_value(owner, circle, &unique).await
    }

    /// The same for the value of any field.
    pub(super) async fn wait_for_value(
        &mut self,
        owner: LinkKey,
        circle: Circle,
        field: &str,
    ) -> Result<End, store::Error> {
        self.line.waiting().entry(owner).or_default().insert(self.key);
        if let Circle::Others(least) = circle {
            let due = Write::Link(least, LinkChange::Due(self.line.clock.now()));
            self.line.commit(Vec::new(), vec![due]).await?;
        }
        self.ask_for(owner, field).await?;
        let name = owner.resource;
        let (facts, circumstances) = (self.facts(), self.circumstances());
        let may_rest = !outcome::is_removal(facts.goal);
        let has_waited = may_rest && circumstances.failures >= circumstances.settings.attempts_max;
        let change = match has_waited && self.keeps(owner, field).await? {
            true => {
                let reason = format!("the account of resource {name} has the value at the vendor, and keeps it");
                outcome::park(&facts, Some(field.to_owned()), reason, &circumstances)
            }
            false => {
                let reason = format!("waits for resource {name}, whose account has the value at the vendor");
                outcome::wait_for(&facts, field, reason, &circumstances)
            }
        };
        self.rest(vec![change]).await
    }

    /// Whether nothing is on its way that would make the owner of our unique value give it up.
    async fn keeps(&self, owner: LinkKey, field: &str) -> Result<bool, store::Error> {
        if field != self.descriptor.unique {
            return Ok(false);
        }
        let Some(link) = self.line.store.link(&owner).await? else {
            return Ok(false);
        };
        let rests = !link.is_pending() || link.is_parked();
        // Nobody will know whether it has the value until it is looked at.
        if link.is_parked() && link.account.is_none() && link.sought.is_some() {
            return Ok(true);
        }
        let has = link.account.and_then(|account| account.unique);
        Ok(rests
            && has.is_some()
            && self
                .unique_wanted_by(&owner)
                .await?
                .is_none_or(|wanted| Some(wanted) == has))
    }
}

/// The unique value that a step sends, as accounts are found by it.
fn sent_unique(kind: &KindDescriptor, step: &Step) -> Option<String> {
    match step {
        Step::Create(fields) | Step::Update(fields) => kind.unique_key(fields),
        Step::Settle | Step::LookUp { .. } | Step::SetActive(_) | Step::Delete | Step::ReadBack | Step::Refuse(_) => {
            None
        }
    }
}
