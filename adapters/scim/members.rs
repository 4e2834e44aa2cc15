//! Who is in a group.
use serde_json::{Value, json};

use super::api::{Api, Type, equals, gone};
use super::attribute::{Document, get};
use super::error::Call;
use super::resources::Change;
use super::shown::{hidden, is_among};
use crate::descriptor::{Kind, Update};
use crate::{Error, ErrorKind, Retry};

/// Pages of members that are looked through for one: 100,000 where a page has a hundred. Who is not found so far may be
/// in.
const PAGES_MAX: usize = 1_000;

/// Ids, and where they go on.
type Ids = (Vec<String>, Option<String>);

impl Api {
    /// Says `NotFound` if the group or the one member is gone: service providers word that in many ways.
    pub(super) async fn add(&self, group_id: &str, member_ids: &[&str]) -> Result<(), Error> {
        let of = self.of(Kind::Group)?;
        let change = of_members(&of, group_id);
        let answer = match of.resources.update {
            Update::Patch => {
                let operation = json!({ "op": "add", "path": "members", "value": members(member_ids) });
                self.patch(&change, vec![operation]).await
            }
            Update::Put => self.put_members(&change, member_ids, true).await,
        };
        match answer {
            Err(error) if is_rejected(&error) && self.is_gone(member_ids).await? => Err(gone()),
            answer => answer,
        }
    }

    /// Sends the group back with those who are in, and these, or without them.
    async fn put_members(&self, change: &Change<'_>, member_ids: &[&str], is_in: bool) -> Result<(), Error> {
        let set = |group: &mut Document| {
            let mut all = self.shown.members(change.id, taken(group), self.connection.read_lag)?;
            all.retain(|member| !is_among(member, member_ids));
            all.extend(members(member_ids).into_iter().filter(|_| is_in));
            group.insert("members".into(), all.into());
            Ok(())
        };
        let answer = self.put(change, set).await?;
        self.shown.put(change.id, member_ids, is_in);
        if let Ok(mut group) = serde_json::from_slice(&answer.body) {
            self.shown.note(&taken(&mut group));
        }
        Ok(())
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
            Update::Put => self.put_members(&change, member_ids, false).await,
        };
        match answer {
            Err(error) if is_rejected(&error) || error.kind == ErrorKind::NotFound => {
                self.removed(group_id, member_ids, error).await
            }
            answer => answer,
        }
    }

    /// What a refused removal leaves, since a PATCH is done whole or not at all (RFC 7644 section 3.5.2): nobody where
    /// the group is gone; of one alone, who is in still. `noTarget` says of one alone that nobody is to be removed, of
    /// several not which; 404 may also be said of the path itself, by a product that has no PATCH.
    async fn removed(&self, group_id: &str, member_ids: &[&str], refused: Error) -> Result<(), Error> {
        let is_done = match (is_rejected(&refused), member_ids) {
            (true, [id]) => self.is_out(group_id, id).await?,
            (true, _) => false,
            (false, [_]) if refused.retry == Retry::Never => true,
            (false, [id]) => self.is_out(group_id, id).await? || self.is_gone(&[id]).await?,
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

    /// Members that are groups themselves are left out. A group without `members` has none where it is known that groups
    /// show them (RFC 7643 section 2.5), and else says nothing: a product may leave them out.
    pub(super) async fn members_of(&self, group_id: &str, after: Option<&str>) -> Result<Ids, Error> {
        let of = self.of(Kind::Group)?;
        let Some(attribute) = &self.manifest.dialect.members_by else {
            let mut group = self.read(&of, group_id, "").await?.ok_or_else(gone)?;
            let is_told = get(&group, "members").is_some() || self.manifest.dialect.shows_members;
            let members = taken(&mut group);
            self.shown.note(&members);
            if !is_told && !self.shown.any() {
                return Err(hidden());
            }
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

    /// Whether it is one user, who is gone. Of several it is not looked: they are tried one by one in any case.
    async fn is_gone(&self, member_ids: &[&str]) -> Result<bool, Error> {
        match member_ids {
            [id] => Ok(self.read(&self.of(Kind::User)?, id, "").await?.is_none()),
            _ => Ok(false),
        }
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

fn person(member: &Value) -> Option<String> {
    let member = member.as_object()?;
    let kind = get(member, "type").and_then(Value::as_str).unwrap_or("User");
    let id = get(member, "value")?.as_str()?;
    (!kind.eq_ignore_ascii_case("Group")).then(|| id.to_owned())
}
