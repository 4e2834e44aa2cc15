//! How targets are.
use std::collections::BTreeSet;

use adapters::LiveRole;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Administration, Error};
use crate::service::{Pace, Target, TargetState, drift};
use crate::store::{self, Link, LinkKey, LinkQuery, ProblemKind, SettingKind, TargetId};

/// Problems listed of one target. Who needs more of them than a page looks for their common cause.
const PROBLEMS_MAX: usize = 100;

/// Pending links looked at for problems: the next that are due, leavers first.
const PENDING_MAX: usize = 100;

/// How a target is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetReport {
    /// Its name.
    pub name: String,
    /// The directory that feeds it.
    pub directory: String,
    /// Its vendor.
    pub vendor: String,
    /// What it is doing: `working`, `limited`, `down`, `unauthorized`, `repointed` or `idle`.
    pub state: String,
    /// The vendor's words when it is not working.
    pub reason: Option<String>,
    /// Since when it is in that state.
    pub since: Option<Timestamp>,
    /// When its authorization ends unless a person does something, where that is known.
    pub authorized_until: Option<Timestamp>,
    /// Whether a person must consent before anything can be sent: `usherd target authorize`.
    pub needs_consent: bool,
    /// Resources that the vendor does not have as desired yet.
    pub pending: u64,
    /// Of these, people whose access is to end.
    pub leavers: u64,
    /// Since when the oldest of the pending ones waits, of the next two thousand that are due.
    pub oldest_pending: Option<Timestamp>,
    /// The same of those whose access is to end, and of those among them that rest, but for the withheld ones.
    pub oldest_leaver: Option<Timestamp>,
    /// Of these two thousand, those whose access has ended and is yet to be seen so.
    pub reading_back: u64,
    /// Resources parked.
    pub parked: u64,
    /// Resources that wait for a person to decide, of the first ten thousand that rest.
    pub held: u64,
    /// Of these, those that a person rejected.
    pub withheld: u64,
    /// At what pace the vendor is called; none if nothing is sent.
    pub pace: Option<Pace>,
    /// Whom the guard lets go.
    pub guard: GuardCount,
    /// What keeps resources from settling: the parked ones, then those tried again by themselves. At most 200.
    pub problems: Vec<ProblemReport>,
    /// The roles that the vendor lists for this account, if it lists any and is known to.
    pub roles: Option<RolesReport>,
    /// What came of the last comparison with the vendor, if there was any.
    pub drift: Option<drift::Summary>,
}

/// How many people may lose their access, and do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardCount {
    /// People with access.
    pub accounts: u64,
    /// So many may lose it within an hour; none: everybody.
    pub allowed: Option<u64>,
    /// So many do in the present hour.
    pub going: u64,
}

/// The roles that a vendor lists for one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolesReport {
    /// When they were read.
    pub read: Timestamp,
    /// As listed, less what was given since.
    pub roles: Vec<LiveRole>,
}

/// What keeps a resource from settling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProblemReport {
    /// The resource's id.
    pub resource: String,
    /// Its type, such as `User`.
    pub resource_type: String,
    /// What it means: `retrying`, `parked`, `held` or `withheld`.
    pub kind: String,
    /// The vendor field at fault, if known.
    pub field: Option<String>,
    /// The vendor's own words.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

impl Administration {
    /// How each target is, in order of directories and names.
    ///
    /// # Errors
    /// The store failed.
    pub async fn status(&self) -> Result<Vec<TargetReport>, Error> {
        let mut reports = Vec::new();
        for directory in self.parts.registry.all().values() {
            for target in &directory.targets {
                reports.push(self.report(target).await?);
            }
        }
        Ok(reports)
    }

    async fn report(&self, target: &Target) -> Result<TargetReport, Error> {
        let store = &self.parts.store;
        let backlog = store.backlog(target.id).await?;
        let parked = store
            .link_keys(target.id, LinkQuery::Parked(None), PROBLEMS_MAX)
            .await?;
        let pending = LinkQuery::Due(Timestamp::MAX);
        let pending = store.link_keys(target.id, pending, PENDING_MAX).await?;
        // What is parked is retried slowly, so that it is due some day.
        let known: BTreeSet<_> = parked.iter().copied().collect();
        let pending = pending.into_iter().filter(|key| !known.contains(key));
        let mut problems = Vec::new();
        for key in parked.into_iter().chain(pending) {
            problems.extend(self.problem(key).await?);
        }
        let status = self.parts.deliveries.status(target.id);
        let queue = self.queue(target.id).await?;
        let outlook = self.parts.consents.outlook(target).await;
        Ok(TargetReport {
            name: target.config.name.clone(),
            directory: target.config.directory.clone(),
            vendor: target.config.vendor.clone(),
            state: state(status.state).to_owned(),
            reason: status.reason,
            since: status.since,
            authorized_until: outlook.ends,
            needs_consent: outlook.needs_consent,
            pending: backlog.pending,
            leavers: backlog.leavers,
            oldest_pending: queue.oldest_pending,
            oldest_leaver: queue.oldest_leaver,
            reading_back: queue.reading_back,
            parked: backlog.parked.saturating_sub(queue.held + queue.withheld),
            held: queue.held,
            withheld: queue.withheld,
            pace: self.parts.deliveries.pace(target.id),
            guard: self.guard_count(target).await?,
            problems,
            roles: self.parts.deliveries.live_roles(target.id).map(|live| RolesReport {
                read: live.read,
                roles: live.roles,
            }),
            drift: self.last_drift(target.id).await?,
        })
    }

    async fn guard_count(&self, target: &Target) -> Result<GuardCount, Error> {
        let going = self.parts.store.going(target.id, self.parts.clock.now()).await?;
        let allowed = target.config.guard.allowed(going.accounts);
        Ok(GuardCount {
            accounts: going.accounts,
            allowed: (allowed < u64::MAX).then_some(allowed),
            going: going.going,
        })
    }

    async fn last_drift(&self, target: TargetId) -> Result<Option<drift::Summary>, Error> {
        let name = drift::record_name(target);
        let kept = self.parts.store.setting(SettingKind::Other, &name).await?;
        let record: Option<drift::Record> = kept.and_then(|(_, bytes)| serde_json::from_slice(&bytes).ok());
        Ok(record.and_then(|record| record.last))
    }

    async fn problem(&self, key: LinkKey) -> Result<Option<ProblemReport>, Error> {
        match self.parts.store.link(&key).await {
            Ok(link) => Ok(link.and_then(|link| problem(key, link))),
            Err(store::Error::Damaged(_)) => Ok(Some(damaged(key))),
            Err(error) => Err(error.into()),
        }
    }
}

fn state(state: TargetState) -> &'static str {
    match state {
        TargetState::Working => "working",
        TargetState::Limited => "limited",
        TargetState::Down => "down",
        TargetState::Unauthorized => "unauthorized",
        TargetState::Repointed => "repointed",
        TargetState::Idle => "idle",
    }
}

/// A record of which nothing is known.
fn damaged(key: LinkKey) -> ProblemReport {
    ProblemReport {
        resource: key.resource.to_string(),
        resource_type: String::new(),
        kind: "damaged".to_owned(),
        field: None,
        reason: "the record of this link is damaged: nothing is sent for it; see `usherd store check`".to_owned(),
        since: Timestamp::UNIX_EPOCH,
    }
}

fn problem(key: LinkKey, link: Link) -> Option<ProblemReport> {
    let problem = link.problem?;
    let kind = match problem.kind {
        ProblemKind::Retrying => "retrying",
        ProblemKind::Parked => "parked",
        ProblemKind::Held => "held",
        ProblemKind::Withheld => "withheld",
    };
    Some(ProblemReport {
        resource: key.resource.to_string(),
        resource_type: link.resource_type,
        kind: kind.to_owned(),
        field: problem.field,
        reason: problem.reason,
        since: problem.since,
    })
}
