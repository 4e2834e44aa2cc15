//! A vendor with people in it, and a directory that knows none or few of them.
use std::collections::{BTreeMap, BTreeSet};

use adapters::descriptor::{Deactivate, Kind};
use adapters::{Account, Adapter};
use conformance::twins::{self, shell};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use usherd::auth::NewToken;
use usherd::config::Declarations;
use usherd::service::administration::import::{Applied, Choice, Imported, Line, List, Order, Source, Told, Unapplied};
use usherd::service::administration::{Apply, Credentialed, Declared, Error};

use crate::contract::{Login, connect, start};
use crate::harness::{Gateway, Scim, TWIN_TOKEN, Twin, directory, start_twin, target};

/// More than tests make.
const CALLS_PER_MINUTE: u32 = 1_000_000;

/// A vendor's account with people in it, and a directory that it is a target of.
pub(crate) struct Site {
    pub(crate) gateway: Gateway,
    pub(crate) vendor: &'static str,
    pub(crate) twin: Twin,
    twin_running: shell::Running,
    pub(crate) adapter: Box<dyn Adapter>,
    pub(crate) scim: Scim,
}

/// All that an import told, and how it ended.
pub(crate) struct Outcome {
    pub(crate) lines: Vec<Line>,
    pub(crate) unapplied: Vec<Unapplied>,
    pub(crate) end: Result<Imported, Error>,
}

impl Site {
    /// A directory `office` without targets, and a fresh account at the vendor.
    pub(crate) async fn new(vendor: &'static str) -> Self {
        let gateway = Gateway::start().await;
        let (twin_running, twin) = start(vendor).await;
        let adapter = connect(
            adapters::vendor(vendor).expect("it is registered"),
            &twin,
            &Login::default(),
        );
        declare(&gateway, &directory("office", ""), TWIN_TOKEN).await;
        let token = gateway
            .administration()
            .create_token("office", NewToken::default())
            .await;
        let token = token.expect("a token").secret.expose_secret().to_owned();
        let scim = Scim::new(format!("http://{}/scim/office/v2", gateway.addr()), token);
        Self {
            gateway,
            vendor,
            twin,
            twin_running,
            adapter,
            scim,
        }
    }

    /// Makes the vendor's account a target of the directory.
    pub(crate) async fn connect(&self, more: &str) {
        let (auth, credential) = match self.vendor {
            "zendesk" => (
                "auth = { method = \"client_credentials\", client_id = \"usherd\" }",
                "usherd-secret",
            ),
            _ => ("", TWIN_TOKEN),
        };
        let settings = twins::by_vendor(self.vendor, 1).expect("a twin").settings();
        let settings: String = settings
            .iter()
            .map(|(name, value)| format!("{name} = \"{value}\"\n"))
            .collect();
        let base_url = &self.twin.base_url;
        let text = format!(
            "{}[[target]]\nname = \"theirs\"\ndirectory = \"office\"\nvendor = \"{}\"\nbase_url = \"{base_url}\"\n\
             allow_private = [\"127.0.0.1\"]\ncredential = \"env:CARGO_PKG_NAME\"\ncall_deadline_ms = 2000\nread_lag_ms = 100\n\
             calls_per_minute = {CALLS_PER_MINUTE}\n{auth}\n{more}\n[target.settings]\n{settings}",
            directory("office", ""),
            self.vendor,
        );
        declare(&self.gateway, &text, credential).await;
        self.gateway.is("working").await;
    }

    /// Feeds another vendor account from the same directory.
    pub(crate) async fn connect_another(&self) -> Twin {
        let twin = start_twin(2).await;
        let more = "call_deadline_ms = 1000\nread_lag_ms = 100";
        let text = [
            directory("office", ""),
            target("another", "office", &twin.base_url, more),
        ]
        .concat();
        declare(&self.gateway, &text, TWIN_TOKEN).await;
        self.gateway.is("working").await;
        twin
    }

    pub(crate) async fn import(&self, source: Source, confirm: Option<Choice>) -> Outcome {
        self.order(Order {
            target: "theirs".to_owned(),
            source,
            expect: None,
            confirm,
        })
        .await
    }

    /// Looks at a plan, of a listing that is right to have so few accounts.
    pub(crate) async fn expect(&self, accounts: u64) -> Outcome {
        self.order(Order {
            target: "theirs".to_owned(),
            source: Source::Vendor,
            expect: Some(accounts),
            confirm: None,
        })
        .await
    }

    async fn order(&self, order: Order) -> Outcome {
        let (telling, mut told) = mpsc::channel(64);
        let hearing = async {
            let (mut lines, mut unapplied) = (Vec::new(), Vec::new());
            while let Some(told) = told.recv().await {
                match told {
                    Told::Line(line) => lines.push(line),
                    Told::Unapplied(one) => unapplied.push(one),
                    Told::Read { .. } | Told::Worked { .. } => {}
                }
            }
            (lines, unapplied)
        };
        let administration = self.gateway.administration();
        let importing = async move { administration.import(&order, &telling).await };
        let (end, (lines, unapplied)) = tokio::join!(importing, hearing);
        Outcome { lines, unapplied, end }
    }

    /// Looks at a plan, and applies these lists and accounts of it.
    pub(crate) async fn confirm(&self, source: Source, lists: &[List], accounts: &[&str]) -> (Applied, Vec<Unapplied>) {
        let plan = self.import(source, None).await.plan();
        self.apply(source, choice(&plan, lists, accounts)).await
    }

    /// Applies what was shown.
    pub(crate) async fn apply(&self, source: Source, choice: Choice) -> (Applied, Vec<Unapplied>) {
        let outcome = self.import(source, Some(choice)).await;
        match outcome.end {
            Ok(Imported::Applied(applied)) => (applied, outcome.unapplied),
            Ok(Imported::Previewed(_)) => panic!("nothing was applied"),
            Err(error) => panic!("{error}"),
        }
    }

    /// The vendor's account of this address.
    pub(crate) async fn account(&self, name: &str) -> Option<Account> {
        let found = self.adapter.find(Kind::User, &email(name)).await;
        found.expect("the vendor answers")
    }

    /// The same by its id, which no search lags behind.
    pub(crate) async fn account_by_id(&self, id: &str) -> Option<Account> {
        let found = self.adapter.get(Kind::User, &Account::of(id)).await;
        found.expect("the vendor answers")
    }

    /// Ends an account at the vendor, as somebody there might.
    pub(crate) async fn end(&self, account: &Account) {
        match self.adapter.descriptor().deactivate {
            Deactivate::Suspend => drop(self.adapter.set_active(account, false).await.expect("suspended")),
            Deactivate::Delete => self.adapter.delete(Kind::User, account).await.expect("deleted"),
        }
    }

    /// How many people the directory has.
    pub(crate) async fn total(&self) -> Value {
        self.scim.get("/Users?count=0").await.body["totalResults"].clone()
    }

    /// The person of this userName, as an IdP looks for one.
    pub(crate) async fn found(&self, name: &str) -> Option<Value> {
        let found = self
            .scim
            .get(&format!("/Users?filter=userName%20eq%20%22{name}%22"))
            .await;
        assert_eq!(found.status, 200, "{found:?}");
        found.body["Resources"]
            .as_array()
            .and_then(|found| found.first())
            .cloned()
    }

    pub(crate) async fn stop(self) {
        self.gateway.stop().await;
        self.twin_running.stop().await;
    }
}

impl Outcome {
    pub(crate) fn plan(&self) -> String {
        match &self.end {
            Ok(Imported::Previewed(preview)) => preview.plan.clone(),
            Ok(Imported::Applied(_)) => panic!("it was applied"),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn told(&self) -> String {
        match &self.end {
            Ok(_) => "success".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    /// How many lines each list has.
    pub(crate) fn counts(&self) -> BTreeMap<List, usize> {
        let mut counts = BTreeMap::new();
        for line in &self.lines {
            *counts.entry(line.list).or_default() += 1;
        }
        counts
    }

    pub(crate) fn line(&self, list: List, name: &str) -> &Line {
        let found = self.lines.iter().find(|line| line.list == list && line.name == name);
        found.unwrap_or_else(|| panic!("{name} is not in {list:?}: {:#?}", self.lines))
    }
}

pub(crate) fn choice(plan: &str, lists: &[List], accounts: &[&str]) -> Choice {
    Choice {
        plan: plan.to_owned(),
        lists: lists.iter().copied().collect(),
        accounts: accounts
            .iter()
            .map(|&account| account.to_owned())
            .collect::<BTreeSet<_>>(),
    }
}

async fn declare(gateway: &Gateway, text: &str, credential: &str) {
    let declared = Declarations::parse(text, "test").unwrap_or_else(|faults| panic!("{faults}"));
    let targets = declared.targets.into_iter().map(|(config, _)| Credentialed {
        config,
        credential: credential.into(),
    });
    let declared = Declared {
        directories: declared.directories,
        targets: targets.collect(),
    };
    let applied = gateway.administration().apply(&declared, confirmed()).await;
    applied.expect("it can be declared");
}

/// People who are there already may come to a new target.
fn confirmed() -> Apply {
    Apply {
        confirm: true,
        ..Apply::default()
    }
}

pub(crate) fn email(name: &str) -> String {
    format!("{name}@example.com")
}

/// A seed of accounts of these names.
pub(crate) fn accounts(vendor: &str, names: &[String]) -> Value {
    let account = |name: &String| match vendor {
        "okta" => {
            json!({ "profile": { "login": email(name), "email": email(name), "firstName": name, "lastName": "Seeded" } })
        }
        _ => json!({ "name": name, "email": email(name) }),
    };
    json!({ "users": names.iter().map(account).collect::<Vec<_>>() })
}

pub(crate) fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("person{number:05}")).collect()
}
