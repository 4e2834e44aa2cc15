//! Who is in a group. A membership is a resource with an id of its own, by which alone it can be deleted.
use serde_json::json;

use super::api::{Api, Place, gone, number, request, writing};
use super::error::Call;
use super::wire::{Membership, Memberships};
use crate::{Error, ErrorKind, Retry};

const MEMBERSHIPS: &str = "/api/v2/group_memberships";
const MEMBERSHIP: &str = "/api/v2/group_memberships/{id}";
const OF_USER: &str = "/api/v2/users/{id}/group_memberships";
const OF_GROUP: &str = "/api/v2/groups/{id}/memberships";

impl Api {
    pub(super) async fn join(&self, group_id: &str, user_id: &str) -> Result<(), Error> {
        let body = json!({ "group_membership": { "user_id": number(user_id)?, "group_id": number(group_id)? } });
        let request = writing("POST", MEMBERSHIPS, MEMBERSHIPS.into(), &body);
        match self.send(request, &Call::JOIN).await {
            Err(error) => self.not_joined(error, group_id, user_id).await,
            Ok(_) => Ok(()),
        }
    }

    /// Zendesk refuses who is in already, who is no agent, and who or what is gone, all with the same status.
    async fn not_joined(&self, error: Error, group_id: &str, user_id: &str) -> Result<(), Error> {
        match error.kind {
            ErrorKind::Exists { .. } => Ok(()),
            ErrorKind::Rejected { .. } if self.group(group_id).await?.is_none() => Err(missing("the group is gone")),
            ErrorKind::Rejected { .. } if self.bare_user(number(user_id)?).await?.is_none() => {
                Err(missing("the member is gone"))
            }
            _ => Err(error),
        }
    }

    pub(super) async fn leave(&self, group_id: &str, user_id: &str) -> Result<(), Error> {
        let (Ok(group_id), Ok(user_id)) = (number(group_id), number(user_id)) else {
            return Ok(());
        };
        let place = Place {
            route: OF_USER,
            path: format!("/api/v2/users/{user_id}/group_memberships"),
            query: &[],
        };
        let is_wanted = |membership: &Membership| membership.group_id == group_id;
        let found = match self.seek::<Memberships>(&place, is_wanted, 1).await {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(()),
            found => found?,
        };
        let Some(membership) = found.first() else { return Ok(()) };
        let request = request("DELETE", MEMBERSHIP, format!("{MEMBERSHIPS}/{}", membership.id));
        gone(self.send(request, &Call::REMOVE).await.map(|_| ()))
    }

    /// Ids of a page of members, and the cursor of the next.
    pub(super) async fn members_of(
        &self,
        group_id: &str,
        after: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>), Error> {
        let place = Place {
            route: OF_GROUP,
            path: format!("/api/v2/groups/{}/memberships", number(group_id)?),
            query: &[],
        };
        let (memberships, next) = self.page::<Memberships>(&place, after).await?;
        let ids = memberships.into_iter().map(|membership| membership.user_id.to_string());
        Ok((ids.collect(), next))
    }
}

fn missing(reason: &str) -> Error {
    Error::new(ErrorKind::NotFound, Retry::Never, reason)
}
