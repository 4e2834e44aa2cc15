//! The consent page, and where it sends the person.

use super::super::asking::{CALLBACK, parameter};
use super::super::{Config, UnknownScope};
use super::desk::{ASKED, CONFIG, Desk, Pairs, form, others, outcome, with};
use crate::twins::Request;

fn show(desk: &mut Desk, changes: &[(&str, &str)]) -> (u16, String) {
    let pairs = with(ASKED, changes);
    let query = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let request = Request {
        method: "GET".into(),
        path: "/authorize".into(),
        query: query.collect(),
        ..Request::default()
    };
    let answer = desk.send(request);
    (answer.status, String::from_utf8(answer.body).unwrap())
}

#[test]
fn the_page_names_client_and_scopes_and_carries_the_request() {
    let mut desk = Desk::new(&CONFIG);
    let (status, page) = show(&mut desk, &[("state", "\"><script>")]);
    assert_eq!(status, 200);
    for part in [
        "Allow usherd to use",
        "<li>read</li>",
        "<li>write</li>",
        "<form method=\"post\">",
        "name=\"state\" value=\"&quot;&gt;&lt;script&gt;\"",
        "name=\"code_challenge_method\" value=\"S256\"",
        "<button name=\"decision\" value=\"allow\">Allow</button>",
        "<button name=\"decision\" value=\"deny\">Deny</button>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn the_decision_goes_back_with_state_and_issuer() {
    for (decision, error) in [
        ("allow", None),
        ("deny", Some("access_denied")),
        ("", Some("access_denied")),
    ] {
        let mut desk = Desk::new(&CONFIG);
        let answer = desk.consent(&[("decision", decision)]);
        assert_eq!(answer.status, 302);
        assert_eq!(parameter(&answer, "error").as_deref(), error, "{decision}");
        assert_eq!(parameter(&answer, "code").is_some(), error.is_none(), "{decision}");
        assert_eq!(parameter(&answer, "state").as_deref(), Some("a&b"));
        assert_eq!(parameter(&answer, "iss").as_deref(), Some("http://vendor.example"));
    }
    static SILENT: Config = Config {
        issuer: false,
        ..CONFIG
    };
    let answer = Desk::new(&SILENT).consent(&[]);
    assert_eq!(parameter(&answer, "iss"), None);
}

#[test]
fn only_registered_redirect_uris_are_sent_to() {
    for (uri, is_known) in [
        (CALLBACK, true),
        ("http://127.0.0.1/provision/oauth/callback", true),
        ("http://127.0.0.1:65535/provision/oauth/callback", true),
        ("http://127.0.0.1:65536/provision/oauth/callback", false),
        ("http://127.0.0.1:8080/provision/oauth/callback/", false),
        ("http://127.0.0.1:8080/provision/oauth/callback?x=1", false),
        ("https://127.0.0.1:8080/provision/oauth/callback", false),
        ("http://127.0.0.1.x.example/provision/oauth/callback", false),
        ("http://127.0.0.1:80@x.example/provision/oauth/callback", false),
        ("http://[::1]:8080/provision/oauth/callback", false),
        ("http://localhost:8080/provision/oauth/callback", false),
        ("", false),
    ] {
        let mut desk = Desk::new(&CONFIG);
        let answer = desk.post(
            "/authorize",
            &with(ASKED, &[("redirect_uri", uri), ("decision", "allow")]),
        );
        let expected = if is_known { 302 } else { 400 };
        assert_eq!(answer.status, expected, "{uri}");
        assert_eq!(show(&mut desk, &[("redirect_uri", uri)]).0 == 200, is_known, "{uri}");
    }
    let mut desk = Desk::new(&CONFIG);
    assert_eq!(desk.consent(&[("client_id", "stranger")]).status, 400);
}

/// Errors that a known client is told of at its own URI.
#[test]
fn unsound_requests_are_told_to_the_client() {
    static PKCE: Config = Config {
        pkce_required: true,
        ..CONFIG
    };
    let without_challenge: &[(&str, &str)] = &[("code_challenge", ""), ("code_challenge_method", "")];
    let rows: &[(&'static Config, Pairs, Option<&str>)] = &[
        (&CONFIG, &[], None),
        (&CONFIG, &[("state", "")], None),
        (&CONFIG, &[("scope", "")], None),
        (&CONFIG, &[("response_type", "")], Some("invalid_request")),
        (
            &CONFIG,
            &[("response_type", "token")],
            Some("unsupported_response_type"),
        ),
        (&CONFIG, &[("scope", "read fly")], Some("invalid_scope")),
        (&CONFIG, without_challenge, None),
        (&PKCE, without_challenge, Some("invalid_request")),
        (
            &CONFIG,
            &[("client_id", "public"), ("code_challenge", "")],
            Some("invalid_request"),
        ),
        (&CONFIG, &[("client_id", "public")], None),
        (&CONFIG, &[("code_challenge_method", "plain")], Some("invalid_request")),
        (&CONFIG, &[("code_challenge_method", "")], Some("invalid_request")),
        (&CONFIG, &[("code_challenge", "short")], Some("invalid_request")),
    ];
    for (config, changes, expected) in rows {
        let mut desk = Desk::new(config);
        desk.seed(others());
        let error = parameter(&desk.consent(changes), "error");
        assert_eq!(error.as_deref(), *expected, "{changes:?}");
        let (status, _) = show(&mut desk, changes);
        assert_eq!(status, if expected.is_none() { 200 } else { 302 }, "{changes:?}");
    }
}

#[test]
fn a_parameter_that_occurs_twice_is_refused() {
    let twice = form(
        "/authorize",
        &[ASKED, &[("state", "other"), ("decision", "allow")]].concat(),
    );
    assert_eq!(Desk::new(&CONFIG).send(twice).status, 400);
    let twice = form(
        "/token",
        &[("grant_type", "refresh_token"), ("grant_type", "refresh_token")],
    );
    assert_eq!(outcome(&Desk::new(&CONFIG).send(twice)), "400 invalid_request");
}

#[test]
fn what_becomes_of_unknown_scopes_is_the_vendors_choice() {
    static DROPPED: Config = dealing(UnknownScope::Dropped);
    static REPLACED: Config = dealing(UnknownScope::Replaces("nothing"));
    const fn dealing(unknown: UnknownScope) -> Config {
        let scopes = super::super::Scopes {
            is_known: |scope| matches!(scope, "read" | "write"),
            unknown,
            default: "read",
        };
        Config { scopes, ..CONFIG }
    }
    for (config, asked, granted) in [
        (&DROPPED, "read fly", "read"),
        (&DROPPED, "fly", ""),
        (&DROPPED, "", "read"),
        (&REPLACED, "read fly", "nothing"),
        (&REPLACED, "read  write", "read write"),
    ] {
        let mut desk = Desk::new(config);
        let code = parameter(&desk.consent(&[("scope", asked)]), "code").unwrap();
        let said = super::desk::body(&desk.redeem(&code));
        assert_eq!(said["scope"], granted, "{asked}");
    }
}
