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
use crate::service::TargetState;
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
    let mut pause = LOOK_EVERY;
    loop {
        sleep(pause).await;
        pause = LOOK_EVERY;
        if let Err(error) = look(sender, line, &wish).await {
            let target = &line.target.config.name;
            tracing::error!(target.name = %target, error = %error, "what was compared with the vendor cannot be kept");
            // It may be that all of the vendor was listed in vain.
            pause = every(line).min(AGAIN);
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
    // An outage is the target's state: it is waited for.
    if !is_due(line, &record) || sender.status().state != TargetState::Working {
        return Ok(());
    }
    let before = record.last.as_ref();
    let (now, findings, corrected) = match compared(sender, line, (wish, None)).await {
        Ok((findings, corrected)) => match &findings.shrunk {
            Some(shrunk) => (failed(line, shrunk, before), findings, corrected),
            None => (done(line, &findings), findings, corrected),
        },
        Err(Error::Store(error)) => return Err(error),
        Err(error) => (failed(line, &error, before), Findings::default(), 0),
    };
    tell(line, (&findings, corrected), (before, &now));
    note(line, &now).await
}

/// What is kept; what cannot be read is as good as nothing.
async fn record(line: &Line) -> Result<Option<Record>, store::Error> {
    let name = record_name(line.target.id);
    let kept = line.store.setting(SettingKind::Other, &name).await?;
    Ok(kept.and_then(|(_, bytes)| serde_json::from_slice(&bytes).ok()))
}

fn every(line: &Line) -> Duration {
    let minutes = u64::from(line.target.config.drift.every_minutes);
    Duration::from_secs(minutes.saturating_mul(60))
}

fn is_due(line: &Line, record: &Record) -> bool {
    let every = every(line);
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
    let leavers = findings.count(Kind::LeaverBack);
    for alarm in alarms(before, (now, leavers)) {
        match alarm {
            Alarm::LeaverBack => {
                tracing::error!(alarm = "leaver_back", target.name = %target, leavers, corrected, "people have access again at the vendor that was taken away: see `usherd drift`");
            }
            Alarm::Found => {
                tracing::error!(alarm = "drift_found", target.name = %target, differences, corrected, "the vendor differs from the directory: see `usherd drift`");
            }
            Alarm::Unread => {
                tracing::error!(alarm = "drift_unread", target.name = %target, "the vendor could not be compared with the directory: see `usherd status`");
            }
        }
    }
}

/// What a person must act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alarm {
    LeaverBack,
    Found,
    Unread,
}

/// A leaver with access is told each time, also of what was read of a listing that is not believed; everything else
/// once, until it is over.
fn alarms(before: Option<&Summary>, (now, leavers): (&Summary, u64)) -> Vec<Alarm> {
    let was = |holds: fn(&Summary) -> bool| before.is_some_and(holds);
    let back = (leavers > 0).then_some(Alarm::LeaverBack);
    let other = match now.failure.is_some() {
        true => (!was(|before| before.failure.is_some())).then_some(Alarm::Unread),
        false => (now.found > 0 && !was(|before| before.found > 0)).then_some(Alarm::Found),
    };
    back.into_iter().chain(other).collect()
}

/// A comparison that failed just now; the numbers stay those of the last one.
fn failed(line: &Line, error: &Error, before: Option<&Summary>) -> Summary {
    let at = line.clock.now();
    let last = before.cloned().unwrap_or(Summary {
        at,
        compared: 0,
        unsettled: 0,
        found: 0,
        leavers_back: 0,
        failure: None,
    });
    Summary {
        at,
        failure: Some(error.to_string()),
        ..last
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_is_new_or_grave_is_told() {
        let summary = |(found, leavers_back, failed): (u64, u64, bool)| Summary {
            at: Timestamp::UNIX_EPOCH,
            compared: 9,
            unsettled: 0,
            found,
            leavers_back,
            failure: failed.then(|| "down".to_owned()),
        };
        for (before, now, leavers, expected) in [
            (None, (0, 0, false), 0, &[][..]),
            (None, (2, 0, false), 0, &[Alarm::Found]),
            (None, (2, 1, false), 1, &[Alarm::LeaverBack, Alarm::Found]),
            (Some((2, 0, false)), (3, 0, false), 0, &[]),
            (Some((2, 1, false)), (2, 1, false), 1, &[Alarm::LeaverBack]),
            (Some((0, 0, false)), (1, 0, false), 0, &[Alarm::Found]),
            (Some((2, 1, false)), (2, 1, true), 0, &[Alarm::Unread]),
            (Some((2, 1, true)), (2, 1, true), 0, &[]),
            (Some((2, 1, true)), (2, 1, true), 1, &[Alarm::LeaverBack]),
            (Some((0, 0, true)), (1, 0, false), 0, &[Alarm::Found]),
        ] {
            let found = alarms(before.map(summary).as_ref(), (&summary(now), leavers));
            assert_eq!(found, expected, "{before:?} {now:?}");
        }
    }
}
