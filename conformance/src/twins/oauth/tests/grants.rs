//! The token endpoint.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::super::asking::{CALLBACK, VERIFIER, parameter};
use super::super::{Bodies, CLIENT_ID, CLIENT_SECRET, Config, Lifetime, Rotation};
use super::desk::{CONFIG, Desk, Pairs, body, form, others, outcome, tokens, with};
use crate::twins::Request;

#[test]
fn a_code_gives_tokens_once() {
    let mut desk = Desk::new(&CONFIG);
    let code = desk.code();
    let answer = desk.redeem(&code);
    assert!(answer.headers.contains(&("cache-control".into(), "no-store".into())));
    let (access, refresh) = tokens(&answer);
    let expected = json!({
        "access_token": access, "refresh_token": refresh, "token_type": "bearer", "scope": "read write",
        "expires_in": 600, "refresh_token_expires_in": 6000,
    });
    assert_eq!(body(&answer), expected);
    assert!(desk.opens(&access) && access.len() == 64 && access != refresh);
    // The second use ends what the first one gave, refreshed or not.
    let (later, _) = tokens(&desk.refresh(&refresh));
    assert!(desk.opens(&later));
    assert_eq!(outcome(&desk.redeem(&code)), "400 invalid_grant");
    assert!(!desk.opens(&access) && !desk.opens(&later));
}

#[test]
fn a_code_is_for_one_client_uri_and_verifier() {
    static LATE: Config = Config {
        code_seconds: 0,
        ..CONFIG
    };
    let good: &[(&str, &str)] = &[
        ("grant_type", "authorization_code"),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    let rows: &[(&'static Config, Pairs, &str)] = &[
        (&CONFIG, &[], "200"),
        (&LATE, &[], "400 invalid_grant"),
        (&CONFIG, &[("code", "")], "400 invalid_request"),
        (&CONFIG, &[("code", "none")], "400 invalid_grant"),
        (&CONFIG, &[("code_verifier", "")], "400 invalid_grant"),
        (&CONFIG, &[("code_verifier", "wrong")], "400 invalid_grant"),
        (&CONFIG, &[("redirect_uri", "")], "400 invalid_grant"),
        (
            &CONFIG,
            &[("redirect_uri", "http://127.0.0.1:8081/provision/oauth/callback")],
            "400 invalid_grant",
        ),
        (
            &CONFIG,
            &[("client_id", "public"), ("client_secret", "")],
            "400 invalid_grant",
        ),
        (&CONFIG, &[("client_secret", "wrong")], "401 invalid_client"),
        (&CONFIG, &[("client_secret", "")], "401 invalid_client"),
        (&CONFIG, &[("client_id", "")], "401 invalid_client"),
        (&CONFIG, &[("client_id", "stranger")], "401 invalid_client"),
        (&CONFIG, &[("grant_type", "password")], "400 unsupported_grant_type"),
        (&CONFIG, &[("grant_type", "")], "400 invalid_request"),
    ];
    for (config, changes, expected) in rows {
        let mut desk = Desk::new(config);
        desk.seed(others());
        let code = desk.code();
        let said = with(&with(good, &[("code", &code)]), changes);
        assert_eq!(&outcome(&desk.post("/token", &said)), expected, "{changes:?}");
    }
}

/// A verifier for a code that was given without challenge is an attempt to pass the check by.
#[test]
fn a_verifier_without_challenge_is_refused() {
    let mut desk = Desk::new(&CONFIG);
    let answer = desk.consent(&[("code_challenge", ""), ("code_challenge_method", "")]);
    let code = parameter(&answer, "code").unwrap();
    assert_eq!(outcome(&desk.redeem(&code)), "400 invalid_grant");
}

#[test]
fn what_a_refresh_ends_is_the_vendors_choice() {
    static KEPT: Config = Config {
        rotation: Rotation::Kept,
        ..CONFIG
    };
    static BOTH: Config = Config {
        rotation: Rotation::Both,
        ..CONFIG
    };
    for (config, old_access, old_refresh) in [
        (&KEPT, true, "200"),
        (&CONFIG, true, "400 invalid_grant"),
        (&BOTH, false, "400 invalid_grant"),
    ] {
        let mut desk = Desk::new(config);
        let code = desk.code();
        let (access, refresh) = tokens(&desk.redeem(&code));
        let answer = desk.refresh(&refresh);
        let (new_access, new_refresh) = tokens(&answer);
        assert!(desk.opens(&new_access) && new_access != access);
        assert_eq!(desk.opens(&access), old_access);
        assert_eq!(new_refresh == refresh, old_refresh == "200");
        assert_eq!(outcome(&desk.refresh(&refresh)), old_refresh);
    }
}

#[test]
fn tokens_end() {
    let mut desk = Desk::new(&CONFIG);
    let code = desk.code();
    let (access, refresh) = tokens(&desk.redeem(&code));
    desk.pass(599);
    assert!(desk.opens(&access));
    desk.pass(1);
    assert!(!desk.opens(&access));
    desk.pass(5399);
    let (_, refresh_2) = tokens(&desk.refresh(&refresh));
    desk.pass(6000);
    assert_eq!(outcome(&desk.refresh(&refresh_2)), "400 invalid_grant");
}

#[test]
fn a_refresh_gives_no_more_scopes_than_before() {
    for (asked, expected) in [
        ("", json!("read write")),
        ("read", json!("read")),
        ("admin", Value::Null),
        ("read admin", Value::Null),
    ] {
        let mut desk = Desk::new(&CONFIG);
        let code = desk.code();
        let (_, refresh) = tokens(&desk.redeem(&code));
        let answer = desk.token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", &refresh),
            ("scope", asked),
        ]);
        assert_eq!(body(&answer)["scope"], expected, "{asked}");
    }
}

#[test]
fn a_client_gets_tokens_of_its_own_without_refresh() {
    let mut desk = Desk::new(&CONFIG);
    desk.seed(others());
    let answer = desk.token(&[("grant_type", "client_credentials"), ("scope", "write")]);
    assert_eq!(
        (body(&answer)["scope"].as_str(), body(&answer).get("refresh_token")),
        (Some("write"), None)
    );
    let public = desk.post(
        "/token",
        &[("grant_type", "client_credentials"), ("client_id", "public")],
    );
    assert_eq!(outcome(&public), "401 invalid_client");
}

#[test]
fn a_client_proves_itself_in_one_way() {
    let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    let jwt = |client: &str, signature: &str| {
        let claims = URL_SAFE_NO_PAD.encode(json!({ "sub": client }).to_string());
        format!("e30.{claims}.{signature}")
    };
    let kind = (
        "client_assertion_type",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    );
    let (right, wrong) = (jwt("signer", "signature"), jwt("signer", "other"));
    let (right, wrong) = (
        ("client_assertion", right.as_str()),
        ("client_assertion", wrong.as_str()),
    );
    let rows: &[(Option<String>, Pairs, &str)] = &[
        (Some(basic("usherd:usherd-secret")), &[], "200"),
        (Some(basic("%75sherd:usherd%2Dsecret")), &[], "200"),
        (Some(basic("usherd:usherd-secret")), &[("client_id", "usherd")], "200"),
        (
            Some(basic("usherd:usherd-secret")),
            &[("client_id", "other")],
            "400 invalid_request",
        ),
        (
            Some(basic("usherd:usherd-secret")),
            &[("client_secret", CLIENT_SECRET)],
            "400 invalid_request",
        ),
        (
            Some(basic("usherd:wrong")),
            &[],
            "401 invalid_client, Basic realm=\"oauth\"",
        ),
        (
            Some("Bearer x".into()),
            &[],
            "401 invalid_client, Basic realm=\"oauth\"",
        ),
        (None, &[kind, right], "200"),
        (None, &[kind, right, ("client_id", "signer")], "200"),
        (None, &[kind, right, ("client_id", "usherd")], "401 invalid_client"),
        (None, &[kind, wrong], "401 invalid_client"),
        (None, &[right], "400 invalid_request"),
        (None, &[kind, ("client_assertion", "x")], "401 invalid_client"),
        (None, &[("client_id", "signer")], "401 invalid_client"),
        (
            None,
            &[("client_id", "signer"), ("client_secret", "x")],
            "401 invalid_client",
        ),
    ];
    for (header, said, expected) in rows {
        let mut desk = Desk::new(&CONFIG);
        desk.seed(others());
        let mut request = form("/token", &with(&[("grant_type", "client_credentials")], said));
        request
            .headers
            .extend(header.iter().map(|value| ("authorization".into(), value.clone())));
        let answer = desk.send(request);
        let asks = answer.headers.iter().find(|(name, _)| name == "www-authenticate");
        let asks = asks.map(|(_, value)| format!(", {value}")).unwrap_or_default();
        assert_eq!(&format!("{}{asks}", outcome(&answer)), expected, "{header:?} {said:?}");
    }
}

#[test]
fn bodies_are_of_the_vendors_kind_and_lifetimes_in_its_range() {
    static JSON: Config = Config {
        bodies: Bodies::Json,
        token_status: 201,
        access: Lifetime {
            seconds: 600,
            asked: Some(300..=900),
        },
        ..CONFIG
    };
    let ask = |fields: Value| {
        let mut all =
            json!({ "grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET });
        for (name, value) in fields.as_object().unwrap() {
            all[name] = value.clone();
        }
        all
    };
    for (said, media_type, expected) in [
        (ask(json!({})), "application/json", "201 600"),
        (ask(json!({ "expires_in": 900 })), "application/json", "201 900"),
        (ask(json!({ "expires_in": "300" })), "application/json", "201 300"),
        (
            ask(json!({ "expires_in": 901 })),
            "application/json",
            "400 invalid_request",
        ),
        (
            ask(json!({ "scope": ["read"] })),
            "application/json",
            "400 invalid_request",
        ),
        (json!([]), "application/json", "400 invalid_request"),
        (
            ask(json!({})),
            "application/x-www-form-urlencoded",
            "400 invalid_request",
        ),
    ] {
        let request = Request {
            method: "POST".into(),
            path: "/token".into(),
            headers: vec![("content-type".into(), media_type.into())],
            body: said.to_string().into(),
            ..Request::default()
        };
        let answer = Desk::new(&JSON).send(request);
        let lifetime = body(&answer)["expires_in"]
            .as_i64()
            .map(|seconds| format!(" {seconds}"));
        assert_eq!(
            format!("{}{}", outcome(&answer), lifetime.unwrap_or_default()),
            expected,
            "{said} {media_type}"
        );
    }
}

#[test]
fn a_refresh_token_may_need_a_scope() {
    static OFFLINE: Config = Config {
        refresh_scope: Some("admin"),
        ..CONFIG
    };
    for (asked, has_refresh) in [("read", false), ("read admin", true)] {
        let mut desk = Desk::new(&OFFLINE);
        let code = parameter(&desk.consent(&[("scope", asked)]), "code").unwrap();
        let answer = desk.redeem(&code);
        assert_eq!(body(&answer).get("refresh_token").is_some(), has_refresh, "{asked}");
    }
}

#[test]
fn either_token_can_be_revoked_by_its_client() {
    for (take_refresh, client, ends) in [
        (false, CLIENT_ID, true),
        (true, CLIENT_ID, true),
        (false, "public", false),
    ] {
        let mut desk = Desk::new(&CONFIG);
        desk.seed(others());
        let code = desk.code();
        let (access, refresh) = tokens(&desk.redeem(&code));
        let token = if take_refresh { &refresh } else { &access };
        let secret = if client == CLIENT_ID { CLIENT_SECRET } else { "" };
        let said = [
            ("token", token.as_str()),
            ("client_id", client),
            ("client_secret", secret),
        ];
        assert_eq!(desk.post("/revoke", &said).status, 200);
        assert_eq!(desk.opens(&access), !ends);
        assert_eq!(outcome(&desk.refresh(&refresh)) == "200", !ends);
    }
}
