//! The vendors' twins beside the demo, each of them one account that one directory feeds.
use std::collections::BTreeMap;

use anyhow::Context;
use conformance::twins::{self, CLIENT_ID, CLIENT_SECRET, shell};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::folder::Folder;
use super::ready::TwinEntrance;
use super::{ACME, OKTA, PAGERDUTY, VENDORS, ZENDESK};
use crate::auth::Key;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{self, Auth, Mappings, Source};
use crate::service::administration::Credentialed;

/// What an export of the demo names as the credential of its targets.
const CREDENTIAL: &str = "env:SET_BY_THE_DEMO";

/// The longest call to a twin, which is next door.
const CALL_DEADLINE_MS: u64 = 2_000;

/// How long a twin's reads may lag.
const READ_LAG_MS: u64 = 2_000;

/// What the accounts allow and their targets use, beside PagerDuty's: a large plan, so that nobody waits at a first
/// look.
const CALLS_PER_MINUTE: u32 = 2_500;

/// A login at Okta is an e-mail address, which not every identity provider has as `userName`.
const OKTA_LOGIN: &str = "user.userName.contains('@') ? user.userName : user.emails[0].value";

/// A running twin.
pub(super) struct Twin {
    account: Account,
    /// What its target is set to.
    settings: BTreeMap<String, String>,
    token: SecretString,
    running: shell::Running,
}

/// Starts every twin; those that `acme` feeds come first.
pub(super) async fn start_all(folder: &Folder) -> anyhow::Result<Vec<Twin>> {
    let mut started = Vec::new();
    for account in Account::all() {
        let twin = Twin::start(folder, account).await;
        started.push(twin.with_context(|| format!("the twin `{}`", account.name()))?);
    }
    Ok(started)
}

impl Twin {
    async fn start(folder: &Folder, account: Account) -> anyhow::Result<Self> {
        let token = random()?;
        // A folder that is there already brings its own account.
        let number = crc32fast::hash(random()?.expose_secret().as_bytes());
        let mut twin = twins::by_vendor(account.vendor, number.into()).context("each vendor listed has a twin")?;
        if let Some(calls) = account.calls_per_minute() {
            twin.seed(SystemClock.now(), &json!({ "per_minute": calls }))?;
        }
        let options = shell::Options {
            listen: ([127, 0, 0, 1], 0).into(),
            token: token.expose_secret().to_owned(),
            data: Some(folder.twin(&account.name())),
        };
        Ok(Self {
            account,
            settings: twin.settings(),
            token,
            running: shell::start(twin, options).await?,
        })
    }

    /// How people and programs reach it.
    pub(super) fn entrance(&self) -> TwinEntrance {
        TwinEntrance {
            vendor: self.account.vendor,
            directory: self.account.directory,
            base_url: self.running.base_url(),
            token: self.token.clone(),
        }
    }

    /// The target that it is.
    pub(super) fn target(&self) -> Credentialed {
        let Account { vendor, directory } = self.account;
        let usual = config::Target {
            base_url: Some(self.running.base_url()),
            allow_private: vec![self.running.addr.ip().to_string()],
            settings: self.settings.clone(),
            call_deadline_ms: Some(CALL_DEADLINE_MS),
            read_lag_ms: Some(READ_LAG_MS),
            calls_per_minute: self.account.calls_per_minute(),
            ..config::Target::new(&self.account.name(), directory, vendor, CREDENTIAL)
        };
        let (config, credential) = match vendor {
            ZENDESK => (of_agents(usual), CLIENT_SECRET.into()),
            OKTA => (with_login(usual), self.token.clone()),
            _ => (usual, self.token.clone()),
        };
        Credentialed { config, credential }
    }

    /// Stops it.
    pub(super) async fn stop(self) {
        self.running.stop().await;
    }
}

/// One vendor account, and the directory that feeds it: none has two.
#[derive(Clone, Copy)]
struct Account {
    vendor: &'static str,
    directory: &'static str,
}

impl Account {
    /// All accounts; those of `acme` first.
    fn all() -> impl Iterator<Item = Self> {
        let of_acme = VENDORS.map(|vendor| Self {
            vendor,
            directory: ACME,
        });
        let alone = VENDORS.map(|vendor| Self {
            vendor,
            directory: vendor,
        });
        of_acme.into_iter().chain(alone)
    }

    /// None: the vendor's usual limit.
    fn calls_per_minute(self) -> Option<u32> {
        (self.vendor != PAGERDUTY).then_some(CALLS_PER_MINUTE)
    }

    /// By which its target is known, and its twin's folder.
    fn name(self) -> String {
        match self.directory {
            ACME => self.vendor.to_owned(),
            alone => format!("{alone}-alone"),
        }
    }
}

/// Zendesk takes nothing but OAuth, of which this way needs no person; and only agents can be members of its groups.
fn of_agents(target: config::Target) -> config::Target {
    config::Target {
        auth: Auth {
            method: Some("client_credentials".into()),
            client_id: Some(CLIENT_ID.into()),
            ..Auth::default()
        },
        default_role: Some("agent".into()),
        ..target
    }
}

fn with_login(target: config::Target) -> config::Target {
    let login = Source {
        expression: Some(OKTA_LOGIN.into()),
        ..Source::default()
    };
    config::Target {
        mapping: Mappings {
            user: BTreeMap::from([("login".to_owned(), login)]),
            ..Mappings::default()
        },
        ..target
    }
}

fn random() -> anyhow::Result<SecretString> {
    Key::draw().context("the operating system gave no random bytes")
}
