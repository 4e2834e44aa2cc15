//! Whole plans, of a scripted vendor and a store in memory.
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use adapters::descriptor::Kind;
use adapters::{Account, Page};
use async_trait::async_trait;
use schemas::Catalogue;
use serde_json::json;
use tokio::sync::mpsc;

use super::super::order::Source;
use super::super::plan::{Plan, Planner, read};
use super::super::roster::Reading;
use super::{person, target, told};
use crate::clock::SystemClock;
use crate::service::administration::Error;
use crate::service::{Deliveries, Outcome, Target, TargetStatus, Unread, Wait};
use crate::store::{self, Access, Batch, LinkChange, LinkKey, Mark, Options, Redb, Settle, Store, TargetId, Write};

/// Pages that a plan may tell without being heard.
const UNHEARD: usize = 100;

/// A vendor that lists these pages, each leading to the next one, and the last one to `last`.
struct Vendor {
    pages: Vec<Vec<Account>>,
    last: Option<usize>,
}

#[async_trait]
impl Deliveries for Vendor {
    fn wake(&self, _: &[TargetId]) {}

    fn worth_waiting(&self, _: TargetId, _: Duration) -> bool {
        false
    }

    async fn wait(&self, _: Vec<Wait>, _: Duration) -> Vec<Outcome> {
        Vec::new()
    }

    fn status(&self, _: TargetId) -> TargetStatus {
        unreachable!("a plan asks for accounts alone")
    }

    async fn accounts(&self, _: TargetId, _: Kind, after: Option<String>) -> Result<Page, Unread> {
        let at = after.map_or(0, |after| after.parse().unwrap());
        let next = Some(at + 1).filter(|next| *next < self.pages.len()).or(self.last);
        Ok(Page {
            accounts: self.pages[at].clone(),
            next: next.map(|next| next.to_string()),
        })
    }

    async fn reload(&self) {}
}

fn account(id: &str, email: &str, external_id: Option<&str>) -> Account {
    let fields = json!({ "email": email, "name": "Ada", "external_id": external_id });
    Account {
        fields: serde_json::from_value(fields).unwrap(),
        ..Account::of(id)
    }
}

async fn plan(target: &Target, store: &Redb, vendor: &Vendor) -> Result<Plan, Error> {
    let catalogue = Catalogue::builtin();
    let (told, _heard) = mpsc::channel(UNHEARD);
    let planner = Planner {
        reading: Reading {
            store,
            catalogue: &catalogue,
            resource_type: catalogue.by_name("User").unwrap(),
            target,
        },
        deliveries: vendor,
        source: Source::Vendor,
        expect: None,
        told: &told,
    };
    planner.plan(&std::env::temp_dir()).await
}

/// Ada, whose link has V1 and the e-mail address `applied`, while the directory has `ada@example.com` for her.
async fn store(target: &Target, applied: &str) -> Redb {
    let store = Redb::open(Options::in_memory(), Arc::new(SystemClock)).unwrap();
    let mut ada = person(
        target,
        &json!({ "userName": "ada@example.com", "externalId": "e1", "displayName": "Ada", "active": true }),
    );
    ada.stored.body = serde_json::to_vec(&ada.content).unwrap();
    let key = LinkKey {
        directory: target.directory,
        target: target.id,
        resource: ada.stored.key.id,
    };
    let mark = Mark {
        resource_type: "User".to_owned(),
        fields: BTreeSet::new(),
        access: Access::Kept,
        at: jiff::Timestamp::UNIX_EPOCH,
        tombstone: None,
    };
    let unique = account("V1", applied, None).fields;
    let settle = Settle {
        account: Some(store::Applied {
            id: "V1".to_owned(),
            active: true,
            unique: target.mapping.kind(Kind::User).unwrap().unique_key(&unique),
            ..store::Applied::default()
        }),
        settled: Some(1),
        ..Settle::default()
    };
    let changes = [LinkChange::Mark(mark), LinkChange::Settle(settle)].map(|change| Write::Link(key, change));
    let batch = Batch {
        expect: Vec::new(),
        writes: std::iter::once(Write::PutResource(ada.stored)).chain(changes).collect(),
    };
    store.commit(batch).await.unwrap();
    store
}

/// A second account of a person was linked in the place of the first one, which stayed active and was nobody's.
#[tokio::test]
async fn nobody_is_moved_from_one_account_to_another() {
    let target = target("zendesk", "[mapping.user]\nexternal_id = \"externalId\"");
    let (former, latter) = ("former@example.com", "ada@example.com");
    let elsewhere = "Update: ; the person is linked to another account";
    // Renamed in the directory, while the vendor has a second account of the new name.
    let renamed = [account("V1", former, None), account("V2", latter, None)];
    // The second account has the person's external id.
    let doubled = [
        account("V1", latter, None),
        account("V2", "other@example.com", Some("e1")),
    ];
    // The same account under another id, as after an invitation.
    let accepted = [account("V2", latter, None)];
    let backwards = |accounts: &[Account]| accounts.iter().rev().cloned().collect::<Vec<_>>();
    for (applied, listed, expected) in [
        (former, renamed.to_vec(), Some(elsewhere)),
        (former, backwards(&renamed), Some(elsewhere)),
        (latter, doubled.to_vec(), Some(elsewhere)),
        (latter, backwards(&doubled), Some(elsewhere)),
        (latter, accepted.to_vec(), Some("Update: external_id \"e1\"->null")),
    ] {
        let store = store(&target, applied).await;
        let vendor = Vendor {
            pages: vec![listed.clone()],
            last: None,
        };
        let plan = plan(&target, &store, &vendor).await.unwrap();
        let findings = read(&plan.spool, &plan.spool.places()).await.unwrap();
        let second = findings.iter().find(|finding| finding.account.id == "V2");
        assert_eq!(second.map(told).as_deref(), expected, "{listed:?}");
    }
}

/// A vendor that gives the same cursor again would be read for ever, into a file that grows.
#[tokio::test]
async fn a_listing_that_goes_in_circles_is_refused() {
    let target = target("zendesk", "");
    let store = store(&target, "ada@example.com").await;
    let page = |number: usize| vec![account(&format!("V{number}"), &format!("{number}@example.com"), None)];
    for (last, refused) in [(None, false), (Some(2), true), (Some(1), true), (Some(0), true)] {
        let vendor = Vendor {
            pages: (0..3).map(page).collect(),
            last,
        };
        let planned = tokio::time::timeout(Duration::from_secs(10), plan(&target, &store, &vendor)).await;
        let told = planned.expect("it ends").err().map(|error| error.to_string());
        assert_eq!(told.is_some(), refused, "{last:?} {told:?}");
        assert!(
            told.as_ref().is_none_or(|told| told.contains("the same cursor twice")),
            "{told:?}"
        );
    }
}
