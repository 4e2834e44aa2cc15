//! Groups and who belongs to them: read only. Paths are documented; what the bodies hold is assumed from the other
//! lists.

use serde_json::{Value, json};

use super::account::Calendly;
use super::page::Page;
use super::records::{Group, Relationship};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::uri;
use super::users::time;
use crate::twins::Answer;

pub(super) fn list(twin: &mut Calendly, call: &Call) -> Reply {
    call.caller.need_admin()?;
    let page = Page::read(call.request)?;
    let organization = uri::parameter(call.request, "organization")?;
    twin.is_here(organization.ok_or_else(|| Refusal::invalid("organization", "can't be blank"))?)?;
    let rows = twin.groups.rows_before(call.now, twin.lag);
    Ok(page.answer(rows.iter(), |group| twin.group_json(group)))
}

pub(super) fn get(twin: &mut Calendly, call: &Call) -> Reply {
    call.caller.need_admin()?;
    let group = twin.groups.rows().get(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(200, &json!({ "resource": twin.group_json(group) })))
}

pub(super) fn list_relationships(twin: &mut Calendly, call: &Call) -> Reply {
    call.caller.need_admin()?;
    let page = Page::read(call.request)?;
    let organization = uri::parameter(call.request, "organization")?;
    organization.map_or(Ok(()), |organization| twin.is_here(organization))?;
    let group = uri::parameter(call.request, "group")?;
    let owner = uri::parameter(call.request, "owner")?;
    let rows = twin.relationships.rows_before(call.now, twin.lag);
    let wanted = rows.iter().filter(|(_, row)| {
        group.is_none_or(|group| row.group == group) && owner.is_none_or(|owner| row.membership == owner)
    });
    Ok(page.answer(wanted, |row| twin.relationship_json(row)))
}

impl Calendly {
    fn is_here(&self, organization: &str) -> Result<(), Refusal> {
        match organization == self.account.organization {
            true => Ok(()),
            false => Err(Refusal::denied()),
        }
    }

    fn group_json(&self, group: &Group) -> Value {
        let members = self.relationships.rows().values();
        json!({
            "uri": uri::group(&group.id),
            "name": group.name,
            "organization": uri::organization(&self.account.organization),
            "member_count": members.filter(|row| row.group == group.id).count(),
            "created_at": time(group.created_at),
            "updated_at": time(group.created_at),
        })
    }

    fn relationship_json(&self, relationship: &Relationship) -> Value {
        json!({
            "uri": uri::relationship(&relationship.id),
            "organization": uri::organization(&self.account.organization),
            "group": uri::group(&relationship.group),
            "owner": uri::membership(&relationship.membership),
            "role": "member",
            "created_at": time(relationship.created_at),
            "updated_at": time(relationship.created_at),
        })
    }
}
