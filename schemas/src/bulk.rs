//! Bulk requests: parsed, and their references to new resources resolved (RFC 7644 section 3.7).
use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::Object;
use crate::body::{check_schemas, member};
use crate::error::Error;
use crate::urn;
use crate::validate::check_depth;

/// What a reference to a resource of the same request begins with.
const REFERENCE: &str = "bulkId:";

/// A bulk request.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkRequest {
    /// After how many errors the rest is left undone; none: never.
    pub fail_on_errors: Option<u64>,
    /// The operations, at least one.
    pub operations: Vec<BulkOperation>,
}

/// One operation of a bulk request.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkOperation {
    /// What to do.
    pub method: Method,
    /// The client's name for the resource, unique in the request; a POST has one.
    pub bulk_id: Option<String>,
    /// The version that the client expects, as in `If-Match`.
    pub version: Option<String>,
    /// The resource type's endpoint without slash, as the client wrote it.
    pub endpoint: String,
    /// The resource's id, or a reference to it; none for POST.
    pub id: Option<String>,
    /// The body; none for DELETE.
    pub data: Option<Value>,
}

/// The method of a bulk operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are HTTP's")]
pub enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// HTTP's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

impl BulkRequest {
    /// Reads the body of a bulk request. Methods may be written in lower case, as some clients do.
    ///
    /// # Errors
    /// 413 for more than `operations_max` operations; `invalidSyntax` for everything else that is not
    /// in the RFC's form, with the operation named as `Operations[n]`.
    pub fn parse(body: &Value, operations_max: usize) -> Result<BulkRequest, Error> {
        let Value::Object(body) = body else {
            return Err(Error::invalid_syntax("the body must be a JSON object"));
        };
        check_schemas(member(body, "schemas")?, urn::BULK_REQUEST)?;
        let operations = match member(body, "Operations")? {
            Some(Value::Array(operations)) if !operations.is_empty() => operations,
            _ => return Err(Error::invalid_syntax("Operations: must be an array of one or more")),
        };
        if operations.len() > operations_max {
            return Err(Error::too_large(format!(
                "Operations: {} are more than maxOperations, which is {operations_max}",
                operations.len()
            )));
        }
        let operations = operations.iter().enumerate();
        let operations = operations.map(|(index, value)| {
            BulkOperation::parse(value).map_err(|error| Error {
                detail: format!("Operations[{index}]: {}", error.detail),
                ..error
            })
        });
        let operations: Vec<_> = operations.collect::<Result<_, _>>()?;
        check_bulk_ids(&operations)?;
        Ok(BulkRequest {
            fail_on_errors: fail_on_errors(member(body, "failOnErrors")?)?,
            operations,
        })
    }
}

/// The `bulkId` that a value refers to, if it is a reference.
pub fn reference(text: &str) -> Option<&str> {
    text.strip_prefix(REFERENCE).filter(|bulk_id| !bulk_id.is_empty())
}

/// The `bulkId`s that the data refers to anywhere, each once, in order.
pub fn references(data: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(data, &mut found);
    let mut seen = HashSet::new();
    found.retain(|bulk_id| seen.insert(bulk_id.clone()));
    found
}

/// Puts ids in the place of references to these `bulkId`s; others stay.
pub fn resolve(data: &mut Value, ids: &BTreeMap<String, String>) {
    match data {
        Value::String(text) => {
            if let Some(id) = reference(text).and_then(|bulk_id| ids.get(bulk_id)) {
                text.clone_from(id);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| resolve(value, ids)),
        Value::Object(members) => members.values_mut().for_each(|value| resolve(value, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn collect(data: &Value, found: &mut Vec<String>) {
    match data {
        Value::String(text) => found.extend(reference(text).map(str::to_owned)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(members) => members.values().for_each(|value| collect(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl BulkOperation {
    fn parse(value: &Value) -> Result<BulkOperation, Error> {
        check_depth(value)?;
        let Value::Object(operation) = value else {
            return Err(Error::invalid_syntax("must be an object"));
        };
        let method = method(member(operation, "method")?)?;
        let bulk_id = text(operation, "bulkId")?;
        if method == Method::Post && bulk_id.is_none() {
            return Err(Error::invalid_syntax("bulkId: is required for POST"));
        }
        let path = text(operation, "path")?.ok_or_else(|| Error::invalid_syntax("path: is required"))?;
        let (endpoint, id) = endpoint_and_id(method, &path)?;
        Ok(BulkOperation {
            method,
            bulk_id,
            version: text(operation, "version")?,
            endpoint,
            id,
            data: data(method, member(operation, "data")?)?,
        })
    }
}

fn method(value: Option<&Value>) -> Result<Method, Error> {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    [Method::Post, Method::Put, Method::Patch, Method::Delete]
        .into_iter()
        .find(|method| method.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| Error::invalid_syntax("method: must be POST, PUT, PATCH or DELETE"))
}

fn endpoint_and_id(method: Method, path: &str) -> Result<(String, Option<String>), Error> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let (endpoint, id) = match path.split_once('/') {
        None => (path, None),
        Some((endpoint, id)) => (endpoint, Some(id)),
    };
    let fault = match (method, id) {
        _ if endpoint.is_empty() => "must begin with a resource type's endpoint, e.g. /Users",
        (Method::Post, None) => return Ok((endpoint.to_owned(), None)),
        (Method::Post, Some(_)) => "must be a resource type's endpoint for POST, e.g. /Users",
        (Method::Put | Method::Patch | Method::Delete, Some(id)) if !id.is_empty() && !id.contains('/') => {
            return Ok((endpoint.to_owned(), Some(id.to_owned())));
        }
        (Method::Put | Method::Patch | Method::Delete, _) => "must name one resource, e.g. /Users/2819c223",
    };
    Err(Error::invalid_syntax(format!("path: {fault}")))
}

fn data(method: Method, value: Option<&Value>) -> Result<Option<Value>, Error> {
    match (method, value) {
        (Method::Delete, _) => Ok(None),
        (Method::Post | Method::Put | Method::Patch, Some(Value::Object(data))) => {
            Ok(Some(Value::Object(data.clone())))
        }
        (Method::Post | Method::Put | Method::Patch, _) => Err(Error::invalid_syntax(format!(
            "data: must be an object for {}",
            method.as_str()
        ))),
    }
}

fn text(operation: &Object, name: &str) -> Result<Option<String>, Error> {
    match member(operation, name)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(Error::invalid_syntax(format!("{name}: must be a string and not empty"))),
    }
}

fn fail_on_errors(value: Option<&Value>) -> Result<Option<u64>, Error> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(errors) if errors > 0 => Ok(Some(errors)),
            _ => Err(Error::invalid_syntax("failOnErrors: must be an integer of 1 or more")),
        },
    }
}

fn check_bulk_ids(operations: &[BulkOperation]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    let mut bulk_ids = operations.iter().filter_map(|operation| operation.bulk_id.as_deref());
    match bulk_ids.find(|bulk_id| !seen.insert(*bulk_id)) {
        None => Ok(()),
        Some(bulk_id) => Err(Error::invalid_syntax(format!("bulkId: `{bulk_id}` is given twice"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// More than the tests have, but for the one of the limit.
    const OPERATIONS_MAX: usize = 4;

    fn request(operations: Value) -> Value {
        json!({ "schemas": [urn::BULK_REQUEST], "failOnErrors": 2, "Operations": operations })
    }

    #[test]
    fn requests_are_read() {
        let body = request(json!([
            { "method": "post", "path": "/Users", "bulkId": "q", "data": { "userName": "a" } },
            { "method": "PUT", "path": "/Users/1", "version": "W/\"x\"", "data": { "userName": "a" } },
            { "method": "PATCH", "path": "Groups/bulkId:q", "bulkId": null, "data": { "Operations": [] } },
            { "METHOD": "DELETE", "PATH": "/Users/1", "data": 5 },
        ]));
        let request = BulkRequest::parse(&body, OPERATIONS_MAX).expect("the RFC's form");
        assert_eq!(request.fail_on_errors, Some(2));
        let read: Vec<_> = request
            .operations
            .iter()
            .map(|operation| {
                (
                    operation.method,
                    operation.bulk_id.as_deref(),
                    operation.endpoint.as_str(),
                    operation.id.as_deref(),
                    operation.version.as_deref(),
                    operation.data.is_some(),
                )
            })
            .collect();
        assert_eq!(
            read,
            [
                (Method::Post, Some("q"), "Users", None, None, true),
                (Method::Put, None, "Users", Some("1"), Some("W/\"x\""), true),
                (Method::Patch, None, "Groups", Some("bulkId:q"), None, true),
                (Method::Delete, None, "Users", Some("1"), None, false),
            ]
        );
    }

    #[test]
    fn faults_are_named() {
        let check = |body: Value, status: u16, detail: &str| {
            let error = BulkRequest::parse(&body, OPERATIONS_MAX).expect_err("a fault");
            assert_eq!((error.status, error.detail.as_str()), (status, detail), "{body}");
        };
        check(json!([]), 400, "the body must be a JSON object");
        check(
            json!({ "schemas": [urn::PATCH_OP], "Operations": [] }),
            400,
            "schemas: must be an array that holds urn:ietf:params:scim:api:messages:2.0:BulkRequest",
        );
        check(request(json!([])), 400, "Operations: must be an array of one or more");
        check(request(json!({})), 400, "Operations: must be an array of one or more");
        let delete = json!({ "method": "DELETE", "path": "/Users/1" });
        check(
            request(json!([delete, delete, delete, delete, delete])),
            413,
            "Operations: 5 are more than maxOperations, which is 4",
        );
        check(
            json!({ "schemas": [urn::BULK_REQUEST], "failOnErrors": 0, "Operations": [delete] }),
            400,
            "failOnErrors: must be an integer of 1 or more",
        );
    }

    #[test]
    fn faults_of_operations_are_named() {
        let delete = json!({ "method": "DELETE", "path": "/Users/1" });
        let check = |body: Value, detail: &str| {
            let error = BulkRequest::parse(&body, OPERATIONS_MAX).expect_err("a fault");
            assert_eq!((error.status, error.detail.as_str()), (400, detail), "{body}");
        };
        let operation = |operation: Value, detail: &str| {
            check(request(json!([delete, operation])), &format!("Operations[1]: {detail}"));
        };
        operation(json!("x"), "must be an object");
        operation(
            json!({ "path": "/Users/1" }),
            "method: must be POST, PUT, PATCH or DELETE",
        );
        operation(
            json!({ "method": "GET", "path": "/Users/1" }),
            "method: must be POST, PUT, PATCH or DELETE",
        );
        operation(
            json!({ "method": "POST", "path": "/Users", "data": {} }),
            "bulkId: is required for POST",
        );
        operation(json!({ "method": "DELETE" }), "path: is required");
        operation(
            json!({ "method": "DELETE", "path": 1 }),
            "path: must be a string and not empty",
        );
        operation(
            json!({ "method": "DELETE", "path": "/Users" }),
            "path: must name one resource, e.g. /Users/2819c223",
        );
        operation(
            json!({ "method": "DELETE", "path": "/Users/1/x" }),
            "path: must name one resource, e.g. /Users/2819c223",
        );
        operation(
            json!({ "method": "DELETE", "path": "//1" }),
            "path: must begin with a resource type's endpoint, e.g. /Users",
        );
        operation(
            json!({ "method": "POST", "path": "/Users/1", "bulkId": "q", "data": {} }),
            "path: must be a resource type's endpoint for POST, e.g. /Users",
        );
        operation(
            json!({ "method": "PUT", "path": "/Users/1" }),
            "data: must be an object for PUT",
        );
        operation(
            json!({ "method": "PATCH", "path": "/Users/1", "data": [] }),
            "data: must be an object for PATCH",
        );
        operation(
            json!({ "method": "PUT", "Method": "PUT", "path": "/Users/1" }),
            "method: is given twice",
        );
        let post = json!({ "method": "POST", "path": "/Users", "bulkId": "q", "data": {} });
        check(request(json!([post, post])), "bulkId: `q` is given twice");
    }

    #[test]
    fn references_are_found_and_resolved() {
        let mut data = json!({
            "members": [{ "value": "bulkId:b" }, { "value": "bulkId:a" }, { "value": "bulkId:b" }, { "value": "bulkId:" }],
            "urn:x": { "manager": { "value": "bulkId:c" } },
        });
        assert_eq!(references(&data), ["b", "a", "c"]);
        let ids = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("c".to_owned(), "3".to_owned())]);
        resolve(&mut data, &ids);
        assert_eq!(
            data,
            json!({
                "members": [{ "value": "bulkId:b" }, { "value": "1" }, { "value": "bulkId:b" }, { "value": "bulkId:" }],
                "urn:x": { "manager": { "value": "3" } },
            })
        );
    }
}
