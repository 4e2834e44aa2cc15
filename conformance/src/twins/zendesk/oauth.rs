//! How Zendesk issues OAuth tokens, and what it shows of them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Zendesk;
use super::admission::is_scope;
use super::page::Page;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::user_json::time;
use crate::twins::Answer;
use crate::twins::oauth::{
    Authentication, Bodies, Client, Config, GrantType, Lifetime, Rotation, Scopes, Token, UnknownScope, number_of,
};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A code lives two minutes, a token half an hour, a refresh token thirty days; a refresh ends both old ones. A scope
/// that does not exist is granted nothing, and nobody says so. Whether tokens of a client's own come with a refresh
/// token is not documented; RFC 6749 says they should not.
pub(super) static OAUTH: Config = Config {
    authorize: ["GET /oauth/authorizations/new", "POST /oauth/authorizations/new"],
    token: "POST /oauth/tokens",
    revoke: None,
    bodies: Bodies::Json,
    token_status: 201,
    grants: &[
        (
            GrantType::AuthorizationCode,
            &[Authentication::Post, Authentication::Public],
        ),
        (GrantType::RefreshToken, &[Authentication::Post, Authentication::Public]),
        (GrantType::ClientCredentials, &[Authentication::Post]),
    ],
    pkce_required: false,
    issuer: false,
    scopes: Scopes {
        is_known: is_scope,
        unknown: UnknownScope::Dropped,
        default: "read",
    },
    code_seconds: 120,
    access: Lifetime {
        seconds: 30 * 60,
        asked: Some(300..=172_800),
    },
    refresh: Some(Lifetime {
        seconds: 30 * DAY_SECONDS,
        asked: Some(604_800..=7_776_000),
    }),
    tells_refresh_end: true,
    refresh_scope: None,
    rotation: Rotation::Both,
    own: None,
};

pub(super) fn list_tokens(twin: &mut Zendesk, call: &Call) -> Reply {
    let page = Page::read(call)?;
    let client = call.request.parameter("client_id").map(str::parse::<u64>).transpose();
    let client = client.map_err(|_| Refusal::parameter("client_id must be a number"))?;
    let tokens = twin.oauth.tokens(call.now);
    let tokens = tokens.filter(|token| client.is_none_or(|client| number_of(&token.client) == client));
    let mut tokens: Vec<_> = tokens.map(|token| (number_of(&token.access), token)).collect();
    tokens.sort_by_key(|(id, _)| *id);
    let json = |token: &Token| twin.token_json(token);
    Ok(page.of(tokens.into_iter()).answer(twin, "tokens", json))
}

pub(super) fn revoke(twin: &mut Zendesk, call: &Call) -> Reply {
    let id = call.id()?;
    let found = twin.oauth.tokens(call.now).any(|token| number_of(&token.access) == id);
    if !found {
        return Err(Refusal::not_found());
    }
    twin.oauth.end_those(call.now, |token| number_of(&token.access) == id);
    Ok(Answer::empty(204))
}

pub(super) fn list_clients(twin: &mut Zendesk, call: &Call) -> Reply {
    let page = Page::read(call)?;
    let clients = twin.oauth.clients();
    let mut clients: Vec<_> = clients.map(|client| (number_of(&client.id), client)).collect();
    clients.sort_by_key(|(id, _)| *id);
    Ok(page
        .of(clients.into_iter())
        .answer(twin, "clients", |client| twin.client_json(client)))
}

impl Zendesk {
    fn owner_id(&self) -> u64 {
        let mut users = self.users.rows().values();
        users.find(|user| user.is_owner).map(|user| user.id).unwrap_or_default()
    }

    /// A token is shown by its begin only.
    fn token_json(&self, token: &Token) -> Value {
        let id = number_of(&token.access);
        let expires_at = Timestamp::from_second(token.issued_at.as_second().saturating_add(token.seconds));
        json!({
            "id": id,
            "url": self.url(&format!("oauth/tokens/{id}")),
            "user_id": self.owner_id(),
            "client_id": number_of(&token.client),
            "token": token.access.chars().take(10).collect::<String>(),
            "scopes": token.scopes,
            "created_at": time(token.issued_at),
            "expires_at": time(expires_at.unwrap_or(Timestamp::MAX)),
        })
    }

    fn client_json(&self, client: &Client) -> Value {
        let id = number_of(&client.id);
        json!({
            "id": id,
            "url": self.url(&format!("oauth/clients/{id}")),
            "identifier": client.id,
            "name": client.id,
            "kind": if client.secret.is_some() { "confidential" } else { "public" },
            "redirect_uri": client.redirect_uris,
            "global": false,
            "user_id": self.owner_id(),
            "created_at": time(Timestamp::UNIX_EPOCH),
            "updated_at": time(Timestamp::UNIX_EPOCH),
        })
    }
}
