//! What an adapter says when its vendor fails.
use super::Fault;
use super::subject::{Outcome, Subject, ensure, failed, told};
use crate::{Account, ErrorKind, Retry};

/// Every verb is turned away, says so, and has done nothing.
pub(super) async fn rate_limit(subject: &Subject<'_>) -> Outcome {
    let account = subject.made().await?;
    let tells = subject.adapter.descriptor().tells_when;
    for (fault, is_told) in [(Fault::RateLimited, tells), (Fault::RateLimitedBare, false)] {
        let fields = subject.fresh()?;
        subject.inject(fault).await;
        let created = subject.within(1, subject.adapter.create(subject.kind, &fields)).await?;
        let error = failed("create", created, &ErrorKind::RateLimited)?;
        let waits = matches!(error.retry, Retry::After(_));
        ensure(waits == is_told, || format!("{fault:?} is told as {:?}", error.retry))?;
        let found = subject.find(subject.key(&fields)?).await?;
        ensure(found.is_none(), || "created in spite of it".into())?;
        subject.inject(fault).await;
        let read = subject.within(1, subject.adapter.get(subject.kind, &account)).await?;
        failed("get", read, &ErrorKind::RateLimited)?;
        subject.inject(fault).await;
        let deleted = subject
            .within(1, subject.adapter.delete(subject.kind, &account))
            .await?;
        failed("delete", deleted, &ErrorKind::RateLimited)?;
    }
    subject.read(&account.id).await.map(|_| ())
}

/// Reads have failed for now; of writes nobody knows.
pub(super) async fn failing(subject: &Subject<'_>) -> Outcome {
    let account = subject.made().await?;
    let create_fails = match subject.creating_calls()? {
        1 => ErrorKind::Ambiguous,
        // It fails while it looks.
        _ => ErrorKind::Unavailable,
    };
    let key = subject.key(&account.fields)?;
    for fault in [Fault::Broken, Fault::Down] {
        subject.inject(fault).await;
        let read = subject.within(1, subject.adapter.get(subject.kind, &account)).await?;
        failed("get", read, &ErrorKind::Unavailable)?;
        subject.inject(fault).await;
        let found = subject.within(1, subject.adapter.find(subject.kind, key)).await?;
        failed("find", found, &ErrorKind::Unavailable)?;
        subject.inject(fault).await;
        let listed = subject.within(1, subject.adapter.list(subject.kind, None)).await?;
        failed("list", listed, &ErrorKind::Unavailable)?;
        subject.inject(fault).await;
        let created = subject
            .within(1, subject.adapter.create(subject.kind, &subject.fresh()?))
            .await?;
        failed("create", created, &create_fails)?;
        subject.inject(fault).await;
        let deleted = subject
            .within(1, subject.adapter.delete(subject.kind, &account))
            .await?;
        failed("delete", deleted, &ErrorKind::Ambiguous)?;
    }
    Ok(())
}

/// A lost answer is in doubt whether the work was done or not; a look-up tells.
pub(super) async fn lost(subject: &Subject<'_>) -> Outcome {
    for (fault, is_done) in [(Fault::LostAfter, true), (Fault::LostBefore, false)] {
        if subject.creating_calls()? == 1 {
            lost_create(subject, fault, is_done).await?;
        }
        if subject.deleting_calls()? > 1 {
            // Some of the work may be done.
            continue;
        }
        let id = subject.made().await?.id;
        subject.inject(fault).await;
        let deleted = subject
            .within(1, subject.adapter.delete(subject.kind, &Account::of(id.as_str())))
            .await?;
        failed("delete", deleted, &ErrorKind::Ambiguous)?;
        let read = subject.adapter.get(subject.kind, &Account::of(id.as_str())).await;
        let is_gone = read.map_err(|error| told("get", &error))?.is_none();
        ensure(is_gone == is_done, || format!("{fault:?}: deleted is {is_gone}"))?;
        subject.inject(fault).await;
        let read = subject.adapter.get(subject.kind, &Account::of(id.as_str())).await;
        failed("get", read, &ErrorKind::Unavailable)?;
    }
    Ok(())
}

async fn lost_create(subject: &Subject<'_>, fault: Fault, is_done: bool) -> Outcome {
    let fields = subject.fresh()?;
    subject.inject(fault).await;
    let created = subject.within(1, subject.adapter.create(subject.kind, &fields)).await?;
    failed("create", created, &ErrorKind::Ambiguous)?;
    let found = subject.find(subject.key(&fields)?).await?;
    ensure(found.is_some() == is_done, || {
        format!("{fault:?}: find answers {found:?}")
    })
}
