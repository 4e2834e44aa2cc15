//! The parameters of a request, wherever they stand.

use serde_json::Value;

use super::config::Bodies;
use super::error::Error;
use crate::twins::Request;

/// Parameters that each occur once, and say something.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Those of the query.
    pub(super) fn of_query(request: &Request) -> Result<Parameters, Error> {
        Parameters::single(request.query.clone())
    }

    /// Those of a form.
    pub(super) fn of_form(request: &Request) -> Result<Parameters, Error> {
        must_be(request, "application/x-www-form-urlencoded")?;
        Parameters::single(form_urlencoded::parse(&request.body).into_owned().collect())
    }

    pub(super) fn of_body(request: &Request, bodies: Bodies) -> Result<Parameters, Error> {
        match bodies {
            Bodies::Form => Parameters::of_form(request),
            Bodies::Json => Parameters::of_json(request),
        }
    }

    fn of_json(request: &Request) -> Result<Parameters, Error> {
        must_be(request, "application/json")?;
        let Ok(Value::Object(fields)) = serde_json::from_slice(&request.body) else {
            return Err(Error::invalid_request("The body is not a JSON object"));
        };
        let text = |(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            Value::Number(number) => Ok((name, number.to_string())),
            Value::Null => Ok((name, String::new())),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                Err(Error::invalid_request("A parameter is not a string"))
            }
        };
        Parameters::single(fields.into_iter().map(text).collect::<Result<_, _>>()?)
    }

    /// Without value is as good as left out, and twice is an error (RFC 6749 sections 3.1 and 3.2).
    fn single(mut pairs: Vec<(String, String)>) -> Result<Parameters, Error> {
        pairs.retain(|(_, value)| !value.is_empty());
        let mut names: Vec<_> = pairs.iter().map(|(name, _)| name).collect();
        names.sort();
        match names.windows(2).any(|names| names.first() == names.last()) {
            true => Err(Error::invalid_request("A parameter occurs twice")),
            false => Ok(Parameters(pairs)),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn require(&self, name: &str, missing: &'static str) -> Result<&str, Error> {
        self.get(name).ok_or_else(|| Error::invalid_request(missing))
    }

    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

fn must_be(request: &Request, media_type: &str) -> Result<(), Error> {
    let said = request.header("content-type").unwrap_or_default();
    let said = said.split(';').next().unwrap_or_default().trim();
    match said.eq_ignore_ascii_case(media_type) {
        true => Ok(()),
        false => Err(Error::invalid_request(
            "The Content-Type is not the one of this endpoint",
        )),
    }
}
