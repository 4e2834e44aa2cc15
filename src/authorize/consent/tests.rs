//! How long a state is good, and what is said of a target that asks nobody.
use std::time::Duration;

use schemas::Catalogue;
use uuid::Uuid;

use super::*;
use crate::auth::{Key, Sealer};
use crate::clock::ManualClock;
use crate::config;
use crate::mapping::Mapping;
use crate::service::Directory;
use crate::store::{DirectoryId, Options, Redb};

/// A target at PagerDuty that authorizes in this way.
fn target(method: &str) -> Target {
    let text = format!(
        "name = \"t\"\ndirectory = \"d\"\nvendor = \"pagerduty\"\ncredential = \"env:X\"\n\
         settings = {{ from = \"a@example.com\" }}\nauth = {{ method = \"{method}\", client_id = \"usherd\" }}"
    );
    let config: config::Target = toml::from_str(&text).unwrap();
    let descriptor = (adapters::vendor("pagerduty").unwrap().descriptor)();
    let sealer = Sealer::new(&Key::parse(&"01".repeat(32).into()).unwrap());
    let id = TargetId(Uuid::from_u128(2));
    let name = crate::service::administration::credential_name(id);
    Target {
        id,
        directory: DirectoryId(Uuid::from_u128(1)),
        mapping: Arc::new(Mapping::new(&Catalogue::builtin(), descriptor, &config).unwrap()),
        config,
        descriptor,
        generation: 1,
        credential: sealer.seal(&name, &"s3cret".into()).unwrap(),
    }
}

fn consents(clock: Arc<ManualClock>, target: Target) -> Consents {
    let registry = Arc::new(Registry::default());
    let directory = Directory {
        id: target.directory,
        config: toml::from_str("name = \"d\"").unwrap(),
        targets: vec![Arc::new(target)],
    };
    registry.replace(BTreeMap::from([("d".to_owned(), Arc::new(directory))]));
    let doors = Doors {
        renewals: crate::authorize::Renewals::default(),
        store: Arc::new(Redb::open(Options::in_memory(), clock.clone()).unwrap()),
        clock,
        sealer: Some(Arc::new(Sealer::new(&Key::parse(&"01".repeat(32).into()).unwrap()))),
    };
    Consents::new(doors, registry, Some("https://scim.example.com".to_owned()))
}

/// Who comes back in time is heard, here with the vendor's no; who comes too late was not sent by us any more.
#[tokio::test]
async fn a_state_is_good_for_ten_minutes_and_once() {
    let clock = Arc::new(ManualClock::at("2026-01-01T12:00:00Z".parse().unwrap()));
    let consents = consents(Arc::clone(&clock), target("oauth"));
    for (waited_seconds, expected) in [
        (0, "the vendor says: access_denied"),
        (600, "the vendor says: access_denied"),
        (
            601,
            "this consent is not known here, was used before or is too old: begin anew",
        ),
    ] {
        let url = consents.begin("t").unwrap();
        let (_, query) = url.split_once('?').unwrap();
        let state = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "state");
        let state = state.unwrap().1.into_owned();
        let opened = consents.open(&state, None).unwrap();
        clock.advance(Duration::from_secs(waited_seconds));
        let in_time = consents.open(&state, Some(&opened.browser)).is_ok();
        assert_eq!(in_time, waited_seconds <= 600, "{waited_seconds}");
        let back = || Callback {
            browser: Some(opened.browser.clone()),
            state: Some(state.clone()),
            error: Some("access_denied".to_owned()),
            ..Callback::default()
        };
        let first = consents.end(back()).await.unwrap_err();
        assert_eq!(first.to_string(), expected, "{waited_seconds}");
        assert!(matches!(consents.end(back()).await, Err(Error::Unknown)), "it was used");
    }
}

/// Whoever learns the state alone can do nothing with it: neither before the link is opened nor after.
#[tokio::test]
async fn a_state_is_nothing_without_the_browser_that_opened_the_link() {
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let consents = consents(clock, target("oauth"));
    for (is_opened, browser, expected) in [
        (false, None, "another browser"),
        (false, Some(""), "another browser"),
        (true, None, "another browser"),
        (true, Some(""), "another browser"),
        (true, Some("made-up"), "another browser"),
    ] {
        let link = consents.begin("t").unwrap();
        let (path, state) = link.split_once("?state=").unwrap();
        assert_eq!(path, "https://scim.example.com/provision/oauth/consent");
        let opened = is_opened.then(|| consents.open(state, None).unwrap());
        if let Some(opened) = &opened {
            assert!(
                opened.is_secure && opened.page.contains("response_type=code"),
                "{}",
                opened.page
            );
        }
        let callback = Callback {
            state: Some(state.to_owned()),
            code: Some("c0de".into()),
            browser: browser.map(SecretString::from),
            ..Callback::default()
        };
        let error = consents.end(callback).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{is_opened} {browser:?}: {error}");
        let Some(opened) = opened else { continue };
        let callback = Callback {
            state: Some(state.to_owned()),
            error: Some("access_denied".to_owned()),
            browser: Some(opened.browser),
            ..Callback::default()
        };
        let error = consents.end(callback).await.unwrap_err().to_string();
        assert!(error.contains("access_denied"), "the right one still can: {error}");
    }
}

#[test]
fn a_target_that_needs_no_consent_says_so_once() {
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let error = consents(clock, target("token")).begin("t").unwrap_err();
    let told = format!("{:#}", anyhow::Error::from(error));
    assert_eq!(told, "the target's way of authorization needs no consent");
}
