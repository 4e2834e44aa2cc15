//! Who is in a group. A membership is a resource with an id of its own, by which alone it can be deleted.
use serde_json::json;

use super::api::{Api, PAGE_ENTRIES, gone, number, offset, request, unavailable, with_body, with_query};
use super::error::Call;
use super::wire::{Listed, Membership};
use crate::{Error, ErrorKind};

const MEMBERSHIPS: &str = "/group_memberships";
const MEMBERSHIP: &str = "/group_memberships/{group_membership_id}";
const OF_USER: &str = "/users/{user_id}/memberships";
const OF_GROUP: &str = "/groups/{group_id}/memberships";

/// Memberships of one person on a page: the most that Box gives, so that one page nearly always does.
const OF_USER_ENTRIES: &str = "1000";

/// Pages of them that are looked through: more groups than any enterprise has.
const OF_USER_PAGES_MAX: usize = 100;

impl Api {
    pub(super) async fn join(&self, group_id: &str, user_id: &str) -> Result<(), Error> {
        let body = json!({ "user": { "id": number(user_id)? }, "group": { "id": number(group_id)? } });
        let request = with_body(request("POST", MEMBERSHIPS, MEMBERSHIPS.into()), &body);
        match self.send(request, &Call::JOIN).await {
            Err(error) if matches!(error.kind, ErrorKind::Exists { .. }) => Ok(()),
            outcome => outcome.map(|_| ()),
        }
    }

    pub(super) async fn leave(&self, group_id: &str, user_id: &str) -> Result<(), Error> {
        let (Ok(group_id), Ok(user_id)) = (number(group_id), number(user_id)) else {
            return Ok(());
        };
        let Some(id) = self.membership(group_id, user_id).await? else {
            return Ok(());
        };
        let path = format!("{MEMBERSHIPS}/{}", number(&id)?);
        let request = request("DELETE", MEMBERSHIP, path);
        gone(self.send(request, &Call::LEAVE).await.map(|_| ()))
    }

    /// Ids of a page of members, and where the next begins.
    pub(super) async fn members_of(
        &self,
        group_id: &str,
        after: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>), Error> {
        let offset = offset(after)?;
        let path = format!("/groups/{}/memberships", number(group_id)?);
        let query = [("limit", PAGE_ENTRIES), ("offset", &offset.to_string())];
        let page: Listed<Membership> = self
            .read_page(request("GET", OF_GROUP, with_query(&path, &query)))
            .await?;
        let next = page.next_offset(offset).map(|next| next.to_string());
        let users = page.entries.into_iter().filter_map(|membership| membership.user);
        Ok((users.map(|user| user.id).collect(), next))
    }

    /// The id of the membership, looked for among those of the user: they are fewer than those of the group.
    async fn membership(&self, group_id: &str, user_id: &str) -> Result<Option<String>, Error> {
        let path = format!("/users/{user_id}/memberships");
        let mut offset = 0;
        for _ in 0..OF_USER_PAGES_MAX {
            let query = [("limit", OF_USER_ENTRIES), ("offset", &offset.to_string())];
            let reading = request("GET", OF_USER, with_query(&path, &query));
            let Some(page) = self.read::<Listed<Membership>>(reading).await? else {
                return Ok(None);
            };
            let is_wanted = |membership: &&Membership| {
                let group = membership.group.as_ref();
                group.is_some_and(|group| group.id == group_id)
            };
            if let Some(membership) = page.entries.iter().find(is_wanted) {
                return Ok(Some(membership.id.clone()));
            }
            let Some(next) = page.next_offset(offset) else {
                return Ok(None);
            };
            offset = next;
        }
        Err(unavailable("the list of a person's groups does not end"))
    }
}
