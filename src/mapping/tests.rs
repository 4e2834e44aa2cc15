//! Resources to accounts of a vendor that does not exist.
use std::sync::LazyLock;

use adapters::descriptor::{Descriptor, Kind};
use schemas::{Catalogue, Object};
use serde_json::{Value, json};

use super::{ACTIVE, Mapping, Membership, Subject, Wanted};
use crate::config::Target;

static DESCRIPTOR: LazyLock<Descriptor> = LazyLock::new(|| {
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

fn target() -> Target {
    Target::new("paging", "acme", "paging", "env:NONE")
}

fn mapping() -> Mapping {
    Mapping::new(&Catalogue::builtin(), &DESCRIPTOR, &target()).expect("the description stands")
}

fn wanted(mapping: &Mapping, resource_type: &str, resource: &Object) -> Option<Wanted> {
    mapping.wanted(&Subject {
        resource_type,
        resource,
        groups: &[],
    })
}

fn account(resource: Value) -> Wanted {
    let resource: Object = serde_json::from_value(resource).expect("an object");
    wanted(&mapping(), "User", &resource).expect("the vendor has users")
}

#[test]
fn fields_come_from_the_first_source_with_a_value() {
    let check = |resource: Value, field: &str, expected: Value| {
        assert_eq!(
            account(resource.clone()).fields.get(field),
            Some(&expected),
            "{resource} {field}"
        );
    };
    let email = |emails: Value| json!({ "userName": "kim", "emails": emails });
    check(
        email(json!([{ "value": "a@x" }, { "value": "b@x", "primary": true }])),
        "email",
        json!("b@x"),
    );
    check(
        email(json!([{ "value": "a@x" }, { "value": "b@x", "type": "work" }])),
        "email",
        json!("b@x"),
    );
    check(
        email(json!([{ "value": "a@x" }, { "value": "b@x", "type": "home" }])),
        "email",
        json!("a@x"),
    );
    check(email(json!([{ "type": "home" }])), "email", json!("kim"));
    check(email(json!([{ "value": " " }])), "email", json!("kim"));
    check(
        json!({ "name": { "givenName": "Kim", "familyName": "Do" } }),
        "name",
        json!("Kim Do"),
    );
    check(
        json!({ "name": { "familyName": "Do" }, "displayName": "x" }),
        "name",
        json!("Do"),
    );
    check(
        json!({ "name": { "formatted": "Do" }, "displayName": "x" }),
        "name",
        json!("x"),
    );
    check(json!({}), "name", Value::Null);
    check(json!({}), "note", Value::Null);
    check(json!({}), "role", json!("limited_user"));
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    check(
        json!({ enterprise: { "manager": { "value": "17" } } }),
        "boss",
        json!("17"),
    );
    check(
        json!({ "roles": [{ "value": "x", "primary": true }] }),
        "vip",
        json!(true),
    );
    check(
        json!({ "phoneNumbers": [{ "value": "1", "type": "work" }] }),
        "phone",
        Value::Null,
    );
}

#[test]
fn roles_are_known_by_name_and_title() {
    let check = |role: &str, expected: &str, rule: Option<&str>| {
        let account = account(json!({ "userName": "kim@example", "roles": [{ "value": role }] }));
        let rules: Vec<_> = account.faults.iter().map(|fault| fault.rule.as_str()).collect();
        assert_eq!(
            (&account.fields["role"], rules),
            (&json!(expected), rule.into_iter().collect()),
            "{role}"
        );
    };
    check("limited_user", "limited_user", None);
    check("responder", "limited_user", None);
    check(" LIMITED user ", "limited_user", None);
    check("Owner", "owner", Some("cannot be `owner`: its API cannot set it"));
    check("boss", "boss", Some("must be one of limited_user, chief"));
}

#[test]
fn faults_name_attribute_field_and_rule() {
    let check = |resource: Value, expected: &[(&str, &str, &str)]| {
        let account = account(resource.clone());
        let faults = account.faults.iter();
        let faults: Vec<_> = faults
            .map(|fault| (fault.attribute.as_str(), fault.field.as_str(), fault.rule.as_str()))
            .collect();
        assert_eq!(faults, expected, "{resource}");
    };
    let email = "emails[primary eq true].value";
    let user = |email: &str| json!({ "userName": email });
    check(user("kim@example"), &[]);
    check(json!({}), &[(email, "email", "is required")]);
    for wrong in [
        "kimberly",
        "@example",
        "kim-do@",
        "k@im@example",
        "kim do@example",
        "kim@exa mple",
    ] {
        check(user(wrong), &[(email, "email", "must be an e-mail address")]);
    }
    check(user("a@b.d"), &[(email, "email", "must have at least 6 characters")]);
    check(user("äää@bé"), &[]);
    check(
        user("kim@0123456789abcdefg"),
        &[(email, "email", "must have at most 20 characters")],
    );
    let zone = |zone: &str| json!({ "userName": "kim@example", "timezone": zone });
    for good in [
        "Europe/Berlin",
        "America/Argentina/Buenos_Aires",
        "Etc/GMT+5",
        "UTC",
        "America/Port-au-Prince",
    ] {
        check(zone(good), &[]);
    }
    for wrong in ["Pacific Standard Time", "Europe/", "+02:00", "(UTC) Berlin"] {
        check(
            zone(wrong),
            &[("timezone", "zone", "must be an IANA time zone such as `Europe/Berlin`")],
        );
    }
    check(
        json!({ "userName": "kim@example", "displayName": "123456789" }),
        &[(
            "name.givenName name.familyName",
            "name",
            "must have at most 8 characters",
        )],
    );
}

#[test]
fn only_users_and_groups_are_at_vendors() {
    let resource = Object::new();
    let kind = |name| wanted(&mapping(), name, &resource).map(|account| account.kind);
    assert_eq!(kind("User"), Some(Kind::User));
    assert_eq!(kind("Group"), None, "this vendor has no groups");
    assert_eq!(kind("Thing"), None);
    assert!(!account(json!({ "active": false })).active);
    assert!(account(json!({})).active);
}

#[test]
fn changes_are_seen_as_the_vendor_sees_them() {
    let person = |email: &str, role: &str, active: bool| {
        account(json!({ "userName": email, "roles": [{ "value": role }], "active": active }))
    };
    let mapping = mapping();
    let old = person("kim@example", "x", true);
    let check = |new: &Wanted, fields: &[&str], takes: bool| {
        let found: Vec<_> = mapping.changed(Some(&old), new).into_iter().collect();
        assert_eq!(
            (found, mapping.takes_away(&old, new)),
            (fields.iter().map(ToString::to_string).collect(), takes)
        );
    };
    check(&old, &[], false);
    check(&person("KIM@example", "x", true), &[], false);
    check(&person("ann@example", "x", true), &["email"], false);
    check(&person("kim@example", "y", true), &["role"], true);
    check(&person("kim@example", "x", false), &[ACTIVE], true);
    let inactive = person("kim@example", "x", false);
    assert!(!mapping.takes_away(&inactive, &old));
    assert!(!mapping.takes_away(&inactive, &person("kim@example", "y", false)));
    let new: Vec<_> = mapping.changed(None, &old).into_iter().collect();
    assert_eq!(new, ["email", "role"]);
}

#[test]
fn fields_are_traced_to_attributes() {
    let check = |field: &str, expected: &str| assert_eq!(mapping().origin(Kind::User, field), expected);
    check("zone", "timezone");
    check("note", "note");
    check("nonsense", "nonsense");
}

#[test]
fn a_field_tells_all_its_sources_and_the_one_that_has_a_value() {
    let kim: Object = serde_json::from_value(json!({
        "userName": "kim@example", "name": { "givenName": "Kim" }, "emails": [{ "value": "k@home" }],
    }))
    .expect("an object");
    let subject = Subject {
        resource_type: "User",
        resource: &kim,
        groups: &[],
    };
    let mapping = compiled("[mapping.user]\nboss = { value = 'x' }").expect("it fits");
    let check = |field: &str, all: &str, used: &str| {
        let described = mapping.kind(Kind::User).and_then(|kind| kind.field(field));
        let described = described.expect("the vendor has it");
        assert_eq!(mapping.sources(Kind::User, field), all);
        assert_eq!(mapping.used(Kind::User, described, &subject), used, "{field}");
    };
    let addresses = "emails[primary eq true].value, then emails[type eq \"work\"].value, then emails.value";
    check("email", &format!("{addresses}, then userName"), "emails.value");
    let names = "name.givenName name.familyName";
    check("name", &format!("{names}, then displayName"), names);
    let role = "roles.value, then \"limited_user\"";
    check("role", role, role);
    check("zone", "timezone", "timezone");
    check("boss", "a constant", "a constant");
    check("note", "nothing", "nothing");
}

fn declared(text: &str) -> Target {
    let head = "name = 'paging'\ndirectory = 'acme'\nvendor = 'paging'\ncredential = 'env:NONE'\n";
    toml::from_str(&format!("{head}{text}")).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn compiled(text: &str) -> Result<Mapping, Vec<String>> {
    Mapping::new(&Catalogue::builtin(), &DESCRIPTOR, &declared(text))
        .map_err(|misfits| misfits.iter().map(ToString::to_string).collect())
}

fn mapped(declaration: &str, resource: Value, groups: &[&str]) -> Wanted {
    let resource: Object = serde_json::from_value(resource).expect("an object");
    let membership = |name: &&str| Membership {
        id: format!("id-of-{name}"),
        name: Some((*name).to_owned()),
    };
    let groups: Vec<_> = groups.iter().map(membership).collect();
    let subject = Subject {
        resource_type: "User",
        resource: &resource,
        groups: &groups,
    };
    let mapping = compiled(declaration).unwrap_or_else(|misfits| panic!("{declaration}: {misfits:?}"));
    mapping.wanted(&subject).expect("the vendor has users")
}

#[test]
fn a_target_has_its_own_sources() {
    let check = |source: &str, resource: Value, expected: Value| {
        let declaration = format!("[mapping.user]\nnote = {source}");
        let account = mapped(&declaration, resource, &["Staff", "Crew"]);
        assert_eq!(account.fields["note"], expected, "{source}");
        assert!(
            !account.faults.iter().any(|fault| fault.field == "note"),
            "{:?}",
            account.faults
        );
    };
    let kim =
        json!({ "userName": "kim@example", "title": "Pilot", "name": { "givenName": "Kim", "familyName": "Do" } });
    for (source, expected) in [
        ("'title'", json!("Pilot")),
        ("'name.familyName name.givenName'", json!("Do Kim")),
        ("{ path = 'nickName' }", json!(null)),
        ("{ value = 'from the gateway' }", json!("from the gateway")),
        ("{ expression = 'user.title' }", json!("Pilot")),
        ("{ expression = 'user.nickName' }", json!(null)),
        (
            "{ expression = \"user.name.familyName + ', ' + user.name.givenName\" }",
            json!("Do, Kim"),
        ),
        (
            "{ expression = 'user.userName.split(\"@\")[0].upperAscii()' }",
            json!("KIM"),
        ),
        (
            "{ expression = '\"Crew\" in groups ? \"crew\" : \"ground\"' }",
            json!("crew"),
        ),
        (
            "{ expression = 'groups.filter(group, group != \"Crew\").join(\",\")' }",
            json!("Staff"),
        ),
        (
            "{ expression = 'has(user.nickName) ? user.nickName : user.title' }",
            json!("Pilot"),
        ),
    ] {
        check(source, kim.clone(), expected);
    }
}

#[test]
fn an_expression_that_fails_is_a_fault_of_its_field() {
    let account = mapped(
        "[mapping.user]\nnote = { expression = 'user.userName - 1' }",
        json!({ "userName": "kim@example" }),
        &[],
    );
    let fault = account
        .faults
        .iter()
        .find(|fault| fault.field == "note")
        .expect("a fault");
    assert!(
        fault.rule.starts_with("has an expression that fails: "),
        "{}",
        fault.rule
    );
    assert_eq!(account.fields["note"], Value::Null);
}

#[test]
fn a_vendor_without_roles_has_none_to_name() {
    let scim = (adapters::vendor("scim").expect("it is there").descriptor)();
    let misfits = Mapping::new(&Catalogue::builtin(), scim, &declared("default_role = 'emperor'"));
    let misfits: Vec<_> = misfits.unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(misfits, ["default_role: SCIM has no roles, so not `emperor`"]);
}

#[test]
fn a_field_can_be_left_out_or_be_for_new_accounts_only() {
    let mapping =
        compiled("[mapping.user]\nphone = { omit = true }\nzone = { path = 'timezone', on = 'create' }").unwrap();
    let kind = mapping.kind(Kind::User).unwrap();
    assert!(kind.field("phone").is_none());
    assert!(kind.field("zone").unwrap().create_only && !kind.field("name").unwrap().create_only);
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let check = |declaration: &str, place: &str, words: &str| {
        let misfits = compiled(declaration).map(|_| ()).unwrap_err();
        let [misfit] = &misfits[..] else {
            panic!("{declaration}: {misfits:?}")
        };
        assert!(
            misfit.starts_with(&format!("{place}: ")) && misfit.contains(words),
            "{misfit}"
        );
    };
    let user = |source: &str| format!("[mapping.user]\n{source}");
    for (source, place, words) in [
        (
            "colour = 'title'",
            "mapping.user.colour",
            "no field `colour`; there are email, name",
        ),
        ("note = 'tilte'", "mapping.user.note", "`tilte` names no attribute"),
        ("note = 'name'", "mapping.user.note", "complex"),
        ("note = 'emails['", "mapping.user.note", ""),
        ("note = ''", "mapping.user.note", "an empty path"),
        ("email = { omit = true }", "mapping.user.email", "no account without it"),
        (
            "vip = 'title'",
            "mapping.user.vip",
            "`title` is of type string, and the vendor's field takes true or false",
        ),
        ("vip = { value = 'yes' }", "mapping.user.vip", "takes true or false"),
        ("note = { value = 1 }", "mapping.user.note", "takes a text"),
        (
            "email = { value = 'nobody' }",
            "mapping.user.email",
            "the value must be an e-mail address",
        ),
        (
            "role = { value = 'king' }",
            "mapping.user.role",
            "must be one of limited_user",
        ),
        ("note = {}", "mapping.user.note", "name one of"),
        (
            "note = { path = 'title', value = 'x' }",
            "mapping.user.note",
            "name one of",
        ),
        (
            "note = { expression = 'user.' }",
            "mapping.user.note",
            "at character 6 of the expression: ",
        ),
        (
            "note = { expression = 'person.title' }",
            "mapping.user.note",
            "there is no `person`",
        ),
    ] {
        check(&user(source), place, words);
    }
    check("[mapping.group]\nname = 'displayName'", "mapping.group", "no groups");
    check("assignment = 'title eq'", "assignment", "");
    check("assignment = 'colour eq \"red\"'", "assignment", "colour");
    check("[[role]]\nrole = 'limited_user'", "role.0", "say when it holds");
    check(
        "[[role]]\nrole = 'pilot'\ngroup = 'Crew'",
        "role.0.role",
        "no role `pilot`; there are limited_user",
    );
    check("[[role]]\nrole = 'owner'\ngroup = 'Crew'", "role.0.role", "cannot give");
    check("default_role = 'pilot'", "default_role", "no role `pilot`");
}

/// What a role comes from is named by the attribute that its rule looks at.
#[test]
fn a_role_is_blamed_on_what_gave_it() {
    let rules = "default_role = 'limited_user'\n[[role]]\nrole = 'chief'\ngroup = 'Crew'\n\
                 [[role]]\nrole = 'chief'\nentitlement = 'fly'\n";
    let fly = json!({ "entitlements": [{ "value": "fly" }] });
    for (declaration, resource, groups, expected) in [
        (
            rules,
            json!({}),
            &["Crew"][..],
            ("groups", Some((Some(0), Some("Crew")))),
        ),
        (
            rules,
            fly.clone(),
            &[][..],
            ("entitlements", Some((Some(1), Some("fly")))),
        ),
        (rules, json!({}), &[][..], ("default_role", Some((None, None)))),
        ("", fly, &[][..], ("roles.value", None)),
    ] {
        let mapping = compiled(declaration).expect("it fits");
        let resource: Object = serde_json::from_value(resource).expect("an object");
        let membership = |name: &&str| Membership {
            id: String::new(),
            name: Some((*name).to_owned()),
        };
        let groups: Vec<_> = groups.iter().map(membership).collect();
        let subject = Subject {
            resource_type: "User",
            resource: &resource,
            groups: &groups,
        };
        let field = DESCRIPTOR.user.field("role").expect("there is one");
        let ruled = mapping.ruled(field, &subject).map(|ruled| (ruled.rule, ruled.value));
        assert_eq!((mapping.attribute(field, &subject), ruled), expected);
    }
}

#[test]
fn several_values_are_no_text() {
    let account = mapped("[mapping.user]\nnote = { expression = '[1, 2]' }", json!({}), &[]);
    let rules: Vec<_> = account
        .faults
        .iter()
        .map(|fault| (fault.field.as_str(), fault.rule.as_str()))
        .collect();
    assert!(rules.contains(&("note", "must be one value, not several")), "{rules:?}");
}

/// Whatever is written, the parser neither recurses too deep nor does an evaluation take long: it is refused before.
#[test]
fn expressions_are_bounded_before_they_are_parsed() {
    let compile = |text: &str| super::expression::Expression::compile(text, "user").map(|_| ());
    for refused in [
        "1+".repeat(2_000),
        "(".repeat(5_000),
        format!("{}1{}", "[".repeat(11), "]".repeat(11)),
        "x".repeat(501),
        "-".repeat(81),
        "groups.map (a, [1].map(b, [2].map\t(c, [3].map(groups, a)))).join('')".to_owned(),
        "groups.filter(a, true).filter(a, true).filter(a, true).filter(a, true).join('')".to_owned(),
    ] {
        assert!(compile(&refused).is_err(), "{refused}");
    }
    for taken in [
        "groups.map (group, group + '!').join(', ')",
        "groups.filter(group, user.roles.exists(role, role.value == group)).map(group, group.upperAscii()).join(', ')",
        "user.title.replace('a', user.nickName)",
        "groups.join(user.title)",
        "user.title.replace('ä', 'ae').replace('ö', 'oe').replace(' ', '').replace(user.nickName, '')",
        "user.userName.replace('@', ' at ', 1)",
    ] {
        assert_eq!(compile(taken), Ok(()), "{taken}");
    }
    // The worst that is let through must be survived, whether it is an expression or not.
    for worst in [
        format!("{}1", "1+".repeat(80)),
        format!("{}true", "!".repeat(80)),
        format!("{}1", "-".repeat(80)),
        format!("user{}", ".a".repeat(80)),
        format!("{}1{}", "[".repeat(10), "]".repeat(10)),
        format!("{}1", "1?1:".repeat(40)),
        format!("user{}", "[0]".repeat(40)),
        "true&&".repeat(40),
        "\"".repeat(500),
        "\u{0}".repeat(500),
    ] {
        let subject = Subject {
            resource_type: "User",
            resource: &Object::new(),
            groups: &[],
        };
        if let Ok(expression) = super::expression::Expression::compile(&worst, "user") {
            drop(expression.value(&subject));
        }
    }
}

#[test]
fn the_first_role_rule_that_holds_counts() {
    let rules = "default_role = 'limited_user'\n[[role]]\nrole = 'limited_user'\ngroup = 'crew'\n[[role]]\nrole = 'chief'\nscim_role = 'Boss'\n[[role]]\nrole = 'chief'\nentitlement = 'all'\n";
    let check = |resource: Value, groups: &[&str], expected: &str| {
        let account = mapped(rules, resource.clone(), groups);
        assert_eq!(account.fields["role"], expected, "{resource} {groups:?}");
    };
    check(json!({}), &[], "limited_user");
    check(json!({ "roles": [{ "value": "boss" }] }), &[], "chief");
    check(json!({ "roles": [{ "value": "x", "display": "Boss" }] }), &[], "chief");
    check(
        json!({ "roles": [{ "value": "boss" }] }),
        &["Staff", "Crew"],
        "limited_user",
    );
    check(json!({ "entitlements": [{ "value": "all" }] }), &[], "chief");
}

#[test]
fn who_does_not_match_the_assignment_has_no_place() {
    let check = |assignment: &str, resource: Value, groups: &[&str], assigned: bool| {
        let account = mapped(&format!("assignment = '{assignment}'"), resource, groups);
        assert_eq!((account.assigned, account.active), (assigned, assigned), "{assignment}");
    };
    let kim = json!({ "userName": "kim@example", "userType": "Employee" });
    check("userType eq \"Employee\"", kim.clone(), &[], true);
    check("userType eq \"Intern\"", kim.clone(), &[], false);
    check("groups.display eq \"Crew\"", kim.clone(), &["Crew"], true);
    check("groups.display eq \"Crew\"", kim.clone(), &["Staff"], false);
    check("groups[value eq \"id-of-Crew\"]", kim, &["Staff", "Crew"], true);
    let off = mapped("assignment = 'active pr'", json!({ "active": false }), &[]);
    assert!(off.assigned && off.switched_off && !off.active);
}
