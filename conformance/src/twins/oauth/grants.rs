//! What each grant asks for, and what it gives.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::client::Asked;
use super::config::{GrantType, Lifetime, Rotation, Scopes, UnknownScope};
use super::error::Error;
use super::records::{Client, Code, Refresh, Token, is_live};
use super::server::Server;

impl Server {
    /// A code is good once; who uses it again ends what it gave (RFC 6749 section 4.1.2).
    pub(super) fn by_code(&mut self, client: &Client, asked: &Asked) -> Result<Token, Error> {
        let code = asked.parameters.require("code", "code is missing")?;
        let code = self.codes.rows().get(code).filter(|code| code.client == client.id);
        let code = code
            .ok_or_else(|| Error::invalid_grant("There is no such code"))?
            .as_ref()
            .clone();
        if code.is_used {
            self.end_those(asked.now, |token| token.code.as_deref() == Some(&code.code));
            return Err(Error::invalid_grant("The code was used before"));
        }
        let lifetime = client.code_seconds.unwrap_or(self.config.code_seconds);
        if !is_live(asked.now, code.issued_at, lifetime) {
            return Err(Error::invalid_grant("The code has expired"));
        }
        check_code(&code, asked)?;
        let token = self.new_token(client, asked, Origin::of_code(&code))?;
        self.codes.put(asked.now, Code { is_used: true, ..code });
        Ok(self.tokens.put(asked.now, token).as_ref().clone())
    }

    pub(super) fn by_refresh(&mut self, client: &Client, asked: &Asked) -> Result<Token, Error> {
        let secret = asked.parameters.require("refresh_token", "refresh_token is missing")?;
        let has_it = |token: &&Token| {
            let refresh = token.refresh.as_ref();
            token.client == client.id && refresh.is_some_and(|refresh| refresh.token == secret)
        };
        let former = self.tokens.rows().values().map(AsRef::as_ref).find(has_it).cloned();
        let former = former.ok_or_else(|| Error::invalid_grant("There is no such refresh token"))?;
        if !former.is_refreshable(asked.now) {
            return Err(Error::invalid_grant("The refresh token has expired"));
        }
        let mut token = self.new_token(client, asked, Origin::of_token(&former, asked)?)?;
        let bare = Token {
            refresh: None,
            ..former.clone()
        };
        match self.config.rotation {
            Rotation::Kept => {
                token.refresh = former.refresh;
                self.tokens.put(asked.now, bare);
            }
            Rotation::Refresh => {
                self.tokens.put(asked.now, bare);
            }
            Rotation::Both => {
                self.tokens.remove(asked.now, &former.access);
            }
        }
        Ok(self.tokens.put(asked.now, token).as_ref().clone())
    }

    /// No refresh token is issued: the client can ask again at any time (RFC 6749 section 4.4.3).
    pub(super) fn by_client(&mut self, client: &Client, asked: &Asked) -> Result<Token, Error> {
        let config = self.config;
        let scopes = config.own.as_ref().map_or(&config.scopes, |own| &own.scopes);
        let origin = Origin {
            grant: GrantType::ClientCredentials,
            code: None,
            scopes: scopes.granted(client, asked.parameters.get("scope"))?,
        };
        let token = self.new_token(client, asked, origin)?;
        Ok(self.tokens.put(asked.now, token).as_ref().clone())
    }

    fn new_token(&mut self, client: &Client, asked: &Asked, origin: Origin) -> Result<Token, Error> {
        let config = self.config;
        let own = config.own.as_ref();
        let own = own.filter(|_| origin.grant == GrantType::ClientCredentials);
        let seconds = seconds(
            own.map_or(&config.access, |own| &own.access),
            client.access_seconds,
            asked.parameters.get("expires_in"),
        )?;
        let has_scope = config
            .refresh_scope
            .is_none_or(|needed| origin.scopes.iter().any(|scope| scope == needed));
        let lifetime = config.refresh.as_ref();
        let lifetime = lifetime.filter(|_| has_scope && origin.grant != GrantType::ClientCredentials);
        let wanted = asked.parameters.get("refresh_token_expires_in");
        let refresh_seconds = lifetime.map(|lifetime| self::seconds(lifetime, client.refresh_seconds, wanted));
        let refresh_seconds = refresh_seconds.transpose()?;
        self.forget_dead(asked.now);
        Ok(Token {
            access: self.new_secret(asked.now, client, "access"),
            refresh: refresh_seconds.map(|seconds| Refresh {
                token: self.new_secret(asked.now, client, "refresh"),
                issued_at: asked.now,
                seconds,
            }),
            client: client.id.clone(),
            scopes: origin.scopes,
            grant: origin.grant,
            code: origin.code,
            issued_at: asked.now,
            seconds,
        })
    }
}

impl Scopes {
    /// Those that a client gets for what it asks.
    pub(super) fn granted(&self, client: &Client, asked: Option<&str>) -> Result<Vec<String>, Error> {
        let asked = asked
            .unwrap_or(self.default)
            .split(' ')
            .filter(|scope| !scope.is_empty());
        let is_given = |scope: &str| {
            let given = client.scopes.as_ref();
            (self.is_known)(scope) && given.is_none_or(|given| given.iter().any(|given| given == scope))
        };
        let (good, bad): (Vec<&str>, Vec<&str>) = asked.partition(|scope| is_given(scope));
        let granted = match self.unknown {
            _ if bad.is_empty() => good,
            UnknownScope::Refused => return Err(Error::invalid_scope()),
            UnknownScope::Dropped => good,
            UnknownScope::Replaces(scope) => vec![scope],
        };
        Ok(granted.into_iter().map(str::to_owned).collect())
    }
}

/// What a new token goes back to.
struct Origin {
    grant: GrantType,
    code: Option<String>,
    scopes: Vec<String>,
}

impl Origin {
    fn of_code(code: &Code) -> Origin {
        Origin {
            grant: GrantType::AuthorizationCode,
            code: Some(code.code.clone()),
            scopes: code.scopes.clone(),
        }
    }

    /// A refresh may ask for fewer scopes, never for more (RFC 6749 section 6).
    fn of_token(former: &Token, asked: &Asked) -> Result<Origin, Error> {
        let fewer: Option<Vec<String>> = asked
            .parameters
            .get("scope")
            .map(|scope| scope.split(' ').map(str::to_owned).collect());
        let scopes = fewer.unwrap_or_else(|| former.scopes.clone());
        match scopes.iter().all(|scope| former.has_scope(scope)) {
            true => Ok(Origin {
                grant: former.grant,
                code: former.code.clone(),
                scopes,
            }),
            false => Err(Error::invalid_scope()),
        }
    }
}

/// The redirect URI must be the one that the code was sent to, and the verifier the one that was promised (RFC 7636
/// section 4.6). A verifier without a promise is refused, so that nobody can take the promise away.
fn check_code(code: &Code, asked: &Asked) -> Result<(), Error> {
    if asked.parameters.get("redirect_uri") != Some(&code.redirect_uri) {
        return Err(Error::invalid_grant("The redirect URI is not the one of the code"));
    }
    let hash = |verifier: &str| URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
    match asked.parameters.get("code_verifier").map(hash) == code.challenge {
        true => Ok(()),
        false => Err(Error::invalid_grant("The code verifier does not match the challenge")),
    }
}

/// How long a token lives: as the client asks, or else as it was registered, or else as is usual.
fn seconds(lifetime: &Lifetime, of_client: Option<i64>, asked: Option<&str>) -> Result<i64, Error> {
    let (Some(range), Some(asked)) = (&lifetime.asked, asked) else {
        return Ok(of_client.unwrap_or(lifetime.seconds));
    };
    let seconds = asked.parse().ok().filter(|seconds| range.contains(seconds));
    seconds.ok_or_else(|| Error::invalid_request("The lifetime cannot be had"))
}
