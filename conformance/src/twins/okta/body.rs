//! Bodies of requests.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::twins::Request;

/// The object that the body is. What in it nobody asks for is ignored.
pub(super) fn object(request: &Request) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Refusal::malformed()),
    }
}

/// A part of the body, if it is there and not null. One of another type is refused as JSON that cannot be read, which
/// is not documented.
pub(super) fn part<T: DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> Result<Option<T>, Refusal> {
    let value = fields.remove(name).unwrap_or_default();
    serde_json::from_value(value).map_err(|_| Refusal::malformed())
}
