//! The authorization endpoint (RFC 6749 section 4.1).

use jiff::Timestamp;

use super::client::root;
use super::consent;
use super::error::Error;
use super::parameters::Parameters;
use super::records::{Client, Code};
use super::server::Server;
use crate::twins::{Answer, Request};

/// How long a code challenge is: a SHA-256 hash in Base64 without padding.
const CHALLENGE_LENGTH: usize = 43;

/// An authorization request that may be put to a person.
struct Ask {
    scopes: Vec<String>,
    challenge: Option<String>,
}

impl Server {
    /// Shows the consent page.
    pub(super) fn show(&mut self, _: Timestamp, request: &Request) -> Answer {
        let asked = Parameters::of_query(request);
        self.respond(request, asked, |server, client, parameters| {
            let ask = server.ask(client, parameters)?;
            Ok(consent::ask(&client.id, &ask.scopes, parameters))
        })
    }

    /// Takes the decision, and sends the person back to the client with it.
    pub(super) fn decide(&mut self, now: Timestamp, request: &Request) -> Answer {
        let asked = Parameters::of_form(request);
        self.respond(request, asked, |server, client, parameters| {
            let ask = server.ask(client, parameters)?;
            if parameters.get("decision") != Some("allow") {
                return Err(Error::new("access_denied", "The person said no"));
            }
            let code = Code {
                code: server.new_secret(now, client, "code"),
                client: client.id.clone(),
                redirect_uri: parameters.get("redirect_uri").unwrap_or_default().to_owned(),
                scopes: ask.scopes,
                challenge: ask.challenge,
                issued_at: now,
                is_used: false,
            };
            let code = server.codes.put(now, code);
            Ok(back(request, parameters, &[("code", &code.code)], server.config.issuer))
        })
    }

    /// Errors go to the client, but only to one that is known, at a place that it registered.
    fn respond(
        &mut self,
        request: &Request,
        asked: Result<Parameters, Error>,
        answer: impl FnOnce(&mut Server, &Client, &Parameters) -> Result<Answer, Error>,
    ) -> Answer {
        let parameters = match asked {
            Ok(parameters) => parameters,
            Err(error) => return consent::refuse(error.description),
        };
        let id = parameters.get("client_id").unwrap_or_default();
        let Some(client) = self.clients.rows().get(id).cloned() else {
            return consent::refuse("There is no such client");
        };
        let redirect_uri = parameters.get("redirect_uri").unwrap_or_default();
        if !client
            .redirect_uris
            .iter()
            .any(|known| is_same_uri(known, redirect_uri))
        {
            return consent::refuse("The redirect URI is none of the client's");
        }
        answer(self, &client, &parameters).unwrap_or_else(|error| {
            let said = [("error", error.error), ("error_description", error.description)];
            back(request, &parameters, &said, self.config.issuer)
        })
    }

    fn ask(&self, client: &Client, parameters: &Parameters) -> Result<Ask, Error> {
        if parameters.require("response_type", "response_type is missing")? != "code" {
            return Err(Error::new("unsupported_response_type", "Only codes are given"));
        }
        let scopes = self.config.scopes.granted(client, parameters.get("scope"))?;
        let challenge = parameters.get("code_challenge").map(str::to_owned);
        let is_public = client.secret.is_none() && client.jwks.is_none();
        match &challenge {
            None if self.config.pkce_required || is_public => {
                return Err(Error::invalid_request("code_challenge is missing"));
            }
            Some(challenge) if challenge.len() != CHALLENGE_LENGTH => {
                return Err(Error::invalid_request("code_challenge is no SHA-256 hash"));
            }
            Some(_) if parameters.get("code_challenge_method") != Some("S256") => {
                return Err(Error::invalid_request("code_challenge_method must be S256"));
            }
            Some(_) | None => {}
        }
        Ok(Ask { scopes, challenge })
    }
}

/// Back to the client, with what is to be said, and the client's own state.
fn back(request: &Request, parameters: &Parameters, said: &[(&str, &str)], with_issuer: bool) -> Answer {
    let issuer = with_issuer.then(|| root(request));
    let state = parameters.get("state").map(|state| ("state", state));
    let issuer = issuer.as_deref().map(|issuer| ("iss", issuer));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(said.iter().copied().chain(state).chain(issuer))
        .finish();
    let redirect_uri = parameters.get("redirect_uri").unwrap_or_default();
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    Answer::empty(302).with_header("location", format!("{redirect_uri}{joint}{query}"))
}

/// To the letter, but a loopback address may have any port (RFC 8252 section 7.3).
fn is_same_uri(registered: &str, asked: &str) -> bool {
    registered == asked || loopback(registered).is_some_and(|known| loopback(asked) == Some(known))
}

/// The host and the path of a URI on the loopback interface, without the port.
fn loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]"].into_iter().find(|host| rest.starts_with(host))?;
    let rest = rest.strip_prefix(host)?;
    let (port, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    is_port.then_some((host, path))
}
