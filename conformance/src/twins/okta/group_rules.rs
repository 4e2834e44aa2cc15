//! Group rules.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::Okta;
use super::body;
use super::ids::prefix;
use super::page::{self, Lengths, Page};
use super::records::{GroupKind, Rule, RuleStatus};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::user_json::time;
use crate::twins::Answer;

const LENGTHS: Lengths = Lengths { default: 50, max: 200 };

const NAME_LENGTH_MAX: usize = 50;

/// What a request says of a rule.
struct Fields {
    name: String,
    expression: String,
    excluded: Vec<String>,
    groups: Vec<String>,
}

impl Fields {
    /// The texts are not documented.
    fn read(twin: &Okta, call: &Call) -> Result<Fields, Refusal> {
        let mut fields = body::object(call.request)?;
        let name: String = body::part(&mut fields, "name")?.unwrap_or_default();
        if name.is_empty() || name.chars().count() > NAME_LENGTH_MAX {
            return Err(Refusal::field("name", "The field must have 1 to 50 characters"));
        }
        let mut conditions = object(&mut fields, "conditions")?;
        let mut expression = object(&mut conditions, "expression")?;
        let mut people = object(&mut conditions, "people")?;
        let mut actions = object(&mut fields, "actions")?;
        let expression: Option<String> = body::part(&mut expression, "value")?;
        let expression = expression.ok_or_else(|| Refusal::field("conditions", "An expression is required"))?;
        let excluded = body::part(&mut object(&mut people, "users")?, "exclude")?.unwrap_or_default();
        let groups: Vec<String> =
            body::part(&mut object(&mut actions, "assignUserToGroups")?, "groupIds")?.unwrap_or_default();
        if groups.is_empty() {
            return Err(Refusal::field("actions", "A group is required"));
        }
        for id in &groups {
            if twin.group(id)?.kind != GroupKind::OktaGroup {
                return Err(Refusal::field("actions", "Rules only fill groups of the org"));
            }
        }
        Ok(Fields {
            name,
            expression,
            excluded,
            groups,
        })
    }
}

fn object(fields: &mut Map<String, Value>, name: &str) -> Result<Map<String, Value>, Refusal> {
    Ok(body::part(fields, name)?.unwrap_or_default())
}

/// `search` finds rules by a word in their name.
pub(super) fn list(twin: &mut Okta, call: &Call) -> Reply {
    let page = Page::read(call.request, LENGTHS)?;
    let word = call.request.parameter("search").unwrap_or_default().to_lowercase();
    let rows = twin.rules.rows_before(call.now, twin.lag);
    let found = rows.values().filter(|rule| rule.name.to_lowercase().contains(&word));
    let part = page.by_key(found, |rule| rule.id.as_str());
    let items = part.items.into_iter().map(|rule| twin.rule_json(call, rule));
    Ok(page::answer(call, items.collect(), part.next.as_deref()))
}

/// A rule does nothing until it is activated.
pub(super) fn create(twin: &mut Okta, call: &Call) -> Reply {
    let fields = Fields::read(twin, call)?;
    let rule = Rule {
        id: twin.new_id(prefix::RULE),
        name: fields.name,
        status: RuleStatus::Inactive,
        expression: fields.expression,
        excluded: fields.excluded,
        groups: fields.groups,
        created: call.now,
        last_updated: call.now,
    };
    let rule = twin.rules.put(call.now, rule);
    Ok(Answer::json(200, &twin.rule_json(call, &rule)))
}

pub(super) fn get(twin: &mut Okta, call: &Call) -> Reply {
    Ok(Answer::json(200, &twin.rule_json(call, twin.rule(call.id())?)))
}

/// A rule that is active cannot be changed, and its groups never; a status in the body changes nothing. The code is not
/// documented.
pub(super) fn replace(twin: &mut Okta, call: &Call) -> Reply {
    let rule = twin.rule(call.id())?.clone();
    let fields = Fields::read(twin, call)?;
    if rule.status == RuleStatus::Active {
        return Err(Refusal::field("status", "Only inactive rules can be changed"));
    }
    if rule.groups != fields.groups {
        return Err(Refusal::field("actions", "The groups of a rule cannot be changed"));
    }
    let rule = Rule {
        name: fields.name,
        expression: fields.expression,
        excluded: fields.excluded,
        last_updated: call.now,
        ..rule
    };
    let rule = twin.rules.put(call.now, rule);
    Ok(Answer::json(200, &twin.rule_json(call, &rule)))
}

pub(super) fn delete(twin: &mut Okta, call: &Call) -> Reply {
    call.flag("removeUsers", false)?;
    let id = twin.rule(call.id())?.id.clone();
    twin.rules.remove(call.now, &id);
    Ok(Answer::empty(202))
}

pub(super) fn activate(twin: &mut Okta, call: &Call) -> Reply {
    twin.set_rule_status(call, RuleStatus::Active)
}

pub(super) fn deactivate(twin: &mut Okta, call: &Call) -> Reply {
    twin.set_rule_status(call, RuleStatus::Inactive)
}

impl Okta {
    /// Rules that fill a group that is gone work no longer.
    pub(super) fn invalidate_rules(&mut self, now: Timestamp, group: &str) {
        let hit = |rule: &&Rule| rule.groups.iter().any(|id| id == group);
        let rules: Vec<_> = self
            .rules
            .rows()
            .values()
            .map(AsRef::as_ref)
            .filter(hit)
            .cloned()
            .collect();
        for rule in rules {
            let status = RuleStatus::Invalid;
            self.rules.put(now, Rule { status, ..rule });
        }
    }

    fn rule(&self, id: &str) -> Result<&Rule, Refusal> {
        let rule = self.rules.rows().get(id);
        rule.map(AsRef::as_ref)
            .ok_or_else(|| Refusal::not_found(id, "GroupRule"))
    }

    fn set_rule_status(&mut self, call: &Call, status: RuleStatus) -> Reply {
        let rule = self.rule(call.id())?.clone();
        if rule.status == RuleStatus::Invalid {
            return Err(Refusal::denied());
        }
        let last_updated = call.now;
        self.rules.put(
            call.now,
            Rule {
                status,
                last_updated,
                ..rule
            },
        );
        Ok(Answer::empty(204))
    }

    fn rule_json(&self, call: &Call, rule: &Rule) -> Value {
        let mut body = json!({
            "id": rule.id,
            "type": "group_rule",
            "status": rule.status,
            "name": rule.name,
            "created": time(rule.created),
            "lastUpdated": time(rule.last_updated),
            "conditions": {
                "people": { "users": { "exclude": rule.excluded }, "groups": { "exclude": [] } },
                "expression": { "value": rule.expression, "type": "urn:okta:expression:1.0" },
            },
            "actions": { "assignUserToGroups": { "groupIds": rule.groups } },
        });
        if call.request.parameter("expand") == Some("groupIdToGroupNameMap") {
            let names = rule.groups.iter().filter_map(|id| {
                let group = self.groups.rows().get(id)?;
                Some((id.clone(), Value::from(group.name.as_str())))
            });
            body["_embedded"] = json!({ "groupIdToGroupNameMap": names.collect::<Map<_, _>>() });
        }
        body
    }
}
