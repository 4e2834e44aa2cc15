//! Accounts beside people, as tables.

use adapters::Account;
use jiff::Timestamp;
use schemas::{Catalogue, Object};
use serde_json::{Value, json};
use uuid::Uuid;

use super::compare::{Finding, Terms};
use super::order::{FieldChange, List, Source};
use super::roster::{Person, wanted};
use crate::service::Target;
use crate::store::{self, Link, Problem, ProblemKind, Resource, ResourceId, ResourceKey, Scope};

mod plans;

fn target(vendor: &str, keys: &str) -> Target {
    Target::example((adapters::vendor(vendor).unwrap().descriptor)(), keys)
}

fn account(fields: &Value, active: bool) -> Account {
    Account {
        fields: serde_json::from_value(fields.clone()).unwrap(),
        active,
        ..Account::of("V1")
    }
}

fn person(target: &Target, document: &Value) -> Person {
    let mut content: Object = serde_json::from_value(document.clone()).unwrap();
    content.insert("schemas".to_owned(), json!([schemas::urn::USER]));
    let scope = Scope {
        directory: target.directory,
        resource_type: "User".to_owned(),
    };
    let id = ResourceId(Uuid::from_u128(7));
    Person {
        stored: Resource {
            key: ResourceKey { scope, id },
            version: 1,
            created: Timestamp::UNIX_EPOCH,
            modified: Timestamp::UNIX_EPOCH,
            body: Vec::new(),
            splices: Vec::new(),
            index: Vec::new(),
            origins: Vec::new(),
        },
        wanted: wanted(target, &content, &[]),
        content,
        groups: Vec::new(),
    }
}

/// A settled link to the account, on which these fields were applied.
fn link(fields: &Value) -> Link {
    let account = store::Applied {
        id: "V1".to_owned(),
        fields: serde_json::from_value(fields.clone()).unwrap(),
        active: true,
        ..store::Applied::default()
    };
    Link {
        resource_type: "User".to_owned(),
        account: Some(account),
        ..Link::default()
    }
}

/// `Update Activate: name "Ada"->"Bob"; fault`, as its lines tell it.
fn told(finding: &Finding) -> String {
    let lists: Vec<_> = finding.lines().map(|line| format!("{:?}", line.list)).collect();
    let change = |change: FieldChange| format!("{} {}->{}", change.field, change.old, change.new);
    let changes = finding.lines().flat_map(|line| line.changes);
    let changes: Vec<_> = changes.map(change).collect();
    let fault = finding.lines().next().and_then(|line| line.fault);
    let fault = fault.map(|fault| format!("; {fault}")).unwrap_or_default();
    format!("{}: {}{fault}", lists.join(" "), changes.join(", "))
}

/// Compares; with `linked` the account was linked before.
fn check(source: Source, (account_fields, active): (Value, bool), (document, linked): (Value, bool), expected: &str) {
    let catalogue = Catalogue::builtin();
    let target = target("zendesk", "");
    let terms = Terms {
        target: &target,
        resource_type: catalogue.by_name("User").unwrap(),
        source,
    };
    let person = person(&target, &document);
    let link = linked.then(|| link(&account_fields));
    let finding = terms.met(account(&account_fields, active), &person, link.as_ref());
    assert_eq!(
        told(&finding),
        expected,
        "{source:?} {account_fields} {active} {document} {linked}"
    );
}

/// The rules of the target act with the first write of a new person; what is there until then is told.
#[test]
fn a_new_person_is_told_with_what_the_rules_would_change() {
    let catalogue = Catalogue::builtin();
    let target = target(
        "zendesk",
        "default_role = \"agent\"\n[mapping.user]\nnotes = { value = \"ours\" }",
    );
    let terms = Terms {
        target: &target,
        resource_type: catalogue.by_name("User").unwrap(),
        source: Source::Vendor,
    };
    for (role, notes, expected) in [
        (
            "end-user",
            "theirs",
            "New: email null->\"ada@example.com\", name null->\"Ada\", role \"end-user\"->\"agent\", notes \
             \"theirs\"->\"ours\"",
        ),
        (
            "agent",
            "ours",
            "New: email null->\"ada@example.com\", name null->\"Ada\", role null->\"agent\", notes null->\"ours\"",
        ),
    ] {
        let fields = json!({ "email": "ada@example.com", "name": "Ada", "role": role, "notes": notes });
        assert_eq!(told(&terms.new_person(account(&fields, true))), expected);
    }
}

/// Whoever is outside of the assignment would be taken for a leaver with access as soon as they are linked.
#[test]
fn a_new_person_whom_the_assignment_leaves_out_is_refused() {
    let catalogue = Catalogue::builtin();
    let target = target("zendesk", "assignment = 'displayName sw \"A\"'");
    let terms = Terms {
        target: &target,
        resource_type: catalogue.by_name("User").unwrap(),
        source: Source::Vendor,
    };
    for (name, active, fault) in [
        ("Ada", true, None),
        ("Bob", true, Some("the target's assignment leaves the person out")),
        ("Bob", false, None),
    ] {
        let fields = json!({ "email": "x@example.com", "name": name });
        let found = terms.new_person(account(&fields, active)).fault;
        assert_eq!(found.map(|fault| fault.reason).as_deref(), fault, "{name} {active}");
    }
}

#[test]
fn what_differs_is_told_on_the_side_that_changes() {
    let here = json!({ "userName": "ada@example.com", "displayName": "Ada", "active": true });
    let off = json!({ "userName": "ada@example.com", "displayName": "Ada", "active": false });
    let same = json!({ "email": "ADA@example.com", "name": "Ada", "phone": null });
    let other = json!({ "email": "ada@example.com", "name": "Countess", "notes": "kept" });
    let nameless = json!({ "email": "ada@example.com", "name": null });
    let (vendor, directory) = (Source::Vendor, Source::Directory);
    for source in [vendor, directory] {
        check(source, (same.clone(), true), (here.clone(), true), ": ");
        check(source, (same.clone(), true), (here.clone(), false), "Update: ");
        check(source, (same.clone(), false), (here.clone(), true), "Deactivate: ");
        check(source, (same.clone(), true), (off.clone(), true), "Activate: ");
        check(source, (same.clone(), false), (off.clone(), true), ": ");
    }
    check(
        vendor,
        (other.clone(), true),
        (here.clone(), true),
        "Update: name \"Ada\"->\"Countess\"",
    );
    // What the directory once gave and has no more is taken back; what it never gave stays.
    check(
        directory,
        (other.clone(), true),
        (here.clone(), true),
        "Update: name \"Countess\"->\"Ada\", notes \"kept\"->null",
    );
    check(
        directory,
        (other.clone(), true),
        (here.clone(), false),
        "Update: name \"Countess\"->\"Ada\"",
    );
    check(
        vendor,
        (other.clone(), true),
        (off.clone(), false),
        "Update Activate: name \"Ada\"->\"Countess\"",
    );
    // Towards the vendor a person goes as a whole.
    check(directory, (other.clone(), true), (off, false), "Activate: ");
    check(
        directory,
        (other, false),
        (here.clone(), false),
        "Deactivate: name \"Countess\"->\"Ada\"",
    );
    // What one field takes away was another one's fallback: without a display name the name is the user name.
    check(vendor, (nameless, true), (here, true), ": ");
}

/// An import wrote the former address back into the directory while the new one waited to be confirmed.
#[test]
fn an_address_that_waits_to_be_confirmed_is_no_difference() {
    let catalogue = Catalogue::builtin();
    let target = target("calendly-scim", "");
    let address = |address: &str| json!({ "user_name": address, "display_name": "Ada" });
    let (former, new) = ("former@example.com", "ada@example.com");
    let ada = person(&target, &json!({ "userName": new, "displayName": "Ada" }));
    let (vendor, directory) = (Source::Vendor, Source::Directory);
    for (source, shown, sent, expected) in [
        (vendor, former, new, ": "),
        (directory, former, new, ": "),
        (vendor, new, new, ": "),
        // The new one was not sent.
        (
            vendor,
            former,
            former,
            "Update: user_name \"ada@example.com\"->\"former@example.com\"",
        ),
        (
            directory,
            former,
            former,
            "Update: user_name \"former@example.com\"->\"ada@example.com\"",
        ),
    ] {
        let resource_type = catalogue.by_name("User").unwrap();
        let terms = Terms {
            target: &target,
            resource_type,
            source,
        };
        let finding = terms.met(account(&address(shown), true), &ada, Some(&link(&address(sent))));
        assert_eq!(told(&finding), expected, "{source:?} {shown} {sent}");
    }
}

#[test]
fn nothing_is_decided_while_a_change_is_on_its_way() {
    let catalogue = Catalogue::builtin();
    let target = target("zendesk", "");
    let terms = Terms {
        target: &target,
        resource_type: catalogue.by_name("User").unwrap(),
        source: Source::Vendor,
    };
    let fields = json!({ "email": "ada@example.com", "name": "Countess" });
    let ada = person(&target, &json!({ "userName": "ada@example.com", "displayName": "Ada" }));
    let pending = Link {
        marked: 1,
        ..link(&fields)
    };
    let finding = terms.met(account(&fields, true), &ada, Some(&pending));
    assert_eq!(
        told(&finding),
        "Update: name \"Ada\"->\"Countess\"; a change of the directory is on its way to the vendor"
    );
    assert_eq!(terms.gone(&ada, &pending), None);
    let gone = terms.gone(&ada, &link(&fields)).map(|finding| told(&finding));
    assert_eq!(gone.as_deref(), Some("Deactivate: "));
    let off = person(&target, &json!({ "userName": "ada@example.com", "active": false }));
    assert_eq!(
        terms.gone(&off, &link(&fields)),
        None,
        "nobody is missed who should not be there"
    );
}

/// Settled by an import, a removal would be forgotten that the guard holds, or that a person decided against for now.
#[test]
fn a_removal_that_waits_for_a_person_is_not_settled() {
    let catalogue = Catalogue::builtin();
    let target = target("zendesk", "");
    let fields = json!({ "email": "ada@example.com", "name": "Countess" });
    let ada = person(
        &target,
        &json!({ "userName": "ada@example.com", "displayName": "Ada", "active": false }),
    );
    let waits = Some("its removal waits for a person: see `usherd guard list`");
    let rows = [
        (
            ProblemKind::Retrying,
            true,
            Some("a change of the directory is on its way to the vendor"),
        ),
        (ProblemKind::Parked, true, None),
        (ProblemKind::Held, true, waits),
        (ProblemKind::Withheld, true, waits),
        // A protected account, which this is the place to take over.
        (ProblemKind::Held, false, None),
    ];
    for ((kind, leaves, expected), source) in rows
        .iter()
        .flat_map(|row| [(row, Source::Vendor), (row, Source::Directory)])
    {
        let terms = Terms {
            target: &target,
            resource_type: catalogue.by_name("User").unwrap(),
            source,
        };
        let problem = Problem {
            kind: *kind,
            field: None,
            reason: String::new(),
            since: Timestamp::UNIX_EPOCH,
        };
        let leaver = Link {
            marked: 1,
            leaver_since: leaves.then_some(Timestamp::UNIX_EPOCH),
            problem: Some(problem),
            ..link(&fields)
        };
        let finding = terms.met(account(&fields, true), &ada, Some(&leaver));
        let fault = finding.fault.map(|fault| fault.reason);
        assert_eq!(fault.as_deref(), *expected, "{kind:?} {leaves} {source:?}");
    }
}

/// What is taken over gives nobody access whose account is off: no list says that it would.
#[test]
fn whom_a_value_of_an_account_would_let_in_is_told() {
    let catalogue = Catalogue::builtin();
    let target = target("okta", "assignment = 'title eq \"Countess\"'");
    let terms = Terms {
        target: &target,
        resource_type: catalogue.by_name("User").unwrap(),
        source: Source::Vendor,
    };
    let fields = |title: &str| json!({ "login": "ada@example.com", "email": "ada@example.com", "firstName": "Ada", "lastName": "King", "title": title });
    let here = json!({
        "userName": "ada@example.com", "title": "Miss", "name": { "givenName": "Ada", "familyName": "King" },
        "emails": [{ "value": "ada@example.com", "primary": true }]
    });
    for (title, active, fault) in [
        ("Countess", false, Some(super::compare::ASSIGNED)),
        ("Mrs", false, None),
        ("Countess", true, None),
    ] {
        let ada = person(&target, &here);
        let finding = terms.met(account(&fields(title), active), &ada, None);
        let told = finding.lines().next().and_then(|line| line.fault);
        assert_eq!(told.as_deref(), fault, "{title} {active}");
    }
}

#[test]
fn who_is_left_out_by_the_assignment_is_to_be_activated() {
    let catalogue = Catalogue::builtin();
    let target = target(
        "zendesk",
        "assignment = 'title eq \"Countess\"'\nprotected = [\"ada@example.com\"]",
    );
    let terms = Terms {
        target: &target,
        resource_type: catalogue.by_name("User").unwrap(),
        source: Source::Vendor,
    };
    let fields = json!({ "email": "ada@example.com", "name": "Ada" });
    let ada = person(&target, &json!({ "userName": "ada@example.com", "displayName": "Ada" }));
    let finding = terms.met(account(&fields, true), &ada, Some(&link(&fields)));
    let lines: Vec<_> = finding
        .lines()
        .map(|line| (line.list, line.directory, line.protected))
        .collect();
    assert_eq!(lines, [(List::Activate, super::Presence::Unassigned, true)]);
}
