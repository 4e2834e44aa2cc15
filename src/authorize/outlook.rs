//! How long targets stay authorized, as far as anybody can say.
use adapters::client::oauth::{Tokens, Vault as _};
use adapters::descriptor::Grant;
use jiff::{SignedDuration, Timestamp};

use super::door::{Closed, Doors, method};
use crate::service::Target;

/// How long a target stays authorized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outlook {
    /// When its authorization ends unless a person does something; `None`: not that anybody knew.
    pub ends: Option<Timestamp>,
    /// Whether a person must consent before anything can be sent.
    pub needs_consent: bool,
    /// How long it holds from its last renewal on, where it is renewed by itself.
    pub(super) life: Option<SignedDuration>,
}

impl Doors {
    /// The target's outlook.
    ///
    /// # Errors
    /// What [`Doors::vault`] says; or what was kept cannot be read.
    pub async fn outlook(&self, target: &Target) -> Result<Outlook, Closed> {
        let declared = Outlook {
            ends: target.config.auth.expires,
            ..Outlook::default()
        };
        match method(target)?.map(|method| method.grant) {
            Some(Grant::AuthorizationCode) => {
                let kept = self.vault(target)?.load().await;
                let kept = kept.map_err(|error| Closed(error.reason))?;
                Ok(Outlook::of_consent(kept.as_ref(), self.clock.now()))
            }
            Some(Grant::Secret | Grant::ClientCredentials | Grant::PrivateKeyJwt) | None => Ok(declared),
        }
    }
}

impl Outlook {
    /// A consent holds as long as its refresh token, if there is one, and else as long as access does.
    fn of_consent(kept: Option<&Tokens>, now: Timestamp) -> Self {
        let Some(tokens) = kept else {
            return Self {
                needs_consent: true,
                ..Self::default()
            };
        };
        let ends = match tokens.refresh {
            Some(_) => tokens.refresh_expires,
            None => tokens.expires,
        };
        let renewed = ends.filter(|_| tokens.refresh.is_some());
        Self {
            ends,
            needs_consent: ends.is_some_and(|ends| ends <= now),
            life: renewed.map(|ends| ends.duration_since(tokens.given)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_holds_as_long_as_it_can_be_renewed() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (refresh, refresh_expires, expires, expected) in [
            (true, Some(900), Some(100), (Some(900), false)),
            (true, None, Some(100), (None, false)),
            (true, Some(400), Some(300), (Some(400), true)),
            (false, None, Some(600), (Some(600), false)),
            (false, None, Some(100), (Some(100), true)),
            (false, None, None, (None, false)),
        ] {
            let tokens = Tokens {
                access: "A".into(),
                refresh: refresh.then(|| "R".into()),
                given: at(0),
                expires: expires.map(at),
                refresh_expires: refresh_expires.map(at),
                scopes: None,
            };
            let outlook = Outlook::of_consent(Some(&tokens), at(500));
            assert_eq!(
                (outlook.ends.map(Timestamp::as_second), outlook.needs_consent),
                expected
            );
        }
        assert!(Outlook::of_consent(None, at(500)).needs_consent, "nobody has consented");
    }
}
