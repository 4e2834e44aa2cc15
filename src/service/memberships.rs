//! From the members that a request names to changes of rows: who they are, and who is in already.
use schemas::patch::RowChange;
use schemas::validate::Row;
use schemas::{Attribute, ResourceType};
use uuid::Uuid;

use super::context::Context;
use super::error::Error;
use super::members::{self, Delta, MemberChange, Members};
use super::rows::{MEMBERS_CHUNK, breathe, member_value};
use super::service::Service;
use crate::store::{Member, ResourceId, ResourceKey};

/// Rows that the filters of one PATCH are held against: a hundred such removals in a group of 50,000 members.
const COMPARED_MAX: usize = 5_000_000;

/// The group whose members change.
#[derive(Clone, Copy)]
pub(super) struct Group<'a> {
    pub(super) resource_type: &'a ResourceType,
    /// `None`: it is being created.
    pub(super) key: Option<&'a ResourceKey>,
}

impl Service {
    /// The rows that differ after these changes.
    ///
    /// # Errors
    /// `invalidValue` for a member that does not exist.
    pub(super) async fn delta(
        &self,
        context: &Context,
        group: Group<'_>,
        changes: Vec<RowChange>,
    ) -> Result<Delta, Error> {
        let Some(attribute) = group.resource_type.rows().filter(|_| !changes.is_empty()) else {
            return Ok(Delta::default());
        };
        let (before, stamp) = match group.key {
            None => (Members::new(), None),
            Some(key) if attribute.required || changes.iter().any(needs_all) => {
                let stamp = self.store().stamp(key).await?;
                (self.all_members(key).await?, Some(stamp))
            }
            Some(key) => (self.members_named(key, &changes).await?, None),
        };
        check_comparisons(before.len(), &changes)?;
        let mut resolved = Vec::with_capacity(changes.len());
        for change in changes {
            resolved.push(self.resolved(context, (attribute, &before), change).await?);
        }
        let form = |member: &Member| member_value(&context.base_url, self.catalogue(), member);
        let delta = members::delta(&before, resolved, form);
        if attribute.required
            && !delta.removed.is_empty()
            && delta.removed.len() == before.len() + delta.added().count()
        {
            return Err(schemas::Error::mutability(format!("{}: is required", attribute.name)).into());
        }
        Ok(Delta { stamp, ..delta })
    }

    async fn resolved(
        &self,
        context: &Context,
        (attribute, before): (&Attribute, &Members),
        change: RowChange,
    ) -> Result<MemberChange, Error> {
        Ok(match change {
            RowChange::Add(rows) => MemberChange::Add(self.who(context, (attribute, before), rows).await?),
            RowChange::Replace(rows) => MemberChange::Replace(self.who(context, (attribute, before), rows).await?),
            RowChange::Remove(values) => {
                MemberChange::Remove(values.iter().filter_map(|value| parsed(value)).collect())
            }
            RowChange::RemoveWhere(filter) => MemberChange::RemoveWhere(filter.compile_value(attribute)),
            RowChange::RemoveAll => MemberChange::RemoveAll,
        })
    }

    async fn who(
        &self,
        context: &Context,
        (attribute, before): (&Attribute, &Members),
        rows: Vec<Row>,
    ) -> Result<Vec<Member>, Error> {
        let mut found = Vec::with_capacity(rows.len());
        for (index, row) in rows.into_iter().enumerate() {
            breathe(index).await;
            match self.member(context, (attribute, before), &row).await? {
                Some(member) => found.push(member),
                None if context.rules.unknown_members_dropped => {}
                None => {
                    let (name, value) = (&attribute.name, schemas::excerpt(&row.value));
                    let detail = format!("{name}.value: there is no resource `{value}`");
                    return Err(schemas::Error::invalid_value(detail).into());
                }
            }
        }
        Ok(found)
    }

    /// The member that a row names; `None` if there is no such resource.
    async fn member(
        &self,
        context: &Context,
        (attribute, before): (&Attribute, &Members),
        row: &Row,
    ) -> Result<Option<Member>, Error> {
        let Some(id) = parsed(&row.value) else {
            return Ok(None);
        };
        let known = before.get(&id);
        let resource_type = match known {
            Some(known) => Some(known.resource_type.clone()),
            None => self.type_of(context, attribute, (id, row)).await?,
        };
        let display = || row.display.clone().or_else(|| known?.display.clone());
        Ok(resource_type.map(|resource_type| Member {
            id,
            resource_type,
            display: display(),
        }))
    }

    /// The resource type of a new member; `None` if there is no such resource.
    async fn type_of(
        &self,
        context: &Context,
        attribute: &Attribute,
        (id, row): (ResourceId, &Row),
    ) -> Result<Option<String>, Error> {
        let types = attribute
            .sub_attribute("$ref")
            .map_or(&[][..], |sub| &sub.reference_types);
        let types = types.iter().filter_map(|name| self.catalogue().by_name(name));
        let mut types: Vec<_> = if types.clone().next().is_some() {
            types.collect()
        } else {
            self.catalogue().types().iter().collect()
        };
        // The type that the request names is the likeliest.
        let named = row.kind.as_deref().unwrap_or_default();
        types.sort_by_key(|other| !other.name.eq_ignore_ascii_case(named));
        for resource_type in types {
            let scope = context.scope(resource_type);
            if self.store().resource(&ResourceKey { scope, id }).await?.is_some() {
                return Ok(Some(resource_type.name.clone()));
            }
        }
        Ok(None)
    }

    pub(super) async fn all_members(&self, group: &ResourceKey) -> Result<Members, Error> {
        let mut all = Members::new();
        loop {
            let after = all.last_key_value().map(|(id, _)| *id);
            let chunk = self.store().members(group, after, MEMBERS_CHUNK).await?;
            let is_last = chunk.len() < MEMBERS_CHUNK;
            all.extend(chunk.into_iter().map(|member| (member.id, member)));
            if is_last {
                return Ok(all);
            }
        }
    }

    async fn members_named(&self, group: &ResourceKey, changes: &[RowChange]) -> Result<Members, Error> {
        let mut ids: Vec<_> = changes.iter().flat_map(named).collect();
        ids.sort_unstable();
        ids.dedup();
        let members = self.store().members_among(group, &ids).await?;
        Ok(members.into_iter().map(|member| (member.id, member)).collect())
    }
}

/// Counts how often a row would be held against a comparison of a filter.
fn check_comparisons(before: usize, changes: &[RowChange]) -> Result<(), schemas::Error> {
    let (mut rows, mut compared) = (before, 0_usize);
    for change in changes {
        match change {
            RowChange::Add(added) | RowChange::Replace(added) => rows += added.len(),
            RowChange::RemoveWhere(filter) => compared = compared.saturating_add(rows.saturating_mul(filter.terms())),
            RowChange::Remove(_) | RowChange::RemoveAll => {}
        }
    }
    if compared <= COMPARED_MAX {
        return Ok(());
    }
    Err(schemas::Error::too_large(format!(
        "the filters make more than {COMPARED_MAX} comparisons of members: send them in several requests"
    )))
}

/// Whether the change can only be made by who knows all members.
fn needs_all(change: &RowChange) -> bool {
    match change {
        RowChange::Add(_) | RowChange::Remove(_) => false,
        RowChange::RemoveWhere(_) | RowChange::RemoveAll | RowChange::Replace(_) => true,
    }
}

/// The members that the change names.
fn named(change: &RowChange) -> Vec<ResourceId> {
    match change {
        RowChange::Add(rows) | RowChange::Replace(rows) => rows.iter().filter_map(|row| parsed(&row.value)).collect(),
        RowChange::Remove(values) => values.iter().filter_map(|value| parsed(value)).collect(),
        RowChange::RemoveWhere(_) | RowChange::RemoveAll => Vec::new(),
    }
}

/// An id as we write them; ids are compared exactly (RFC 7643 section 3.1).
pub(super) fn parsed(text: &str) -> Option<ResourceId> {
    let id = ResourceId(Uuid::try_parse(text).ok()?);
    (id.to_string() == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use schemas::Filter;

    use super::*;

    #[test]
    fn comparisons_of_members_have_a_limit() {
        let check = |members: usize, terms: usize, removals: usize, expected: Result<(), u16>| {
            let filter = vec!["display co \"x\""; terms].join(" or ");
            let filter = Filter::parse(&filter).expect("a filter");
            let changes = vec![RowChange::RemoveWhere(filter); removals];
            let checked = check_comparisons(members, &changes).map_err(|error| error.status);
            assert_eq!(checked, expected, "{members} {terms} {removals}");
        };
        check(100_000, 1, 50, Ok(()));
        check(100_000, 1, 51, Err(413));
        check(100_000, 51, 1, Err(413));
        check(100, 1, 10_000, Ok(()));
    }
}
