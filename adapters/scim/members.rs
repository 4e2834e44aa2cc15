//! Who is in a group.
use serde_json::{Value, json};

use super::api::{Api, Type, equals, gone};
use super::attribute::{Document, get};
use super::error::Call;
use super::resources::Change;
use crate::descriptor::{Kind, Update};
use crate::{Error, ErrorKind, Retry};

/// Pages of members that are looked through for one: 100,000 where a page has a hundred. Who is not found so far may be
/// in.
const PAGES_MAX: usize = 1_000;

/// Ids, and where they go on.
type Ids = (Vec<String>, Option<String>);

impl Api {
    /// Says `NotFound` if the group or one of them is gone: service providers word that in many ways.
    pub(super) async fn add(&self, group_id: &str, member_ids: &[&str]) -> Result<(), Error> {
        let of = self.of(Kind::Group)?;
        let change = of_members(&of, group_id);
        let answer = match of.resources.update {
            Update::Patch => {
                let operation = json!({ "op": "add", "path": "members", "value": members(member_ids) });
                self.patch(&change, vec![operation]).await
            }
            Update::Put => self.add_by_put(&change, member_ids).await,
        };
        match answer {
            Err(error) if is_rejected(&error) && self.is_any_gone(member_ids).await? => Err(gone()),
            answer => answer,
        }
    }

    /// Sends the group back with those whom it shows and the new ones. If it showed nobody and does not show the new
    /// ones either, it never does, and the next PUT would remove them: that is no way to add anybody.
    async fn add_by_put(&self, change: &Change<'_>, member_ids: &[&str]) -> Result<(), Error> {
        let mut showed_any = false;
        let set = |group: &mut Document| {
            let mut all = taken(group);
            showed_any = !all.is_empty();
            all.retain(|member| !is_among(member, member_ids));
            all.extend(members(member_ids));
            group.insert("members".into(), all.into());
            Ok(())
        };
        let answer = self.put(change, set).await?;
        let answered = serde_json::from_slice(&answer.body).ok();
        if showed_any || answered.is_some_and(|group| shows(group, member_ids)) {
            return Ok(());
        }
        let read = self.read(change.of, change.id, "").await?.ok_or_else(gone)?;
        if shows(read, member_ids) {
            return Ok(());
        }
        let reason = "the group does not show its members, so that PUT removes all but those sent last: it cannot be \
                      changed so";
        Err(Error::new(ErrorKind::Rejected { field: None }, Retry::Backoff, reason))
    }

    pub(super) async fn remove(&self, group_id: &str, member_ids: &[&str]) -> Result<(), Error> {
        let of = self.of(Kind::Group)?;
        let change = Change {
            call: Call::REMOVE,
            ..of_members(&of, group_id)
        };
        let answer = match of.resources.update {
            Update::Patch => {
                let path = |id: &&str| format!("members[value eq {}]", Value::from(*id));
                let operations = member_ids.iter().map(|id| json!({ "op": "remove", "path": path(id) }));
                self.patch(&change, operations.collect()).await
            }
            Update::Put => {
                let set = |group: &mut Document| {
                    let mut members = taken(group);
                    members.retain(|member| !is_among(member, member_ids));
                    group.insert("members".into(), members.into());
                    Ok(())
                };
                self.put(&change, set).await.map(|_| ())
            }
        };
        match answer {
            Err(error) if is_rejected(&error) || error.kind == ErrorKind::NotFound => {
                self.removed(group_id, member_ids, error).await
            }
            answer => answer,
        }
    }

    /// What a refused removal leaves, since a PATCH is done whole or not at all (RFC 7644 section 3.5.2): nobody where
    /// the group is gone; of one alone, who is in still. 404 and `noTarget` say of one alone that nobody is to be
    /// removed, of several not which.
    async fn removed(&self, group_id: &str, member_ids: &[&str], refused: Error) -> Result<(), Error> {
        let is_done = match (is_rejected(&refused), member_ids) {
            (true, [id]) => self.is_out(group_id, id).await?,
            (true, _) => false,
            (false, [_]) => true,
            (false, _) => self.read_account(Kind::Group, group_id).await?.is_none(),
        };
        if is_done { Ok(()) } else { Err(refused) }
    }

    /// Whether it can be seen that somebody is in the group no more. A group that shows no members at all says nothing
    /// of anybody: products may leave them out.
    async fn is_out(&self, group_id: &str, member_id: &str) -> Result<bool, Error> {
        if self.manifest.dialect.members_by.is_none() {
            let of = self.of(Kind::Group)?;
            let Some(mut group) = self.read(&of, group_id, "").await? else {
                return Ok(true);
            };
            let shows = get(&group, "members").is_some();
            return Ok(shows && taken(&mut group).iter().filter_map(person).all(|id| id != member_id));
        }
        let mut after = None;
        for _ in 0..PAGES_MAX {
            let (ids, next) = match self.members_of(group_id, after.as_deref()).await {
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(true),
                page => page?,
            };
            if next.is_none() || ids.iter().any(|id| id == member_id) {
                return Ok(ids.iter().all(|id| id != member_id));
            }
            after = next;
        }
        Ok(false)
    }

    /// Members that are groups themselves are left out.
    pub(super) async fn members_of(&self, group_id: &str, after: Option<&str>) -> Result<Ids, Error> {
        let of = self.of(Kind::Group)?;
        let Some(attribute) = &self.manifest.dialect.members_by else {
            let mut group = self.read(&of, group_id, "").await?.ok_or_else(gone)?;
            let members = taken(&mut group);
            return Ok((members.iter().filter_map(person).collect(), None));
        };
        // No filter says that there is no such group.
        if after.is_none() {
            self.read(&of, group_id, "").await?.ok_or_else(gone)?;
        }
        let filter = format!("&{}", equals(attribute, group_id));
        let (users, next) = self.page(&self.of(Kind::User)?, &filter, after).await?;
        let id = |user: &Document| Some(get(user, "id")?.as_str()?.to_owned());
        Ok((users.iter().filter_map(id).collect(), next))
    }

    async fn is_any_gone(&self, member_ids: &[&str]) -> Result<bool, Error> {
        let of = self.of(Kind::User)?;
        for id in member_ids {
            if self.read(&of, id, "").await?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A change of a group that is none of its fields.
fn of_members<'a>(of: &'a Type, id: &'a str) -> Change<'a> {
    Change {
        of,
        id,
        call: Call::OTHER,
    }
}

fn members(ids: &[&str]) -> Vec<Value> {
    ids.iter().map(|id| json!({ "value": id })).collect()
}

fn is_rejected(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Rejected { .. })
}

/// Takes the members out of a group.
fn taken(group: &mut Document) -> Vec<Value> {
    let members = get(group, "members").and_then(Value::as_array).cloned();
    group.retain(|name, _| !name.eq_ignore_ascii_case("members"));
    members.unwrap_or_default()
}

fn shows(mut group: Document, ids: &[&str]) -> bool {
    let members = taken(&mut group);
    ids.iter()
        .all(|id| members.iter().any(|member| is_among(member, &[id])))
}

fn is_among(member: &Value, ids: &[&str]) -> bool {
    let id = member.as_object().and_then(|member| get(member, "value")?.as_str());
    id.is_some_and(|id| ids.contains(&id))
}

fn person(member: &Value) -> Option<String> {
    let member = member.as_object()?;
    let kind = get(member, "type").and_then(Value::as_str).unwrap_or("User");
    let id = get(member, "value")?.as_str()?;
    (!kind.eq_ignore_ascii_case("Group")).then(|| id.to_owned())
}
