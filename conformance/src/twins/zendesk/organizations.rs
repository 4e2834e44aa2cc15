//! Organizations, to which users belong.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::Zendesk;
use super::body::{self, Fields};
use super::page::Page;
use super::records::Organization;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::user_json::time;
use crate::twins::Answer;

pub(super) fn list(twin: &mut Zendesk, call: &Call) -> Reply {
    page_of(twin, call, |_| true)
}

/// By name or by external id, neither of which is told apart by case. That one of them must be there is not documented.
pub(super) fn search(twin: &mut Zendesk, call: &Call) -> Reply {
    let parameter = |name: &str| call.request.parameter(name).map(str::to_lowercase);
    match (parameter("name"), parameter("external_id")) {
        (Some(name), None) => page_of(twin, call, |organization| organization.name.to_lowercase() == name),
        (None, Some(id)) => page_of(twin, call, |organization| {
            organization
                .external_id
                .as_ref()
                .is_some_and(|own| own.to_lowercase() == id)
        }),
        (Some(_), Some(_)) | (None, None) => Err(Refusal::parameter("Either name or external_id must be there")),
    }
}

pub(super) fn show(twin: &mut Zendesk, call: &Call) -> Reply {
    let organization = twin
        .organizations
        .rows()
        .get(&call.id()?)
        .ok_or_else(Refusal::not_found)?;
    Ok(answer(twin, 200, organization))
}

pub(super) fn create(twin: &mut Zendesk, call: &Call) -> Reply {
    let fields = body::object(call.request, "organization")?;
    let organization = twin.put_organization(call.now, None, &fields)?;
    Ok(answer(twin, 201, &organization))
}

/// By id, or else by external id.
pub(super) fn create_or_update(twin: &mut Zendesk, call: &Call) -> Reply {
    let fields = body::object(call.request, "organization")?;
    let id = fields.get("id").and_then(Value::as_u64);
    let external_id = fields.get("external_id").and_then(Value::as_str).map(str::to_lowercase);
    let has = |organization: &&Arc<Organization>| {
        let own = organization.external_id.as_ref().map(|id| id.to_lowercase());
        Some(organization.id) == id || own.is_some() && own == external_id
    };
    let existing = twin.organizations.rows().values().find(has).cloned();
    let status = if existing.is_some() { 200 } else { 201 };
    let organization = twin.put_organization(call.now, existing.as_deref(), &fields)?;
    Ok(answer(twin, status, &organization))
}

fn page_of(twin: &Zendesk, call: &Call, is_wanted: impl Fn(&Organization) -> bool) -> Reply {
    let page = Page::read(call)?;
    let rows = twin.organizations.rows_before(call.now, twin.lag);
    let wanted = rows.iter().filter(|(_, organization)| is_wanted(organization));
    let wanted = wanted.map(|(id, organization)| (*id, organization));
    Ok(page
        .of(wanted)
        .answer(twin, "organizations", |organization| json(twin, organization)))
}

fn answer(twin: &Zendesk, status: u16, organization: &Organization) -> Answer {
    Answer::json(status, &json!({ "organization": json(twin, organization) }))
}

fn json(twin: &Zendesk, organization: &Organization) -> Value {
    json!({
        "id": organization.id,
        "url": twin.url(&format!("organizations/{}", organization.id)),
        "name": organization.name,
        "external_id": organization.external_id,
        "details": organization.details,
        "notes": organization.notes,
        "domain_names": organization.domain_names,
        "tags": organization.tags,
        "group_id": organization.group_id,
        "shared_tickets": organization.shared_tickets,
        "shared_comments": organization.shared_comments,
        "organization_fields": {},
        "created_at": time(organization.created_at),
        "updated_at": time(organization.updated_at),
    })
}

impl Zendesk {
    pub(super) fn organization_by_name(&self, name: &str) -> Option<u64> {
        let mut organizations = self.organizations.rows().values();
        let found = organizations.find(|organization| organization.name.to_lowercase() == name.to_lowercase());
        found.map(|organization| organization.id)
    }

    /// A new organization, or an old one with the fields that are named. Names and external ids are unique; which
    /// errors say so is not documented.
    pub(super) fn put_organization(
        &mut self,
        now: Timestamp,
        before: Option<&Organization>,
        said: &Map<String, Value>,
    ) -> Result<Arc<Organization>, Refusal> {
        let mut fields = Fields::new(said);
        let mut changed = match before {
            Some(organization) => organization.clone(),
            None => self.blank_organization(now),
        };
        let name = fields.filled("name");
        let name = if before.is_none() {
            fields.require("name", name)
        } else {
            name
        };
        changed.name = name.unwrap_or(changed.name);
        changed.external_id = fields.nullable_text("external_id").unwrap_or(changed.external_id);
        changed.details = fields.nullable_text("details").unwrap_or(changed.details);
        changed.notes = fields.nullable_text("notes").unwrap_or(changed.notes);
        changed.domain_names = fields.texts("domain_names").unwrap_or(changed.domain_names);
        changed.tags = fields.texts("tags").unwrap_or(changed.tags);
        changed.group_id = fields.id("group_id").unwrap_or(changed.group_id);
        changed.shared_tickets = fields.boolean("shared_tickets").unwrap_or(changed.shared_tickets);
        changed.shared_comments = fields.boolean("shared_comments").unwrap_or(changed.shared_comments);
        changed.updated_at = now;
        let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        let mut faults = fields.faults;
        for other in self
            .organizations
            .rows()
            .values()
            .filter(|other| other.id != changed.id)
        {
            if same(&other.name, &changed.name) {
                faults.add("name", "DuplicateValue", "has already been taken");
            }
            if other
                .external_id
                .iter()
                .zip(&changed.external_id)
                .any(|(one, other)| same(one, other))
            {
                faults.add("external_id", "DuplicateValue", "has already been taken");
            }
        }
        faults.finish()?;
        Ok(self.organizations.put(now, changed))
    }

    fn blank_organization(&mut self, now: Timestamp) -> Organization {
        Organization {
            id: self.new_id(),
            name: String::new(),
            external_id: None,
            details: None,
            notes: None,
            domain_names: Vec::new(),
            tags: Vec::new(),
            group_id: None,
            shared_tickets: false,
            shared_comments: false,
            created_at: now,
            updated_at: now,
        }
    }
}
