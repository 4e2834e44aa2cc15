//! A gateway with one directory, for use cases to work on.
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use schemas::dialect::Dialect;
use schemas::{Catalogue, ResourceType};
use serde_json::{Value, json};
use uuid::Uuid;

use super::vendor::{Script, descriptor};
use crate::clock::{ManualClock, SystemIds};
use crate::config;
use crate::mapping::Mapping;
use crate::service::{
    At, Change, Context, Directory, Document, Error, Limits, New, Options, Parts, Preconditions, Registry, Service,
    Shape, Target,
};
use crate::store::{
    self, Applied, Batch, DirectoryId, Link, LinkChange, LinkKey, Redb, ResourceId, Settle, Store, TargetId, Write,
};

pub(super) const DIRECTORY: DirectoryId = DirectoryId(Uuid::from_u128(0xac));

#[derive(Clone)]
pub(super) struct World {
    pub(super) service: Service,
    pub(super) context: Context,
    pub(super) store: Arc<Redb>,
    pub(super) script: Arc<Script>,
    pub(super) clock: Arc<ManualClock>,
}

impl World {
    /// A directory without targets.
    pub(super) fn plain() -> World {
        World::with_targets(0)
    }

    pub(super) fn with_targets(targets: u128) -> World {
        World::of(targets, Limits::default(), Catalogue::builtin())
    }

    pub(super) fn of(targets: u128, limits: Limits, catalogue: Catalogue) -> World {
        let clock = Arc::new(ManualClock::at(Timestamp::from_second(1_800_000_000).unwrap()));
        let store = Arc::new(Redb::open(store::Options::in_memory(), clock.clone()).unwrap());
        let script = Arc::new(Script::default());
        let directory = Arc::new(Directory {
            id: DIRECTORY,
            config: config::Directory {
                name: "acme".to_owned(),
                dialect: Dialect::Auto,
                respond_within_ms: 8_000,
            },
            targets: (0..targets).map(|number| Arc::new(target(number))).collect(),
        });
        let service = service(store.clone(), (clock.clone(), script.clone()), (limits, catalogue));
        World {
            service,
            context: Context {
                directory,
                rules: Dialect::Auto.recognise(&schemas::dialect::Hints::default()),
                base_url: "https://host/scim/acme/v2".to_owned(),
            },
            store,
            script,
            clock,
        }
    }

    /// The same gateway over another store.
    pub(super) fn over(&self, store: Arc<dyn Store>) -> World {
        let parts = (self.clock.clone(), self.script.clone());
        World {
            service: service(store, parts, (Limits::default(), Catalogue::builtin())),
            ..self.clone()
        }
    }

    /// The same gateway with another number of targets.
    pub(super) fn retargeted(&self, targets: u128) -> World {
        let mut world = self.clone();
        let mut directory = (*world.context.directory).clone();
        directory.targets = (0..targets).map(|number| Arc::new(target(number))).collect();
        world.context.directory = Arc::new(directory);
        world
    }

    /// The same gateway with one target, to which this filter assigns people.
    pub(super) fn assigning(&self, filter: &str) -> World {
        let mut world = self.clone();
        let mut directory = (*world.context.directory).clone();
        let config = config::Target {
            assignment: Some(filter.to_owned()),
            ..config::Target::new("paging-0", "acme", "paging", "env:NONE")
        };
        directory.targets = vec![Arc::new(configured(0, config))];
        world.context.directory = Arc::new(directory);
        world
    }

    /// The same gateway with one target, at which members of this group have this role.
    pub(super) fn ruling(&self, group: &str, role: &str) -> World {
        let mut world = self.clone();
        let mut directory = (*world.context.directory).clone();
        let rule = config::RoleRule {
            role: role.to_owned(),
            group: Some(group.to_owned()),
            scim_role: None,
            entitlement: None,
        };
        let config = config::Target {
            role: vec![rule],
            ..config::Target::new("paging-0", "acme", "paging", "env:NONE")
        };
        directory.targets = vec![Arc::new(configured(0, config))];
        world.context.directory = Arc::new(directory);
        world
    }

    /// The same directory, whose IdP is never kept waiting.
    pub(super) fn without_waiting(&self) -> Context {
        let mut directory = (*self.context.directory).clone();
        directory.config.respond_within_ms = 0;
        Context {
            directory: Arc::new(directory),
            ..self.context.clone()
        }
    }

    pub(super) fn resource_type(&self, name: &str) -> Arc<ResourceType> {
        self.service.catalogue().by_name(name).unwrap().clone()
    }

    pub(super) async fn create(&self, resource_type: &str, body: Value) -> Result<Document, Error> {
        let resource_type = self.resource_type(resource_type);
        let new = New {
            resource_type: &resource_type,
            body,
            shape: Shape::default(),
        };
        self.service.create(&self.context, new).await
    }

    pub(super) async fn get(&self, resource_type: &str, id: &str) -> Result<Document, Error> {
        self.get_with(resource_type, id, Options::default()).await
    }

    pub(super) async fn get_with(&self, resource_type: &str, id: &str, options: Options) -> Result<Document, Error> {
        let resource_type = self.resource_type(resource_type);
        let at = At {
            resource_type: &resource_type,
            id,
        };
        self.service.get(&self.context, at, &options).await
    }

    pub(super) async fn replace(&self, resource_type: &str, id: &str, body: Value) -> Result<Document, Error> {
        let resource_type = self.resource_type(resource_type);
        let at = At {
            resource_type: &resource_type,
            id,
        };
        let options = Options::default();
        self.service.replace(&self.context, at, Change { body, options }).await
    }

    pub(super) async fn patch(&self, resource_type: &str, id: &str, operations: Value) -> Result<Document, Error> {
        self.patch_with(resource_type, id, (operations, Options::default()))
            .await
    }

    pub(super) async fn patch_with(
        &self,
        resource_type: &str,
        id: &str,
        (operations, options): (Value, Options),
    ) -> Result<Document, Error> {
        let resource_type = self.resource_type(resource_type);
        let at = At {
            resource_type: &resource_type,
            id,
        };
        let body = json!({ "schemas": [schemas::urn::PATCH_OP], "Operations": operations });
        self.service.patch(&self.context, at, Change { body, options }).await
    }

    pub(super) async fn delete(&self, resource_type: &str, id: &str) -> Result<(), Error> {
        let resource_type = self.resource_type(resource_type);
        let at = At {
            resource_type: &resource_type,
            id,
        };
        self.service.delete(&self.context, at, &Preconditions::default()).await
    }

    /// The link of a resource at the target of this number.
    pub(super) async fn link(&self, target: u128, id: ResourceId) -> Option<Link> {
        let key = LinkKey {
            directory: DIRECTORY,
            target: TargetId(Uuid::from_u128(target)),
            resource: id,
        };
        self.store.link(&key).await.unwrap()
    }

    /// As delivery does when the first target has everything of this resource.
    pub(super) async fn settle(&self, id: ResourceId) {
        let key = LinkKey {
            directory: DIRECTORY,
            target: TargetId(Uuid::from_u128(0)),
            resource: id,
        };
        let link = self.store.link(&key).await.unwrap().unwrap();
        let settle = Settle {
            account: Some(Applied {
                id: format!("vendor-{id}"),
                active: true,
                ..Applied::default()
            }),
            settled: Some(link.marked),
            ..Settle::default()
        };
        let batch = Batch {
            expect: Vec::new(),
            writes: vec![Write::Link(key, LinkChange::Settle(settle))],
        };
        self.store.commit(batch).await.unwrap();
    }

    pub(super) fn wait_a_second(&self) {
        self.clock.advance(Duration::from_secs(1));
    }
}

fn service(
    store: Arc<dyn Store>,
    (clock, script): (Arc<ManualClock>, Arc<Script>),
    (limits, catalogue): (Limits, Catalogue),
) -> Service {
    Service::new(Parts {
        store,
        clock,
        ids: Arc::new(SystemIds::default()),
        catalogue: Arc::new(catalogue),
        registry: Arc::new(Registry::default()),
        deliveries: script,
        limits,
    })
}

fn target(number: u128) -> Target {
    let name = format!("paging-{number}");
    configured(number, config::Target::new(&name, "acme", "paging", "env:NONE"))
}

fn configured(number: u128, config: config::Target) -> Target {
    let mapping = Mapping::new(&Catalogue::builtin(), descriptor(), &config).expect("the description stands");
    Target {
        id: TargetId(Uuid::from_u128(number)),
        directory: DIRECTORY,
        mapping: Arc::new(mapping),
        config,
        descriptor: descriptor(),
        generation: 1,
        credential: Vec::new(),
    }
}

/// A user's body with these members on top.
pub(super) fn user(name: &str, more: Value) -> Value {
    let mut body = json!({
        "schemas": [schemas::urn::USER],
        "userName": name,
        "emails": [{ "value": format!("{name}@example.com"), "primary": true }],
    });
    let Value::Object(more) = more else { return body };
    body.as_object_mut().unwrap().extend(more);
    body
}

/// A group's body with these members.
pub(super) fn group(name: &str, members: &[&Document]) -> Value {
    let members: Vec<_> = members
        .iter()
        .map(|member| json!({ "value": member.id.to_string() }))
        .collect();
    json!({ "schemas": [schemas::urn::GROUP], "displayName": name, "members": members })
}

/// The body of an answer.
pub(super) fn body(document: &Document) -> Value {
    serde_json::from_slice(document.body.as_deref().expect("a body")).expect("JSON")
}

/// The status of an answer, and what a SCIM error says.
pub(super) fn failure<T: std::fmt::Debug>(answer: Result<T, Error>) -> (u16, Option<&'static str>, String) {
    match answer.expect_err("a failure") {
        Error::Scim(error) => (
            error.status,
            error.scim_type.map(schemas::ScimType::as_str),
            error.detail,
        ),
        Error::PreconditionFailed => (412, None, String::new()),
        Error::NotModified { version } => (304, None, version),
        Error::TooManyConflicts | Error::Busy => (503, None, String::new()),
        Error::Store(error) => (500, None, error.to_string()),
    }
}
