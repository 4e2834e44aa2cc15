//! Tokens of service accounts.

use serde_json::{Value, json};

use super::desk::Desk;
use crate::twins::oauth::{CLIENT_ID, CLIENT_SECRET};
use crate::twins::{Answer, Twin};

/// Asks for a token of the client itself, with these parameters beside.
fn ask(desk: &mut Desk, further: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", CLIENT_ID)
        .append_pair("client_secret", CLIENT_SECRET)
        .extend_pairs(further.iter().map(|(name, value)| (name, desk.named(value))))
        .finish();
    let mut request = desk.request("POST /oauth2/token", &Value::Null);
    request.headers = vec![("content-type".into(), "application/x-www-form-urlencoded".into())];
    request.body = body.into_bytes();
    desk.twin.handle(desk.now, &request)
}

#[test]
fn a_service_account_names_its_enterprise() {
    let kind = ("box_subject_type", "enterprise");
    for (further, status) in [
        (&[kind, ("box_subject_id", "{enterprise}")][..], 200),
        (&[kind, ("box_subject_id", "1")], 400),
        (&[("box_subject_type", "user"), ("box_subject_id", "{enterprise}")], 400),
        (&[("box_subject_id", "{enterprise}")], 400),
        (&[], 400),
    ] {
        let mut desk = Desk::new();
        let answer = ask(&mut desk, further);
        assert_eq!(answer.status, status, "{further:?}");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        if status == 200 {
            desk.token = body["access_token"].as_str().unwrap().into();
            desk.check(&[
                ("GET /users", Value::Null, json!(200)),
                ("GET /groups", Value::Null, json!(200)),
            ]);
            desk.now += std::time::Duration::from_secs(3600);
            desk.check(&[("GET /users", Value::Null, json!("401 unauthorized"))]);
        } else {
            assert_eq!(body["error"], "invalid_grant");
        }
    }
}

#[test]
fn an_app_has_the_scopes_that_it_was_given() {
    let client = json!({ "id": CLIENT_ID, "secret": CLIENT_SECRET, "scopes": ["manage_groups"] });
    let mut desk = Desk::given(json!({ "oauth": { "clients": [client] } }));
    let further = [
        ("box_subject_type", "enterprise"),
        ("box_subject_id", "{enterprise}"),
        ("scope", "manage_groups"),
    ];
    let body: Value = serde_json::from_slice(&ask(&mut desk, &further).body).unwrap();
    desk.token = body["access_token"].as_str().unwrap().into();
    desk.check(&[
        ("GET /groups", Value::Null, json!(200)),
        ("GET /users", Value::Null, json!("403 insufficient_scope")),
    ]);
}
