//! An import from its order to its end.
use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::mpsc;

use super::apply::{Applier, Refused};
use super::compare::{Failing, Finding};
use super::order::{Applied, Choice, Error, Line, List, Order, Preview, Told, Unapplied};
use super::plan::{CHUNK, Plan, Planner};
use super::roster::{Reading, USER};
use super::spool::Pick;
use crate::service::Target;
use crate::service::administration::{self, Administration};
use crate::service::registry::Directory;
use crate::store::{self, ResourceId, TargetId};

/// Accounts applied at the same time: the store folds their commits into one.
const AT_ONCE: usize = 64;

/// What an import is made of.
struct Import<'a> {
    administration: &'a Administration,
    target: &'a Target,
    directory: &'a Directory,
    order: &'a Order,
    told: &'a mpsc::Sender<Told>,
}

/// How an import ended.
pub enum Imported {
    /// Nothing was changed: this is what could be.
    Previewed(Preview),
    /// What was chosen was applied, as far as it could be.
    Applied(Applied),
}

impl Administration {
    /// Compares a target's accounts with its directory's people; applies what is chosen of the plan, if anything is.
    /// What happens on the way is told.
    ///
    /// # Errors
    /// There is no such target; see [`Error`]. Nothing is changed then.
    pub async fn import(&self, order: &Order, told: &mpsc::Sender<Told>) -> Result<Imported, administration::Error> {
        let target = self.named(&order.target)?;
        let directories = self.parts.registry.all();
        let directory = directories.get(&target.config.directory);
        let directory = directory.ok_or_else(|| administration::Error::NoDirectory(target.config.directory.clone()))?;
        let import = Import {
            administration: self,
            target: &target,
            directory,
            order,
            told,
        };
        import.run().await
    }
}

impl Import<'_> {
    async fn run(&self) -> Result<Imported, administration::Error> {
        let reading = self.reading()?;
        let planner = Planner {
            reading,
            deliveries: &*self.administration.parts.deliveries,
            source: self.order.source,
            expect: self.order.expect,
            told: self.told,
        };
        let plan = planner.plan(&self.administration.parts.scratch).await?;
        match &self.order.confirm {
            None => {
                self.show(&plan).await?;
                Ok(Imported::Previewed(plan.preview))
            }
            Some(choice) if choice.plan != plan.preview.plan => Err(Error::OutOfDate.into()),
            Some(choice) => self.confirm(&plan, choice).await.map(Imported::Applied),
        }
    }

    fn reading(&self) -> Result<Reading<'_>, administration::Error> {
        let parts = &self.administration.parts;
        let user = parts.catalogue.by_name(USER);
        let user = user.ok_or_else(|| store::Error::Unexpected("there is no type User".into()))?;
        Ok(Reading {
            store: &*parts.store,
            catalogue: &parts.catalogue,
            resource_type: user,
            target: self.target,
        })
    }

    /// Tells the lines, list by list, in order of names.
    async fn show(&self, plan: &Plan) -> Result<(), Error> {
        for list in List::ALL {
            let mut after = None;
            loop {
                let leaf = plan.spool.leaf(after, Pick::In(list), CHUNK).await?;
                for line in leaf.findings.iter().flat_map(Finding::lines) {
                    self.tell(line, list).await?;
                }
                after = leaf.last;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn tell(&self, line: Line, list: List) -> Result<(), Error> {
        if line.list != list {
            return Ok(());
        }
        self.told.send(Told::Line(line)).await.map_err(|_| Error::Unheard)
    }

    /// Applies what is chosen. Once begun it goes on to the end, whoever listens.
    async fn confirm(&self, plan: &Plan, choice: &Choice) -> Result<Applied, administration::Error> {
        let chosen = Arc::new(choice.clone());
        let counted = plan.spool.count(Arc::clone(&chosen)).await?;
        if let Some(unknown) = counted.unknown {
            return Err(Error::NoAccount(unknown).into());
        }
        let (mut applied, mut done, mut after) = (Applied::default(), 0, None);
        loop {
            let pick = Pick::Chosen(Arc::clone(&chosen));
            let leaf = plan.spool.leaf(after, pick, AT_ONCE).await?;
            let outcomes = leaf.findings.iter().map(|finding| self.apply(finding, choice));
            let outcomes = join_all(outcomes).await;
            for (finding, outcome) in leaf.findings.iter().zip(outcomes) {
                self.count(&mut applied, finding, outcome?).await;
            }
            after = leaf.last;
            if after.is_none() {
                return Ok(applied);
            }
            done += leaf.findings.len() as u64;
            let of = counted.chosen;
            self.told.send(Told::Worked { done, of }).await.ok();
        }
    }

    /// # Errors
    /// The store's: the rest would fail as well.
    async fn apply(&self, finding: &Finding, choice: &Choice) -> Result<Outcome, administration::Error> {
        if finding.protected && !choice.accounts.contains(&finding.account.id) {
            return Ok(Outcome::Protected);
        }
        let parts = &self.administration.parts;
        let applier = Applier {
            reading: self.reading()?,
            directory: self.directory,
            resource_type: self.resource_type()?,
            source: self.order.source,
            now: parts.clock.now(),
            document_bytes: parts.document_bytes,
        };
        let id = ResourceId(parts.ids.next(parts.clock.now()));
        match applier.apply(finding, &lists(finding, choice), id).await {
            Ok(targets) => {
                self.wake(&targets);
                Ok(Outcome::Applied)
            }
            Err(Refused::Here(failing)) => Ok(Outcome::Refused(failing)),
            Err(Refused::Store(error)) => Err(error.into()),
        }
    }

    fn resource_type(&self) -> Result<&Arc<schemas::ResourceType>, administration::Error> {
        let user = self.administration.parts.catalogue.by_name(USER);
        Ok(user.ok_or_else(|| store::Error::Unexpected("there is no type User".into()))?)
    }

    fn wake(&self, targets: &[TargetId]) {
        if !targets.is_empty() {
            self.administration.parts.deliveries.wake(targets);
        }
    }

    async fn count(&self, applied: &mut Applied, finding: &Finding, outcome: Outcome) {
        let (failing, protected) = match outcome {
            Outcome::Applied => {
                applied.applied += 1;
                return;
            }
            Outcome::Refused(failing) => (failing, false),
            Outcome::Protected => {
                let reason = "it is protected: name it with --account to take it over";
                (Failing::of(reason), true)
            }
        };
        match protected {
            true => applied.protected += 1,
            false => applied.refused += 1,
        }
        let unapplied = Unapplied {
            account: finding.account.id.clone(),
            name: finding.name.clone(),
            field: failing.field,
            reason: failing.reason,
            protected,
        };
        // What is applied is applied, whoever listens.
        self.told.send(Told::Unapplied(unapplied)).await.ok();
    }
}

/// What became of an account.
enum Outcome {
    Applied,
    Refused(Failing),
    Protected,
}

/// The lists of a finding that are chosen: all of them if it is named.
fn lists(finding: &Finding, choice: &Choice) -> BTreeSet<List> {
    let named = choice.accounts.contains(&finding.account.id);
    let lists = finding.lists.iter().filter(|list| named || choice.lists.contains(list));
    lists.copied().collect()
}
