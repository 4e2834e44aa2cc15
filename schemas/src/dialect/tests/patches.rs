use serde_json::{Value, json};

use super::{
    Catalogue, Core, Dialect, ENTERPRISE_USER, GROUP, Object, Other, PATCH_OP, RowChange, Same, USER, patch, rules,
};
use crate::patch::Row;

/// Bodies as they are sent, each with what it makes of a user who has a little of everything.
fn check(who: (Dialect, &str), sent: Value, core: Core, expected: &Value) {
    let catalogue = Catalogue::builtin();
    let kind = catalogue.by_name("User").expect("it is served");
    let current = object(user(json!({})));
    let (dialect, who) = who;
    let (resource, _) =
        patch(kind, &rules(dialect), &current, sent.clone()).unwrap_or_else(|error| panic!("{who}: {error}"));
    assert_eq!(resource, object(expected.clone()), "{who}");
    let strict = patch(kind, &rules(Dialect::Strict), &current, sent);
    let same = strict.as_ref().is_ok_and(|(other, _)| *other == resource);
    assert_eq!(same, core == Same, "{who}: the strict core makes {strict:?} of it");
}

/// The user with some attributes changed; null takes one away.
fn user(changes: Value) -> Value {
    let mut user = json!({
        "schemas": [USER, ENTERPRISE_USER], "userName": "ann", "active": true, "title": "T",
        "emails": [{ "value": "a", "type": "work", "primary": true }],
        "roles": [{ "value": "r", "primary": true }],
        ENTERPRISE_USER: { "department": "D", "manager": { "value": "1" } },
    });
    for (name, value) in object(changes) {
        user[name] = value;
    }
    object(user)
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect::<Object>()
        .into()
}

fn object(value: Value) -> Object {
    let Value::Object(members) = value else {
        panic!("{value} is no object");
    };
    members
}

fn one(operation: Value) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": [operation] })
}

fn case(who: (Dialect, &str), operation: Value, core: Core, changes: Value) {
    check(who, one(operation), core, &user(changes));
}

#[test]
fn bodies() {
    let sent = json!({ "Operations": [{ "op": "replace", "value": { "active": false } }] });
    let off = user(json!({ "active": false }));
    check((Dialect::Okta, "Okta: without schemas"), sent.clone(), Other, &off);
    let catalogue = Catalogue::builtin();
    let kind = catalogue.by_name("User").expect("it is served");
    let unrecognised = patch(kind, &rules(Dialect::Auto), &object(user(json!({}))), sent);
    assert!(unrecognised.is_err(), "a client nobody knows must send schemas");
    case(
        (Dialect::Entra, "Entra: capitals"),
        json!({ "op": "Replace", "path": "title", "value": "U" }),
        Same,
        json!({ "title": "U" }),
    );
    case(
        (Dialect::SailPoint, "SailPoint: add without path"),
        json!({ "op": "add", "value": { "active": false } }),
        Same,
        json!({ "active": false }),
    );
}

#[test]
fn simple_values() {
    let off = json!({ "active": false });
    let replace = |value: Value| json!({ "op": "Replace", "path": "active", "value": value });
    case(
        (Dialect::Auto, "Entra's default"),
        replace(json!("False")),
        Other,
        off.clone(),
    );
    case(
        (Dialect::Auto, "Entra: a job of 2017"),
        replace(json!([{ "$ref": null, "value": "False" }])),
        Other,
        off.clone(),
    );
    case(
        (Dialect::Auto, "a list of one"),
        replace(json!([false])),
        Other,
        off.clone(),
    );
    case(
        (Dialect::Auto, "Keycloak's plug-in"),
        json!({ "op": "replace", "value": { "active": "false" } }),
        Other,
        off,
    );
    let title = |op: &str, value: Value| json!({ "op": op, "path": "title", "value": value });
    let none = json!({ "title": null });
    case(
        (Dialect::Auto, "Entra's gallery test"),
        title("replace", json!("")),
        Other,
        none.clone(),
    );
    case(
        (Dialect::Auto, "Entra's gallery test"),
        title("replace", json!(null)),
        Same,
        none.clone(),
    );
    case(
        (Dialect::Auto, "an empty addition"),
        title("add", json!("")),
        Other,
        none.clone(),
    );
    case(
        (Dialect::Auto, "a removal with a value"),
        title("remove", json!("")),
        Same,
        none,
    );
    case(
        (Dialect::Auto, "an empty path"),
        json!({ "op": "replace", "path": "", "value": { "title": "U" } }),
        Other,
        json!({ "title": "U" }),
    );
}

#[test]
fn path_less_values() {
    let flag = json!({ "op": "replace", "value": {
        "name.givenName": "G", "name.familyName": "F", "title": "U",
        (format!("{ENTERPRISE_USER}:employeeNumber")): "7",
    }});
    let changed = json!({
        "name": { "givenName": "G", "familyName": "F" }, "title": "U",
        ENTERPRISE_USER: { "department": "D", "manager": { "value": "1" }, "employeeNumber": "7" },
    });
    case((Dialect::Entra, "Entra with aadOptscim062020"), flag, Same, changed);
    case(
        (Dialect::Entra, "Microsoft's Postman: a dot after the URN"),
        json!({ "op": "replace", "value": { (format!("{ENTERPRISE_USER}.department")): "E" } }),
        Other,
        json!({ ENTERPRISE_USER: { "department": "E", "manager": { "value": "1" } } }),
    );
    case(
        (Dialect::Auto, "Okta, authentik: id, meta, groups and schemas echoed"),
        json!({ "op": "replace", "value": { "id": "1", "meta": {}, "groups": [], "schemas": [USER], "title": "U" } }),
        Other,
        json!({ "title": "U" }),
    );
    case(
        (Dialect::Auto, "misspelt names"),
        json!({ "op": "replace", "value": { "titel": "U", "urn:x:y": 1, "": 1 } }),
        Same,
        json!({}),
    );
    case(
        (Dialect::OneLogin, "the extension under its draft URN"),
        json!({ "op": "replace", "value": { "urn:scim:schemas:extension:enterprise:2.0": { "department": "E" } } }),
        Other,
        json!({ ENTERPRISE_USER: { "department": "E", "manager": { "value": "1" } } }),
    );
}

#[test]
fn managers() {
    let path = format!("{ENTERPRISE_USER}:manager");
    let dotted = format!("{ENTERPRISE_USER}.manager");
    let manager = |op: &str, path: &str, value: Value| json!({ "op": op, "path": path, "value": value });
    let with = |manager: Value| json!({ ENTERPRISE_USER: { "department": "D", "manager": manager } });
    let seven = with(json!({ "value": "7" }));
    let case = |who: &str, operation: Value, core: Core, changes: Value| {
        case((Dialect::Auto, who), operation, core, changes);
    };
    case(
        "Entra: a bare id",
        manager("Add", &path, json!("7")),
        Other,
        seven.clone(),
    );
    case(
        "Entra: a dot after the URN",
        manager("Replace", &dotted, json!("7")),
        Other,
        seven.clone(),
    );
    case(
        "the RFC",
        manager("replace", &path, json!({ "value": "7" })),
        Same,
        seven.clone(),
    );
    let reference = json!([{ "$ref": "http://x/Users/7", "value": "7" }]);
    case(
        "Entra: a list",
        manager("Add", &path, reference),
        Other,
        with(json!({ "value": "7", "$ref": "http://x/Users/7" })),
    );
    case(
        "OneLogin",
        manager("replace", &path, json!({ "managerId": "7" })),
        Other,
        seven.clone(),
    );
    let pathless = json!({ "op": "replace", "value": { (path.clone()): "7" } });
    case("Entra with its flag", pathless, Other, seven);
    let none = json!({ ENTERPRISE_USER: { "department": "D" } });
    for blank in [json!(""), json!({ "value": "" }), json!([])] {
        case(
            "Microsoft's validator: cleared",
            manager("replace", &path, blank.clone()),
            Other,
            none.clone(),
        );
        case("cleared by add", manager("add", &path, blank), Other, none.clone());
    }
}

#[test]
fn filters_in_paths() {
    let replace = |path: &str, value: Value| json!({ "op": "Replace", "path": path, "value": value });
    let add = |path: &str, value: Value| json!({ "op": "Add", "path": path, "value": value });
    let email = |email: Value| json!({ "emails": [email] });
    let changed = email(json!({ "value": "z", "type": "work", "primary": true }));
    let entra = |who: &str, operation: Value, core: Core, changes: Value| {
        case((Dialect::Entra, who), operation, core, changes);
    };
    entra(
        "Entra",
        replace("emails[type eq \"work\"].value", json!("z")),
        Same,
        changed.clone(),
    );
    entra(
        "Entra: true unquoted",
        replace("emails[primary eq true].value", json!("z")),
        Same,
        changed.clone(),
    );
    entra(
        "a value unquoted",
        replace("emails[type eq work].value", json!("z")),
        Other,
        changed,
    );
    entra(
        "Entra: roles[primary eq \"True\"]",
        replace("roles[primary eq \"True\"].display", json!("R")),
        Other,
        json!({ "roles": [{ "value": "r", "primary": true, "display": "R" }] }),
    );
    let phone = json!({ "phoneNumbers": [{ "type": "mobile", "value": "1" }] });
    entra(
        "Entra: add of what is not there",
        add("phoneNumbers[type eq \"mobile\"].value", json!("1")),
        Same,
        phone.clone(),
    );
    entra(
        "Entra: replace of what is not there",
        replace("phoneNumbers[type eq \"mobile\"].value", json!("1")),
        Other,
        phone,
    );
    entra(
        "Entra: cleared, and not there",
        replace("phoneNumbers[type eq \"mobile\"].value", json!("")),
        Other,
        json!({}),
    );
    entra(
        "Entra: cleared by add, and not there",
        add("phoneNumbers[type eq \"mobile\"].value", json!("")),
        Other,
        json!({}),
    );
    entra(
        "Entra: cleared",
        replace("emails[type eq \"work\"].value", json!("")),
        Other,
        email(json!({ "type": "work", "primary": true })),
    );
    entra(
        "Entra: a value of blanks",
        replace("emails[type eq \"work\"]", json!({ "value": "" })),
        Other,
        json!({ "emails": null }),
    );
}

#[test]
fn app_roles() {
    let role = "{\"id\":\"9\",\"value\":\"25\",\"displayName\":\"Admin\"}";
    let with = |added: Value| json!({ "roles": [{ "value": "r", "primary": true }, added] });
    let admin = json!({ "value": "25", "display": "Admin" });
    let add = |value: Value| json!({ "op": "Add", "path": "roles", "value": value });
    case(
        (Dialect::Entra, "Entra: JSON as text"),
        add(json!([{ "value": role }])),
        Other,
        with(admin.clone()),
    );
    case(
        (Dialect::Entra, "Entra: JSON as text alone"),
        add(json!(role)),
        Other,
        with(admin),
    );
    let text = json!([{ "value": "{not json" }]);
    case(
        (Dialect::Entra, "a brace"),
        add(text.clone()),
        Same,
        with(text[0].clone()),
    );
    case(
        (Dialect::Entra, "Microsoft's validator: primary as text"),
        add(json!([{ "value": "s", "primary": "False" }])),
        Other,
        with(json!({ "value": "s", "primary": false })),
    );
}

#[test]
fn unknown_paths() {
    let sent = json!({ "schemas": [PATCH_OP], "Operations": [
        { "op": "Replace", "path": "urn:ietf:params:scim:schemas:extension:Custom:2.0:User:tag", "value": "x" },
        { "op": "Add", "path": "favouriteColour", "value": "x" },
        { "op": "Replace", "path": "active", "value": "False" },
    ]});
    let off = user(json!({ "active": false }));
    check(
        (Dialect::Entra, "Entra: a leaver with a mapping nobody knows"),
        sent.clone(),
        Other,
        &off,
    );
    let catalogue = Catalogue::builtin();
    let kind = catalogue.by_name("User").expect("it is served");
    let unrecognised = patch(kind, &rules(Dialect::Auto), &object(user(json!({}))), sent);
    assert!(unrecognised.is_err_and(|detail| detail.contains("there is no such attribute")));
}

fn check_members(who: &str, operation: Value, core: Core, expected: &[RowChange]) {
    let catalogue = Catalogue::builtin();
    let kind = catalogue.by_name("Group").expect("it is served");
    let current = object(json!({ "schemas": [GROUP], "displayName": "G" }));
    let sent = one(operation);
    let made = patch(kind, &rules(Dialect::Okta), &current, sent.clone());
    let made = made.unwrap_or_else(|error| panic!("{who}: {error}"));
    assert_eq!(made.1, expected, "{who}");
    let strict = patch(kind, &rules(Dialect::Strict), &current, sent);
    assert_eq!(
        strict.as_ref() == Ok(&made),
        core == Same,
        "{who}: the strict core makes {strict:?} of it"
    );
}

#[test]
fn members() {
    let row = |value: &str| Row {
        value: value.to_owned(),
        display: None,
        kind: None,
    };
    let add = [RowChange::Add(vec![row("1")])];
    let remove = [RowChange::Remove(vec!["1".to_owned()])];
    let op = |op: &str, value: Value| json!({ "op": op, "path": "members", "value": value });
    check_members("Entra", op("Add", json!([{ "$ref": null, "value": "1" }])), Same, &add);
    check_members(
        "Microsoft's Postman: plain strings",
        op("add", json!(["1"])),
        Other,
        &add,
    );
    check_members("a plain string", op("add", json!("1")), Other, &add);
    check_members(
        "without path",
        json!({ "op": "add", "value": { "members": ["1"] } }),
        Other,
        &add,
    );
    check_members(
        "Entra, rauthy, ssosync, JumpCloud",
        op("Remove", json!([{ "value": "1" }])),
        Same,
        &remove,
    );
    check_members("plain strings to remove", op("remove", json!(["1"])), Other, &remove);
    let filtered = |value: Value| json!({ "op": "remove", "path": "members[value eq \"1\"]", "value": value });
    check_members("authentik: with value null", filtered(json!(null)), Same, &remove);
    let unquoted = json!({ "op": "remove", "path": "members[value eq 3d5e-1]" });
    check_members(
        "a value unquoted",
        unquoted,
        Other,
        &[RowChange::Remove(vec!["3d5e-1".to_owned()])],
    );
    let all = json!({ "op": "remove", "path": "members" });
    check_members(
        "Keycloak's plug-in, Microsoft's Postman",
        all,
        Same,
        &[RowChange::RemoveAll],
    );
    check_members(
        "Okta: push of an empty group",
        op("replace", json!([])),
        Same,
        &[RowChange::RemoveAll],
    );
    check_members("a list of nothing removes nothing", op("remove", json!([])), Same, &[]);
    check_members("null removes nothing", op("remove", json!(null)), Same, &[]);
    check_members("an empty text removes nothing", op("remove", json!("")), Other, &[]);
    check_members("authentik: with an empty value", filtered(json!("")), Same, &remove);
    check_members(
        "a list of blanks removes nothing",
        op("remove", json!([{ "value": "" }])),
        Other,
        &[],
    );
    let rename = json!({ "op": "replace", "value": { "id": "9", "displayName": "G" } });
    check_members("Okta: on every push", rename, Other, &[]);
    let mixed = json!({ "op": "replace", "value": { "members": [{ "value": "1" }], "id": "9", "displayName": "G" } });
    check_members("Okta", mixed, Other, &[RowChange::Replace(vec![row("1")])]);
}
