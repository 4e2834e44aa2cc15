//! Consents under way: who was sent to a vendor, and comes back (RFC 6749 section 4.1).
//!
//! An administrator is given a link of this gateway. The browser that opens it first gets a secret of its own and is sent
//! on to the vendor; only that browser can come back (RFC 6749 section 10.12). So a code that somebody else got cannot be
//! slipped in, whoever learns the state.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use adapters::client::oauth::{Consent, Verifier, random};
use adapters::descriptor::Grant;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};

use super::Outlook;
use super::door::{Closed, Doors, client_id, oauth_method, scopes, whole};
use crate::clock::Clock;
use crate::service::{Registry, Target};
use crate::store::TargetId;

/// How long a person may take at the vendor: long enough to sign in and read, short enough for a URL that leaked.
pub const LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Consents under way at once. Only an administrator's command begins one.
const UNDER_WAY_MAX: usize = 100;

/// The path below the public URL of the link that an administrator opens.
pub const LINK: &str = "/provision/oauth/consent";

/// The path below the public URL to which vendors send people back.
pub const CALLBACK: &str = "/provision/oauth/callback";

/// Consents under way. They are gone with the process: who was sent is sent again.
pub struct Consents {
    doors: Doors,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    public_url: Option<String>,
    under_way: Mutex<BTreeMap<String, UnderWay>>,
}

/// One consent.
struct UnderWay {
    target: TargetId,
    verifier: Verifier,
    redirect_uri: String,
    issuer: String,
    until: Timestamp,
    page: String,
    browser: Option<SecretString>,
}

/// What the browser is given that opened the link.
#[derive(Debug)]
pub struct Opened {
    /// The vendor's page of consent.
    pub page: String,
    /// By which the browser is known again, for so long as the consent may take.
    pub browser: SecretString,
    /// Whether browsers come over TLS.
    pub is_secure: bool,
}

/// What a vendor's redirection carries (RFC 6749 section 4.1.2, RFC 9207).
#[derive(Debug, Default)]
pub struct Callback {
    /// By which the consent is known.
    pub state: Option<String>,
    /// The code, if the person consented.
    pub code: Option<SecretString>,
    /// Why not, otherwise.
    pub error: Option<String>,
    /// Who says so, where the vendor tells.
    pub issuer: Option<String>,
    /// By which the browser is known that brings it.
    pub browser: Option<SecretString>,
}

/// Why there is no consent.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Its target cannot ask for one.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// No target has this name.
    #[error("there is no target `{0}`")]
    NoTarget(String),
    /// Vendors must know where to send people back.
    #[error("set `public_url` in the configuration and restart the server: the vendor sends people back to it")]
    NoPublicUrl,
    /// The operating system gave no random bytes, or too many consents are under way.
    #[error("no consent can be begun now")]
    Busy,
    /// Nobody was sent with this state, or it was used, or it is too old.
    #[error("this consent is not known here, was used before or is too old: begin anew")]
    Unknown,
    /// Somebody else opened the link, or comes back.
    #[error("the link was opened in another browser than this one: begin anew, and open it where you consent")]
    OtherBrowser,
    /// The answer comes from somebody else than who was asked.
    #[error("the answer comes from another authorization server than the one that was asked")]
    OtherIssuer,
    /// The person, or the vendor, said no.
    #[error("the vendor says: {0}")]
    Denied(String),
    /// The vendor does not give a token for the code, or not the one that is needed.
    #[error("{0}")]
    Refused(String),
}

impl Consents {
    /// No consent is under way yet.
    pub fn new(doors: Doors, registry: Arc<Registry>, public_url: Option<String>) -> Self {
        Self {
            clock: Arc::clone(&doors.clock),
            doors,
            registry,
            public_url,
            under_way: Mutex::default(),
        }
    }

    /// How long the target stays authorized; nothing is known of one whose settings leave something open.
    pub async fn outlook(&self, target: &Target) -> Outlook {
        self.doors.outlook(target).await.unwrap_or_default()
    }

    /// Begins a consent: the link that the administrator opens. It is good for one browser and ten minutes.
    ///
    /// # Errors
    /// The target cannot ask for one.
    pub fn begin(&self, target: &str) -> Result<String, Error> {
        let target = self
            .target(|other| other.config.name == target)
            .ok_or_else(|| Error::NoTarget(target.into()))?;
        let method = oauth_method(&target)?;
        let authorize_url = target
            .config
            .auth
            .authorize_url
            .as_ref()
            .or(method.authorize_url.as_ref());
        let (Some(authorize_url), Grant::AuthorizationCode) = (authorize_url, method.grant) else {
            return Err(Closed("the target's way of authorization needs no consent".into()).into());
        };
        let authorize_url = whole(&target, authorize_url);
        let public_url = self.public_url.as_deref().ok_or(Error::NoPublicUrl)?;
        let redirect_uri = beneath(public_url, CALLBACK);
        let (verifier, state) = Verifier::draw().zip(random()).ok_or(Error::Busy)?;
        let scopes = scopes(&target, method);
        let consent = Consent {
            authorize_url: &authorize_url,
            client_id: client_id(&target)?,
            redirect_uri: &redirect_uri,
            scopes: &scopes,
        };
        let link = format!("{}?state={state}", beneath(public_url, LINK));
        let under_way = UnderWay {
            target: target.id,
            page: consent.url(&state, &verifier),
            browser: None,
            verifier,
            redirect_uri,
            issuer: origin(&authorize_url).to_owned(),
            until: self.clock.now().saturating_add(LIFE).unwrap_or(Timestamp::MAX),
        };
        self.keep(state, under_way)?;
        Ok(link)
    }

    /// Opens the link in the browser that is known by this: on to the vendor. The first browser has it to itself.
    ///
    /// # Errors
    /// See [`Error`]; the consent stays as it is.
    pub fn open(&self, state: &str, browser: Option<&SecretString>) -> Result<Opened, Error> {
        let now = self.clock.now();
        let mut all = self.under_way();
        let under_way = all.get_mut(state).filter(|it| now <= it.until).ok_or(Error::Unknown)?;
        let browser = match &under_way.browser {
            Some(first) if is_same(first, browser) => first.clone(),
            Some(_) => return Err(Error::OtherBrowser),
            None => random().ok_or(Error::Busy)?.into(),
        };
        under_way.browser = Some(browser.clone());
        Ok(Opened {
            page: under_way.page.clone(),
            browser,
            is_secure: under_way.redirect_uri.starts_with("https:"),
        })
    }

    /// Ends a consent: redeems its code and keeps the tokens. Answers the target, which is to begin with them. A state
    /// works once, whatever comes of it, and for nobody but the browser that opened the link.
    ///
    /// # Errors
    /// See [`Error`]; nothing is kept then.
    pub async fn end(&self, callback: Callback) -> Result<Arc<Target>, Error> {
        let state = callback.state.as_deref().ok_or(Error::Unknown)?;
        let now = self.clock.now();
        let under_way = self.take(state, callback.browser.as_ref(), now)?;
        if callback
            .issuer
            .is_some_and(|issuer| origin(&issuer) != under_way.issuer)
        {
            return Err(Error::OtherIssuer);
        }
        let code = match (callback.code, callback.error) {
            (Some(code), None) => code,
            (_, error) => return Err(Error::Denied(error.unwrap_or_else(|| "nothing".to_owned()))),
        };
        let target = self
            .target(|other| other.id == under_way.target)
            .ok_or(Error::Unknown)?;
        let (client, vault) = (self.doors.client(&target)?, self.doors.vault(&target)?);
        let redeemed = client
            .redeem(&code, (&under_way.redirect_uri, &under_way.verifier), now)
            .await;
        let tokens = redeemed.map_err(|error| Error::Refused(error.reason))?;
        vault.keep(&tokens).await.map_err(Error::Refused)?;
        Ok(target)
    }

    /// Takes what is under way out, if this is the browser that opened it: for any other it stays.
    fn take(&self, state: &str, browser: Option<&SecretString>, now: Timestamp) -> Result<UnderWay, Error> {
        let mut all = self.under_way();
        let opened = all.get(state).filter(|it| now <= it.until).ok_or(Error::Unknown)?;
        if !opened.browser.as_ref().is_some_and(|first| is_same(first, browser)) {
            return Err(Error::OtherBrowser);
        }
        all.remove(state).ok_or(Error::Unknown)
    }

    fn keep(&self, state: String, under_way: UnderWay) -> Result<(), Error> {
        let now = self.clock.now();
        let mut all = self.under_way();
        all.retain(|_, other| other.until >= now);
        if all.len() >= UNDER_WAY_MAX {
            return Err(Error::Busy);
        }
        all.insert(state, under_way);
        Ok(())
    }

    fn target(&self, is_it: impl Fn(&Target) -> bool) -> Option<Arc<Target>> {
        let directories = self.registry.all();
        let mut targets = directories.values().flat_map(|directory| &directory.targets);
        targets.find(|target| is_it(target)).cloned()
    }

    fn under_way(&self) -> MutexGuard<'_, BTreeMap<String, UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether this is the browser that opened the link; how long it takes to tell says nothing.
fn is_same(first: &SecretString, browser: Option<&SecretString>) -> bool {
    let bytes = |secret: &SecretString| secret.expose_secret().as_bytes().to_vec();
    browser.is_some_and(|browser| verify_slices_are_equal(&bytes(first), &bytes(browser)).is_ok())
}

fn beneath(public_url: &str, path: &str) -> String {
    format!("{}{path}", public_url.trim_end_matches('/'))
}

/// Scheme and host of a URL.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url.get(host..).and_then(|rest| rest.find(['/', '?', '#']));
    end.and_then(|end| url.get(..host + end)).unwrap_or(url)
}

#[cfg(test)]
mod tests;
