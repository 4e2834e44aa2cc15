//! Tokens through their whole life, over a store in memory.
use jiff::{SignedDuration, ToSpan};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::store::{DirectoryId, Options, Redb, SettingKind, Store};
use std::sync::Arc;
use std::time::Duration;

const ACME: (&str, DirectoryId) = ("acme", DirectoryId(Uuid::from_u128(1)));
const OTHER: (&str, DirectoryId) = ("other", DirectoryId(Uuid::from_u128(2)));

struct Desk {
    tokens: Tokens,
    clock: Arc<ManualClock>,
    store: Arc<Redb>,
}

fn desk() -> Desk {
    let clock = Arc::new(ManualClock::at("2030-01-01T00:00:00Z".parse().unwrap()));
    let store = Arc::new(Redb::open(Options::in_memory(), clock.clone()).unwrap());
    Desk {
        tokens: Tokens::new(store.clone(), clock.clone()),
        clock,
        store,
    }
}

impl Desk {
    async fn verdict(&self, presented: &str) -> String {
        match self.tokens.authenticate(presented).await {
            Ok(principal) => principal.directory,
            Err(Denied::Missing) => "missing".into(),
            Err(Denied::Invalid) => "invalid".into(),
            Err(Denied::Expired) => "expired".into(),
            Err(Denied::Store(error)) => format!("store: {error}"),
        }
    }
}

fn lasting(days: u64) -> NewToken {
    NewToken {
        expires: Some(Duration::from_secs(days * 86_400)),
        note: None,
    }
}

#[tokio::test]
async fn each_token_opens_its_own_directory_until_it_is_over() {
    let desk = desk();
    let endless = desk.tokens.create(ACME, NewToken::default()).await.unwrap();
    let short = desk.tokens.create(OTHER, lasting(90)).await.unwrap();
    let revoked = desk.tokens.create(ACME, NewToken::default()).await.unwrap();
    assert!(desk.tokens.revoke(&revoked.id).await.unwrap());
    assert!(!desk.tokens.revoke(&revoked.id).await.unwrap());
    // A token as right as can be that was never issued.
    let forged = token::draw().unwrap();
    // The id of a live token with another's secret, its checksum right.
    let (live, wanted) = (endless.secret.expose_secret(), forged.text.expose_secret());
    let crossed = token::with_checksum(&format!("{}{}", &live[..20], &wanted[20..wanted.len() - 6]));
    assert!(token::id(&crossed) == Some(&endless.id));
    let rows = [
        ("", "missing", "missing"),
        ("non-token", "invalid", "invalid"),
        (endless.secret.expose_secret(), "acme", "acme"),
        (short.secret.expose_secret(), "other", "expired"),
        (revoked.secret.expose_secret(), "invalid", "invalid"),
        (wanted, "invalid", "invalid"),
        (&crossed, "invalid", "invalid"),
    ];
    for (presented, now, _) in rows {
        assert_eq!(desk.verdict(presented).await, now, "{presented}");
    }
    desk.clock.advance(Duration::from_secs(90 * 86_400 - 1));
    assert_eq!(
        desk.verdict(short.secret.expose_secret()).await,
        "other",
        "a second before"
    );
    desk.clock.advance(Duration::from_secs(1));
    for (presented, _, later) in rows {
        assert_eq!(desk.verdict(presented).await, later, "{presented}");
    }
}

#[tokio::test]
async fn the_store_never_sees_a_token() {
    let desk = desk();
    let issued = desk.tokens.create(ACME, NewToken::default()).await.unwrap();
    let text = issued.secret.expose_secret();
    let secret = &text[20..];
    for (id, _, bytes) in desk.store.settings(SettingKind::Token).await.unwrap() {
        assert_eq!(id, issued.id);
        assert!(!String::from_utf8(bytes).unwrap().contains(secret));
    }
    assert!(!format!("{issued:?}").contains(secret));
}

#[tokio::test]
async fn tokens_are_listed_with_what_was_noted() {
    let desk = desk();
    let note = NewToken {
        note: Some("Okta, production".into()),
        ..lasting(1)
    };
    let second = desk.tokens.create(OTHER, NewToken::default()).await.unwrap();
    desk.clock.advance(Duration::from_secs(1));
    let first = desk.tokens.create(ACME, note).await.unwrap();
    let listed = desk.tokens.list().await.unwrap();
    assert_eq!(
        listed.iter().map(|token| &token.id).collect::<Vec<_>>(),
        [&first.id, &second.id]
    );
    let now = desk.clock.now();
    assert_eq!(
        listed[0],
        Token {
            id: first.id.clone(),
            directory: "acme".into(),
            created: now,
            expires: Some(now + 24.hours()),
            note: Some("Okta, production".into()),
        }
    );
}

#[tokio::test]
async fn what_cannot_be_is_not_issued() {
    let desk = desk();
    let noted = |length: usize| NewToken {
        note: Some("ä".repeat(length)),
        expires: None,
    };
    assert!(matches!(
        desk.tokens.create(ACME, noted(201)).await,
        Err(Error::NoteTooLong)
    ));
    assert!(matches!(
        desk.tokens.create(ACME, lasting(u64::MAX / 86_400)).await,
        Err(Error::ExpiryTooFar)
    ));
    assert!(desk.tokens.list().await.unwrap().is_empty());
    for _ in 0..9 {
        desk.tokens.create(ACME, noted(200)).await.unwrap();
    }
    desk.tokens.create(ACME, lasting(1)).await.unwrap();
    assert!(matches!(
        desk.tokens.create(ACME, lasting(1)).await,
        Err(Error::TooMany)
    ));
    desk.tokens.create(OTHER, lasting(1)).await.unwrap();
    desk.clock.advance(SignedDuration::from_hours(24).unsigned_abs());
    desk.tokens
        .create(ACME, lasting(1))
        .await
        .expect("an expired one counts no more");
}
