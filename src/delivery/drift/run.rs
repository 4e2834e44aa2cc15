//! One comparison, from the first page to the last write.
use std::sync::Arc;

use super::findings::Findings;
use super::mend::{Wish, mend};
use super::reading::Reading;
use crate::delivery::line::Line;
use crate::delivery::sender::Sender;
use crate::service::drift::{Ask, Error, Kind, Record, Report, Summary, record_name};
use crate::store::{self, SettingKind, Write};

/// Compares a target as a person asks for it, and corrects what the person wants.
///
/// # Errors
/// See [`Error`]; nothing was changed then, unless the store failed on the way.
pub(in crate::delivery) async fn run(sender: &Sender, ask: Ask) -> Result<Report, Error> {
    let wish = ask.fix.map_or(Wish::Nothing, Wish::Asked);
    let line = sender.working_line().await?;
    let (findings, corrected) = compared(sender, &line, (&wish, ask.expect)).await?;
    note(&line, &done(&line, &findings)).await?;
    Ok(findings.report(corrected))
}

/// Reads, compares and writes; answers also how many differences are being corrected. Two comparisons come one after
/// the other. Where access is only taken away, that is done also with what was found in a listing that has shrunk.
///
/// # Errors
/// See [`Error`].
pub(super) async fn compared(
    sender: &Sender,
    line: &Arc<Line>,
    (wish, expected): (&Wish, Option<u64>),
) -> Result<(Findings, u64), Error> {
    let _alone = sender.comparing.lock().await;
    sender.believe(line).await?;
    let reading = Reading {
        sender,
        line,
        findings: Findings::default(),
        expected,
    };
    let mut findings = reading.read().await?;
    if let Some(shrunk) = findings.shrunk.take_if(|_| !wish.only_takes()) {
        return Err(shrunk);
    }
    wish.check(&findings)?;
    let corrected = mend(line, &findings, wish).await?;
    Ok((findings, corrected))
}

/// A comparison that was made just now, in numbers.
pub(super) fn done(line: &Line, findings: &Findings) -> Summary {
    Summary {
        at: line.clock.now(),
        compared: findings.compared,
        unsettled: findings.unsettled,
        found: findings.report(0).found,
        leavers_back: findings.count(Kind::LeaverBack),
        failure: None,
    }
}

/// Keeps the last comparison; from then on the time to the next one is counted.
///
/// # Errors
/// The store's.
pub(super) async fn note(line: &Line, last: &Summary) -> Result<(), store::Error> {
    keep(
        line,
        &Record {
            since: last.at,
            last: Some(last.clone()),
        },
    )
    .await
}

pub(super) async fn keep(line: &Line, record: &Record) -> Result<(), store::Error> {
    let bytes = serde_json::to_vec(record).map_err(|error| store::Error::Unexpected(error.into()))?;
    let write = Write::PutSetting(SettingKind::Other, record_name(line.target.id), bytes);
    line.commit(Vec::new(), vec![write]).await
}
