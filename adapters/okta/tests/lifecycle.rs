//! Switching on and off.
use super::*;

const DEACTIVATE: &str = "POST /api/v1/users/00u1ada/lifecycle/deactivate";

/// Switches a user of that status; answers what was sent after the read.
async fn switched(settings: &[(&str, &str)], status: &str, active: bool, answers: usize) -> Vec<String> {
    let read = user("/status", json!(status));
    let script: Vec<_> = std::iter::once((200, read.as_str()))
        .chain(vec![(200, "{}"); answers])
        .collect();
    let fake = Fake::with(settings, &script);
    fake.adapter.set_active(&Account::of("00u1ada"), active).await.unwrap();
    let mut seen = fake.seen();
    assert_eq!(seen.remove(0), READ_USER);
    seen
}

#[tokio::test]
async fn people_are_suspended_or_deactivated_and_come_back_from_either() {
    let hard = &[("deactivation", "deactivate")][..];
    let call = |name: &str| format!("POST /api/v1/users/00u1ada/lifecycle/{name}");
    for (settings, status, active, expected) in [
        (&[][..], "ACTIVE", false, &["suspend"][..]),
        (&[], "LOCKED_OUT", false, &["unlock", "suspend"]),
        (&[], "PROVISIONED", false, &["deactivate"]),
        (&[], "SUSPENDED", false, &[]),
        (&[], "SUSPENDED", true, &["unsuspend"]),
        (&[], "DEPROVISIONED", true, &["activate"]),
        (&[], "STAGED", true, &["activate"]),
        (&[], "ACTIVE", true, &[]),
        (hard, "ACTIVE", false, &["deactivate"]),
        (hard, "SUSPENDED", true, &["unsuspend"]),
        (hard, "DEPROVISIONED", true, &["activate"]),
        (hard, "DEPROVISIONED", false, &[]),
    ] {
        let expected: Vec<_> = expected.iter().map(|name| call(name)).collect();
        let seen = switched(settings, status, active, expected.len()).await;
        assert_eq!(seen, expected, "{status} {active}");
    }
}

#[tokio::test]
async fn what_okta_refuses_for_the_moment_is_tried_again() {
    let (ada, staged) = (Account::of("00u1ada"), user("/status", json!("STAGED")));
    let refusal = |code: &str| json!({ "errorCode": code, "errorSummary": "no" }).to_string();
    for (status, code) in [(400, "E0000001"), (403, "E0000038"), (404, "E0000007")] {
        let fake = Fake::play(&[(200, USER), (status, &refusal(code))]);
        let error = fake.adapter.set_active(&ada, false).await.unwrap_err();
        assert_eq!(rejected(&error), (None, Retry::Backoff), "{code}");
    }
    // Locked out in Active Directory, where alone they can be unlocked.
    let locked = user("/status", json!("LOCKED_OUT"));
    let fake = Fake::play(&[(200, &locked), (403, &refusal("E0000032")), (200, "{}")]);
    fake.adapter.set_active(&ada, false).await.unwrap();
    assert_eq!(fake.seen().last().map(String::as_str), Some(DEACTIVATE));
    let fake = Fake::play(&[(200, USER), (409, &refusal("E0000112"))]);
    let error = fake.adapter.set_active(&ada, false).await.unwrap_err();
    assert!(matches!(rejected(&error), (None, Retry::After(_))), "{error:?}");
    // Somebody else was faster.
    let fake = Fake::play(&[(200, &staged), (403, &refusal("E0000016"))]);
    fake.adapter.set_active(&ada, true).await.unwrap();
    // An administrator, whom the credential may not touch.
    let fake = Fake::play(&[(200, USER), (403, DENIED), (200, ROLES)]);
    let error = fake.adapter.set_active(&ada, false).await.unwrap_err();
    assert_eq!(rejected(&error), (None, Retry::Never));
}

#[tokio::test]
async fn who_is_gone_is_not_found_and_what_okta_does_meanwhile_counts() {
    for id in ["00u1ada", "no such"] {
        let script: &[(u16, &str)] = if id == "00u1ada" { &[(404, NOT_FOUND)] } else { &[] };
        let fake = Fake::play(script);
        assert_eq!(
            told(fake.adapter.set_active(&Account::of(id), false).await),
            ErrorKind::NotFound
        );
        fake.seen();
    }
    let activating = user("transitioningToStatus", json!("PROVISIONED")).replace("\"ACTIVE\"", "\"STAGED\"");
    let fake = Fake::play(&[(200, &activating), (200, "{}")]);
    fake.adapter.set_active(&Account::of("00u1ada"), false).await.unwrap();
    assert_eq!(fake.seen(), [READ_USER, DEACTIVATE]);
}

/// Whom the first call deactivated and the second did not delete is not as before: whoever comes again must not get
/// that account.
#[tokio::test]
async fn a_deletion_that_was_done_by_half_is_in_doubt() {
    for (script, kind) in [
        (&[(429, "{}")][..], ErrorKind::RateLimited),
        (&[(204, ""), (429, "{}")], ErrorKind::Ambiguous),
        (&[(204, ""), (500, "{}")], ErrorKind::Ambiguous),
    ] {
        let fake = Fake::play(script);
        let deleted = fake.adapter.delete(Kind::User, &Account::of("00u1ada")).await;
        assert_eq!(told(deleted), kind, "{script:?}");
    }
}
