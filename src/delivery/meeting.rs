//! A turn whose unique value another account has, at the vendor or among our links.
use adapters::descriptor::KindDescriptor;
use adapters::{Account, ErrorKind, Fields};
use serde_json::Value;

use crate::delivery::conflict::{self, Circle, Decision, Owner};
use crate::delivery::outcome::{self, Answer, Outage};
use crate::delivery::plan::{self, Step};
use crate::delivery::turn::{End, Work, resource, wanted};
use crate::service::Refusal;
use crate::store::{self, AccountRef, Expect, Link, LinkChange, LinkKey, ProblemKind, Write};

/// Links followed to see whether they wait for each other in a circle.
const CIRCLE_MAX: usize = 16;

/// What stands in a step's way.
pub(super) enum Way {
    Free,
    /// This step first.
    Through(Step),
    /// The account was taken over: plan again.
    Taken,
    /// The turn is over.
    Blocked(End),
}

impl Work<'_> {
    /// The vendor says that the unique value is taken.
    pub(super) async fn exists(&mut self, step: &Step) -> Result<Option<End>, store::Error> {
        let Step::Create(fields) = step else { return Ok(None) };
        let unique = plan::unique(self.descriptor, fields).unwrap_or_default().to_owned();
        let answer = self.line.adapter.find(self.kind, &unique).await.map(Answer::Read);
        self.note(&Step::ReadBack, &answer);
        match answer {
            Ok(Answer::Read(Some(account))) => self.found(account, false).await,
            Ok(_) => {
                let reason = "the vendor says that the account exists, and does not find it";
                let change = match self.link.attempts + 1 >= self.line.settings.attempts_max {
                    true => outcome::park(&self.facts(), None, reason, &self.circumstances()),
                    false => outcome::retry(&self.facts(), reason, &self.circumstances()),
                };
                self.end(vec![change]).await.map(Some)
            }
            Err(error) if error.kind == ErrorKind::Unauthorized => {
                self.out(Outage::Unauthorized, Vec::new()).await.map(Some)
            }
            Err(error) if error.kind == ErrorKind::RateLimited => self.out(Outage::Limited, Vec::new()).await.map(Some),
            Err(error) => {
                let change = outcome::retry_uncounted(&self.facts(), error.reason, &self.circumstances());
                self.out(Outage::Down, vec![change]).await.map(Some)
            }
        }
    }

    /// The vendor refuses a change because another account has the unique value. If that is the account of another resource of
    /// the directory, the change is not undone: an IdP that swaps two values one by one must be able to.
    pub(super) async fn taken(
        &mut self,
        step: &Step,
        change: LinkChange,
        refusal: Refusal,
    ) -> Result<End, store::Error> {
        let owner = match sent_unique(self.descriptor, step) {
            Some(unique) => self.owner(AccountRef::Unique(&unique)).await?,
            None => None,
        };
        let Some((owner, _)) = owner else {
            return self.refused(change, refusal).await;
        };
        self.line.waiting().entry(owner).or_default().insert(self.key);
        self.end(vec![change]).await
    }

    /// An account has the unique value: adopt it, take it over, wait for it, or leave it.
    pub(super) async fn found(&mut self, account: Account, ours: bool) -> Result<Option<End>, store::Error> {
        let owner = self.owner(AccountRef::Id(&account.id)).await?;
        let facing = owner.as_ref().map(|(key, link)| Owner {
            link,
            busy: self.line.busy.holds(key),
        });
        let external_id = self.external_id.as_deref();
        let decision = conflict::found(
            &account,
            facing.map(|owner| (owner, external_id)),
            ours,
            &self.line.target.config,
        );
        match decision {
            Decision::Proceed | Decision::MakeRoom => {
                self.line.memory().resolve(self.key, &self.link);
                self.unknown.clear();
                let adopted = outcome::adopted(&self.facts(), account);
                self.progress(outcome::known(adopted, &self.circumstances()));
                Ok(None)
            }
            Decision::TakeOver => self.take_over(owner).await.map(|()| None),
            Decision::Wait => self.wait_for(owner).await.map(Some),
            Decision::Park(reason) => {
                let change = outcome::park(
                    &self.facts(),
                    Some(self.descriptor.unique.clone()),
                    reason,
                    &self.circumstances(),
                );
                self.end(vec![change]).await.map(Some)
            }
            Decision::Hold(reason) => {
                let change = outcome::hold(&self.facts(), reason, &self.circumstances());
                self.end(vec![change]).await.map(Some)
            }
        }
    }

    /// Looks for another link's account that stands in the step's way.
    pub(super) async fn make_way(&mut self, step: &Step) -> Result<Way, store::Error> {
        let Some(unique) = sent_unique(self.descriptor, step) else {
            return Ok(Way::Free);
        };
        let Some((owner_key, owner)) = self.owner(AccountRef::Unique(&unique)).await? else {
            return Ok(Way::Free);
        };
        // Others judge by what is written.
        self.write(Vec::new()).await?;
        let circle = self.circle(owner_key).await?;
        let facing = Owner {
            link: &owner,
            busy: self.line.busy.holds(&owner_key),
        };
        let has_account = self.link.account.is_some();
        Ok(
            match conflict::before_call(self.external_id.as_deref(), has_account, facing, circle) {
                Decision::Proceed | Decision::Park(_) | Decision::Hold(_) => Way::Free,
                Decision::TakeOver => {
                    self.take_over(Some((owner_key, owner))).await?;
                    Way::Taken
                }
                Decision::Wait => Way::Blocked(self.wait_for(Some((owner_key, owner))).await?),
                Decision::MakeRoom => Way::Through(Step::Update(self.temporary())),
            },
        )
    }

    /// Another link of this type by its account.
    async fn owner(&self, account: AccountRef<'_>) -> Result<Option<(LinkKey, Link)>, store::Error> {
        let found = self
            .line
            .store
            .link_by_account(self.line.target.id, &self.link.resource_type, account)
            .await?;
        let Some(key) = found.filter(|key| *key != self.key) else {
            return Ok(None);
        };
        Ok(self.line.store.link(&key).await?.map(|link| (key, link)))
    }

    /// Whether `owner` waits, through however many others, for the unique value that our account has.
    async fn circle(&self, owner: LinkKey) -> Result<Circle, store::Error> {
        let (mut current, mut least) = (owner, owner.min(self.key));
        for _ in 0..CIRCLE_MAX {
            let Some(unique) = self.unique_wanted_by(&current).await? else {
                return Ok(Circle::None);
            };
            let account = AccountRef::Unique(&unique);
            let next = self
                .line
                .store
                .link_by_account(self.line.target.id, &self.link.resource_type, account)
                .await?;
            match next {
                Some(next) if next == self.key && least == self.key => return Ok(Circle::Ours),
                Some(next) if next == self.key => return Ok(Circle::Others),
                Some(next) if next != current => (current, least) = (next, least.min(next)),
                Some(_) | None => return Ok(Circle::None),
            }
        }
        Ok(Circle::None)
    }

    async fn unique_wanted_by(&self, key: &LinkKey) -> Result<Option<String>, store::Error> {
        let resource_type = &self.link.resource_type;
        let Some(resource) = resource(self.line, key, resource_type).await? else {
            return Ok(None);
        };
        let wanted = wanted(self.line, (key, resource_type), &resource).await?;
        let wanted = wanted.filter(|wanted| wanted.active);
        Ok(wanted.and_then(|wanted| plan::unique(self.descriptor, &wanted.fields).map(str::to_lowercase)))
    }

    /// A unique value that nobody has: the account's own with a mark, so that mail still reaches its owner.
    fn temporary(&self) -> Fields {
        let own = self
            .link
            .account
            .as_ref()
            .and_then(|account| account.unique.clone())
            .unwrap_or_default();
        let temporary = match own.split_once('@') {
            Some((local, domain)) => format!("{local}+usherd-swap@{domain}"),
            None => format!("{own} (usherd-swap)"),
        };
        [(self.descriptor.unique.clone(), Value::String(temporary))].into()
    }

    /// The same person, deleted and created anew: the account goes from the old link to this one in one commit.
    async fn take_over(&mut self, owner: Option<(LinkKey, Link)>) -> Result<(), store::Error> {
        let Some((key, link)) = owner else { return Ok(()) };
        let Some(account) = link.account.clone() else {
            return Ok(());
        };
        let settle = outcome::known(account, &self.circumstances());
        let expect = vec![Expect::Link(key, Some(link.revision))];
        let writes = vec![
            Write::Link(key, LinkChange::HandOver),
            Write::Link(key, LinkChange::Forget(link.marked)),
            Write::Link(self.key, LinkChange::Settle(settle.clone())),
        ];
        match self.line.commit(expect, writes).await {
            Ok(()) => {
                self.line.waiters.settled(&key, link.marked);
                // What was under way for the old link is unknown to this one.
                self.unknown.extend(link.unsettled);
                self.progress(settle);
                self.unwritten = false;
                Ok(())
            }
            // The old link moved on: the next step sees how.
            Err(store::Error::Conflict(store::Conflict::Link(_))) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits for another link, however long; never parked for it.
    async fn wait_for(&mut self, owner: Option<(LinkKey, Link)>) -> Result<End, store::Error> {
        let Some((owner_key, owner)) = owner else {
            return Ok(End::Again);
        };
        if self.was_in_its_way(&owner) {
            let unpark = Write::Link(owner_key, LinkChange::Unpark(self.line.clock.now()));
            self.line.commit(Vec::new(), vec![unpark]).await?;
        }
        let name = owner_key.resource;
        let reason = format!("waits for resource {name}, whose account has the value at the vendor");
        self.line.waiting().entry(owner_key).or_default().insert(self.key);
        let change = outcome::retry(&self.facts(), reason, &self.circumstances());
        self.end(vec![change]).await
    }

    /// Whether another link is parked because its unique value was taken. It gets a turn before this one tries again, so that
    /// neither waits for the other's slow retry.
    fn was_in_its_way(&self, link: &Link) -> bool {
        let unique = Some(&self.descriptor.unique);
        link.problem
            .as_ref()
            .is_some_and(|problem| problem.kind == ProblemKind::Parked && problem.field.as_ref() == unique)
    }
}

/// The unique value that a step sends, as accounts are found by it.
fn sent_unique(kind: &KindDescriptor, step: &Step) -> Option<String> {
    match step {
        Step::Create(fields) | Step::Update(fields) => plan::unique(kind, fields).map(str::to_lowercase),
        Step::Settle | Step::LookUp { .. } | Step::SetActive(_) | Step::Delete | Step::ReadBack | Step::Refuse(_) => {
            None
        }
    }
}
