//! Comparisons by themselves: when the time has come, and what is told of them.
use std::convert::Infallible;
use std::future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::findings::Findings;
use super::mend::Wish;
use super::run::{compared, done, keep, note};
use crate::config::DriftPolicy;
use crate::delivery::line::Line;
use crate::delivery::sender::Sender;
use crate::service::drift::{Error, Kind, Record, Summary, record_name};
use crate::store::{self, SettingKind};

/// How often it is looked whether the time has come. The times are minutes.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// After a comparison that failed it is tried again soon, if the next one is not sooner.
const AGAIN: Duration = Duration::from_secs(3600);

/// People told by id in the log, each; of the others the number is told.
const TOLD_MAX: usize = 100;

/// Compares for as long as the lease is held.
pub(in crate::delivery) async fn watch(sender: &Sender, line: &Arc<Line>) -> Infallible {
    let wish = match line.target.config.drift.policy {
        DriftPolicy::Off => return future::pending().await,
        DriftPolicy::Report => Wish::Nothing,
        DriftPolicy::Correct => Wish::Taking,
    };
    loop {
        sleep(LOOK_EVERY).await;
        if let Err(error) = look(sender, line, &wish).await {
            let target = &line.target.config.name;
            tracing::error!(target.name = %target, error = %error, "what was compared with the vendor cannot be kept");
        }
    }
}

/// Compares if it is time.
async fn look(sender: &Sender, line: &Arc<Line>, wish: &Wish) -> Result<(), store::Error> {
    let Some(record) = record(line).await? else {
        // Of a new target everything is still to be delivered.
        let since = line.clock.now();
        return keep(line, &Record { since, last: None }).await;
    };
    if !is_due(line, &record) {
        return Ok(());
    }
    let last = match compared(sender, line, wish).await {
        Ok((findings, corrected)) => {
            let now = done(line, &findings);
            tell(line, (&findings, corrected), (record.last.as_ref(), &now));
            now
        }
        Err(Error::Store(error)) => return Err(error),
        Err(error) => failed(line, &error, record.last),
    };
    note(line, &last).await
}

/// What is kept; what cannot be read is as good as nothing.
async fn record(line: &Line) -> Result<Option<Record>, store::Error> {
    let name = record_name(line.target.id);
    let kept = line.store.setting(SettingKind::Other, &name).await?;
    Ok(kept.and_then(|(_, bytes)| serde_json::from_slice(&bytes).ok()))
}

fn is_due(line: &Line, record: &Record) -> bool {
    let minutes = u64::from(line.target.config.drift.every_minutes);
    let every = Duration::from_secs(minutes.saturating_mul(60));
    let failed = record.last.as_ref().is_some_and(|last| last.failure.is_some());
    let wait = if failed { every.min(AGAIN) } else { every };
    // A clock that was set back makes it due.
    let passed = Duration::try_from(line.clock.now().duration_since(record.since));
    !passed.is_ok_and(|passed| passed < wait)
}

/// By ids and numbers alone.
fn tell(line: &Line, (findings, corrected): (&Findings, u64), (before, now): (Option<&Summary>, &Summary)) {
    let (target, differences) = (&line.target.config.name, now.found);
    let back = findings
        .all()
        .filter(|finding| finding.difference.kind == Kind::LeaverBack);
    for finding in back.take(TOLD_MAX) {
        tracing::warn!(target.name = %target, resource.id = %finding.key.resource, "a leaver has access again at the vendor");
    }
    if now.leavers_back > 0 {
        let leavers = now.leavers_back;
        tracing::error!(alarm = "leaver_back", target.name = %target, leavers, corrected, "people have access again at the vendor that was taken away: see `usherd drift`");
    }
    if differences > 0 && before.is_none_or(|before| before.found == 0) {
        tracing::error!(alarm = "drift_found", target.name = %target, differences, corrected, "the vendor differs from the directory: see `usherd drift`");
    }
}

/// Told once; the vendor's words are for `usherd status`.
fn failed(line: &Line, error: &Error, before: Option<Summary>) -> Summary {
    let target = &line.target.config.name;
    if before.as_ref().is_none_or(|before| before.failure.is_none()) {
        tracing::error!(alarm = "drift_unread", target.name = %target, "the vendor could not be compared with the directory: see `usherd status`");
    }
    Summary {
        at: line.clock.now(),
        failure: Some(error.to_string()),
        ..before.unwrap_or(Summary {
            at: line.clock.now(),
            compared: 0,
            unsettled: 0,
            found: 0,
            leavers_back: 0,
            failure: None,
        })
    }
}
