//! Which client asks, and how it proves that.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::Value;

use super::config::Authentication;
use super::error::Error;
use super::parameters::Parameters;
use super::records::Client;
use super::server::Server;
use crate::twins::Request;

/// The only type of client assertion there is (RFC 7523 section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Checks signature and claims by a vendor's rules; says what is wrong.
pub(in crate::twins) type Verifier = fn(&Assertion) -> Result<(), &'static str>;

/// A request to an endpoint where clients authenticate.
pub(super) struct Asked<'a> {
    pub(super) now: Timestamp,
    pub(super) request: &'a Request,
    pub(super) parameters: Parameters,
}

/// What a client says to prove that it has its private key.
pub(in crate::twins) struct Assertion<'a> {
    /// The signed JWT.
    pub(in crate::twins) jwt: &'a str,
    /// Whose keys it must be signed with, as the assertion itself or `client_id` says.
    pub(in crate::twins) client: &'a Client,
    /// The URL of the token endpoint.
    pub(in crate::twins) audience: &'a str,
    pub(in crate::twins) now: Timestamp,
}

/// What a request carries to prove who asks.
struct Credentials<'a> {
    id: String,
    proof: Proof<'a>,
}

enum Proof<'a> {
    Basic(String),
    Post(&'a str),
    Assertion(&'a str),
    Nothing,
}

impl Server {
    /// The client that asks; it must have authenticated in one of these ways.
    pub(super) fn authenticate(&self, asked: &Asked, allowed: &[Authentication]) -> Result<Client, Error> {
        let credentials = credentials(asked.request, &asked.parameters)?;
        let client = self.clients.rows().get(&credentials.id);
        let client = client.ok_or_else(|| Error::invalid_client("There is no such client"));
        let is_basic = matches!(credentials.proof, Proof::Basic(_));
        let proven = client.and_then(|client| {
            let audience = format!("{}{}", root(asked.request), asked.request.path);
            let assertion = Assertion {
                jwt: "",
                client,
                audience: &audience,
                now: asked.now,
            };
            credentials.proof.check(assertion, allowed)?;
            Ok(client.as_ref().clone())
        });
        proven.map_err(|error| if is_basic { error.asking_for_basic() } else { error })
    }
}

impl Proof<'_> {
    fn check(&self, assertion: Assertion, allowed: &[Authentication]) -> Result<(), Error> {
        let client = assertion.client;
        let secret_is = |secret: &str| client.secret.as_deref() == Some(secret);
        let is_right = |way: &Authentication| match (self, way) {
            (Proof::Basic(secret), Authentication::Basic) => Some(secret_is(secret)),
            (Proof::Post(secret), Authentication::Post) => Some(secret_is(secret)),
            (Proof::Nothing, Authentication::Public) => Some(client.secret.is_none() && client.jwks.is_none()),
            (Proof::Assertion(jwt), Authentication::PrivateKeyJwt(verify)) => {
                Some(verify(&Assertion { jwt, ..assertion }).is_ok())
            }
            (_, Authentication::Basic | Authentication::Post | Authentication::Public)
            | (_, Authentication::PrivateKeyJwt(_)) => None,
        };
        match allowed.iter().find_map(is_right) {
            Some(true) => Ok(()),
            Some(false) => Err(Error::invalid_client("The client is not who it says it is")),
            None => Err(Error::invalid_client("The client cannot authenticate in this way")),
        }
    }
}

/// A request must prove itself in one way only (RFC 6749 section 2.3).
fn credentials<'a>(request: &Request, parameters: &'a Parameters) -> Result<Credentials<'a>, Error> {
    let basic = request.header("authorization").map(basic).transpose()?;
    let assertion = parameters.get("client_assertion");
    let ways = [
        basic.is_some(),
        parameters.get("client_secret").is_some(),
        assertion.is_some(),
    ];
    if ways.into_iter().filter(|there| *there).count() > 1 {
        return Err(Error::invalid_request("The client authenticates in two ways"));
    }
    let id = parameters.get("client_id").map(str::to_owned);
    if let Some((user, secret)) = basic {
        return match id.is_none_or(|id| id == user) {
            true => Ok(Credentials {
                id: user,
                proof: Proof::Basic(secret),
            }),
            false => Err(Error::invalid_request("Header and body name two clients")),
        };
    }
    if let Some(jwt) = assertion {
        if parameters.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err(Error::invalid_request("client_assertion_type is missing or not known"));
        }
        let id = id.or_else(|| subject(jwt));
        let id = id.ok_or_else(|| Error::invalid_client("The assertion names no client"))?;
        return Ok(Credentials {
            id,
            proof: Proof::Assertion(jwt),
        });
    }
    let id = id.ok_or_else(|| Error::invalid_client("The client does not say who it is"))?;
    let proof = parameters.get("client_secret").map_or(Proof::Nothing, Proof::Post);
    Ok(Credentials { id, proof })
}

/// Id and secret are form-encoded before they are put into the header (RFC 6749 section 2.3.1).
fn basic(header: &str) -> Result<(String, String), Error> {
    let decoded = header
        .strip_prefix("Basic ")
        .and_then(|text| STANDARD.decode(text).ok());
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = text.as_deref().and_then(|text| text.split_once(':'));
    let plain = |text: &str| {
        let pair = form_urlencoded::parse(text.as_bytes()).next();
        pair.map(|(name, _)| name.into_owned()).unwrap_or_default()
    };
    pair.map(|(id, secret)| (plain(id), plain(secret)))
        .ok_or_else(|| Error::invalid_client("The Authorization header is not Basic").asking_for_basic())
}

/// Whom a JWT is about, signed or not.
fn subject(jwt: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

/// The URL of the server's root. A twin is served without TLS.
pub(super) fn root(request: &Request) -> String {
    format!("http://{}", request.header("host").unwrap_or("localhost"))
}
