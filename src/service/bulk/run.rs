//! Carries the operations out.
use std::collections::BTreeMap;
use std::sync::Arc;

use schemas::bulk::{self, BulkOperation, BulkRequest, Method, reference};
use schemas::dialect::{normalise_patch, normalise_resource};
use schemas::patch::Patch;
use schemas::{ResourceType, excerpt, urn};
use serde_json::{Value, json};

use super::entry::{Done, entry};
use super::schedule::{Next, Schedule};
use crate::service::answer::Pending;
use crate::service::change::{Edit, Order, Written};
use crate::service::context::{At, Context, New, Preconditions, Shape};
use crate::service::deliveries::Wait;
use crate::service::error::Error;
use crate::service::manner::Manner;
use crate::service::service::Service;
use crate::service::view::View;

impl Service {
    /// Carries out a BulkRequest and answers the BulkResponse (RFC 7644 section 3.7). Circular references are resolved:
    /// one of the resources is created without them, and completed when the others are there.
    ///
    /// # Errors
    /// `invalidSyntax`; 413 for too many operations. Failures of single operations are in the answer.
    pub async fn bulk(&self, context: &Context, body: Value) -> Result<Vec<u8>, Error> {
        let request = BulkRequest::parse(&body, self.limits().bulk_operations)?;
        let mut run = Run {
            service: self,
            context,
            manner: Manner::one_of_many(context),
            ids: BTreeMap::new(),
            waits: Vec::new(),
        };
        let entries = run.all(&request).await;
        let undo = None;
        self.answer(context, Pending { waits: run.waits, undo }).await?;
        let response = json!({ "schemas": [urn::BULK_RESPONSE], "Operations": entries });
        Ok(response.to_string().into_bytes())
    }
}

struct Run<'a> {
    service: &'a Service,
    context: &'a Context,
    manner: Manner,
    /// Ids of created resources by `bulkId`.
    ids: BTreeMap<String, String>,
    waits: Vec<Wait>,
}

impl Run<'_> {
    /// The entries of the operations that were carried out, in the order of the request.
    async fn all(&mut self, request: &BulkRequest) -> Vec<Value> {
        let mut schedule = Schedule::new(&request.operations);
        let mut entries: BTreeMap<usize, Value> = BTreeMap::new();
        let mut errors = 0;
        while let Some(next) = schedule.next() {
            let (Next::Whole(number) | Next::WithoutReferences(number)) = next;
            let begun = entries.contains_key(&number);
            // What was begun is completed in any case.
            let stopped = !begun && request.fail_on_errors.is_some_and(|max| errors >= max);
            let Some(operation) = request.operations.get(number).filter(|_| !stopped) else {
                continue;
            };
            let outcome = match next {
                Next::WithoutReferences(_) => self.create(operation, true).await,
                Next::Whole(_) if begun => self.complete(operation).await,
                Next::Whole(_) => self.one(operation).await,
            };
            if outcome.is_err() && matches!(next, Next::WithoutReferences(_)) {
                schedule.give_up(number);
            }
            errors += u64::from(outcome.is_err());
            entries.insert(number, entry(operation, self.location(operation), &outcome));
        }
        entries.into_values().collect()
    }

    async fn one(&mut self, operation: &BulkOperation) -> Result<Done, Error> {
        match operation.method {
            Method::Post => self.create(operation, false).await,
            Method::Put | Method::Patch => self.change(operation).await,
            Method::Delete => self.delete(operation).await,
        }
    }

    async fn create(&mut self, operation: &BulkOperation, without_references: bool) -> Result<Done, Error> {
        let resource_type = self.resource_type(operation)?;
        let body = if without_references {
            let data = self.resolved(operation);
            cut(data).unwrap_or_default()
        } else {
            self.data(operation)?
        };
        let new = New {
            resource_type: &resource_type,
            body,
            shape: Shape::default(),
        };
        let written = self.service.write_new(self.context, new, self.manner).await?;
        let id = written.resource.key.id.to_string();
        self.ids.extend(operation.bulk_id.clone().map(|bulk_id| (bulk_id, id)));
        self.done(201, &resource_type, written).await
    }

    /// Completes a resource that was created without its references. If it cannot be, it goes again.
    async fn complete(&mut self, operation: &BulkOperation) -> Result<Done, Error> {
        let bulk_id = operation.bulk_id.as_deref().unwrap_or_default();
        let Some(id) = self.ids.get(bulk_id).cloned() else {
            return Err(unknown(bulk_id));
        };
        let completed = BulkOperation {
            method: Method::Put,
            id: Some(id.clone()),
            // It names what the client knew before the creation, if anything.
            version: None,
            ..operation.clone()
        };
        let outcome = self.change(&completed).await;
        if outcome.is_err() {
            self.ids.remove(bulk_id);
            let deletion = BulkOperation {
                method: Method::Delete,
                ..completed
            };
            self.delete(&deletion).await?;
        }
        outcome.map(|done| Done { status: 201, ..done })
    }

    async fn change(&mut self, operation: &BulkOperation) -> Result<Done, Error> {
        let resource_type = self.resource_type(operation)?;
        let id = self.id(operation)?;
        let body = self.data(operation)?;
        let rules = &self.context.rules;
        let edit = if operation.method == Method::Patch {
            Edit::Patch(Patch::parse(&normalise_patch(rules, &resource_type, body))?)
        } else {
            Edit::Replace(normalise_resource(rules, &resource_type, body))
        };
        let at = At {
            resource_type: &resource_type,
            id: &id,
        };
        let preconditions = &preconditions(operation);
        let order = Order {
            at,
            edit,
            preconditions,
            manner: self.manner,
        };
        let written = self.service.change(self.context, &order).await?;
        self.done(200, &resource_type, written).await
    }

    async fn delete(&mut self, operation: &BulkOperation) -> Result<Done, Error> {
        let resource_type = self.resource_type(operation)?;
        let id = self.id(operation)?;
        let at = At {
            resource_type: &resource_type,
            id: &id,
        };
        let pending = self
            .service
            .write_deletion(self.context, at, &preconditions(operation))
            .await?;
        self.waits.extend(pending.waits);
        Ok(Done {
            status: 204,
            location: format!("{}/{}/{id}", self.context.base_url, resource_type.endpoint),
            version: None,
        })
    }

    async fn done(&mut self, status: u16, resource_type: &ResourceType, written: Written) -> Result<Done, Error> {
        self.waits.extend(written.pending.waits);
        let mut view = View::new(self.service, self.context);
        Ok(Done {
            status,
            location: self.context.location(resource_type, written.resource.key.id),
            version: Some(view.version(resource_type, &written.resource).await?),
        })
    }

    fn resource_type(&self, operation: &BulkOperation) -> Result<Arc<ResourceType>, Error> {
        let found = self.service.catalogue().by_endpoint(&operation.endpoint);
        let missing = || schemas::Error::not_found(format!("there is no endpoint `/{}`", excerpt(&operation.endpoint)));
        Ok(Arc::clone(found.ok_or_else(missing)?))
    }

    /// The id in the path.
    fn id(&self, operation: &BulkOperation) -> Result<String, Error> {
        let id = operation.id.as_deref().unwrap_or_default();
        match reference(id) {
            Some(bulk_id) => self.ids.get(bulk_id).cloned().ok_or_else(|| unknown(bulk_id)),
            None => Ok(id.to_owned()),
        }
    }

    /// The data with all references resolved.
    fn data(&self, operation: &BulkOperation) -> Result<Value, Error> {
        let data = self.resolved(operation);
        match bulk::references(&data).first() {
            Some(bulk_id) => Err(unknown(bulk_id)),
            None => Ok(data),
        }
    }

    /// The data with references resolved as far as they can be.
    fn resolved(&self, operation: &BulkOperation) -> Value {
        let mut data = operation.data.clone().unwrap_or_default();
        bulk::resolve(&mut data, &self.ids);
        data
    }

    /// Where the resource of an operation is that failed.
    fn location(&self, operation: &BulkOperation) -> Option<String> {
        let id = self.id(operation).ok().filter(|_| operation.method != Method::Post)?;
        let found = self.service.catalogue().by_endpoint(&operation.endpoint);
        let endpoint = found.map_or(&operation.endpoint, |resource_type| &resource_type.endpoint);
        Some(format!("{}/{endpoint}/{id}", self.context.base_url))
    }
}

fn preconditions(operation: &BulkOperation) -> Preconditions {
    Preconditions {
        if_match: operation.version.clone(),
        if_none_match: None,
    }
}

fn unknown(bulk_id: &str) -> Error {
    let detail = format!(
        "no operation of this request created a resource of the bulkId `{}`",
        excerpt(bulk_id)
    );
    schemas::Error::invalid_value(detail).into()
}

/// The data without references, and without complex values whose `value` is one.
fn cut(data: Value) -> Option<Value> {
    match data {
        Value::String(text) => reference(&text).is_none().then_some(Value::String(text)),
        Value::Array(values) => Some(values.into_iter().filter_map(cut).collect()),
        Value::Object(members) => {
            let value = members.get("value").and_then(Value::as_str);
            if value.is_some_and(|value| reference(value).is_some()) {
                return None;
            }
            let members = members.into_iter();
            Some(members.filter_map(|(name, value)| Some((name, cut(value)?))).collect())
        }
        simple @ (Value::Null | Value::Bool(_) | Value::Number(_)) => Some(simple),
    }
}
