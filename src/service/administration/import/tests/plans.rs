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
use uuid::Uuid;

use super::super::compare::Finding;
use super::super::order::Source;
use super::super::plan::{CHUNK, Plan, Planner};
use super::super::roster::Reading;
use super::super::spool::Pick;
use super::{person, target, told};
use crate::clock::SystemClock;
use crate::service::administration::Error;
use crate::service::{Deliveries, Outcome, Target, TargetStatus, Unread, Wait};
use crate::store::{
    self, Access, Batch, Cause, LinkChange, LinkKey, Mark, Options, Redb, ResourceId, Settle, Store, TargetId, Write,
};

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

async fn findings(plan: &Plan) -> Vec<Finding> {
    plan.spool.leaf(None, Pick::All, CHUNK).await.unwrap().findings
}

/// Ada, without a link, and with `ada@example.com`.
async fn alone(target: &Target) -> Redb {
    let store = Redb::open(Options::in_memory(), Arc::new(SystemClock)).unwrap();
    let mut ada = person(
        target,
        &json!({ "userName": "ada@example.com", "externalId": "e1", "displayName": "Ada", "active": true }),
    );
    ada.stored.body = serde_json::to_vec(&ada.content).unwrap();
    commit(&store, vec![Write::PutResource(ada.stored)]).await;
    store
}

async fn commit(store: &Redb, writes: Vec<Write>) {
    let expect = Vec::new();
    store.commit(Batch { expect, writes }).await.unwrap();
}

/// Ada, whose link has V1 and the e-mail address `applied`, while the directory has `ada@example.com` for her.
async fn store(target: &Target, applied: &str) -> Redb {
    let store = alone(target).await;
    let key = LinkKey {
        directory: target.directory,
        target: target.id,
        resource: person(target, &json!({})).stored.key.id,
    };
    let mark = Mark {
        resource_type: "User".to_owned(),
        fields: BTreeSet::new(),
        access: Access::Kept,
        cause: Cause::Own,
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
    let changes = [LinkChange::Mark(mark), LinkChange::Settle(settle)];
    commit(&store, changes.map(|change| Write::Link(key, change)).into()).await;
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
        let findings = findings(&plan).await;
        let second = findings.iter().find(|finding| finding.account.id == "V2");
        assert_eq!(second.map(told).as_deref(), expected, "{listed:?}");
    }
}

/// The earlier one of two accounts of one value was not told; both were taken for the person's, one after the other.
#[tokio::test]
async fn of_several_accounts_of_one_person_the_closest_is_theirs() {
    let target = target("zendesk", "[mapping.user]\nexternal_id = \"externalId\"");
    let (ada, folded) = ("ada@example.com", "ADA@example.com");
    let others = "another account is this person's as well";
    let elsewhere = "the person is linked to another account";
    let unlinked = "former@example.com";
    for (linked, listed, expected) in [
        // One account twice is one.
        (
            false,
            vec![account("V1", ada, None), account("V1", ada, None)],
            vec![("V1", None)],
        ),
        (
            true,
            vec![account("V1", unlinked, None), account("V1", unlinked, None)],
            vec![("V1", None)],
        ),
        // Two of one value: whose is the person's cannot be said, unless one is linked.
        (
            false,
            vec![account("V2", folded, None), account("V1", ada, None)],
            vec![("V1", Some(others)), ("V2", Some(others))],
        ),
        (
            true,
            vec![account("V2", folded, None), account("V1", ada, Some("e1"))],
            vec![("V2", Some(elsewhere))],
        ),
        // The value is closer than the external id, whichever comes first.
        (
            false,
            vec![
                account("V2", "other@example.com", Some("e1")),
                account("V1", ada, Some("e1")),
            ],
            vec![("V1", None), ("V2", Some(others))],
        ),
    ] {
        for listed in [listed.iter().rev().cloned().collect(), listed] {
            let store = match linked {
                true => store(&target, ada).await,
                false => alone(&target).await,
            };
            let pages = vec![listed.clone()];
            let plan = plan(&target, &store, &Vendor { pages, last: None }).await.unwrap();
            let findings = findings(&plan).await;
            let told = findings.iter().map(|finding| {
                let fault = finding.fault.as_ref().map(|fault| fault.reason.as_str());
                (finding.account.id.as_str(), fault)
            });
            assert_eq!(told.collect::<Vec<_>>(), expected, "{linked} {listed:?}");
        }
    }
}

#[tokio::test]
async fn what_matches_several_people_is_told() {
    let target = target("zendesk", "[mapping.user]\nexternal_id = \"externalId\"");
    for (of_another, email, expected) in [
        (
            json!({ "userName": "ada@example.com" }),
            "ada@example.com",
            "several people of the directory have its unique value",
        ),
        (
            json!({ "userName": "bob@example.com", "externalId": "e1" }),
            "unknown@example.com",
            "several people of the directory have its external id",
        ),
    ] {
        let store = alone(&target).await;
        let mut another = person(&target, &of_another);
        another.stored.key.id = ResourceId(Uuid::from_u128(8));
        another.stored.body = serde_json::to_vec(&another.content).unwrap();
        commit(&store, vec![Write::PutResource(another.stored)]).await;
        let pages = vec![vec![account("V1", email, Some("e1"))]];
        let plan = plan(&target, &store, &Vendor { pages, last: None }).await.unwrap();
        let faults = findings(&plan).await.into_iter().filter_map(|finding| finding.fault);
        let reasons: Vec<_> = faults.map(|fault| fault.reason).collect();
        assert_eq!(reasons, [expected], "{of_another}");
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
