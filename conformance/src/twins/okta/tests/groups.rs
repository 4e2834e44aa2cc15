//! Groups, their members, and the rules that fill them.

use serde_json::{Value, json};

use super::desk::{Desk, missing};

const DENIED: &str = "403 E0000006 You do not have permission to perform the requested action";
const UNSUPPORTED: &str = "501 E0000060 Unsupported operation.";

fn group(name: &str) -> Value {
    json!({ "profile": { "name": name } })
}

#[test]
fn a_group_lives() {
    let mut desk = Desk::new();
    let described = json!({ "profile": { "name": "Devs", "description": "who develop" } });
    desk.check(&[
        ("new = POST /groups", described.clone(), described),
        (
            "GET /groups/{new}",
            Value::Null,
            json!({
                "type": "OKTA_GROUP",
                "objectClass": ["okta:user_group"],
                "profile": { "name": "Devs" },
                "lastMembershipUpdated": "2027-01-15T08:00:00.000Z",
            }),
        ),
        ("PUT /groups/{new}", group("Makers"), group("Makers")),
    ]);
    // There is no partial update: the description is gone.
    assert_eq!(desk.get("GET /groups/{new}")["profile"].get("description"), None);
    desk.check(&[
        ("PUT /groups/{new}/users/{ann}", Value::Null, json!(204)),
        ("DELETE /groups/{new}", Value::Null, json!(204)),
        ("GET /groups/{new}", Value::Null, missing("{new}", "UserGroup")),
        ("DELETE /groups/{new}", Value::Null, missing("{new}", "UserGroup")),
        ("GET /users/{ann}/groups", Value::Null, json!([{ "id": "{everyone}" }])),
        ("POST /groups", group("Makers"), json!(200)),
    ]);
}

#[test]
fn profiles_that_a_group_cannot_have_are_refused() {
    let invalid =
        |name: &str, error: &str| json!(format!("400 E0000001 Api validation failed: {name}: {name}: {error}"));
    let blank = invalid("name", "The field cannot be left blank");
    let taken = invalid(
        "name",
        "An object with this field already exists in the current organization",
    );
    for (body, expected) in [
        (json!({}), blank.clone()),
        (group(""), blank),
        (group(&"x".repeat(256)), invalid("name", "The field is too long")),
        (
            json!({ "profile": { "name": "New", "description": "x".repeat(1025) } }),
            invalid("description", "The field is too long"),
        ),
        (
            json!({ "profile": { "name": "New", "cost": "high" } }),
            json!("400 E0000001 Api validation failed: New UserGroup: Property name 'cost' is not defined in profile"),
        ),
        (
            json!({ "profile": "New" }),
            json!("400 E0000003 The request body was not well-formed."),
        ),
        (group("Other"), taken.clone()),
        (group("OTHER"), taken.clone()),
        (group("everyone"), taken),
        // An application's group may have the name.
        (group("Directory"), json!(200)),
    ] {
        let mut desk = Desk::new();
        desk.check(&[("POST /groups", group("Other"), json!(200))]);
        desk.check(&[("PUT /groups/{ops}", body.clone(), expected.clone())]);
        desk.check(&[(
            "POST /groups",
            if expected == 200 { group("Ops") } else { body },
            expected,
        )]);
    }
}

#[test]
fn only_groups_of_the_org_are_changed() {
    Desk::given(json!({ "groups": [{ "name": "Pushed", "pushed": true }] })).check(&[
        ("PUT /groups/{ad}", group("New"), json!(DENIED)),
        ("PUT /groups/{everyone}", group("New"), json!(DENIED)),
        ("PUT /groups/00gnone", group("New"), missing("00gnone", "UserGroup")),
        ("PUT /groups/{ad}/users/{ann}", Value::Null, json!(DENIED)),
        ("DELETE /groups/{ad}/users/{ann}", Value::Null, json!(DENIED)),
        ("PUT /groups/{everyone}/users/{ann}", Value::Null, json!(UNSUPPORTED)),
        ("DELETE /groups/{everyone}/users/{ann}", Value::Null, json!(UNSUPPORTED)),
        ("DELETE /groups/{everyone}", Value::Null, json!(DENIED)),
        ("DELETE /groups/{ad}", Value::Null, json!(204)),
    ]);
    let mut desk = Desk::new();
    let made = desk.seed(json!({ "groups": [{ "name": "Pushed", "pushed": true }] }));
    desk.name("pushed", made["groups"][0].as_str().unwrap());
    desk.check(&[("DELETE /groups/{pushed}", Value::Null, json!(DENIED))]);
}

#[test]
fn members_are_added_and_removed_as_often_as_one_likes() {
    let mut desk = Desk::new();
    desk.pass(1000);
    desk.check(&[
        ("PUT /groups/{ops}/users/{bob}", Value::Null, json!(204)),
        ("PUT /groups/{ops}/users/{ann}", Value::Null, json!(204)),
        ("PUT /groups/{ops}/users/{ann}", Value::Null, json!(204)),
        (
            "GET /groups/{ops}/users",
            Value::Null,
            json!([{ "id": "{ann}" }, { "id": "{bob}" }]),
        ),
        (
            "GET /groups/{ops}",
            Value::Null,
            json!({ "lastMembershipUpdated": "2027-01-15T08:00:01.000Z" }),
        ),
    ]);
    desk.pass(1000);
    desk.check(&[
        ("PUT /groups/{ops}/users/{ann}", Value::Null, json!(204)),
        (
            "GET /groups/{ops}",
            Value::Null,
            json!({ "lastMembershipUpdated": "2027-01-15T08:00:01.000Z" }),
        ),
        ("DELETE /groups/{ops}/users/{ann}", Value::Null, json!(204)),
        ("DELETE /groups/{ops}/users/{ann}", Value::Null, json!(204)),
        ("GET /groups/{ops}/users", Value::Null, json!([{ "id": "{bob}" }])),
        (
            "GET /groups/{ops}",
            Value::Null,
            json!({ "lastMembershipUpdated": "2027-01-15T08:00:02.000Z" }),
        ),
        (
            "PUT /groups/{ops}/users/00unone",
            Value::Null,
            missing("00unone", "User"),
        ),
        (
            "PUT /groups/{ops}/users/ann@x.example",
            Value::Null,
            missing("ann@x.example", "User"),
        ),
        (
            "PUT /groups/00gnone/users/{ann}",
            Value::Null,
            missing("00gnone", "UserGroup"),
        ),
        (
            "GET /groups/00gnone/users",
            Value::Null,
            missing("00gnone", "UserGroup"),
        ),
    ]);
}

#[test]
fn everyone_is_in_everyone() {
    Desk::new().check(&[
        (
            "GET /groups/{everyone}/users",
            Value::Null,
            json!([{ "id": "{owner}" }, { "id": "{ann}" }, { "id": "{bob}" }, { "id": "{sam}" }]),
        ),
        (
            "GET /users/{ann}/groups",
            Value::Null,
            json!([{ "type": "BUILT_IN", "profile": { "name": "Everyone" } }]),
        ),
        ("GET /users/00unone/groups", Value::Null, missing("00unone", "User")),
    ]);
}

#[test]
fn groups_are_listed_as_asked() {
    let mut desk = Desk::new();
    desk.pass(1000);
    desk.check(&[
        ("POST /groups", group("Operations"), json!(200)),
        ("PUT /groups/{ops}/users/{ann}", Value::Null, json!(204)),
    ]);
    let names = |groups: &Value| -> Vec<String> {
        let groups = groups.as_array().unwrap().iter();
        groups
            .map(|group| group["profile"]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    for (query, expected) in [
        ("", &["Everyone", "Ops", "Directory", "Operations"][..]),
        ("?limit=2", &["Everyone", "Ops"]),
        ("?q=op", &["Ops", "Operations"]),
        ("?q=OPERATIONS", &["Operations"]),
        ("?q=perations", &[]),
        (r#"?filter=type eq "OKTA_GROUP""#, &["Ops", "Operations"]),
        (
            r#"?filter=type eq "APP_GROUP" or type eq "BUILT_IN""#,
            &["Everyone", "Directory"],
        ),
        (r#"?filter=type eq "okta_group""#, &[]),
        (r#"?filter=lastUpdated gt "2027-01-15T08:00:00.000Z""#, &["Operations"]),
        (
            r#"?filter=lastMembershipUpdated gt "2027-01-15T08:00:00.000Z""#,
            &["Ops", "Operations"],
        ),
        (r#"?search=profile.name eq "ops""#, &["Ops"]),
        (
            r#"?search=profile.name sw "op" and type eq "okta_group""#,
            &["Ops", "Operations"],
        ),
        (r#"?search=profile.description co "CALL""#, &["Ops"]),
        (r#"?search=created lt "2000-01-01T00:00:00Z""#, &["Everyone"]),
    ] {
        assert_eq!(names(&desk.get(&format!("GET /groups{query}"))), expected, "{query}");
    }
    for query in [
        r#"?filter=profile.name eq "Ops""#,
        r#"?search=source.id pr"#,
        r#"?filter=type sw "OKTA""#,
    ] {
        desk.check(&[(
            &format!("GET /groups{query}"),
            Value::Null,
            json!("400 E0000031 Invalid search criteria."),
        )]);
    }
}

#[test]
fn a_list_of_groups_tells_numbers_if_asked() {
    let mut desk =
        Desk::given(json!({ "groups": [{ "name": "Admins", "roles": ["HELP_DESK_ADMIN"], "pushed": true }] }));
    desk.check(&[
        ("PUT /groups/{ops}/users/{ann}", Value::Null, json!(204)),
        (
            "GET /groups?expand=stats",
            Value::Null,
            json!([
                { "_embedded": { "stats": { "usersCount": 4, "hasAdminPrivlege": false } } },
                { "_embedded": { "stats": { "usersCount": 1, "appsCount": 0, "groupPushMappingsCount": 0 } } },
                {},
                { "_embedded": { "stats": { "hasAdminPrivlege": true, "groupPushMappingsCount": 1 } } },
            ]),
        ),
    ]);
    assert_eq!(desk.get("GET /groups")[0].get("_embedded"), None);
}

fn rule(changes: Value) -> Value {
    let mut rule = json!({
        "type": "group_rule",
        "name": "Engineers",
        "conditions": { "expression": { "value": "user.title==\"SRE\"", "type": "urn:okta:expression:1.0" } },
        "actions": { "assignUserToGroups": { "groupIds": ["{ops}"] } },
    });
    for (name, value) in changes.as_object().unwrap() {
        rule[name] = value.clone();
    }
    rule
}

#[test]
fn a_rule_begins_inactive_and_changes_only_then() {
    let excluding = json!({
        "people": { "users": { "exclude": ["{ann}"] } },
        "expression": { "value": "true", "type": "urn:okta:expression:1.0" },
    });
    let invalid =
        |name: &str, error: &str| json!(format!("400 E0000001 Api validation failed: {name}: {name}: {error}"));
    Desk::new().check(&[
        (
            "new = POST /groups/rules",
            rule(json!({ "status": "ACTIVE" })),
            json!({ "status": "INACTIVE" }),
        ),
        ("GET /groups/rules/{new}", Value::Null, rule(json!({}))),
        ("POST /groups/rules/{new}/lifecycle/activate", Value::Null, json!(204)),
        ("GET /groups/rules/{new}", Value::Null, json!({ "status": "ACTIVE" })),
        (
            "PUT /groups/rules/{new}",
            rule(json!({})),
            invalid("status", "Only inactive rules can be changed"),
        ),
        ("POST /groups/rules/{new}/lifecycle/deactivate", Value::Null, json!(204)),
        (
            "PUT /groups/rules/{new}",
            rule(json!({ "name": "SRE", "status": "ACTIVE", "conditions": excluding.clone() })),
            json!({ "name": "SRE", "status": "INACTIVE", "conditions": excluding }),
        ),
        ("GET /groups/rules?search=sr", Value::Null, json!([{ "id": "{new}" }])),
        ("GET /groups/rules?search=engineers", Value::Null, json!([])),
        (
            "GET /groups/rules/{new}?expand=groupIdToGroupNameMap",
            Value::Null,
            json!({ "_embedded": { "groupIdToGroupNameMap": { "{ops}": "Ops" } } }),
        ),
        ("DELETE /groups/rules/{new}?removeUsers=true", Value::Null, json!(202)),
        ("GET /groups/rules/{new}", Value::Null, missing("{new}", "GroupRule")),
        (
            "POST /groups/rules/{new}/lifecycle/activate",
            Value::Null,
            missing("{new}", "GroupRule"),
        ),
    ]);
}

#[test]
fn rules_have_their_own_rules() {
    let invalid =
        |name: &str, error: &str| json!(format!("400 E0000001 Api validation failed: {name}: {name}: {error}"));
    let into = |group: &str| json!({ "actions": { "assignUserToGroups": { "groupIds": [group] } } });
    for (changes, expected) in [
        (
            json!({ "name": "" }),
            invalid("name", "The field must have 1 to 50 characters"),
        ),
        (
            json!({ "name": "x".repeat(51) }),
            invalid("name", "The field must have 1 to 50 characters"),
        ),
        (
            json!({ "conditions": {} }),
            invalid("conditions", "An expression is required"),
        ),
        (json!({ "actions": {} }), invalid("actions", "A group is required")),
        (into("00gnone"), missing("00gnone", "UserGroup")),
        (into("{ad}"), invalid("actions", "Rules only fill groups of the org")),
    ] {
        let mut desk = Desk::new();
        desk.check(&[
            ("new = POST /groups/rules", rule(json!({})), json!(200)),
            ("PUT /groups/rules/{new}", rule(changes.clone()), expected.clone()),
            ("POST /groups/rules", rule(changes), expected),
        ]);
    }
    let mut desk = Desk::new();
    desk.check(&[
        ("other = POST /groups", group("Other"), json!(200)),
        ("new = POST /groups/rules", rule(json!({})), json!(200)),
        (
            "PUT /groups/rules/{new}",
            rule(into("{other}")),
            invalid("actions", "The groups of a rule cannot be changed"),
        ),
        ("DELETE /groups/{ops}", Value::Null, json!(204)),
        ("GET /groups/rules/{new}", Value::Null, json!({ "status": "INVALID" })),
        (
            "POST /groups/rules/{new}/lifecycle/activate",
            Value::Null,
            json!(DENIED),
        ),
    ]);
}
