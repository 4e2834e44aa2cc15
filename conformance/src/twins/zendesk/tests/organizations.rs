//! Organizations and who belongs to them.

use serde_json::{Value, json};

use super::desk::{Desk, NOT_FOUND, invalid};

#[test]
fn organizations_are_found_by_name_and_external_id() {
    let organization = |fields: Value| json!({ "organization": fields });
    let mut desk = Desk::new();
    desk.check(&[
        (
            "acme = POST /organizations",
            organization(
                json!({ "name": "Acme", "external_id": "12", "domain_names": ["acme.example"], "tags": ["x"] }),
            ),
            json!({ "organization": { "name": "Acme", "external_id": "12", "tags": ["x"] } }),
        ),
        (
            "POST /organizations",
            organization(json!({ "name": "ACME" })),
            invalid("name DuplicateValue Name: has already been taken"),
        ),
        (
            "POST /organizations",
            organization(json!({ "name": "Other", "external_id": "12" })),
            invalid("external_id DuplicateValue External id: has already been taken"),
        ),
        (
            "POST /organizations",
            organization(json!({})),
            invalid("name ValueTooShort Name: is too short (minimum is 1 characters)"),
        ),
        (
            "POST /organizations",
            organization(json!({ "name": "Beta" })),
            json!(201),
        ),
        (
            "GET /organizations/search?name=acme",
            Value::Null,
            json!({ "organizations": [{ "id": "{acme}" }], "count": 1 }),
        ),
        (
            "GET /organizations/search?external_id=12",
            Value::Null,
            json!({ "organizations": [{ "id": "{acme}" }] }),
        ),
        (
            "GET /organizations/search?name=acm",
            Value::Null,
            json!({ "organizations": [] }),
        ),
        (
            "GET /organizations/search",
            Value::Null,
            json!("400 InvalidParameter: Either name or external_id must be there"),
        ),
        (
            "GET /organizations/{acme}",
            Value::Null,
            json!({ "organization": { "name": "Acme" } }),
        ),
        ("GET /organizations/1", Value::Null, json!(NOT_FOUND)),
        ("GET /organizations", Value::Null, json!({ "organizations": [{}, {}] })),
        (
            "POST /organizations/create_or_update",
            organization(json!({ "external_id": "12", "name": "Acme Inc" })),
            json!({ "organization": { "id": "{acme}", "name": "Acme Inc", "tags": ["x"] } }),
        ),
        (
            "POST /organizations/create_or_update",
            organization(json!({ "name": "Gamma" })),
            json!(201),
        ),
    ]);
}

#[test]
fn users_belong_to_organizations() {
    let mut desk = Desk::given(json!({ "organizations": [{ "name": "A" }, { "name": "B" }] }));
    desk.learn("a", "GET /organizations", "/organizations/0/id");
    desk.learn("b", "GET /organizations", "/organizations/1/id");
    let member =
        |user: &str, of: &str| json!({ "organization_membership": { "user_id": user, "organization_id": of } });
    let put = |organization: Value| json!({ "user": { "organization_id": organization } });
    let shown = |organization: Value| json!({ "user": { "organization_id": organization } });
    desk.check(&[
        (
            "first = POST /organization_memberships",
            member("{eve}", "{a}"),
            json!({ "organization_membership": { "default": true, "organization_name": "A" } }),
        ),
        (
            "POST /organization_memberships",
            member("{eve}", "{a}"),
            invalid("user_id DuplicateValue User id: has already been taken"),
        ),
        (
            "POST /organization_memberships",
            member("1", "{a}"),
            invalid("user_id InvalidValue User id: is invalid"),
        ),
        (
            "POST /organization_memberships",
            member("{eve}", "{eve}"),
            invalid("organization_id InvalidValue Organization id: is invalid"),
        ),
        ("GET /users/{eve}", Value::Null, shown(json!("{a}"))),
        ("PUT /users/{eve}", put(json!("{b}")), shown(json!("{b}"))),
        (
            "GET /organization_memberships",
            Value::Null,
            json!({ "organization_memberships": [{ "organization_id": "{b}" }] }),
        ),
        ("PUT /users/{eve}", put(Value::Null), shown(Value::Null)),
        (
            "PUT /users/{eve}",
            json!({ "user": { "organization_ids": ["{b}", "{a}"] } }),
            shown(json!("{b}")),
        ),
        (
            "PUT /users/{eve}",
            json!({ "user": { "organization_ids": ["{a}"] } }),
            shown(json!("{a}")),
        ),
    ]);
    desk.learn(
        "last",
        "GET /organization_memberships",
        "/organization_memberships/0/id",
    );
    desk.check(&[
        ("DELETE /organization_memberships/{last}", Value::Null, json!(204)),
        ("DELETE /organization_memberships/{last}", Value::Null, json!(NOT_FOUND)),
        ("GET /users/{eve}", Value::Null, shown(Value::Null)),
    ]);
}

/// Once the e-mail is verified, the domain says where somebody belongs.
#[test]
fn a_verified_email_brings_its_domains_organization() {
    let mut desk = Desk::given(json!({ "organizations": [{ "name": "X", "domain_names": ["X.example"] }] }));
    desk.learn("x", "GET /organizations", "/organizations/0/id");
    desk.learn("own", "GET /users/{eve}/identities", "/identities/0/id");
    desk.check(&[
        (
            "GET /users/{eve}",
            Value::Null,
            json!({ "user": { "organization_id": null } }),
        ),
        ("PUT /users/{eve}/identities/{own}/verify", Value::Null, json!(200)),
        (
            "GET /users/{eve}",
            Value::Null,
            json!({ "user": { "organization_id": "{x}" } }),
        ),
        (
            "PUT /users/{eve}",
            json!({ "user": { "organization_id": null } }),
            json!({ "user": { "organization_id": null } }),
        ),
        (
            "POST /users",
            json!({ "user": { "name": "N", "email": "n@x.example", "verified": true } }),
            json!({ "user": { "organization_id": "{x}" } }),
        ),
        (
            "POST /users",
            json!({ "user": { "name": "M", "email": "m@x.example" } }),
            json!({ "user": { "organization_id": null } }),
        ),
    ]);
}
