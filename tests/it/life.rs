//! A person's life from the IdP's requests to the account at PagerDuty's twin, with exactly the calls that it takes.
use serde_json::{Value, json};

use crate::harness::{Gateway, group, user};

/// Waits until the vendor has everything, and answers the writing calls since the last look. Reads count too, but for
/// those by which a leaver is seen to be gone.
async fn calls(gateway: &Gateway) -> Value {
    gateway.settled().await;
    let mut routes = gateway.twin.calls().await["routes"].clone();
    gateway.twin.forget_calls().await;
    let left = routes["DELETE /users/{id}"].is_number() || routes["DELETE /teams/{id}"].is_number();
    let counts = routes.as_object_mut().expect("counts of routes");
    counts.retain(|route, _| !left || !["GET /users/{id}", "GET /teams/{id}"].contains(&route.as_str()));
    routes
}

fn set(path: &str, value: impl Into<Value>) -> Value {
    json!([{ "op": "replace", "path": path, "value": value.into() }])
}

#[tokio::test]
async fn a_whole_life_takes_the_calls_that_the_vendor_needs() {
    let gateway = Gateway::start().await;
    let (acme, twin) = (&gateway.acme, &gateway.twin);
    let account = async || twin.user("ada@example.com").await;
    let created = json!({ "POST /users": 1, "POST /users/{id}/contact_methods": 2 });

    let mut ada = user("ada");
    ada["roles"] = json!([{ "value": "user", "primary": true }]);
    ada["phoneNumbers"] = json!([{ "type": "mobile", "value": "+1 212 555 0100" }]);
    let path = format!("/Users/{}", acme.create("/Users", &ada).await);
    let first = account().await.expect("the account is there once the answer is");
    assert_eq!((&first["name"], &first["role"]), (&json!("ada"), &json!("user")));
    assert_eq!(calls(&gateway).await, created);
    assert_eq!(
        account().await.expect("it stays")["contact_methods"]
            .as_array()
            .map(Vec::len),
        Some(3)
    );

    assert_eq!(acme.patch(&path, set("title", "Countess")).await.status, 200);
    assert_eq!(account().await.expect("it stays")["job_title"], "Countess");
    assert_eq!(calls(&gateway).await, json!({ "PUT /users/{id}": 1 }));

    let before = acme.get(&path).await;
    let again = acme.patch(&path, set("title", "Countess")).await;
    assert_eq!((again.status, again.etag), (200, before.etag), "nothing changed");
    assert_eq!(calls(&gateway).await, json!({}));

    assert_eq!(
        acme.patch(&path, set("roles", json!([{ "value": "admin", "primary": true }])))
            .await
            .status,
        200
    );
    assert_eq!(account().await.expect("it stays")["role"], "admin");
    assert_eq!(calls(&gateway).await, json!({ "PUT /users/{id}": 1 }));

    let id = path.strip_prefix("/Users/").expect("a path of a person");
    let team = join_and_leave(&gateway, id, &first).await;

    assert_eq!(acme.patch(&path, set("active", false)).await.status, 200);
    assert_eq!(calls(&gateway).await, json!({ "DELETE /users/{id}": 1 }));
    assert_eq!(account().await, None, "PagerDuty has no suspension");
    assert_eq!(acme.get(&path).await.body["active"], false);

    assert_eq!(acme.patch(&path, set("active", true)).await.status, 200);
    let mut back = created.clone();
    back["PUT /teams/{id}/users/{user_id}"] = json!(1);
    assert_eq!(calls(&gateway).await, back, "the membership follows the account");
    let second = account().await.expect("created anew");
    assert_ne!(second["id"], first["id"]);
    assert_eq!(
        (&second["role"], &second["job_title"]),
        (&json!("admin"), &json!("Countess"))
    );
    assert_eq!(acme.get(&path).await.body["id"], id, "the id at the gateway stays");

    assert_eq!(acme.delete(&path).await.status, 204);
    assert_eq!(calls(&gateway).await, json!({ "DELETE /users/{id}": 1 }));
    assert_eq!((account().await, acme.get(&path).await.status), (None, 404));
    assert_eq!(acme.delete(&team).await.status, 204);
    assert_eq!(calls(&gateway).await, json!({ "DELETE /teams/{id}": 1 }));
    assert_eq!(twin.state().await["teams"], json!([]));

    let anew = acme.create("/Users", &ada).await;
    assert_ne!(anew, id);
    assert_eq!(calls(&gateway).await, created);
    assert_eq!(account().await.expect("created anew")["name"], "ada");
    gateway.stop().await;
}

/// The person joins a new team, leaves it, and joins again; the group's path.
async fn join_and_leave(gateway: &Gateway, id: &str, account: &Value) -> String {
    let (acme, twin) = (&gateway.acme, &gateway.twin);
    let team = format!("/Groups/{}", acme.create("/Groups", &group("Engines", &[])).await);
    assert_eq!(calls(gateway).await, json!({ "GET /teams": 1, "POST /teams": 1 }));
    let join = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
    assert_eq!(acme.patch(&team, join.clone()).await.status, 200);
    assert_eq!(calls(gateway).await, json!({ "PUT /teams/{id}/users/{user_id}": 1 }));
    let member = twin.state().await["members"][0].clone();
    assert_eq!(member["user"], account["id"], "{member}");
    let leave = json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]);
    assert_eq!(acme.patch(&team, leave).await.status, 200);
    assert_eq!(calls(gateway).await, json!({ "DELETE /teams/{id}/users/{user_id}": 1 }));
    assert_eq!(twin.state().await["members"], json!([]));
    assert_eq!(acme.patch(&team, join).await.status, 200);
    assert_eq!(calls(gateway).await, json!({ "PUT /teams/{id}/users/{user_id}": 1 }));
    team
}

/// Its members come with it, each by a call of its own.
#[tokio::test]
async fn a_group_is_created_with_its_members() {
    let gateway = Gateway::start().await;
    let (acme, twin) = (&gateway.acme, &gateway.twin);
    let ids = [
        acme.create("/Users", &user("ada")).await,
        acme.create("/Users", &user("bob")).await,
    ];
    gateway.settled().await;
    twin.forget_calls().await;
    let team = acme.create("/Groups", &group("Engines", &[&ids[0], &ids[1]])).await;
    gateway.settled().await;
    let needed = json!({ "POST /teams": 1, "PUT /teams/{id}/users/{user_id}": 2 });
    assert_eq!(twin.writes().await, needed);
    twin.forget_calls().await;
    let state = twin.state().await;
    assert_eq!(state["teams"][0]["name"], "Engines", "{state}");
    assert_eq!(state["members"].as_array().map(Vec::len), Some(2), "{state}");

    assert_eq!(acme.delete(&format!("/Groups/{team}")).await.status, 204);
    assert_eq!(calls(&gateway).await, json!({ "DELETE /teams/{id}": 1 }));
    let state = twin.state().await;
    assert_eq!((&state["teams"], &state["members"]), (&json!([]), &json!([])));
    gateway.stop().await;
}

/// A change of the address is one of the account and one of the contact method that goes with it.
#[tokio::test]
async fn a_new_address_is_one_call_for_the_account_and_one_for_its_contact_method() {
    let gateway = Gateway::start().await;
    let path = format!("/Users/{}", gateway.acme.create("/Users", &user("ada")).await);
    gateway.settled().await;
    let before = gateway.twin.user("ada@example.com").await.expect("created");
    gateway.twin.forget_calls().await;
    let address = json!([{ "value": "byron@example.com", "type": "work", "primary": true }]);
    assert_eq!(gateway.acme.patch(&path, set("emails", address)).await.status, 200);
    let needed = json!({ "PUT /users/{id}": 1, "PUT /users/{id}/contact_methods/{contact_method_id}": 1 });
    assert_eq!(calls(&gateway).await, needed);
    let after = gateway.twin.user("byron@example.com").await.expect("it stays");
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["contact_methods"][0]["address"], "byron@example.com", "{after}");
    gateway.stop().await;
}

/// What the vendor's description tells is refused before anything is stored, by the names of both sides.
#[tokio::test]
async fn a_vendors_rule_is_an_error_that_names_attribute_field_and_rule() {
    let gateway = Gateway::start().await;
    let with = |attribute: &str, value: Value| {
        let mut body = user("ada");
        body["userName"] = json!("ada");
        body[attribute] = value;
        body
    };
    for (body, parts) in [
        (
            with("emails", json!([])),
            ["emails", "PagerDuty's `email`", "e-mail address"],
        ),
        (
            with("roles", json!([{ "value": "owner", "primary": true }])),
            ["roles", "PagerDuty's `role`", "cannot be `owner`"],
        ),
        (
            with("roles", json!([{ "value": "emperor", "primary": true }])),
            ["roles", "PagerDuty's `role`", "must be one of admin, user"],
        ),
        (
            with("title", json!("x".repeat(101))),
            ["title", "PagerDuty's `job_title`", "at most 100"],
        ),
    ] {
        let answer = gateway.acme.post("/Users", &body).await;
        let told = (answer.status, &answer.body["scimType"]);
        assert_eq!(told, (400, &json!("invalidValue")), "{answer:?}");
        let detail = answer.body["detail"].as_str().expect("a detail");
        assert!(
            parts.iter().all(|part| detail.contains(part)),
            "{detail} lacks one of {parts:?}"
        );
        let plain = gateway.plain.create("/Users", &body).await;
        assert_eq!(
            gateway.plain.delete(&format!("/Users/{plain}")).await.status,
            204,
            "no target, no rule"
        );
    }
    assert_eq!(gateway.acme.get("/Users").await.body["totalResults"], 0);
    assert_eq!(gateway.twin.calls().await["total"], 0);
    gateway.stop().await;
}
