//! Members come and go.
use std::collections::BTreeSet;

use super::subject::{Outcome, Subject, ensure, failed, told};
use crate::{Account, ErrorKind};

/// Members of a large group: more than a page of most vendors.
const LISTED: usize = 105;

/// Pages after which a listing counts as endless.
const PAGES_MAX: usize = 1000;

pub(super) async fn come_and_go(groups: &Subject<'_>, people: &Subject<'_>) -> Outcome {
    let group = groups.made().await?;
    let roles = &groups.adapter.descriptor().member_roles;
    let (one, other) = (people.made_as(roles).await?, people.made_as(roles).await?);
    let descriptor = groups.adapter.descriptor();
    for id in [&one.id, &one.id, &other.id] {
        let added = groups
            .within(descriptor.join_calls, groups.adapter.add_members(&group.id, &[id]))
            .await?;
        added.map_err(|error| told("add_members", &error))?;
    }
    has(groups, &group.id, &[&one.id, &other.id]).await?;
    // Of who is not in, the adapter may look whether that is so.
    for looks in [0, descriptor.member_read_calls] {
        let removed = groups
            .within(
                descriptor.leave_calls + looks,
                groups.adapter.remove_members(&group.id, &[&one.id]),
            )
            .await?;
        removed.map_err(|error| told("remove_members", &error))?;
        has(groups, &group.id, &[&other.id]).await?;
    }
    people.read(&one.id).await.map(|_| ())
}

/// Groups and people that are gone: nobody can be added, and nobody is left to remove.
pub(super) async fn of_nothing(groups: &Subject<'_>, people: &Subject<'_>) -> Outcome {
    let (group, gone_group) = (groups.made().await?, groups.made().await?);
    let roles = &groups.adapter.descriptor().member_roles;
    let (person, gone_person) = (people.made_as(roles).await?, people.made_as(roles).await?);
    for (subject, id) in [(groups, &gone_group.id), (people, &gone_person.id)] {
        let deleted = subject.adapter.delete(subject.kind, &Account::of(id.as_str())).await;
        deleted.map_err(|error| told("delete", &error))?;
    }
    for (group, person) in [
        (&gone_group, &person),
        (&group, &gone_person),
        (&gone_group, &gone_person),
    ] {
        let added = groups.adapter.add_members(&group.id, &[&person.id]).await;
        failed("add_members", added, &ErrorKind::NotFound)?;
        let removed = groups.adapter.remove_members(&group.id, &[&person.id]).await;
        removed.map_err(|error| told("remove_members", &error))?;
    }
    failed(
        "members",
        groups.adapter.members(&gone_group.id, None).await,
        &ErrorKind::NotFound,
    )?;
    has(groups, &group.id, &[]).await?;
    remove_with_nobody(groups, &group.id, [&gone_person.id, &person.id]).await
}

/// Who is gone keeps nobody else in: all are removed, or it is refused, so that they go one by one.
async fn remove_with_nobody(groups: &Subject<'_>, group_id: &str, [gone, there]: [&String; 2]) -> Outcome {
    let added = groups.adapter.add_members(group_id, &[there]).await;
    added.map_err(|error| told("add_members", &error))?;
    if groups.adapter.remove_members(group_id, &[gone, there]).await.is_err() {
        has(groups, group_id, &[there]).await?;
        let removed = groups.adapter.remove_members(group_id, &[there]).await;
        removed.map_err(|error| told("remove_members", &error))?;
    }
    has(groups, group_id, &[]).await
}

pub(super) async fn in_pages(groups: &Subject<'_>, people: &Subject<'_>) -> Outcome {
    let group = groups.made().await?;
    let mut ids = BTreeSet::new();
    for _ in 0..LISTED {
        let person = people.created_as(&groups.adapter.descriptor().member_roles).await?;
        let added = groups.adapter.add_members(&group.id, &[&person.id]).await;
        added.map_err(|error| told("add_members", &error))?;
        ids.insert(person.id);
    }
    has(groups, &group.id, &ids.iter().collect::<Vec<_>>()).await
}

/// Asserts who is in a group, however many pages that takes.
async fn has(groups: &Subject<'_>, group_id: &str, expected: &[&String]) -> Outcome {
    let mut found = Vec::new();
    let mut after = None;
    let calls = groups.adapter.descriptor().member_read_calls;
    for _ in 0..PAGES_MAX {
        let page = groups
            .within(calls, groups.adapter.members(group_id, after.as_deref()))
            .await?;
        let (ids, next) = page.map_err(|error| told("members", &error))?;
        found.extend(ids);
        after = next;
        if after.is_none() {
            break;
        }
    }
    ensure(after.is_none(), || "an endless listing".into())?;
    found.sort();
    let mut expected: Vec<_> = expected.iter().map(|id| (*id).clone()).collect();
    expected.sort();
    ensure(found == expected, || {
        format!("{found:?} where {expected:?} were expected")
    })
}
