//! A vendor that does not exist, targets of it, and what they want of people.
use std::sync::LazyLock;

use adapters::descriptor::Descriptor;
use schemas::{Catalogue, Object};
use serde_json::Value;

use crate::config::Target;
use crate::mapping::{Mapping, Membership, Subject, Wanted};

/// The vendor, without groups.
pub(super) static DESCRIPTOR: LazyLock<Descriptor> = LazyLock::new(|| {
    let text = r#"
        name = "paging"
        title = "Paging"
        base_url = "https://api.paging.example"
        deactivate = "suspend"
        calls_per_minute = 60
        concurrency = 1
        read_lag_ms = 0
        call_deadline_ms = 1000
        [[roles]]
        name = "limited_user"
        titles = ["Responder", "Limited User"]
        assignable = true
        [[roles]]
        name = "chief"
        assignable = true
        [[roles]]
        name = "owner"
        assignable = false
        [user]
        title = "user"
        unique = "email"
        fields = [
            { name = "email", type = "email", required = true, length_min = 6, length_max = 20, case_insensitive = true, default_source = "emails[primary eq true].value", fallback_sources = ["emails[type eq \"work\"].value", "emails.value", "userName"] },
            { name = "name", type = "string", length_max = 8, default_source = "name.givenName name.familyName", fallback_sources = ["displayName"] },
            { name = "role", type = "role", default_source = "roles.value", default_value = "limited_user" },
            { name = "zone", type = "time_zone", default_source = "timezone" },
            { name = "phone", type = "phone", default_source = "phoneNumbers[type eq \"mobile\"].value" },
            { name = "boss", type = "string", default_source = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value" },
            { name = "vip", type = "boolean", default_source = "roles[primary eq true].primary" },
            { name = "note", type = "string" },
        ]
    "#;
    toml::from_str(text).expect("it is a description")
});

/// The mapping of a target of which nothing is declared.
pub(super) fn mapping() -> Mapping {
    compiled("").expect("the description stands")
}

/// The mapping of a target of which this is declared, or what of it does not fit.
pub(super) fn compiled(text: &str) -> Result<Mapping, Vec<String>> {
    Mapping::new(&Catalogue::builtin(), &DESCRIPTOR, &declared(text))
        .map_err(|misfits| misfits.iter().map(ToString::to_string).collect())
}

/// A target of which this is declared.
pub(super) fn declared(text: &str) -> Target {
    let head = "name = 'paging'\ndirectory = 'acme'\nvendor = 'paging'\ncredential = 'env:NONE'\n";
    toml::from_str(&format!("{head}{text}")).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What the vendor is to have of a person.
pub(super) fn account(resource: Value) -> Wanted {
    mapped("", resource, &[])
}

/// The same, by this declaration and of a member of these groups.
pub(super) fn mapped(declaration: &str, resource: Value, groups: &[&str]) -> Wanted {
    asked(declaration, resource, groups, |mapping, subject| {
        mapping.wanted(subject).expect("the vendor has users")
    })
}

/// What such a mapping says of them.
pub(super) fn asked<T>(
    declaration: &str,
    resource: Value,
    groups: &[&str],
    ask: impl FnOnce(&Mapping, &Subject<'_>) -> T,
) -> T {
    let resource: Object = serde_json::from_value(resource).expect("an object");
    let groups = members_of(groups);
    let subject = Subject {
        resource_type: "User",
        resource: &resource,
        groups: &groups,
    };
    let mapping = compiled(declaration).unwrap_or_else(|misfits| panic!("{declaration}: {misfits:?}"));
    ask(&mapping, &subject)
}

/// Memberships in groups of these names.
pub(super) fn members_of(names: &[&str]) -> Vec<Membership> {
    let membership = |name: &&str| Membership {
        id: format!("id-of-{name}"),
        name: Some((*name).to_owned()),
    };
    names.iter().map(membership).collect()
}
