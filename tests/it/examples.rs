//! The examples of `docs/mapping.md` do what the page says of them.
use adapters::descriptor::Kind;
use schemas::{Catalogue, Object};
use serde_json::{Value, json};
use usherd::config::{Declarations, Target};
use usherd::mapping::{Mapping, Membership, Subject, Wanted};

use crate::harness::{directory, target};

const PAGE: &str = include_str!("../../docs/mapping.md");

/// The page's blocks of TOML.
fn blocks() -> Vec<&'static str> {
    let blocks = PAGE.split("```toml\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).collect()
}

/// The target that a block declares: what it says of a target of its own belongs to this one.
fn declared(vendor: &str, block: &str) -> Target {
    let block = block.strip_prefix("[[target]]\n").unwrap_or(block);
    let settings = match vendor {
        "zendesk" => "subdomain = \"acme\"",
        _ => "from = \"boss@example.com\"",
    };
    let target = target("pd", "acme", "https://vendor.example", block);
    let target = target.replace("vendor = \"pagerduty\"", &format!("vendor = \"{vendor}\""));
    let (head, _) = target.split_once("[target.settings]").expect("the settings come last");
    let text = format!("{}{head}[target.settings]\n{settings}", directory("acme", ""));
    let text = match vendor {
        "zendesk" => text.replace("credential =", "auth = { client_id = \"usherd\" }\ncredential ="),
        _ => text,
    };
    let read = Declarations::parse(&text, "the page").unwrap_or_else(|faults| panic!("{text}\n{faults}"));
    read.targets.into_iter().next().expect("a target").0
}

fn wanted(config: &Target, person: Value, groups: &[&str]) -> Wanted {
    let vendor = adapters::vendor(&config.vendor).expect("there is such a vendor");
    let mapping = Mapping::new(&Catalogue::builtin(), (vendor.descriptor)(), config);
    let mapping = mapping.unwrap_or_else(|misfits| panic!("{misfits:?}"));
    let person: Object = serde_json::from_value(person).expect("an object");
    let membership = |name: &&str| Membership {
        id: "id".to_owned(),
        name: Some((*name).to_owned()),
    };
    let groups: Vec<_> = groups.iter().map(membership).collect();
    let subject = Subject {
        resource_type: "User",
        resource: &person,
        groups: &groups,
    };
    let wanted = mapping.wanted(&subject).expect("the vendor has people");
    assert_eq!(wanted.kind, Kind::User);
    wanted
}

#[test]
fn fields_come_from_where_the_page_says() {
    let fields = blocks()
        .into_iter()
        .find(|block| block.contains("[target.mapping.user]"));
    let config = declared("pagerduty", fields.expect("the page has one"));
    let person = json!({
        "userName": "Ada@Example.com", "title": "Countess", "timezone": "Europe/London",
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
    });
    let ada = wanted(&config, person, &[]);
    for (field, expected) in [
        ("job_title", json!("Countess")),
        ("name", json!("Ada Lovelace")),
        ("description", json!("from the directory")),
        ("email", json!("ada@example.com")),
    ] {
        assert_eq!(ada.fields[field], expected, "{field}");
    }
    assert!(!ada.fields.contains_key("time_zone"), "left out: {:?}", ada.fields);
    assert_eq!(ada.fields["phone"], Value::Null, "without value it is cleared");
    assert!(ada.faults.is_empty(), "{:?}", ada.faults);
}

#[test]
fn a_field_of_the_accounts_own_is_named_as_the_page_says() {
    let inline = PAGE.split('`').find(|code| code.starts_with("\"user_fields."));
    let line = inline.expect("the page names one");
    let config = declared("zendesk", &format!("[target.mapping.user]\n{line}\n"));
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let ada = wanted(&config, json!({ enterprise: { "costCenter": "42" } }), &[]);
    assert_eq!(ada.fields["user_fields.cost_center"], "42");
}

#[test]
fn the_first_rule_that_holds_gives_the_role() {
    let rules = blocks().into_iter().find(|block| block.contains("[[target.role]]"));
    let config = declared("pagerduty", rules.expect("the page has one"));
    let on_call = json!({ "entitlements": [{ "display": "ON-CALL" }], "roles": [{ "value": "user" }] });
    for (person, groups, expected) in [
        (on_call.clone(), &["on-call administrators"][..], "admin"),
        (on_call, &[][..], "limited_user"),
        (json!({ "roles": [{ "value": "user" }] }), &["Others"][..], "observer"),
    ] {
        let role = wanted(&config, person.clone(), groups).fields["role"].clone();
        assert_eq!(role, expected, "{person} {groups:?}");
    }
}

#[test]
fn every_example_can_be_declared() {
    let all = blocks();
    assert!(all.len() >= 3, "{all:?}");
    for block in all {
        declared("pagerduty", block);
    }
}
