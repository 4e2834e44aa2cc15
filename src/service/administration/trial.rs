//! What a target would be sent for one resource, without sending anything.
use std::sync::Arc;

use adapters::Fields;
use adapters::descriptor::{Field, FieldType, Kind};
use schemas::{Object, ResourceType};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::roles::refusal;
use super::{Administration, Error};
use crate::config;
use crate::mapping::{Fault, Ruled, Subject, Wanted};
use crate::service::deliveries::{Foreseen, Verb};
use crate::service::{Target, groups, index};
use crate::store::{self, DirectoryId, Link, LinkKey, ProblemKind, Resource, ResourceId, ResourceKey, Scope, TargetId};

/// Said of who is of no concern to the target yet.
const UNSEEN: &str = "imported from another target: it concerns this one once the identity provider writes it";

/// Whom to try a mapping with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whom {
    /// `user` or `group`.
    pub kind: Kind,
    /// The resource's id, or a person's `userName` or a group's `displayName`.
    pub name: String,
}

/// What a target would be sent for one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The resource's id.
    pub resource: String,
    /// Its type, such as `User`.
    pub resource_type: String,
    /// Whether it belongs to the target.
    pub assigned: bool,
    /// Whether it is to have an account that works.
    pub active: bool,
    /// The vendor's id of its account, if one is linked.
    pub account: Option<String>,
    /// Whether something is on its way to the vendor already, or parked.
    pub pending: bool,
    /// The vendor's fields, in the vendor's order.
    pub fields: Vec<TriedField>,
    /// Which of the vendor's rules are broken, each as a sentence.
    pub faults: Vec<String>,
    /// The calls that would be made if the vendor took everything. After a look, what it finds decides.
    pub calls: Vec<TriedCall>,
    /// What may turn out otherwise.
    pub notes: Vec<String>,
}

/// One vendor field of a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriedField {
    /// The vendor's name.
    pub field: String,
    /// What the account should have; `null` clears it.
    pub value: Value,
    /// Where the value comes from: a SCIM path, a constant, an expression, a rule of `role`.
    pub source: String,
    /// Whether it is sent with a new account only.
    pub on_create: bool,
}

/// One call of a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriedCall {
    /// `create`, `update`, `activate`, `deactivate`, `delete`, `look up` or `read back`.
    pub verb: String,
    /// What it carries.
    pub fields: Fields,
    /// The vendor's calls that it takes, readings included, at most.
    pub calls: u64,
}

impl Administration {
    /// What the target would be sent for a resource: as it is, or as this declaration would make it. Nothing is sent.
    ///
    /// # Errors
    /// There is no such target or resource, or the declaration is of another vendor or directory or does not fit; the
    /// store's.
    pub async fn try_mapping(
        &self,
        target: &str,
        whom: &Whom,
        declared: Option<config::Target>,
    ) -> Result<Trial, Error> {
        let target = match declared {
            Some(config) => self.as_declared(config)?,
            None => self.named(target)?,
        };
        let resource = self.resource(target.directory, whom).await?;
        let key = LinkKey {
            directory: target.directory,
            target: target.id,
            resource: resource.key.id,
        };
        let link = self.parts.store.link(&key).await?.unwrap_or_default();
        let memberships = groups::memberships(&*self.parts.store, target.directory, resource.key.id).await?;
        let damaged = |error: serde_json::Error| store::Error::Damaged(format!("resource {}: {error}", key.resource));
        let content: Object = serde_json::from_slice(&resource.body).map_err(damaged)?;
        let subject = Subject {
            resource_type: &resource.key.scope.resource_type,
            resource: &content,
            groups: &memberships,
        };
        let wanted = target.mapping.wanted(&subject);
        let wanted = wanted.ok_or_else(|| {
            let (title, name) = (&target.descriptor.title, &resource.key.scope.resource_type);
            Error::Refused(vec![format!("{title} has nothing that a {name} becomes")])
        })?;
        let seen = resource.is_seen_by(target.id);
        let calls = match seen {
            true => self.parts.deliveries.foresee(&target, &link, Some(&wanted)),
            false => Vec::new(),
        };
        let mut trial = trial(&target, (&subject, &wanted), (key.resource, &link), calls);
        trial.notes.extend((!seen).then(|| UNSEEN.to_owned()));
        trial.notes.extend(self.role_note(&target, &link, &trial.calls));
        Ok(trial)
    }

    /// What the vendor's own list of roles, as last read, says against a role that would be sent.
    fn role_note(&self, target: &Target, link: &Link, calls: &[TriedCall]) -> Option<String> {
        let live = self.parts.deliveries.live_roles(target.id)?;
        let fields = &target.mapping.kind(Kind::User)?.fields;
        let field = fields.iter().find(|field| field.kind == FieldType::Role)?;
        let role = calls.iter().find_map(|call| call.fields.get(&field.name)?.as_str())?;
        let had = link
            .account
            .as_ref()
            .and_then(|account| account.fields.get(&field.name));
        let lack = adapters::lack(&live.roles, had.and_then(Value::as_str), role)?;
        Some(refusal(target.descriptor, &live, (role, lack)))
    }

    /// The target as a declaration would make it.
    fn as_declared(&self, config: config::Target) -> Result<Arc<Target>, Error> {
        let mapping = Arc::new(self.mapping(&config)?);
        let refused = |message: String| Error::Refused(vec![message]);
        match self.named(&config.name) {
            Ok(kept) if (&kept.config.directory, &kept.config.vendor) != (&config.directory, &config.vendor) => {
                let name = &config.name;
                Err(refused(format!(
                    "the target `{name}` cannot move to another directory or vendor"
                )))
            }
            Ok(kept) => Ok(Arc::new(Target {
                descriptor: self.described(&config)?,
                config,
                mapping,
                ..(*kept).clone()
            })),
            // Not there yet: nobody has a link.
            Err(_) => {
                let name = config.directory.clone();
                let directory = self.parts.registry.directory(&name).ok_or(Error::NoDirectory(name))?;
                let descriptor = self.described(&config)?;
                Ok(Arc::new(Target {
                    id: TargetId(uuid::Uuid::nil()),
                    directory: directory.id,
                    config,
                    descriptor,
                    mapping,
                    generation: 1,
                    credential: Vec::new(),
                }))
            }
        }
    }

    async fn resource(&self, directory: DirectoryId, whom: &Whom) -> Result<Resource, Error> {
        let (resource_type, attribute) = match whom.kind {
            Kind::User => ("User", "userName"),
            Kind::Group => ("Group", "displayName"),
        };
        let scope = Scope {
            directory,
            resource_type: resource_type.to_owned(),
        };
        let store = &self.parts.store;
        let found = match whom.name.parse().map(ResourceId) {
            Ok(id) => Some(id),
            Err(_) => {
                let resource_type = self.parts.catalogue.by_name(resource_type);
                self.id_of(&scope, (resource_type.map(|found| &**found), attribute), &whom.name)
                    .await?
            }
        };
        let key = found.map(|id| ResourceKey { scope, id });
        let found = match &key {
            Some(key) => store.resource(key).await?,
            None => None,
        };
        found.ok_or_else(|| Error::NoResource(format!("{resource_type} `{}`", whom.name)))
    }

    /// The one resource that the index has under this value.
    async fn id_of(
        &self,
        scope: &Scope,
        (resource_type, attribute): (Option<&ResourceType>, &str),
        value: &str,
    ) -> Result<Option<ResourceId>, Error> {
        let term = resource_type.and_then(|resource_type| index::term(resource_type, attribute, value));
        let Some(term) = term else { return Ok(None) };
        let found = self.parts.store.find(scope, &term, 2).await?;
        match found.as_slice() {
            [] => Ok(None),
            [id] => Ok(Some(*id)),
            [..] => {
                let fault = format!("several of the name `{value}` are there: name one by its id");
                Err(Error::Refused(vec![fault]))
            }
        }
    }
}

fn trial(
    target: &Target,
    (subject, wanted): (&Subject<'_>, &Wanted),
    (resource, link): (ResourceId, &Link),
    calls: Vec<Foreseen>,
) -> Trial {
    let described = target.mapping.kind(wanted.kind);
    let fields = described.into_iter().flat_map(|described| &described.fields);
    Trial {
        resource: resource.to_string(),
        resource_type: subject.resource_type.to_owned(),
        assigned: wanted.assigned,
        active: wanted.active,
        account: link.account.as_ref().map(|account| account.id.clone()),
        pending: link.is_pending(),
        fields: fields.map(|field| tried(target, (subject, wanted), field)).collect(),
        faults: faults(target, wanted),
        notes: notes(target, (link, wanted), &calls),
        calls: calls.into_iter().map(call).collect(),
    }
}

fn tried(target: &Target, (subject, wanted): (&Subject<'_>, &Wanted), field: &Field) -> TriedField {
    let ruled = target.mapping.ruled(field, subject);
    let used = || target.mapping.used(wanted.kind, field, subject);
    TriedField {
        field: field.name.clone(),
        value: wanted.fields.get(&field.name).cloned().unwrap_or_default(),
        source: ruled.map_or_else(used, |ruled| rule(&ruled)),
        on_create: field.create_only,
    }
}

/// A rule for people, counted from 1.
fn rule(ruled: &Ruled<'_>) -> String {
    match (ruled.rule, ruled.value) {
        (Some(index), Some(value)) => format!("rule {} of `role`: {} has `{value}`", index + 1, ruled.attribute),
        (Some(_), None) | (None, _) => format!("`{}`, as no rule holds", ruled.attribute),
    }
}

/// Of who is to have no access nothing counts.
fn faults(target: &Target, wanted: &Wanted) -> Vec<String> {
    let title = &target.descriptor.title;
    let told = |fault: &Fault| format!("{}: {title}'s `{}` {}", fault.attribute, fault.field, fault.rule);
    let faults = wanted.faults.iter().filter(|_| wanted.active);
    faults.map(told).collect()
}

fn notes(target: &Target, (link, wanted): (&Link, &Wanted), calls: &[Foreseen]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(problem) = link.problem.as_ref().filter(|_| link.is_pending() && link.is_parked()) {
        let stands = match problem.kind {
            ProblemKind::Held | ProblemKind::Withheld => "it waits for a person, and no call is made before",
            ProblemKind::Parked | ProblemKind::Retrying => {
                "it is parked, and tried again when it is written or retried"
            }
        };
        let field = problem
            .field
            .iter()
            .map(|field| format!("{field}: "))
            .collect::<String>();
        notes.push(format!("{stands}: {field}{}", problem.reason));
    }
    notes.extend(switched_off(target, link, wanted));
    let account = link.account.as_ref();
    if account.is_some_and(|account| target.config.protects(account.unique.as_deref(), &account.fields)) {
        notes.push("the account is protected: only a person may change or delete it".to_owned());
    }
    if calls.iter().any(|call| call.verb == Verb::Create) {
        notes.push(match target.config.on_existing {
            config::OnExisting::Adopt => {
                "an account that is there already is taken over and changed instead".to_owned()
            }
            config::OnExisting::Refuse => "an account that is there already parks it".to_owned(),
        });
    }
    if wanted.kind == Kind::Group {
        notes.push("members follow, by calls of their own".to_owned());
    }
    notes
}

/// Which switch keeps something from being done.
fn switched_off(target: &Target, link: &Link, wanted: &Wanted) -> Option<String> {
    let switches = target.config.switches;
    let is_on = link.account.as_ref().map(|account| account.active);
    Some(match is_on {
        None if wanted.active && wanted.assigned && !switches.create => {
            "the switch `create` is off: no account is made".to_owned()
        }
        Some(is_on) if is_on != wanted.active && !switches.activate => {
            "the switch `activate` is off: access is neither given nor taken by switching".to_owned()
        }
        Some(_) if wanted.active && !switches.update => {
            "the switch `update` is off: fields stay as they are".to_owned()
        }
        None | Some(_) => return None,
    })
}

fn call(foreseen: Foreseen) -> TriedCall {
    let verb = match foreseen.verb {
        Verb::LookUp => "look up",
        Verb::Create => "create",
        Verb::Update => "update",
        Verb::Activate => "activate",
        Verb::Deactivate => "deactivate",
        Verb::Delete => "delete",
        Verb::ReadBack => "read back",
    };
    TriedCall {
        verb: verb.to_owned(),
        fields: foreseen.fields,
        calls: foreseen.calls,
    }
}
