//! Entries of a BulkResponse.
use schemas::bulk::BulkOperation;
use serde_json::{Value, json};

use crate::service::error::Error;

/// What became of an operation that succeeded.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) status: u16,
    pub(super) location: String,
    /// None after a DELETE.
    pub(super) version: Option<String>,
}

/// The entry of an operation; `location` is that of the resource it was about, where that is known.
pub(super) fn entry(operation: &BulkOperation, location: Option<String>, outcome: &Result<Done, Error>) -> Value {
    let mut entry = json!({ "method": operation.method.as_str() });
    if let Some(bulk_id) = &operation.bulk_id {
        entry["bulkId"] = bulk_id.as_str().into();
    }
    match outcome {
        Ok(done) => {
            entry["location"] = done.location.as_str().into();
            if let Some(version) = &done.version {
                entry["version"] = version.as_str().into();
            }
            entry["status"] = done.status.to_string().into();
        }
        Err(error) => {
            error.log();
            let error = error.to_scim();
            if let Some(location) = location {
                entry["location"] = location.into();
            }
            entry["status"] = error.status.to_string().into();
            entry["response"] = error.to_json();
        }
    }
    entry
}
