//! The room of one case: its own names, its requests, and what it made.
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use crate::suite::claims::{Claims, ENTERPRISE};
use crate::suite::failure::{Outcome, Stop};
use crate::suite::server::{Answer, Client, Request};

/// URN of User.
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// URN of Group.
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// URN of PATCH bodies.
pub(crate) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What one case has to work with.
pub(crate) struct Scope {
    /// The server's client.
    pub(crate) client: Client,
    /// A client of a second tenant, when the run was given one.
    pub(crate) other: Option<Client>,
    /// A token of this tenant whose time is over, when the run was given one.
    pub(crate) expired_token: Option<String>,
    /// A client of a directory whose limits are small, when the run was given one.
    pub(crate) small: Option<Client>,
    /// So many resources there are too many to search, when the run was told.
    pub(crate) too_many: Option<u64>,
    /// What the server claims.
    pub(crate) claims: Arc<Claims>,
    /// A text found in no other case and no other run: small letters and digits.
    pub(crate) nonce: String,
    created: Mutex<Vec<String>>,
}

impl Scope {
    /// A room with its own nonce.
    pub(crate) fn new(client: Client, claims: Arc<Claims>, nonce: String) -> Scope {
        Scope {
            client,
            other: None,
            expired_token: None,
            small: None,
            too_many: None,
            claims,
            nonce,
            created: Mutex::default(),
        }
    }

    /// Sends, and remembers what it made so that [`Scope::clean`] takes it away.
    pub(crate) async fn send(&self, request: Request) -> Result<Answer, Stop> {
        let path = request.path.clone();
        let answer = self.client.send(request).await?;
        self.remember(&path, &answer);
        Ok(answer)
    }

    /// GET.
    pub(crate) async fn get(&self, path: impl Into<String>) -> Result<Answer, Stop> {
        self.send(Request::new("GET", path)).await
    }

    /// POST with a JSON body.
    pub(crate) async fn post(&self, path: impl Into<String>, body: &Value) -> Result<Answer, Stop> {
        self.send(Request::new("POST", path).json(body)).await
    }

    /// PUT with a JSON body.
    pub(crate) async fn put(&self, path: impl Into<String>, body: &Value) -> Result<Answer, Stop> {
        self.send(Request::new("PUT", path).json(body)).await
    }

    /// PATCH with these operations.
    pub(crate) async fn patch(&self, path: impl Into<String>, operations: Value) -> Result<Answer, Stop> {
        let body = json!({"schemas": [PATCH_OP], "Operations": operations});
        self.send(Request::new("PATCH", path).json(&body)).await
    }

    /// DELETE.
    pub(crate) async fn delete(&self, path: impl Into<String>) -> Result<Answer, Stop> {
        self.send(Request::new("DELETE", path)).await
    }

    /// Makes a User with these attributes; `schemas` and `userName` are filled in.
    pub(crate) async fn user(&self, attributes: Value) -> Result<Value, Stop> {
        let answer = self.post("/Users", &self.user_body("user", attributes)).await?;
        answer.status(&[201])?;
        Ok(answer.json)
    }

    /// Makes a Group with these attributes; `schemas` and `displayName` are filled in.
    pub(crate) async fn group(&self, attributes: Value) -> Result<Value, Stop> {
        let answer = self.post("/Groups", &self.group_body("group", attributes)).await?;
        answer.status(&[201])?;
        Ok(answer.json)
    }

    /// A User's body; the label keeps the names within a case apart.
    pub(crate) fn user_body(&self, label: &str, attributes: Value) -> Value {
        let mut schemas = vec![USER];
        if !attributes[ENTERPRISE].is_null() {
            schemas.push(ENTERPRISE);
        }
        let defaults = json!({"schemas": schemas, "userName": format!("{label}.{}@example.com", self.nonce)});
        merged(defaults, attributes)
    }

    /// A Group's body; the label keeps the names within a case apart.
    pub(crate) fn group_body(&self, label: &str, attributes: Value) -> Value {
        let defaults = json!({"schemas": [GROUP], "displayName": format!("{label} {}", self.nonce)});
        merged(defaults, attributes)
    }

    /// Deletes what the case made and did not delete itself, the latest first.
    pub(crate) async fn clean(&self) {
        self.clean_after(0).await;
    }

    /// How much was made and not deleted.
    pub(crate) fn made(&self) -> usize {
        self.created.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Deletes what was made when there was this much already, the latest first.
    pub(crate) async fn clean_after(&self, made: usize) {
        let created = {
            let mut created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = made.min(created.len());
            created.split_off(kept)
        };
        for path in created.into_iter().rev() {
            // A server that cannot delete fails the cases on deletion; here there is nobody to tell.
            let _ = self.client.send(Request::new("DELETE", path)).await;
        }
    }

    fn remember(&self, path: &str, answer: &Answer) {
        let mut made = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        if answer.request.starts_with("DELETE") && answer.status == 204 {
            made.retain(|known| known != path);
        } else if path.starts_with("/Bulk") {
            made.extend(self.made_in_bulk(answer));
        } else if answer.status == 201
            && let Some(id) = answer.json["id"].as_str()
        {
            let endpoint = path.split('?').next().unwrap_or_default();
            made.push(format!("{endpoint}/{id}"));
        }
    }

    fn made_in_bulk(&self, answer: &Answer) -> Vec<String> {
        let operations = answer.json["Operations"].as_array().into_iter().flatten();
        operations
            .filter(|operation| operation["status"] == "201")
            .filter_map(|operation| operation["location"].as_str())
            .map(|location| path_of(location).to_owned())
            .collect()
    }
}

/// The last two segments of a resource's URI with their slashes: `/Users/42`.
pub(crate) fn path_of(location: &str) -> &str {
    let mut slashes = location.rmatch_indices('/').map(|(position, _)| position);
    let start = slashes.nth(1).unwrap_or_default();
    location.get(start..).unwrap_or(location)
}

/// The text as a value of a query parameter.
pub(crate) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// Fails unless the condition holds, naming the exchange.
pub(crate) fn require(answer: &Answer, holds: bool, text: &str) -> Outcome {
    if holds { Ok(()) } else { answer.fail(text) }
}

fn merged(defaults: Value, attributes: Value) -> Value {
    let (Value::Object(mut body), Value::Object(given)) = (defaults, attributes) else {
        return Value::Object(Map::new());
    };
    body.extend(given);
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_locations() {
        let check = |location: &str, expected: &str| assert_eq!(path_of(location), expected);
        check("https://x/scim/v2/Users/42", "/Users/42");
        check("/Users/42", "/Users/42");
        check("Users/42", "Users/42");
    }

    #[test]
    fn query_values_are_encoded() {
        assert_eq!(encoded("userName eq \"a+b@x\""), "userName%20eq%20%22a%2Bb%40x%22");
    }
}
