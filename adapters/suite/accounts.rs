//! Accounts come, are found and go.
use std::collections::BTreeMap;

use super::subject::{Outcome, Subject, ensure, failed, told};
use crate::{Account, ErrorKind};

/// Accounts to list: more than a page of most vendors.
const LISTED: usize = 105;

/// Pages after which a listing counts as endless.
const PAGES_MAX: usize = 1000;

pub(super) async fn identity(subject: &Subject<'_>) -> Outcome {
    let first = subject.within(1, subject.adapter.check()).await?;
    let first = first.map_err(|error| told("check", &error))?;
    let second = subject.adapter.check().await.map_err(|error| told("check", &error))?;
    ensure(first == second, || format!("{first:?} became {second:?}"))?;
    ensure(!first.id.is_empty() && !first.name.is_empty(), || {
        format!("empty: {first:?}")
    })
}

pub(super) async fn create(subject: &Subject<'_>) -> Outcome {
    let fields = subject.fresh()?;
    let create = subject.adapter.create(subject.kind, &fields);
    let created = subject.within(subject.creating_calls()?, create).await?;
    let created = created.map_err(|error| told("create", &error))?;
    let read = subject
        .within(subject.reading_calls()?, subject.read(&created.id))
        .await??;
    for (name, value) in &fields {
        let field = subject
            .described()?
            .field(name)
            .ok_or("a field that is not described")?;
        let got = read.fields.get(name).unwrap_or(&serde_json::Value::Null);
        ensure(field.same(value, got), || {
            format!("{name} was set to {value} and is {got}")
        })?;
    }
    ensure(read.active, || "created inactive".into())
}

pub(super) async fn create_existing(subject: &Subject<'_>) -> Outcome {
    let existing = subject.made().await?;
    let mut fields = subject.fresh()?;
    let unique = subject.unique()?;
    fields.insert(unique.name.clone(), subject.key(&existing.fields)?.into());
    let created = subject.within(1, subject.adapter.create(subject.kind, &fields)).await?;
    match created {
        Err(error) => match error.kind {
            ErrorKind::Exists { id } => ensure(id.is_none_or(|id| id == existing.id), || {
                "Exists with another id".into()
            })?,
            _ => return Err(told("create", &error)),
        },
        Ok(second) => return Err(format!("a second account {} with the same {}", second.id, unique.name)),
    }
    let read = subject.read(&existing.id).await?;
    ensure(read == existing, || format!("{existing:?} became {read:?}"))
}

pub(super) async fn find_exactly(subject: &Subject<'_>) -> Outcome {
    let account = subject.made().await?;
    let key = subject.key(&account.fields)?;
    let found = subject.within(subject.reading_calls()?, subject.find(key)).await??;
    ensure(found.as_ref() == Some(&account.id), || format!("{key} finds {found:?}"))?;
    if subject.unique()?.case_insensitive {
        let found = subject.find(&key.to_uppercase()).await?;
        ensure(found.as_ref() == Some(&account.id), || "case hides it".into())?;
    }
    let cut: String = key.chars().skip(1).collect();
    for like in [cut, format!("{key}x"), format!("x{key}")] {
        let found = subject.within(subject.reading_calls()?, subject.find(&like)).await??;
        ensure(found.is_none(), || format!("{like} finds {key}"))?;
    }
    Ok(())
}

pub(super) async fn delete_twice(subject: &Subject<'_>) -> Outcome {
    let account = subject.made().await?;
    let gone_calls = subject.described()?.gone_calls;
    // Where nothing was there to delete, the adapter may look what became of it.
    for looks in [0, gone_calls] {
        let deleted = subject
            .within(
                subject.deleting_calls()? + looks,
                subject.adapter.delete(subject.kind, &account),
            )
            .await?;
        deleted.map_err(|error| told("delete", &error))?;
    }
    let read = subject
        .within(gone_calls, subject.adapter.get(subject.kind, &account))
        .await?;
    let read = read.map_err(|error| told("get", &error))?;
    ensure(read.is_none(), || "get finds what was deleted".into())?;
    let found = subject.find(subject.key(&account.fields)?).await?;
    ensure(found.is_none(), || "find finds what was deleted".into())
}

pub(super) async fn unknown(subject: &Subject<'_>) -> Outcome {
    let mut gone = subject.made().await?;
    let deleted = subject.adapter.delete(subject.kind, &gone).await;
    deleted.map_err(|error| told("delete", &error))?;
    gone.parts.clear();
    for field in subject.changeable()? {
        let present = gone.fields.get(&field.name).unwrap_or(&serde_json::Value::Null);
        let Some(value) = subject.other(field, present) else {
            continue;
        };
        let changed = BTreeMap::from([(field.name.clone(), value)]);
        let updated = subject
            .within(
                field.update_calls_max(),
                subject.adapter.update(subject.kind, &gone, &changed),
            )
            .await?;
        failed("update", updated, &ErrorKind::NotFound).map_err(|what| format!("{}: {what}", field.name))?;
    }
    for id in ["", "..", "no/such", "no such"] {
        let read = subject
            .adapter
            .get(subject.kind, &Account::of(id))
            .await
            .map_err(|error| told("get", &error))?;
        ensure(read.is_none(), || format!("get finds something for {id:?}"))?;
    }
    Ok(())
}

pub(super) async fn list(subject: &Subject<'_>) -> Outcome {
    let mut missing = BTreeMap::new();
    for _ in 0..LISTED {
        let created = subject.adapter.create(subject.kind, &subject.fresh()?).await;
        let created = created.map_err(|error| told("create", &error))?;
        missing.insert(created.id, 0);
    }
    let mut after = None;
    for _ in 0..PAGES_MAX {
        let page = subject
            .within(
                subject.listing_calls()?,
                subject.adapter.list(subject.kind, after.as_deref()),
            )
            .await?;
        let page = page.map_err(|error| told("list", &error))?;
        for account in &page.accounts {
            missing.entry(account.id.clone()).and_modify(|times| *times += 1);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ensure(after.is_none(), || "an endless listing".into())?;
    let wrong: Vec<_> = missing.iter().filter(|(_, times)| **times != 1).collect();
    ensure(wrong.is_empty(), || format!("not listed exactly once: {wrong:?}"))
}
