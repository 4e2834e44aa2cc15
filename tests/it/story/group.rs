//! A group of the directory with the person in it, or not.
use adapters::descriptor::{FieldType, Kind};
use adapters::{Account, Fields};
use serde_json::{Value, json};

use super::scene::{Outcome, Scene, Turn, ensure, same, told};
use crate::harness;

/// A group of the story.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) name: String,
    /// Whether the vendor should have it.
    is_there: bool,
    /// Its id in the directory.
    id: Option<String>,
    /// Whether the person is a member.
    pub(super) has_person: bool,
}

impl Group {
    pub(super) fn new(number: usize) -> Self {
        Self {
            name: format!("Group {number}"),
            is_there: false,
            id: None,
            has_person: false,
        }
    }
}

impl Scene<'_> {
    /// A write of the group as it is to be. `calls` are those that it takes where the vendor has groups; elsewhere none are made.
    pub(super) async fn write_group(&mut self, method: &'static str, (status, calls): (u16, u64)) -> Outcome {
        let members: Vec<_> = self.group.has_person.then_some(self.id.as_str()).into_iter().collect();
        let body = harness::group(&self.group.name, &members);
        let id = self.group.id.as_ref();
        let path = id.map_or_else(|| "/Groups".to_owned(), |id| format!("/Groups/{id}"));
        self.group.is_there = method != "DELETE";
        let turn = Turn {
            method,
            path,
            body: self.group.is_there.then_some(body),
            status,
            calls: if self.has_groups() { calls } else { 0 },
            problem: None,
        };
        let body = self.take(turn).await?;
        self.group.id = body["id"].as_str().map(str::to_owned);
        Ok(())
    }

    pub(super) fn has_groups(&self) -> bool {
        self.vendor.descriptor.group.is_some()
    }

    /// What the vendor should have of the group of this name.
    pub(super) fn group_fields(&self) -> Fields {
        let fields = self.vendor.descriptor.group.iter().flat_map(|group| &group.fields);
        let value = |source: &str| match source {
            "displayName" => self.group.name.clone().into(),
            _ => Value::Null,
        };
        fields
            .map(|field| {
                (
                    field.name.clone(),
                    field.default_source.as_deref().map_or(Value::Null, value),
                )
            })
            .collect()
    }

    /// Asserts that the vendor has the group, with the person in it if they are.
    pub(super) async fn look_at_group(&self) -> Outcome {
        if !self.has_groups() {
            return Ok(());
        }
        let found = self.reader.find(Kind::Group, &self.group.name).await.map_err(told)?;
        let is_there = self.group.is_there;
        ensure(found.is_some() == is_there, || {
            format!("{found:?} is there: expected {is_there}")
        })?;
        let Some(found) = found else { return Ok(()) };
        self.compare_group(&found)?;
        let (mut members, mut after) = (Vec::new(), None);
        loop {
            let page = self.reader.members(&found.id, after.as_deref()).await.map_err(told)?;
            members.extend(page.0);
            after = page.1;
            if after.is_none() {
                break;
            }
        }
        let expected: Vec<_> = self.account.iter().filter(|_| self.group.has_person).cloned().collect();
        same("who is in the group", &expected, &members)
    }

    fn compare_group(&self, found: &Account) -> Outcome {
        let wanted = self.group_fields();
        for field in &self.vendor.kind(Kind::Group).fields {
            let (expected, got) = (
                &wanted[&field.name],
                found.fields.get(&field.name).unwrap_or(&json!(null)).clone(),
            );
            // What nothing is sent of is the vendor's own.
            let is_own = expected.is_null() && field.kind == FieldType::Boolean;
            ensure(is_own || field.same(expected, &got), || {
                format!("the group's {} is {got} where {expected} was expected", field.name)
            })?;
        }
        Ok(())
    }
}
