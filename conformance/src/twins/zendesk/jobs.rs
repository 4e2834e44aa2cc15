//! Work that is done in the background: it is queued, and its status must be asked for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::account::Zendesk;
use super::records::{Done, Job};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use crate::twins::Answer;

/// How many jobs may be queued or running.
const JOBS_MAX: usize = 30;

/// How long a job can be asked for.
const MEMORY_SECONDS: i64 = 24 * 60 * 60;

/// What a job has to do, item by item.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Work {
    CreateUsers(Vec<Map<String, Value>>),
    CreateOrUpdateUsers(Vec<Map<String, Value>>),
    UpdateUsers(Vec<Change>),
    DeleteUsers(Vec<Option<u64>>),
    CreateMemberships(Vec<Map<String, Value>>),
    DeleteMemberships(Vec<u64>),
}

/// A change of the user with this id, if there is one.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Change {
    pub(super) user: Option<u64>,
    pub(super) fields: Map<String, Value>,
}

impl Work {
    /// The names of the jobs are not documented.
    fn name(&self) -> &'static str {
        match self {
            Work::CreateUsers(_) => "Bulk Create User",
            Work::CreateOrUpdateUsers(_) => "Bulk Create Or Update User",
            Work::UpdateUsers(_) => "Bulk Update User",
            Work::DeleteUsers(_) => "Bulk Delete User",
            Work::CreateMemberships(_) => "Bulk Create Group Membership",
            Work::DeleteMemberships(_) => "Bulk Delete Group Membership",
        }
    }

    fn total(&self) -> usize {
        match self {
            Work::CreateUsers(items) | Work::CreateOrUpdateUsers(items) | Work::CreateMemberships(items) => items.len(),
            Work::UpdateUsers(items) => items.len(),
            Work::DeleteUsers(items) => items.len(),
            Work::DeleteMemberships(items) => items.len(),
        }
    }
}

/// Each look at a job brings it on.
pub(super) fn show(twin: &mut Zendesk, call: &Call) -> Reply {
    let number = twin.job_number(call.text_id()).ok_or_else(Refusal::not_found)?;
    let job = twin.look_at(call.now, number).ok_or_else(Refusal::not_found)?;
    Ok(twin.job_answer(&job))
}

/// Jobs that there are not are left out, which is not documented.
pub(super) fn show_many(twin: &mut Zendesk, call: &Call) -> Reply {
    let ids = call
        .request
        .parameter("ids")
        .ok_or_else(|| Refusal::parameter("ids is missing"))?;
    let numbers: Vec<_> = ids.split(',').filter_map(|id| twin.job_number(id.trim())).collect();
    let jobs: Vec<_> = numbers
        .into_iter()
        .filter_map(|number| twin.look_at(call.now, number))
        .collect();
    let list: Vec<_> = jobs.iter().map(|job| twin.job_json(job)).collect();
    Ok(Answer::json(200, &json!({ "job_statuses": list })))
}

impl Zendesk {
    /// Queues work, if there are not too many jobs yet.
    pub(super) fn queue(&mut self, now: Timestamp, work: Work) -> Reply {
        let pending = self.jobs.rows().values().filter(|job| job.done.is_none()).count();
        if pending >= JOBS_MAX {
            return Err(Refusal::too_many_jobs());
        }
        let job = Job {
            number: self.new_id(),
            work,
            created_at: now,
            polls: 0,
            done: None,
        };
        let job = self.jobs.put(now, job);
        Ok(self.job_answer(&job))
    }

    /// Does the work of all jobs whose time has come, oldest first, and forgets old ones.
    pub(super) fn catch_up(&mut self, now: Timestamp) {
        let age = |job: &Job| now.as_second().saturating_sub(job.created_at.as_second());
        let due = i64::try_from(self.account.job_seconds).unwrap_or(i64::MAX);
        let jobs = self.jobs.rows().values();
        let old: Vec<_> = jobs
            .clone()
            .filter(|job| age(job) >= MEMORY_SECONDS)
            .map(|job| job.number)
            .collect();
        let due: Vec<_> = jobs
            .filter(|job| job.done.is_none() && age(job) >= due)
            .cloned()
            .collect();
        for job in due {
            self.finish(now, &job);
        }
        for number in old {
            self.jobs.remove(now, &number);
        }
    }

    fn look_at(&mut self, now: Timestamp, number: u64) -> Option<Job> {
        let job = self.jobs.rows().get(&number)?.as_ref().clone();
        if job.done.is_some() {
            return Some(job);
        }
        let job = Job {
            polls: job.polls + 1,
            ..job
        };
        match job.polls >= self.account.job_polls {
            true => self.finish(now, &job),
            false => drop(self.jobs.put(now, job)),
        }
        self.jobs.rows().get(&number).map(|job| job.as_ref().clone())
    }

    fn finish(&mut self, now: Timestamp, job: &Job) {
        let results = self.run(now, &job.work);
        let done = Some(Done { at: now, results });
        self.jobs.put(now, Job { done, ..job.clone() });
    }

    /// What became of each item. One that fails keeps no other back.
    fn run(&mut self, now: Timestamp, work: &Work) -> Vec<Value> {
        match work {
            Work::CreateUsers(items) => created(items, |fields| self.create_user(now, fields).map(|user| user.id)),
            Work::CreateMemberships(items) => created(items, |fields| {
                self.create_membership(now, fields).map(|membership| membership.id)
            }),
            Work::CreateOrUpdateUsers(items) => items
                .iter()
                .map(|fields| match self.create_or_update(now, fields) {
                    Ok((user, true)) => done("create", "Created", user.id),
                    Ok((user, false)) => done("update", "Updated", user.id),
                    Err(refusal) => failed("create_or_update", 0, &refusal),
                })
                .collect(),
            Work::UpdateUsers(items) => items
                .iter()
                .map(|change| {
                    let user = change.user.ok_or_else(Refusal::not_found);
                    let result = user.and_then(|id| self.update_user(now, id, &change.fields));
                    acted("update", "Updated", change.user, result.map(drop))
                })
                .collect(),
            Work::DeleteUsers(items) => items
                .iter()
                .map(|user| {
                    let id = user.ok_or_else(Refusal::not_found);
                    acted(
                        "delete",
                        "Deleted",
                        *user,
                        id.and_then(|id| self.delete_user(now, id)).map(drop),
                    )
                })
                .collect(),
            Work::DeleteMemberships(items) => {
                let delete = |id: &u64| acted("delete", "Deleted", Some(*id), self.delete_membership(now, *id));
                items.iter().map(delete).collect()
            }
        }
    }

    fn job_number(&self, id: &str) -> Option<u64> {
        self.jobs.rows().keys().copied().find(|number| job_id(*number) == id)
    }

    fn job_answer(&self, job: &Job) -> Answer {
        Answer::json(200, &json!({ "job_status": self.job_json(job) }))
    }

    fn job_json(&self, job: &Job) -> Value {
        let id = job_id(job.number);
        let status = match (&job.done, job.polls) {
            (Some(_), _) => "completed",
            (None, 0) => "queued",
            (None, _) => "working",
        };
        let message = job
            .done
            .as_ref()
            .map(|done| format!("Completed at {}", done.at.strftime("%F %T +0000")));
        json!({
            "id": id,
            "job_type": job.work.name(),
            "url": self.url(&format!("job_statuses/{id}")),
            "total": job.work.total(),
            "progress": if job.done.is_some() { job.work.total() } else { 0 },
            "status": status,
            "message": message,
            "results": job.done.as_ref().map(|done| &done.results),
        })
    }
}

/// Ids of jobs are long and of letters, unlike all others.
fn job_id(number: u64) -> String {
    format!(
        "{:032x}",
        u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
    )
}

/// Bulk creation tells the place of each item in the request. The document wants an id from items that failed as well,
/// and takes no place from them; they have no id, so it is 0.
fn created(
    items: &[Map<String, Value>],
    mut create: impl FnMut(&Map<String, Value>) -> Result<u64, Refusal>,
) -> Vec<Value> {
    let result = |(index, fields)| match create(fields) {
        Ok(id) => json!({ "id": id, "index": index }),
        Err(refusal) => failed("create", 0, &refusal),
    };
    items.iter().enumerate().map(result).collect()
}

fn acted(action: &str, status: &str, id: Option<u64>, result: Result<(), Refusal>) -> Value {
    let id = id.unwrap_or_default();
    match result {
        Ok(()) => done(action, status, id),
        Err(refusal) => failed(action, id, &refusal),
    }
}

fn done(action: &str, status: &str, id: u64) -> Value {
    json!({ "id": id, "action": action, "status": status, "success": true })
}

/// Which texts a failed item has is not documented.
fn failed(action: &str, id: u64, refusal: &Refusal) -> Value {
    let (error, details) = refusal.told();
    json!({ "id": id, "action": action, "success": false, "error": error, "details": details })
}
