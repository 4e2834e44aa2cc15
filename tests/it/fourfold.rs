//! One directory that feeds an account of each of four vendors.
use std::collections::BTreeMap;

use conformance::twins::shell::Running;
use conformance::twins::{CLIENT_ID, CLIENT_SECRET};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::contract;
use crate::harness::{AtTwin, Gateway, Options, TWIN_TOKEN, Twin, agree, directory, group, until, user};

/// The gateway's own twin is the first.
const VENDORS: [&str; 4] = ["pagerduty", "zendesk", "okta", "calendly"];

/// Quick, and without a pace that a test would feel.
const USUAL: &str = "call_deadline_ms = 1000\nread_lag_ms = 100\ncalls_per_minute = 100000";

/// A write waits but shortly for a vendor that does not answer.
const ACME: &str = "respond_within_ms = 500";

/// Who belongs to the target that is not for everybody.
const ASSIGNMENT: &str = r#"assignment = 'userType eq "Employee" or groups.display eq "On call"'"#;

/// Links that must fail before a vendor counts as down.
const DOWN_AFTER: u64 = 3;

/// How accounts stand, by e-mail address.
type People = BTreeMap<String, String>;

struct Fourfold {
    gateway: Gateway,
    twins: BTreeMap<&'static str, Twin>,
    running: Vec<Running>,
}

impl Fourfold {
    /// Starts it with these further lines of one target.
    async fn start(vendor: &str, more: &str) -> Self {
        let more = |other: &str| {
            if other == vendor {
                format!("{USUAL}\n{more}")
            } else {
                USUAL.to_owned()
            }
        };
        let gateway = Gateway::with(Options {
            acme: ACME.into(),
            target: more("pagerduty"),
            ..Options::default()
        })
        .await;
        gateway.twin.seed(json!({ "per_minute": 100_000 })).await;
        let mut fourfold = Self {
            twins: BTreeMap::from([("pagerduty", gateway.twin.clone())]),
            gateway,
            running: Vec::new(),
        };
        for vendor in &VENDORS[1..] {
            fourfold.add(vendor, &more(vendor)).await;
        }
        fourfold.gateway.is("working").await;
        fourfold
    }

    async fn add(&mut self, vendor: &'static str, more: &str) {
        let (running, twin) = contract::start(vendor).await;
        let target = AtTwin {
            name: vendor,
            directory: "acme",
            vendor,
            base_url: &twin.base_url,
        };
        // Only agents can be members of groups.
        let oauth = format!("auth = {{ method = \"client_credentials\", client_id = \"{CLIENT_ID}\" }}\n");
        let (credential, more) = match vendor {
            "zendesk" => (CLIENT_SECRET, format!("{oauth}default_role = \"agent\"\n{more}")),
            _ => (TWIN_TOKEN, more.to_owned()),
        };
        let declared = directory("acme", ACME) + &target.toml(&more);
        self.gateway.declare_with(&declared, credential).await;
        self.twins.insert(vendor, twin);
        self.running.push(running);
    }

    /// Waits until the people of a vendor stand so.
    async fn stand(&self, vendor: &str, expected: &[(&str, &str)]) {
        let expected: People = expected
            .iter()
            .map(|(name, how)| (address(name), in_words_of(vendor, how)))
            .collect();
        agree(&expected, async || self.twins[vendor].people(vendor).await).await;
    }

    async fn change(&self, path: &str, operation: Value) {
        let answer = self.gateway.acme.patch(path, json!([operation])).await;
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
    }

    async fn stop(self) {
        self.gateway.stop().await;
        for running in self.running {
            running.stop().await;
        }
    }
}

fn address(name: &str) -> String {
    format!("{name}@example.com")
}

/// Nobody is in at Calendly before accepting the invitation.
fn in_words_of(vendor: &str, how: &str) -> String {
    match (vendor, how) {
        ("calendly", "in") => "invited".to_owned(),
        _ => how.to_owned(),
    }
}

fn person(name: &str, kind: &str) -> Value {
    let mut person = user(name);
    person["userType"] = kind.into();
    person
}

fn kind(kind: &str) -> Value {
    json!({ "op": "replace", "path": "userType", "value": kind })
}

/// What becomes of an account whose person stops to match; none: it goes.
fn left(vendor: &str, on_unassign: &str) -> Option<&'static str> {
    match (on_unassign, vendor) {
        ("leave", _) => Some("in"),
        ("deactivate", "zendesk" | "okta") => Some("out"),
        _ => None,
    }
}

/// Ann stops to match and matches again, by an attribute; Bob begins to match and stops, by an attribute; Cid does both
/// by a group, and by its name. What the others have of them is never touched.
async fn check_assignment(vendor: &str, on_unassign: &str) {
    let more = format!("{ASSIGNMENT}\non_unassign = \"{on_unassign}\"");
    let all = Fourfold::start(vendor, &more).await;
    let acme = &all.gateway.acme;
    let ann = format!("/Users/{}", acme.create("/Users", &person("ann", "Employee")).await);
    let bob = format!("/Users/{}", acme.create("/Users", &person("bob", "Contractor")).await);
    let cid = acme.create("/Users", &person("cid", "Contractor")).await;
    let on_call = format!("/Groups/{}", acme.create("/Groups", &group("On call", &[])).await);
    let everybody = [("ann", "in"), ("bob", "in"), ("cid", "in")];
    let others = async || {
        for other in VENDORS.iter().filter(|other| **other != vendor) {
            all.stand(other, &everybody).await;
        }
    };
    let gone = left(vendor, on_unassign);
    let stand = async |rows: [(&str, Option<&str>); 3]| {
        let there = rows.iter().filter_map(|(name, how)| Some((*name, (*how)?)));
        all.stand(vendor, &there.collect::<Vec<_>>()).await;
        others().await;
    };
    let are_in = Some("in");
    stand([("ann", are_in), ("bob", None), ("cid", None)]).await;

    all.change(&bob, kind("Employee")).await;
    stand([("ann", are_in), ("bob", are_in), ("cid", None)]).await;
    all.change(&ann, kind("Contractor")).await;
    stand([("ann", gone), ("bob", are_in), ("cid", None)]).await;
    all.change(&ann, kind("Employee")).await;
    stand([("ann", are_in), ("bob", are_in), ("cid", None)]).await;

    let cid_joins = json!({ "op": "add", "path": "members", "value": [{ "value": cid }] });
    let cid_goes = json!({ "op": "remove", "path": format!("members[value eq \"{cid}\"]") });
    let name = |name: &str| json!({ "op": "replace", "path": "displayName", "value": name });
    for (comes, goes) in [(cid_joins.clone(), cid_goes), (cid_joins, name("Off call"))] {
        all.change(&on_call, comes).await;
        stand([("ann", are_in), ("bob", are_in), ("cid", are_in)]).await;
        all.change(&on_call, goes).await;
        stand([("ann", are_in), ("bob", are_in), ("cid", gone)]).await;
    }
    all.change(&on_call, name("On call")).await;
    stand([("ann", are_in), ("bob", are_in), ("cid", are_in)]).await;

    // Who stopped to match, and is switched off then, is out, whatever was left.
    all.change(&ann, kind("Contractor")).await;
    stand([("ann", gone), ("bob", are_in), ("cid", are_in)]).await;
    all.change(&ann, json!({ "op": "replace", "path": "active", "value": false }))
        .await;
    for each in VENDORS {
        let is_deleted = each == vendor && on_unassign == "delete";
        let out = left(each, if is_deleted { "delete" } else { "deactivate" });
        let mut there = vec![("bob", "in"), ("cid", "in")];
        there.extend(out.map(|out| ("ann", out)));
        all.stand(each, &there).await;
    }
    all.gateway.settled().await;
    for vendor in VENDORS {
        let report = all.gateway.report(vendor).await;
        assert_eq!((report.state.as_str(), report.parked), ("working", 0), "{report:?}");
    }
    all.stop().await;
}

#[tokio::test]
async fn people_come_and_go_as_they_match() {
    for vendor in VENDORS {
        let variants = ["deactivate", "delete", "leave"];
        join_all(variants.map(|on_unassign| check_assignment(vendor, on_unassign))).await;
    }
}

/// Whoever comes and leaves while one vendor is known to be down has come and left at the others, and does so there as
/// well once it is up again.
#[tokio::test]
async fn one_vendor_down_delays_no_other() {
    let checks = ["503", "timeout-before"].map(check_isolation);
    join_all(checks).await;
}

async fn check_isolation(fault: &'static str) {
    let all = Fourfold::start("", "").await;
    let acme = &all.gateway.acme;
    for down in VENDORS {
        let [leaver, comer] = ["leaves", "comes"].map(|what| format!("{down}-{what}"));
        let leaving = format!("/Users/{}", acme.create("/Users", &user(&leaver)).await);
        all.gateway.settled().await;
        all.twins[down].fail("*", fault, None).await;
        for n in 0..DOWN_AFTER {
            acme.create("/Users", &user(&format!("{down}-{n}"))).await;
        }
        until(&format!("{down} is down"), async || {
            (all.gateway.report(down).await.state == "down").then_some(())
        })
        .await;
        acme.create("/Users", &user(&comer)).await;
        assert_eq!(acme.delete(&leaving).await.status, 204);
        let [leaver, comer] = [leaver, comer].map(|name| address(&name));
        let has_both = async |vendor: &str| {
            let people = all.twins[vendor].people(vendor).await;
            people.contains_key(&comer) && !people.contains_key(&leaver)
        };
        for other in VENDORS.iter().filter(|other| **other != down) {
            until(&format!("{other} has settled while {down} has {fault}"), async || {
                let report = all.gateway.report(other).await;
                (has_both(other).await && report.pending == 0 && report.state == "working").then_some(())
            })
            .await;
        }
        let report = all.gateway.report(down).await;
        assert_eq!((report.pending, report.leavers), (DOWN_AFTER + 2, 1), "{report:?}");
        all.twins[down].heal().await;
        all.gateway.settled().await;
        assert!(has_both(down).await, "{down} after {fault}");
    }
    all.stop().await;
}
