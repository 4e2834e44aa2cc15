//! The token and the revocation endpoint (RFC 6749 section 3.2, RFC 7009).

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as NotAGrant;
use serde_json::{Value, json};

use super::client::Asked;
use super::config::{Authentication, GrantType};
use super::error::Error;
use super::parameters::Parameters;
use super::records::Token;
use super::server::Server;
use crate::twins::{Answer, Request};

impl Server {
    pub(super) fn issue(&mut self, now: Timestamp, request: &Request) -> Answer {
        match self.grant(now, request) {
            Ok(token) => {
                let body = response(&token, self.config.tells_refresh_end);
                Answer::json(self.config.token_status, &body).with_header("cache-control", "no-store")
            }
            Err(error) => error.answer(),
        }
    }

    fn grant(&mut self, now: Timestamp, request: &Request) -> Result<Token, Error> {
        let parameters = Parameters::of_body(request, self.config.bodies)?;
        let asked = Asked {
            now,
            request,
            parameters,
        };
        let name = asked.parameters.require("grant_type", "grant_type is missing")?;
        let grant = GrantType::deserialize(IntoDeserializer::<NotAGrant>::into_deserializer(name)).ok();
        let known = self.config.grants.iter().find(|(known, _)| Some(*known) == grant);
        let (grant, allowed) = known.ok_or_else(|| Error::new("unsupported_grant_type", "There is no such grant"))?;
        let client = self.authenticate(&asked, allowed)?;
        match grant {
            GrantType::AuthorizationCode => self.by_code(&client, &asked),
            GrantType::RefreshToken => self.by_refresh(&client, &asked),
            GrantType::ClientCredentials => self.by_client(&client, &asked),
        }
    }

    /// Ends a token. That there is no such token is no error (RFC 7009 section 2.2).
    pub(super) fn revoke(&mut self, now: Timestamp, request: &Request) -> Answer {
        match self.end(now, request) {
            Ok(()) => Answer::empty(200),
            Err(error) => error.answer(),
        }
    }

    fn end(&mut self, now: Timestamp, request: &Request) -> Result<(), Error> {
        let parameters = Parameters::of_body(request, self.config.bodies)?;
        let asked = Asked {
            now,
            request,
            parameters,
        };
        let ways: Vec<Authentication> = self.config.grants.iter().flat_map(|(_, ways)| *ways).copied().collect();
        let client = self.authenticate(&asked, &ways)?;
        let token = asked.parameters.require("token", "token is missing")?;
        let refreshed = |found: &&Token| found.refresh.as_ref().is_some_and(|refresh| refresh.token == token);
        let mut tokens = self.tokens.rows().values().map(AsRef::as_ref);
        let found = tokens.find(|found| found.access == token || refreshed(found));
        if let Some(found) = found.filter(|found| found.client == client.id).cloned() {
            self.tokens.remove(now, &found.access);
        }
        Ok(())
    }
}

/// The response of RFC 6749 section 5.1.
fn response(token: &Token, tells_refresh_end: bool) -> Value {
    let mut body = json!({
        "access_token": token.access,
        "token_type": "bearer",
        "expires_in": token.seconds,
        "scope": token.scopes.join(" "),
    });
    if let Some(refresh) = &token.refresh {
        body["refresh_token"] = Value::from(refresh.token.as_str());
        if tells_refresh_end {
            body["refresh_token_expires_in"] = Value::from(refresh.seconds);
        }
    }
    body
}
