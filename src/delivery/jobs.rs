//! What is known of bulk jobs where it survives, and what becomes of jobs that another holder of the lease has left.
use std::collections::BTreeSet;
use std::time::Duration;

use adapters::Batch;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};

use crate::delivery::busy::{self, Claim};
use crate::delivery::line::Line;
use crate::delivery::pool::ended;
use crate::store::{Error, LinkKey, ResourceId, SettingKind, TargetId, Write};

/// The record of a job.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    /// The vendor's; `None`: it is not known whether it was submitted.
    id: Option<String>,
    links: Vec<ResourceId>,
    /// When it was about to be submitted; none in records of versions that did not say.
    #[serde(default)]
    opened: Option<Timestamp>,
}

/// A job that an earlier holder of the lease has left, whose links rest.
pub(super) struct Left {
    name: String,
    record: Record,
    links: BTreeSet<LinkKey>,
    claim: Option<Claim>,
}

/// How the records of a target's jobs begin.
pub(crate) fn jobs_of(target: TargetId) -> String {
    format!("job/{}/", target.0)
}

impl Line {
    /// Notes that a job for these links is about to be submitted; answers the record's name.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn open_job(&self, links: Vec<LinkKey>) -> Result<String, Error> {
        let name = format!("{}{}-{}", jobs_of(self.target.id), self.token, self.next_number());
        let record = Record {
            id: None,
            links: links.into_iter().map(|link| link.resource).collect(),
            opened: Some(self.clock.now()),
        };
        self.put(&name, &record).await.map(|()| name)
    }

    /// Notes the vendor's id of the job.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn name_job(&self, name: &str, id: &str) -> Result<(), Error> {
        let Some(mut record) = self.job(name).await? else {
            return Ok(());
        };
        record.id = Some(id.to_owned());
        self.put(name, &record).await
    }

    /// Notes that the job is over.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn close_job(&self, name: &str) -> Result<(), Error> {
        let gone = Write::DeleteSetting(SettingKind::Other, name.to_owned());
        self.commit(Vec::new(), vec![gone]).await
    }

    /// The jobs that an earlier holder has left. From now on their links are left alone: what such a job does would
    /// overwrite what is sent now.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn jobs_left(&self) -> Result<Vec<Left>, Error> {
        let jobs = jobs_of(self.target.id);
        let left = self.store.settings(SettingKind::Other).await?;
        let left = left.into_iter().filter(|(name, ..)| name.starts_with(&jobs));
        let left = left.filter_map(|(name, _, bytes)| Some((name, serde_json::from_slice(&bytes).ok()?)));
        Ok(left.map(|(name, record)| self.left_alone(name, record)).collect())
    }

    fn left_alone(&self, name: String, record: Record) -> Left {
        let links: BTreeSet<_> = self.links_of(&record).collect();
        let claim = self.busy.claim(links.iter().map(busy::link_name).collect());
        self.resting().extend(&links);
        Left {
            name,
            record,
            links,
            claim,
        }
    }

    /// Waits such a job out. Afterwards its links are looked up, read or sent again like after any lost answer.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn wait_out(&self, left: Left) -> Result<(), Error> {
        let Left {
            name,
            record,
            links,
            claim,
        } = left;
        let rest = self.rest_of(&record);
        match &record.id {
            Some(id) => drop(timeout(rest, ended(self, id, &Batch::Create(Vec::new()))).await),
            None => sleep(rest).await,
        }
        let seen = self.steady().saturating_add(self.target.read_lag());
        let seen = seen.unwrap_or(Timestamp::MAX);
        for link in &links {
            // Of one that settled before nothing is in doubt; one that cannot be read may have settled or not.
            let may_doubt = match self.store.link(link).await {
                Ok(found) => found.is_some_and(|found| found.is_pending()),
                Err(_) => true,
            };
            if may_doubt {
                self.memory().set_doubt(*link, Some(seen));
            }
        }
        self.resting().retain(|link| !links.contains(link));
        drop(claim);
        self.close_job(&name).await
    }

    /// How long the job may still take after its submission has arrived, however late. However often its sender dies,
    /// leavers of the job do not wait longer than that.
    fn rest_of(&self, record: &Record) -> Duration {
        let passed = record.opened.map(|opened| self.clock.now().duration_since(opened));
        let passed = passed.and_then(|passed| Duration::try_from(passed).ok());
        let longest = self.target.call_deadline() + self.target.job_deadline();
        longest.saturating_sub(passed.unwrap_or_default())
    }

    fn links_of(&self, record: &Record) -> impl Iterator<Item = LinkKey> {
        let (directory, target) = (self.target.directory, self.target.id);
        record.links.clone().into_iter().map(move |resource| LinkKey {
            directory,
            target,
            resource,
        })
    }

    async fn job(&self, name: &str) -> Result<Option<Record>, Error> {
        let record = self.store.setting(SettingKind::Other, name).await?;
        // A record of another form is of no use to anyone.
        Ok(record.and_then(|(_, bytes)| serde_json::from_slice(&bytes).ok()))
    }

    async fn put(&self, name: &str, record: &Record) -> Result<(), Error> {
        let bytes = serde_json::to_vec(record).map_err(|error| Error::Unexpected(error.into()))?;
        let record = Write::PutSetting(SettingKind::Other, name.to_owned(), bytes);
        self.commit(Vec::new(), vec![record]).await
    }
}
