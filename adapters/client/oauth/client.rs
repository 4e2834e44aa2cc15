//! Asking for tokens (RFC 6749 sections 4.1.3, 4.4.2 and 6).
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::Serializer;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::assertion::Assertion;
use super::consent::Verifier;
use super::tokens::{Granted, Refresh, Tokens};
use crate::client::{Answer, Lost, Request, Transport};
use crate::descriptor::{AuthMethod, ClientAuth, Grant, TokenRequest};
use crate::{Error, ErrorKind, Retry};

/// The assertion's type, RFC 7523 section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Longest part of a server's error that is told: enough for its code and a sentence.
const WORDS_MAX: usize = 300;

/// Parameters of token requests whose values are secret.
const SECRETS: [&str; 5] = [
    "code",
    "code_verifier",
    "refresh_token",
    "client_secret",
    "client_assertion",
];

/// A client of one authorization server.
#[derive(Clone)]
pub struct Client {
    /// The vendor's name, for logs.
    pub vendor: &'static str,
    /// The vendor's way.
    pub method: &'static AuthMethod,
    /// Where tokens are given, as a whole URL.
    pub token_url: String,
    /// The client's name at the server.
    pub client_id: String,
    /// The client's secret or private key.
    pub secret: SecretString,
    /// Names the private key, where the server knows several.
    pub key_id: Option<String>,
    /// The scopes to ask for.
    pub scopes: Vec<String>,
    /// The way's [`AuthMethod::token_parameters`], with their settings.
    pub token_parameters: Vec<(&'static str, String)>,
    /// The way the calls take.
    pub transport: Arc<dyn Transport>,
    /// How long one call may take.
    pub deadline: Duration,
}

/// Why there is no token.
pub(super) struct Refusal {
    pub(super) error: Error,
    /// Whether the code or refresh token itself is refused, and will be again: `invalid_grant`, RFC 6749 section 5.2.
    pub(super) is_for_good: bool,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self {
            error,
            is_for_good: false,
        }
    }
}

type Parameters = Vec<(&'static str, String)>;

impl Client {
    /// Redeems a code that a person's consent has brought.
    ///
    /// # Errors
    /// `Unauthorized` with the server's words, also when a scope is missing; `Unavailable` if there is no answer: nothing
    /// is changed by one that is lost but tokens.
    pub async fn redeem(
        &self,
        code: &SecretString,
        (redirect_uri, verifier): (&str, &Verifier),
        now: Timestamp,
    ) -> Result<Tokens, Error> {
        let parameters = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.expose_secret().to_owned()),
            ("redirect_uri", redirect_uri.to_owned()),
            ("code_verifier", verifier.expose().to_owned()),
        ];
        self.granted(parameters, now).await
    }

    /// Renews by a refresh token. Whatever scopes the new tokens have, the former ones are spent.
    ///
    /// # Errors
    /// As [`Client::redeem`], but for scopes; the refusal says whether the refresh token is at fault.
    pub(super) async fn refresh(&self, refresh: &Refresh, now: Timestamp) -> Result<Tokens, Refusal> {
        let parameters = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", refresh.token.expose_secret().to_owned()),
        ];
        self.ask(parameters, Some(refresh.clone()), now).await
    }

    /// A token for the client itself.
    ///
    /// # Errors
    /// As [`Client::redeem`].
    pub(super) async fn own(&self, now: Timestamp) -> Result<Tokens, Error> {
        let mut parameters = vec![("grant_type", "client_credentials".to_owned())];
        if !self.scopes.is_empty() {
            parameters.push(("scope", self.scopes.join(" ")));
        }
        self.granted(parameters, now).await
    }

    /// Tokens with all scopes.
    async fn granted(&self, parameters: Parameters, now: Timestamp) -> Result<Tokens, Error> {
        let tokens = self.ask(parameters, None, now).await.map_err(|refusal| refusal.error)?;
        match tokens.lacks(&self.scopes) {
            Some(scope) => Err(unauthorized(format!("the token lacks {scope}"))),
            None => Ok(tokens),
        }
    }

    async fn ask(
        &self,
        mut parameters: Parameters,
        former: Option<Refresh>,
        now: Timestamp,
    ) -> Result<Tokens, Refusal> {
        parameters.extend(self.token_parameters.iter().cloned());
        let (base, path) = split(&self.token_url);
        let mut request = Request::new(self.vendor, "POST", "token", path).header("accept", "application/json");
        request = self.prove(request, &mut parameters, now)?;
        let secrets = secrets(&request, &parameters);
        let request = match self.method.token_request {
            TokenRequest::Form => request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form(&parameters)),
            TokenRequest::Json => request
                .header("content-type", "application/json")
                .json(&object(parameters)),
        };
        let mut answer = self.transport.send(&base, request, self.deadline).await.map_err(lost)?;
        secrets.iter().for_each(|secret| answer.conceal(secret));
        tracing::debug!(vendor = self.vendor, status = answer.status, "token request");
        Ok(judge(&answer)?.tokens(now, former, self.method.refresh_seconds))
    }

    /// Adds what proves who asks.
    fn prove(&self, request: Request, parameters: &mut Parameters, now: Timestamp) -> Result<Request, Error> {
        if self.method.grant == Grant::PrivateKeyJwt {
            let assertion = Assertion {
                client_id: &self.client_id,
                token_url: &self.token_url,
                key_id: self.key_id.as_deref(),
            };
            let signed = assertion.signed(&self.secret, now).map_err(unauthorized)?;
            parameters.push(("client_assertion_type", ASSERTION_TYPE.to_owned()));
            parameters.push(("client_assertion", signed));
            return Ok(request);
        }
        match self.method.client_auth {
            ClientAuth::Body => {
                parameters.push(("client_id", self.client_id.clone()));
                parameters.push(("client_secret", self.secret.expose_secret().to_owned()));
                Ok(request)
            }
            ClientAuth::Basic => {
                let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encoded(&self.client_id), encoded(self.secret.expose_secret()));
                Ok(request.header("authorization", format!("Basic {}", STANDARD.encode(pair))))
            }
        }
    }
}

/// What of a token request nobody may see.
fn secrets(request: &Request, parameters: &Parameters) -> Vec<String> {
    let headers = request.headers.iter().filter(|(name, _)| *name == "authorization");
    let proofs = headers.map(|(_, value)| value.trim_start_matches("Basic ").to_owned());
    let sent = parameters.iter().filter(|(name, _)| SECRETS.contains(name));
    proofs.chain(sent.map(|(_, value)| value.clone())).collect()
}

fn form(parameters: &Parameters) -> Vec<u8> {
    Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
        .into_bytes()
}

fn object(parameters: Parameters) -> Value {
    parameters
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect()
}

/// Origin and rest of a URL.
fn split(url: &str) -> (String, String) {
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url
        .get(host..)
        .and_then(|rest| rest.find('/'))
        .map_or(url.len(), |path| host + path);
    let (base, path) = url.split_at(end);
    (base.to_owned(), path.to_owned())
}

/// An error of the server, RFC 6749 section 5.2, and some vendors' own form.
#[derive(Deserialize, Default)]
struct Told {
    error: Option<Value>,
    error_description: Option<String>,
}

impl Told {
    fn by(answer: &Answer) -> Self {
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    fn code(&self) -> &str {
        self.error.as_ref().and_then(Value::as_str).unwrap_or_default()
    }
}

fn judge(answer: &Answer) -> Result<Granted, Refusal> {
    let (kind, reason) = match answer.status {
        200..300 => match serde_json::from_slice(&answer.body) {
            Ok(granted) => return Ok(granted),
            Err(_) => (ErrorKind::Unavailable, "the token answer cannot be read".to_owned()),
        },
        429 => (ErrorKind::RateLimited, "too many token requests".to_owned()),
        400..500 => {
            return Err(Refusal {
                error: unauthorized(words(answer)),
                is_for_good: Told::by(answer).code() == "invalid_grant",
            });
        }
        status => (
            ErrorKind::Unavailable,
            format!("the authorization server answered {status}"),
        ),
    };
    Err(Error::new(kind, Retry::Backoff, reason).into())
}

/// The server's words: RFC 6749 section 5.2 has codes and sentences for developers.
fn words(answer: &Answer) -> String {
    let told = Told::by(answer);
    let told = format!(
        "{} {}",
        told.code(),
        told.error_description.as_deref().unwrap_or_default()
    );
    let told: String = told.trim().chars().take(WORDS_MAX).collect();
    format!("the authorization server refuses ({}): {told}", answer.status)
}

fn unauthorized(reason: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthorized, Retry::Backoff, reason)
}

/// The call that a token was wanted for has not been made.
fn lost(lost: Lost) -> Error {
    let reason = match lost {
        Lost::Refused => "the address of the authorization server is not allowed",
        Lost::BeforeSending => "the authorization server cannot be reached",
        Lost::AfterSending => "the authorization server's answer was lost",
    };
    Error::new(ErrorKind::Unavailable, Retry::Backoff, reason)
}
