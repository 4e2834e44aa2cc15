//! One request of a script and what its answer must be. Suite cases and IdP transcripts are made of these.
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::suite::expect;
use crate::suite::failure::{Outcome, Stop, failed};
use crate::suite::scope::Scope;
use crate::suite::server::{Answer, Request};
use crate::suite::template::{Variables, fill, fill_value};

/// The status that comes without a body.
const NO_CONTENT: u16 = 204;

/// One step, as written in a file. Every text may hold `{variables}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// What the step is for, in failure texts.
    #[serde(default)]
    pub(crate) say: String,
    /// Method and path, such as `GET /Users/{user}`; the path follows the base URL or is an absolute URL.
    pub(crate) send: String,
    /// Headers over the script's; null takes one away.
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
    /// A JSON body.
    body: Option<Value>,
    /// A body as it is, for what is no JSON.
    text: Option<String>,
    /// The statuses that are right.
    status: Vec<u16>,
    /// The answer is a SCIM error with one of these scimTypes; empty: with any or none.
    error: Option<Vec<String>>,
    /// What the body must be like, see [`expect`]. A 204, where it is right, has none.
    expect: Option<Value>,
    /// What headers of the answer must be like, by lower-case name.
    #[serde(default)]
    answer_headers: Map<String, Value>,
    /// Variables taken from the answer: a JSON pointer (what is no text is kept as JSON, the whole body too), or
    /// `header:` and a lower-case name.
    #[serde(default)]
    capture: BTreeMap<String, String>,
    /// Only a server that normalises IdP dialects can answer this as expected.
    #[serde(default)]
    pub(crate) needs_normalisation: bool,
}

impl Step {
    /// Sends, compares and captures. Headers are the script's own.
    pub(crate) async fn run(
        &self,
        scope: &Scope,
        headers: &BTreeMap<String, String>,
        variables: &mut Variables,
    ) -> Outcome {
        let answer = scope
            .send(self.request(headers, variables).map_err(Stop::Failed)?)
            .await?;
        self.judge(&answer, variables)?;
        for (name, source) in &self.capture {
            let value = captured(&answer, source)?;
            variables.insert(name.clone(), value);
        }
        Ok(())
    }

    /// Whether the step's text anywhere holds this word.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        self.send.contains(word) || body.contains(word)
    }

    fn request(&self, headers: &BTreeMap<String, String>, variables: &Variables) -> Result<Request, String> {
        let (method, path) = self
            .send
            .split_once(' ')
            .ok_or_else(|| format!("`{}` is no method and path", self.send))?;
        let mut request = Request::new(method, fill(path, variables)?);
        for (name, value) in headers {
            request = request.header(name, fill(value, variables)?);
        }
        for (name, value) in &self.headers {
            request = request.header(name, fill(value.as_deref().unwrap_or_default(), variables)?);
        }
        if let Some(body) = &self.body {
            request = request.json(&fill_value(body, variables)?);
        }
        if let Some(text) = &self.text {
            request = request.bytes(fill(text, variables)?);
        }
        Ok(request)
    }

    fn judge(&self, answer: &Answer, variables: &Variables) -> Outcome {
        answer.status(&self.status)?;
        if let Some(scim_types) = &self.error {
            let scim_types: Vec<_> = scim_types.iter().map(String::as_str).collect();
            answer.error(answer.status, &scim_types)?;
        }
        if let Some(expected) = self.expect.as_ref().filter(|_| answer.status != NO_CONTENT) {
            answer.like(&fill_value(expected, variables).map_err(Stop::Failed)?)?;
        }
        for (name, expected) in &self.answer_headers {
            let expected = fill_value(expected, variables).map_err(Stop::Failed)?;
            let got = answer.headers.get(name).cloned().map(Value::String);
            if let Err(text) = expect::check(&expected, got.as_ref()) {
                return failed(format!("{}: header {name}: {text}", answer.request));
            }
        }
        Ok(())
    }
}

fn captured(answer: &Answer, source: &str) -> Result<String, Stop> {
    if let Some(name) = source.strip_prefix("header:") {
        return answer.header(name).map(str::to_owned);
    }
    match answer.json.pointer(source) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(value @ (Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_))) => Ok(value.to_string()),
        Some(Value::Null) | None => answer.fail(format!("expected a value at {source}")),
    }
}
