//! Groups and their members. Only Okta's own groups: those of applications belong to their source, and "Everyone" to
//! nobody.
use serde_json::{Map, Value, json};

use super::api::{
    Api, Fit, Holder, decode, gone, is_empty, listing, named_page, quoted, request, segment, unavailable, with_body,
};
use super::error::Call;
use super::wire::{Entry, Group};
use crate::{Account, Error, ErrorKind, Fields, Identity, Page, Retry};

const GROUPS: &str = "/api/v1/groups";
const GROUP: &str = "/api/v1/groups/{id}";
const MEMBERS: &str = "/api/v1/groups/{id}/users";
const MEMBER: &str = "/api/v1/groups/{id}/users/{user_id}";
const ROLES: &str = "/api/v1/groups/{id}/roles";

/// The field by which groups are found.
const UNIQUE: &str = "name";

/// The groups that every org has.
const BUILT_IN: &str = r#"type eq "BUILT_IN""#;

/// The group that everybody of an org is in.
const EVERYONE: &str = "Everyone";

/// The groups that are Okta's own.
const OWN: &str = r#"type eq "OKTA_GROUP""#;

impl Holder {
    /// A group, by an id that is a part of paths.
    fn group(id: &str) -> Self {
        Self {
            route: ROLES,
            path: format!("{GROUPS}/{id}/roles"),
        }
    }
}

impl Api {
    /// Says whose org the credential opens: every org has the group of everyone, under an id of its own.
    pub(super) async fn identity(&self) -> Result<Identity, Error> {
        let (groups, _) = self
            .page::<Group>(GROUPS, listing(GROUPS, &[("filter", BUILT_IN)]))
            .await?;
        let everyone = groups.into_iter().find(|group| group.name() == EVERYONE);
        let everyone = everyone.ok_or_else(|| unavailable("Okta does not say whose org it is"))?;
        Ok(Identity {
            id: everyone.id,
            name: self.choices.domain.clone(),
        })
    }

    pub(super) async fn group(&self, id: &str) -> Result<Option<Account>, Error> {
        let Ok(id) = segment(id) else { return Ok(None) };
        Ok(self.own_group(id).await?.map(account))
    }

    /// # Errors
    /// `Rejected` when only a group of others has the name, which nobody here may change: asked where Okta says that the
    /// name is taken.
    pub(super) async fn group_by_name(&self, name: &str) -> Result<Option<Account>, Error> {
        let expression = format!("profile.name eq {}", quoted(name));
        let fits = |group: &Group| match (group.is_writable(), Fit::of(group.name(), name)) {
            (false, Fit::Exact | Fit::ButForCase) => Fit::ForWantOfOthers,
            (_, fit) => fit,
        };
        match self.search::<Group>(GROUPS, &expression, fits).await? {
            Some(group) if !group.is_writable() => Err(foreign(&group)),
            found => Ok(found.map(account)),
        }
    }

    /// A page of groups.
    pub(super) async fn groups(&self, after: Option<&str>) -> Result<Page, Error> {
        let first = || Ok(listing(GROUPS, &[("filter", OWN)]));
        let place = after.map_or_else(first, |after| named_page(after, GROUPS))?;
        let (groups, next) = self.page::<Group>(GROUPS, place).await?;
        let own = groups.into_iter().filter(Group::is_writable);
        Ok(Page {
            accounts: own.map(account).collect(),
            next,
        })
    }

    pub(super) async fn create_group(&self, fields: &Fields) -> Result<Account, Error> {
        let request = with_body(request("POST", GROUPS, GROUPS.into()), &body(Map::new(), fields)?);
        let answer = self.send(request, &Call::save(fields, UNIQUE)).await?;
        Ok(account(decode::<Group>(&answer, ErrorKind::Ambiguous)?))
    }

    /// A group's profile can only be replaced as a whole, so that the rest of it is read first.
    pub(super) async fn update_group(&self, id: &str, changed: &Fields) -> Result<(), Error> {
        let id = segment(id)?;
        let group = self.own_group(id).await?;
        let group = group.ok_or_else(|| Error::new(ErrorKind::NotFound, Retry::Never, "there is no such group"))?;
        let request = with_body(
            request("PUT", GROUP, format!("{GROUPS}/{id}")),
            &body(group.profile, changed)?,
        );
        let call = Call::save(changed, UNIQUE);
        self.write(request, &call, &Holder::group(id)).await.map(|_| ())
    }

    pub(super) async fn delete_group(&self, id: &str) -> Result<(), Error> {
        let Ok(id) = segment(id) else { return Ok(()) };
        let request = request("DELETE", GROUP, format!("{GROUPS}/{id}"));
        gone(self.write(request, &Call::CHANGE, &Holder::group(id)).await).map(|_| ())
    }

    /// Ids of a page of members, and where the next is.
    pub(super) async fn group_members(
        &self,
        id: &str,
        after: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>), Error> {
        let path = format!("{GROUPS}/{}/users", segment(id)?);
        let place = after.map_or_else(|| Ok(listing(&path, &[])), |after| named_page(after, &path))?;
        let (members, next) = self.page::<Entry>(MEMBERS, place).await?;
        Ok((members.into_iter().map(|member| member.id).collect(), next))
    }

    pub(super) async fn put_member(&self, group_id: &str, user_id: &str) -> Result<(), Error> {
        let (group_id, user_id) = (segment(group_id)?, segment(user_id)?);
        self.membership("PUT", group_id, user_id).await
    }

    pub(super) async fn delete_member(&self, group_id: &str, user_id: &str) -> Result<(), Error> {
        let (Ok(group_id), Ok(user_id)) = (segment(group_id), segment(user_id)) else {
            return Ok(());
        };
        gone(self.membership("DELETE", group_id, user_id).await).map(|_| ())
    }

    async fn membership(&self, method: &'static str, group_id: &str, user_id: &str) -> Result<(), Error> {
        let request = request(method, MEMBER, format!("{GROUPS}/{group_id}/users/{user_id}"));
        let holder = Holder::group(group_id);
        self.write(request, &Call::CHANGE, &holder).await.map(|_| ())
    }

    async fn own_group(&self, id: &str) -> Result<Option<Group>, Error> {
        let found = self
            .read::<Group>(request("GET", GROUP, format!("{GROUPS}/{id}")))
            .await?;
        Ok(found.filter(Group::is_writable))
    }
}

/// The name is that of a group which is not ours to change.
fn foreign(group: &Group) -> Error {
    let reason = match group.is_built_in() {
        true => "is the name of one of Okta's own groups, whose members nobody chooses",
        false => "is the name of a group of an application, which that alone changes",
    };
    Error::rejected(Some(UNIQUE), reason)
}

fn account(group: Group) -> Account {
    let value = |name: &str| group.profile.get(name).filter(|value| !is_empty(value));
    let fields = ["name", "description"].map(|name| (name.to_owned(), value(name).cloned().unwrap_or_default()));
    Account {
        fields: fields.into(),
        ..Account::of(group.id)
    }
}

/// A profile with changes. The schema has no null: what has no value is left out.
fn body(mut profile: Map<String, Value>, changed: &Fields) -> Result<Value, Error> {
    for (name, value) in changed {
        match is_empty(value) {
            true => profile.shift_remove(name),
            false => profile.insert(name.clone(), value.clone()),
        };
    }
    if profile.get(UNIQUE).is_none_or(is_empty) {
        return Err(Error::rejected(Some(UNIQUE), "Okta has no group without it"));
    }
    Ok(json!({ "profile": profile }))
}
