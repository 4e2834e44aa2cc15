//! The gateway as clients of one directory see it.
use std::sync::Arc;

use schemas::dialect::{Dialect, Hints};
use schemas::{ResourceType, urn};
use serde_json::{Value, json};
use usherd::service::{At, Change, Context, Error, New, Options, Preconditions, Registry, Service, Shape};
use usherd::store::{Redb, ResourceId, Store};

use super::vendor::Common;

/// One life's gateway.
pub(super) struct Gateway {
    pub(super) service: Service,
    pub(super) registry: Arc<Registry>,
    /// The directory's name.
    pub(super) directory: String,
    pub(super) store: Arc<Redb>,
    pub(super) common: Common,
    pub(super) life: u64,
}

/// A request to write.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) resource_type: &'static str,
    pub(super) body: Value,
    pub(super) if_match: Option<String>,
}

/// What is to be done, and to which resource.
#[derive(Debug, Clone)]
pub(super) enum Method {
    Post,
    Put(String),
    Patch(String),
    Delete(String),
}

impl Request {
    pub(super) fn post(resource_type: &'static str, body: Value) -> Self {
        Self::new(Method::Post, resource_type, body)
    }

    pub(super) fn put(resource_type: &'static str, id: &str, body: Value) -> Self {
        Self::new(Method::Put(id.to_owned()), resource_type, body)
    }

    /// A PATCH of these operations.
    pub(super) fn patch(resource_type: &'static str, id: &str, operations: &Value) -> Self {
        let body = json!({ "schemas": [urn::PATCH_OP], "Operations": operations });
        Self::new(Method::Patch(id.to_owned()), resource_type, body)
    }

    pub(super) fn delete(resource_type: &'static str, id: &str) -> Self {
        Self::new(Method::Delete(id.to_owned()), resource_type, Value::Null)
    }

    fn new(method: Method, resource_type: &'static str, body: Value) -> Self {
        Self {
            method,
            resource_type,
            body,
            if_match: None,
        }
    }

    /// The same only if the resource has this version.
    pub(super) fn if_match(self, version: &str) -> Self {
        let if_match = Some(version.to_owned());
        Self { if_match, ..self }
    }

    /// The operation of a BulkRequest, which has this number.
    fn in_bulk(&self, number: usize) -> Value {
        let endpoint = format!("/{}s", self.resource_type);
        let (method, path) = match &self.method {
            Method::Post => ("POST", endpoint),
            Method::Put(id) => ("PUT", format!("{endpoint}/{id}")),
            Method::Patch(id) => ("PATCH", format!("{endpoint}/{id}")),
            Method::Delete(id) => ("DELETE", format!("{endpoint}/{id}")),
        };
        let mut operation = json!({ "method": method, "path": path });
        match self.method {
            Method::Post => operation["bulkId"] = format!("b{number}").into(),
            Method::Put(_) | Method::Patch(_) | Method::Delete(_) => {}
        }
        if let Some(version) = &self.if_match {
            operation["version"] = version.as_str().into();
        }
        if !self.body.is_null() {
            operation["data"] = self.body.clone();
        }
        operation
    }
}

impl Gateway {
    /// What is declared when a request comes.
    fn context(&self) -> Context {
        let name = &self.directory;
        Context {
            directory: self.registry.directory(name).expect("it is declared"),
            rules: Dialect::Auto.recognise(&Hints::default()),
            base_url: format!("https://usherd.example/scim/{name}/v2"),
        }
    }

    fn resource_type(&self, name: &str) -> Arc<ResourceType> {
        let served = self.service.catalogue().by_name(name);
        served.expect("a type that is served").clone()
    }

    /// Sends a request; the resource's id, or how it was refused.
    pub(super) async fn ask(&self, request: Request) -> Result<String, schemas::Error> {
        let resource_type = self.resource_type(request.resource_type);
        let preconditions = Preconditions {
            if_match: request.if_match,
            ..Preconditions::default()
        };
        let change = Change {
            body: request.body,
            options: Options {
                shape: Shape::default(),
                preconditions,
            },
        };
        let context = self.context();
        let answer = match &request.method {
            Method::Post => {
                let new = New {
                    resource_type: &resource_type,
                    body: change.body,
                    shape: Shape::default(),
                };
                self.service.create(&context, new).await
            }
            Method::Put(id) => {
                let at = at(&resource_type, id);
                self.service.replace(&context, at, change).await
            }
            Method::Patch(id) => {
                let at = at(&resource_type, id);
                self.service.patch(&context, at, change).await
            }
            Method::Delete(id) => {
                let conditions = &change.options.preconditions;
                let done = self.service.delete(&context, at(&resource_type, id), conditions).await;
                return self.answered(done).await.map(|()| id.clone());
            }
        };
        self.answered(answer).await.map(|document| document.id.to_string())
    }

    /// Sends a request; the resource's id, or the status of the refusal.
    pub(super) async fn send(&self, request: Request) -> Result<String, u16> {
        self.ask(request).await.map_err(|refusal| refusal.status)
    }

    /// Sends all of them in one BulkRequest; what became of each.
    pub(super) async fn bulk(&self, requests: &[Request]) -> Vec<Result<String, u16>> {
        let operations = requests.iter().enumerate();
        let operations: Vec<_> = operations.map(|(number, request)| request.in_bulk(number)).collect();
        let body = json!({ "schemas": [urn::BULK_REQUEST], "Operations": operations });
        let answer = self.service.bulk(&self.context(), body).await;
        let answer = match self.answered(answer).await {
            Ok(answer) => answer,
            Err(refusal) => return requests.iter().map(|_| Err(refusal.status)).collect(),
        };
        let answer: Value = serde_json::from_slice(&answer).expect("a BulkResponse is JSON");
        let entries = answer["Operations"].as_array().expect("it has operations");
        assert_eq!(entries.len(), requests.len(), "each operation has an entry: {answer}");
        entries.iter().map(outcome).collect()
    }

    /// A resource as it is shown.
    pub(super) async fn read(&self, resource_type: &str, id: &str) -> Result<Value, u16> {
        let resource_type = self.resource_type(resource_type);
        let at = at(&resource_type, id);
        let answer = self.service.get(&self.context(), at, &Options::default()).await;
        let document = self.answered(answer).await.map_err(|refusal| refusal.status)?;
        Ok(serde_json::from_slice(&document.body.expect("a GET has a body")).expect("a body is JSON"))
    }

    /// The id of the resource that has this value.
    pub(super) async fn find(&self, resource_type: &str, (attribute, value): (&str, &str)) -> Option<String> {
        let resource_type = self.resource_type(resource_type);
        let query = schemas::Query {
            filter: Some(format!("{attribute} eq \"{value}\"")),
            ..schemas::Query::default()
        };
        let answer = self.service.list(&self.context(), Some(&resource_type), query).await;
        let list = self.answered(answer).await.ok()?;
        let list: Value = serde_json::from_slice(&list).expect("a list is JSON");
        list["Resources"][0]["id"].as_str().map(str::to_owned)
    }

    /// How often the links of this resource were marked, one for each target of the directory.
    pub(super) async fn marks(&self, id: &str) -> Vec<Option<u64>> {
        let id = ResourceId(id.parse().expect("an id of ours"));
        let mut marks = Vec::new();
        for target in &self.context().directory.targets {
            let link = self.store.link(&target.link(id)).await;
            marks.push(link.ok().flatten().map(|link| link.marked));
        }
        marks
    }

    /// The dead answer nobody.
    async fn answered<T>(&self, answer: Result<T, Error>) -> Result<T, schemas::Error> {
        if !self.common.fate.lives(self.life) {
            std::future::pending::<()>().await;
        }
        answer.map_err(|error| error.to_scim())
    }
}

/// What an entry of a BulkResponse says.
fn outcome(entry: &Value) -> Result<String, u16> {
    let status = entry["status"].as_str().and_then(|status| status.parse().ok());
    let status: u16 = status.expect("an entry has a status");
    let location = entry["location"].as_str().unwrap_or_default();
    match status {
        200..300 => Ok(location.rsplit('/').next().unwrap_or_default().to_owned()),
        refused => Err(refused),
    }
}

fn at<'a>(resource_type: &'a Arc<ResourceType>, id: &'a str) -> At<'a> {
    At { resource_type, id }
}
