//! What waits for a person to decide: whom the guard holds, and protected accounts.
use std::collections::BTreeSet;

use aws_lc_rs::digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::links::Changed;
use super::{Administration, Error};
use crate::service::Target;
use crate::store::{self, Link, LinkChange, LinkKey, LinkQuery, ProblemKind, Restored};

/// People of a list that are answered at once; the list's name covers all of them.
const LISTED_MAX: usize = 1_000;

/// Links read at a time, and decided in one write.
const PAGE: usize = 500;

/// Bytes of a list's digest that name it: enough that no other list has the name.
const NAME_BYTES: usize = 8;

/// What waits for a person at a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardReport {
    /// Names this very list: who decides says which list was seen.
    pub list: String,
    /// How many are held or withheld.
    pub count: u64,
    /// A thousand of them at most, in order of ids.
    pub held: Vec<HeldReport>,
    /// Resources that rest and of which nobody can say whether they are held, as their records are damaged: left out.
    pub damaged: Vec<String>,
}

/// One who is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldReport {
    /// The resource's id.
    pub resource: String,
    /// The account's name at the vendor, such as its e-mail address.
    pub account: Option<String>,
    /// Whether a person decided against it: `held` or `withheld`.
    pub kind: String,
    /// When the write was acknowledged that takes the access away; of who keeps it, the first that waits.
    pub since: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// What a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// What is listed is done.
    Approve,
    /// What is listed stays as it is until the IdP writes it again.
    Reject,
}

/// What is decided of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The name of the list that was seen.
    pub list: String,
    /// Only these resources of it; all, if none is named.
    pub resources: BTreeSet<String>,
}

impl Administration {
    /// What waits for a person at a target, with the first who do.
    ///
    /// # Errors
    /// There is no such target; the store failed.
    pub async fn guarded(&self, target: &str) -> Result<GuardReport, Error> {
        self.guarded_after(target, None).await
    }

    /// The same with those after a resource, by its id as it was listed.
    ///
    /// # Errors
    /// As [`Self::guarded`].
    pub async fn guarded_after(&self, target: &str, after: Option<&str>) -> Result<GuardReport, Error> {
        let Held { held, damaged } = self.held(&*self.named(target)?).await?;
        let follows = |(key, _): &&(LinkKey, Link)| after.is_none_or(|after| key.resource.to_string().as_str() > after);
        Ok(GuardReport {
            list: name(&held),
            count: held.len().try_into().unwrap_or(u64::MAX),
            held: held.iter().filter(follows).take(LISTED_MAX).map(report).collect(),
            damaged: damaged.iter().map(|key| key.resource.to_string()).collect(),
        })
    }

    /// Decides of exactly what was listed. Answers of how many; what is damaged meanwhile is left out.
    ///
    /// # Errors
    /// There is no such target; nobody is held; the list is another one by now, or has no such resource; the store failed.
    pub async fn decide(&self, target: &str, seen: &Seen, decision: Decision) -> Result<usize, Error> {
        let target = self.named(target)?;
        let mut held = self.held(&target).await?.held;
        if held.is_empty() {
            return Err(Error::Refused(vec![format!(
                "nobody is held at `{}`",
                target.config.name
            )]));
        }
        let (list, present) = (&seen.list, name(&held));
        if *list != present {
            let fault = format!("the list `{list}` is out of date: look at the present one, `{present}`");
            return Err(Error::Refused(vec![fault]));
        }
        if !seen.resources.is_empty() {
            held.retain(|(key, _)| seen.resources.contains(&key.resource.to_string()));
            if held.len() < seen.resources.len() {
                let fault = "the list has not got all of the resources that are named".to_owned();
                return Err(Error::Refused(vec![fault]));
            }
        }
        let now = self.parts.clock.now();
        let mut decided = Changed::default();
        for some in held.chunks(PAGE) {
            let change = |(key, link): &(LinkKey, Link)| {
                let change = match decision {
                    Decision::Approve => LinkChange::Approve(link.marked, now),
                    Decision::Reject => LinkChange::Withhold(link.marked),
                };
                (*key, vec![change])
            };
            decided.add(self.change_links(some.iter().map(change).collect()).await?);
        }
        self.parts.deliveries.wake(&[target.id]);
        Ok(decided.changed)
    }

    async fn held(&self, target: &Target) -> Result<Held, Error> {
        let (store, mut found, mut after) = (&self.parts.store, Held::default(), None);
        loop {
            let keys = store.link_keys(target.id, LinkQuery::Parked(after), PAGE).await?;
            for key in &keys {
                match store.link(key).await {
                    Ok(link) => found.see(*key, link),
                    Err(store::Error::Damaged(_)) => found.damaged.push(*key),
                    Err(error) => return Err(error.into()),
                }
            }
            after = keys.last().map(|key| key.resource);
            if keys.len() < PAGE {
                return Ok(found);
            }
        }
    }
}

/// Who waits for a person, in order of ids. What a restore keeps from giving access is taken up by `retry --held` alone.
#[derive(Default)]
struct Held {
    held: Vec<(LinkKey, Link)>,
    /// What rests and cannot be read.
    damaged: Vec<LinkKey>,
}

impl Held {
    fn see(&mut self, key: LinkKey, link: Option<Link>) {
        let link = link.filter(|link| {
            link.waits_for_a_person() && (link.leaver_since.is_some() || link.restored != Some(Restored::Held))
        });
        self.held.extend(link.map(|link| (key, link)));
    }
}

/// The name of a list: another one as soon as anything that it shows changes, or anybody on it was written.
fn name(held: &[(LinkKey, Link)]) -> String {
    let mut all = digest::Context::new(&digest::SHA256);
    for one in held {
        let HeldReport {
            resource,
            account,
            kind,
            since: _,
            reason,
        } = report(one);
        for text in [resource, account.unwrap_or_default(), kind, reason] {
            all.update(text.as_bytes());
            all.update(&[0]);
        }
        all.update(&one.1.marked.to_be_bytes());
    }
    let digest = all.finish();
    digest
        .as_ref()
        .iter()
        .take(NAME_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn report((key, link): &(LinkKey, Link)) -> HeldReport {
    let problem = link.problem.as_ref();
    let withheld = problem.is_some_and(|problem| problem.kind == ProblemKind::Withheld);
    HeldReport {
        resource: key.resource.to_string(),
        account: link.account.as_ref().and_then(|account| account.unique.clone()),
        kind: if withheld { "withheld" } else { "held" }.to_owned(),
        since: link.leaver_since.or(link.pending_since),
        reason: problem.map(|problem| problem.reason.clone()).unwrap_or_default(),
    }
}
