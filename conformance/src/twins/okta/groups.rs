//! Groups.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::account::Okta;
use super::body;
use super::filter::{Expression, Field, Grammar, Kind, Operator};
use super::ids::prefix;
use super::links::href;
use super::page::{self, Lengths, Page};
use super::records::{Group, GroupKind};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::user_json::time;
use crate::twins::Answer;

const LENGTHS: Lengths = Lengths {
    default: 10_000,
    max: 10_000,
};

/// `q` is meant for pickers, and has no second page.
const FOUND: Lengths = Lengths {
    default: 300,
    max: 10_000,
};

/// This length and the next are not documented.
const NAME_LENGTH_MAX: usize = 255;
const DESCRIPTION_LENGTH_MAX: usize = 1024;

const FILTER: Grammar = Grammar {
    kind: |path, operator| match path {
        "lastUpdated" | "lastMembershipUpdated" if operator == Operator::Equal || operator.compares() => {
            Some(Kind::Time)
        }
        "id" | "type" if operator == Operator::Equal => Some(Kind::Text),
        _ => None,
    },
    is_case_sensitive: true,
};

const SEARCH: Grammar = Grammar {
    kind: |path, operator| match path {
        "created" | "lastUpdated" | "lastMembershipUpdated" => {
            let is_text = matches!(operator, Operator::StartsWith | Operator::Contains);
            (!is_text).then_some(Kind::Time)
        }
        "profile.name" | "profile.description" => Some(Kind::Text),
        "id" | "type" => (operator != Operator::Contains).then_some(Kind::Text),
        _ => None,
    },
    is_case_sensitive: false,
};

/// The profile that a request names.
struct Profile {
    name: String,
    description: Option<String>,
}

impl Profile {
    /// The texts about lengths are not documented.
    fn read(call: &Call) -> Result<Profile, Refusal> {
        let mut fields = body::object(call.request)?;
        let mut profile: Map<String, Value> = body::part(&mut fields, "profile")?.unwrap_or_default();
        let name: Option<String> = body::part(&mut profile, "name")?;
        let description: Option<String> = body::part(&mut profile, "description")?;
        if let Some(unknown) = profile.keys().next() {
            let cause = format!("Property name '{unknown}' is not defined in profile");
            return Err(Refusal::validation("New UserGroup", vec![cause]));
        }
        let name = name.unwrap_or_default();
        if name.trim().is_empty() {
            return Err(Refusal::field("name", "The field cannot be left blank"));
        }
        if name.chars().count() > NAME_LENGTH_MAX {
            return Err(Refusal::field("name", "The field is too long"));
        }
        let length = description.as_ref().map(|text| text.chars().count());
        if length.is_some_and(|length| length > DESCRIPTION_LENGTH_MAX) {
            return Err(Refusal::field("description", "The field is too long"));
        }
        Ok(Profile { name, description })
    }
}

pub(super) fn list(twin: &mut Okta, call: &Call) -> Reply {
    let asked = |name| call.request.parameter(name);
    match (asked("search"), asked("filter"), asked("q")) {
        (None, None, None) => by_key(twin, call, |_| true),
        (None, None, Some(text)) => find(twin, call, text),
        (None, Some(text), None) => {
            let filter = Expression::read(text, FILTER)?;
            by_key(twin, call, |group| filter.matches(&|path| field(group, path)))
        }
        (Some(text), None, None) => {
            let search = Expression::read(text, SEARCH)?;
            by_key(twin, call, |group| search.matches(&|path| field(group, path)))
        }
        _ => Err(Refusal::search_and_filter()),
    }
}

/// Two groups of an application may share a name with others; two that are made here may not.
pub(super) fn create(twin: &mut Okta, call: &Call) -> Reply {
    let profile = Profile::read(call)?;
    if twin.group_name_is_taken(&profile.name, None) {
        return Err(Refusal::taken("name"));
    }
    let group = Group {
        id: twin.new_id(prefix::GROUP),
        kind: GroupKind::OktaGroup,
        name: profile.name,
        description: profile.description,
        created: call.now,
        last_updated: call.now,
        last_membership_updated: call.now,
        pushed: false,
    };
    let group = twin.put_group(call.now, group);
    Ok(Answer::json(200, &group_json(call, &group)))
}

pub(super) fn get(twin: &mut Okta, call: &Call) -> Reply {
    Ok(Answer::json(200, &group_json(call, twin.group(call.id())?)))
}

/// There is no partial update: a description that is not named goes. That others than groups of the org are refused is
/// documented, status and code are not.
pub(super) fn replace(twin: &mut Okta, call: &Call) -> Reply {
    let group = twin.group(call.id())?.as_ref().clone();
    if group.kind != GroupKind::OktaGroup {
        return Err(Refusal::denied());
    }
    let profile = Profile::read(call)?;
    if twin.group_name_is_taken(&profile.name, Some(&group.id)) {
        return Err(Refusal::taken("name"));
    }
    let group = Group {
        name: profile.name,
        description: profile.description,
        last_updated: call.now,
        ..group
    };
    let group = twin.put_group(call.now, group);
    Ok(Answer::json(200, &group_json(call, &group)))
}

/// `Everyone` stays, and so does what is pushed to an application; status and code are not documented.
pub(super) fn delete(twin: &mut Okta, call: &Call) -> Reply {
    let group = twin.group(call.id())?.clone();
    if group.kind == GroupKind::BuiltIn || group.pushed {
        return Err(Refusal::denied());
    }
    twin.remove_group(call.now, &group.id);
    twin.invalidate_rules(call.now, &group.id);
    Ok(Answer::empty(204))
}

/// Groups whose name begins so, those first that are named exactly so.
fn find(twin: &Okta, call: &Call, text: &str) -> Reply {
    let start = text.to_lowercase();
    let page = Page::read(call.request, FOUND)?;
    let rows = twin.groups.rows_before(call.now, twin.lag);
    let mut found: Vec<_> = rows
        .values()
        .filter(|group| group.name.to_lowercase().starts_with(&start))
        .collect();
    found.sort_by_key(|group| group.name.to_lowercase() != start);
    let part = page.by_position(found.into_iter())?;
    let items = part.items.into_iter().map(|group| twin.listed_group(call, group));
    Ok(page::answer(call, items.collect(), None))
}

fn by_key(twin: &Okta, call: &Call, wanted: impl Fn(&Group) -> bool) -> Reply {
    let page = Page::read(call.request, LENGTHS)?;
    let rows = twin.groups.rows_before(call.now, twin.lag);
    let part = page.by_key(rows.values().filter(|group| wanted(group)), |group| group.id.as_str());
    let items = part.items.into_iter().map(|group| twin.listed_group(call, group));
    Ok(page::answer(call, items.collect(), part.next.as_deref()))
}

fn field<'a>(group: &'a Group, path: &str) -> Field<'a> {
    match path {
        "id" => Field::Text(&group.id),
        "type" => Field::Text(group.kind.name()),
        "profile.name" => Field::Text(&group.name),
        "profile.description" => Field::Text(group.description.as_deref().unwrap_or_default()),
        "created" => Field::Time(Some(group.created)),
        "lastUpdated" => Field::Time(Some(group.last_updated)),
        _ => Field::Time(Some(group.last_membership_updated)),
    }
}

impl Okta {
    /// A group in a list, with numbers if the request wants them.
    fn listed_group(&self, call: &Call, group: &Group) -> Value {
        let mut body = group_json(call, group);
        if call.request.parameter("expand") == Some("stats") {
            body["_embedded"] = json!({ "stats": {
                "usersCount": self.member_count(group),
                "appsCount": 0,
                "groupPushMappingsCount": u8::from(group.pushed),
                "hasAdminPrivlege": self.assignments_of(&group.id).next().is_some(),
            }});
        }
        body
    }

    fn member_count(&self, group: &Group) -> usize {
        match group.kind {
            GroupKind::BuiltIn => self.users.rows().len(),
            GroupKind::AppGroup | GroupKind::OktaGroup => self.member_ids_of(&group.id).len(),
        }
    }
}

/// What is shown of a group's profile; a description is left out if there is none.
#[derive(Serialize)]
struct ShownProfile<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

pub(super) fn group_json(call: &Call, group: &Group) -> Value {
    let own = format!("groups/{}", group.id);
    let profile = ShownProfile {
        name: &group.name,
        description: group.description.as_deref(),
    };
    json!({
        "id": group.id,
        "created": time(group.created),
        "lastUpdated": time(group.last_updated),
        "lastMembershipUpdated": time(group.last_membership_updated),
        "objectClass": ["okta:user_group"],
        "type": group.kind,
        "profile": profile,
        "_links": {
            "self": href(&call.base, &own),
            "users": href(&call.base, &format!("{own}/users")),
            "apps": href(&call.base, &format!("{own}/apps")),
        },
    })
}
