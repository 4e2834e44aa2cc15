//! Accounts change.
use std::collections::BTreeMap;

use serde_json::Value;

use super::subject::{Outcome, Subject, ensure, failed, told};
use crate::descriptor::{Field, FieldType};
use crate::{Account, ErrorKind, Fields, Retry};

/// Every field but the unique one is set, changed, cleared and set again.
pub(super) async fn change_and_clear(subject: &Subject<'_>) -> Outcome {
    let mut account = subject.made().await?;
    let unique = subject.unique()?;
    for field in subject.changeable()?.filter(|field| field.name != unique.name) {
        if !field.roles.is_empty() {
            account = subject.made_as(&field.roles).await?;
        }
        for step in 0..2 {
            let Some(value) = subject.other(field, present(&account, field)) else {
                break;
            };
            set(subject, &mut account, field, value)
                .await
                .map_err(|what| format!("{} set: {what}", field.name))?;
            if step == 0 && !field.required {
                clear(subject, &mut account, field)
                    .await
                    .map_err(|what| format!("{} cleared: {what}", field.name))?;
            }
        }
    }
    Ok(())
}

async fn set(subject: &Subject<'_>, account: &mut Account, field: &Field, value: Value) -> Outcome {
    update(subject, account, field, &value).await?;
    let got = present(account, field);
    ensure(field.same(&value, got), || format!("{value} became {got}"))
}

/// A cleared field has no value, or one of the vendor's own, whatever the former one was.
async fn clear(subject: &Subject<'_>, account: &mut Account, field: &Field) -> Outcome {
    let former = present(account, field).clone();
    update(subject, account, field, &Value::Null).await?;
    let got = present(account, field).clone();
    if let (true, Some(other)) = (field.same(&former, &got), subject.other(field, &former)) {
        // Perhaps it was the vendor's own: then another one goes.
        set(subject, account, field, other).await?;
        update(subject, account, field, &Value::Null).await?;
        let again = present(account, field);
        ensure(field.same(&got, again), || format!("is still {again}"))?;
    }
    // A vendor may have a value of its own; repeating changes nothing.
    let before = account.clone();
    update(subject, account, field, &Value::Null).await?;
    ensure(before == *account, || {
        format!("{before:?} became {account:?} the second time")
    })
}

/// Updates, reads back, and sees that nothing else has changed.
async fn update(subject: &Subject<'_>, account: &mut Account, field: &Field, value: &Value) -> Outcome {
    let changed = Fields::from([(field.name.clone(), value.clone())]);
    let updated = subject
        .within(
            field.update_calls_max(),
            subject.adapter.update(subject.kind, account, &changed),
        )
        .await?;
    let parts = updated.map_err(|error| told("update", &error))?;
    let read = subject.read(&account.id).await?;
    let wrong = parts.iter().find(|(name, id)| read.parts.get(*name) != Some(*id));
    ensure(wrong.is_none(), || {
        format!("parts {parts:?} are read as {:?}", read.parts)
    })?;
    let others = |account: &Account| {
        let mut fields = account.fields.clone();
        fields.remove(&field.name);
        fields
    };
    ensure(others(&read) == others(account), || {
        format!("{account:?} became {read:?}")
    })?;
    *account = read;
    Ok(())
}

/// A part of which nothing is known, as after a lost answer, is found again and not made a second time.
pub(super) async fn forgotten_parts(subject: &Subject<'_>) -> Outcome {
    let mut account = subject.made().await?;
    for field in subject.changeable()?.filter(|field| field.call.is_some()) {
        let Some(first) = subject.other(field, present(&account, field)) else {
            continue;
        };
        set(subject, &mut account, field, first).await?;
        let Some(second) = subject.other(field, present(&account, field)) else {
            continue;
        };
        let mut part = account.parts.get(&field.name).cloned();
        let changed = Fields::from([(field.name.clone(), second.clone())]);
        for step in 0..2 {
            let mut forgotten = account.clone();
            forgotten.parts.clear();
            forgotten.fields.remove(&field.name);
            let update = subject.adapter.update(subject.kind, &forgotten, &changed);
            let updated = subject
                .within(subject.reading_calls()? + field.update_calls_max(), update)
                .await?;
            updated.map_err(|error| told("update", &error))?;
            account = subject.read(&account.id).await?;
            let (got, id) = (present(&account, field), account.parts.get(&field.name));
            if step == 0 && field.replaces_part {
                part = id.cloned();
            }
            ensure(field.same(&second, got), || {
                format!("{} is {got}, not {second}", field.name)
            })?;
            ensure(id == part.as_ref(), || {
                format!("{} was made anew, not found", field.name)
            })?;
        }
    }
    Ok(())
}

/// The unique field changes, and what the vendor made from it stays until it is changed too.
pub(super) async fn rename(subject: &Subject<'_>) -> Outcome {
    let unique = subject.unique()?;
    if unique.create_only {
        return Ok(());
    }
    if unique.confirmed_later {
        return rename_unconfirmed(subject).await;
    }
    let mut account = subject.made().await?;
    let former = subject.key(&account.fields)?.to_owned();
    let value = subject
        .other(unique, present(&account, unique))
        .ok_or("no other value")?;
    update(subject, &mut account, unique, &value).await?;
    let key = subject.key(&account.fields)?.to_owned();
    let found = subject.find(&key).await?;
    ensure(found.as_ref() == Some(&account.id), || {
        format!("the new value finds {found:?}")
    })?;
    let found = subject.find(&former).await?;
    ensure(found.is_none(), || format!("the former value finds {found:?}"))?;
    let fields = subject.described()?.fields.iter();
    for field in fields.filter(|field| field.created_from.as_ref() == Some(&unique.name)) {
        let part = account.parts.get(&field.name).cloned();
        update(subject, &mut account, field, &value).await?;
        ensure(account.parts.get(&field.name) == part.as_ref(), || {
            format!("{} was made anew, not moved", field.name)
        })?;
    }
    Ok(())
}

/// The vendor takes the new value, and shows the former one until the person confirms.
async fn rename_unconfirmed(subject: &Subject<'_>) -> Outcome {
    let unique = subject.unique()?;
    let mut account = subject.made().await?;
    let former = present(&account, unique).clone();
    let value = subject.other(unique, &former).ok_or("no other value")?;
    update(subject, &mut account, unique, &value).await?;
    let got = present(&account, unique);
    ensure(unique.same(&former, got) || unique.same(&value, got), || {
        format!("{former} was changed to {value} and is {got}")
    })
}

/// Only for vendors that keep the unique field unique.
pub(super) async fn rename_into_existing(subject: &Subject<'_>) -> Outcome {
    if subject.unique()?.create_only {
        return Ok(());
    }
    let (one, other) = (subject.made().await?, subject.made().await?);
    let name = &subject.unique()?.name;
    let changed = BTreeMap::from([(name.clone(), subject.key(&other.fields)?.into())]);
    match subject.adapter.update(subject.kind, &one, &changed).await {
        Err(error) => match error.kind {
            ErrorKind::Exists { id } => ensure(id.is_none_or(|id| id == other.id), || "Exists with another id".into())?,
            _ => return Err(told("update", &error)),
        },
        Ok(_) => return Err(format!("two accounts with the same {name}")),
    }
    let read = subject.read(&one.id).await?;
    ensure(read == one, || format!("{one:?} became {read:?}"))
}

/// Where the vendor lets several have one name, only a person can tell which of them is meant.
pub(super) async fn two_of_one_name(subject: &Subject<'_>) -> Outcome {
    let (one, other) = (subject.made().await?, subject.made().await?);
    let name = &subject.unique()?.name;
    let key = subject.key(&other.fields)?;
    let changed = BTreeMap::from([(name.clone(), key.into())]);
    match subject.adapter.update(subject.kind, &one, &changed).await {
        // Names are its own matter after all.
        Err(error) if matches!(error.kind, ErrorKind::Exists { .. }) => return Ok(()),
        renamed => renamed.map_err(|error| told("update", &error))?,
    };
    let field = Some(name.clone());
    let refusal = ErrorKind::Rejected { field };
    let mut fresh = subject.fresh()?;
    fresh.extend(changed);
    let found = subject.adapter.find(subject.kind, key).await.map(|_| ());
    let created = subject.adapter.create(subject.kind, &fresh).await.map(|_| ());
    for (verb, outcome) in [("find", found), ("create", created)] {
        let refused = failed(verb, outcome, &refusal)?;
        ensure(refused.retry == Retry::Backoff, || told(verb, &refused))?;
    }
    Ok(())
}

/// A role that the vendor's API cannot give is refused without a call.
pub(super) async fn unassignable_role(subject: &Subject<'_>) -> Outcome {
    let descriptor = subject.adapter.descriptor();
    let field = subject
        .described()?
        .fields
        .iter()
        .find(|field| field.kind == FieldType::Role);
    let role = descriptor.roles.iter().find(|role| !role.assignable);
    let (Some(field), Some(role)) = (field, role) else {
        return Ok(());
    };
    let mut fields = subject.fresh()?;
    fields.insert(field.name.clone(), role.name.clone().into());
    let created = subject.within(0, subject.adapter.create(subject.kind, &fields)).await?;
    let named = ErrorKind::Rejected {
        field: Some(field.name.clone()),
    };
    failed("create", created, &named).map(|_| ())
}

/// Only for vendors that can suspend.
pub(super) async fn suspension(subject: &Subject<'_>) -> Outcome {
    let account = subject.made().await?;
    for active in [false, false, true, true] {
        let set = subject
            .within(
                subject.adapter.descriptor().active_calls,
                subject.adapter.set_active(&account, active),
            )
            .await?;
        set.map_err(|error| told("set_active", &error))?;
        let read = subject.read(&account.id).await?;
        ensure(read.active == active, || {
            format!("active is {} after {active}", read.active)
        })?;
    }
    let deleted = subject.adapter.delete(subject.kind, &account).await;
    deleted.map_err(|error| told("delete", &error))?;
    let set = subject.adapter.set_active(&account, false).await;
    failed("set_active", set, &ErrorKind::NotFound).map(|_| ())
}

fn present<'a>(account: &'a Account, field: &Field) -> &'a Value {
    account.fields.get(&field.name).unwrap_or(&Value::Null)
}
