//! What a run must be given more for: a second tenant, of which nothing is seen, guessed or changed through the
//! first, and a token whose time is over.
use std::sync::Arc;

use serde_json::json;

use crate::suite::case::Case;
use crate::suite::claims::Feature;
use crate::suite::failure::{Outcome, Stop, failed};
use crate::suite::scope::{Scope, encoded};
use crate::suite::server::Request;

/// The cases of this file.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "tenants.each_has_its_own_external_ids",
            &["7643-3.1-12", "7644-6-01", "7644-6.1-02", "7644-6.2-02"],
            own_external_ids,
        )
        .needs(&[Feature::Filter]),
        Case::new(
            "tenants.a_token_opens_one_only",
            &["7644-6.1-01", "7644-6.1-03", "7644-6.1-04"],
            token_opens_one_only,
        ),
        Case::new(
            "tenants.ids_are_not_shared",
            &["7643-9.3-02", "7644-6.1-03", "7644-6.2-01"],
            ids_are_not_shared,
        ),
        Case::new(
            "tenants.a_cursor_stays_at_home",
            &["9865-5.2-01", "9865-5.2-06"],
            cursor_stays_at_home,
        )
        .needs(&[Feature::Cursor]),
        Case::new(
            "auth.an_expired_token_is_401",
            &["7644-2-04", "7644-7.4-03"],
            expired_token,
        ),
    ]
}

/// The other tenant's room; its resources are cleaned by the caller.
fn other(scope: &Scope) -> Result<Scope, Stop> {
    match &scope.other {
        Some(client) => Ok(Scope::new(
            client.clone(),
            Arc::clone(&scope.claims),
            scope.nonce.clone(),
        )),
        None => Err(Stop::Skipped("no second tenant was given".to_owned())),
    }
}

async fn expired_token(scope: Arc<Scope>) -> Outcome {
    let Some(token) = &scope.expired_token else {
        return Err(Stop::Skipped("no expired token was given".to_owned()));
    };
    let request = Request::new("GET", "/Users").header("authorization", format!("Bearer {token}"));
    let answer = scope.send(request).await?;
    answer.error(401, &[])?;
    answer.header("www-authenticate").map(|_| ())
}

async fn own_external_ids(scope: Arc<Scope>) -> Outcome {
    let other = other(&scope)?;
    let outcome = compare_external_ids(&scope, &other).await;
    other.clean().await;
    outcome
}

async fn compare_external_ids(scope: &Scope, other: &Scope) -> Outcome {
    let external_id = format!("same-{}", scope.nonce);
    let person = json!({
        "externalId": external_id, "name": {"givenName": "Pat", "familyName": "Doe"}, "displayName": "Pat Doe",
        "emails": [{"value": format!("pat.{}@example.com", scope.nonce), "type": "work", "primary": true}],
    });
    let query = format!("/Users?filter={}", encoded(&format!("externalId eq \"{external_id}\"")));
    for room in [scope, other] {
        let user = room.user(person.clone()).await?;
        let found = room.get(query.clone()).await?;
        found.like(&json!({"totalResults": 1, "Resources": [{"id": user["id"]}]}))?;
    }
    Ok(())
}

async fn token_opens_one_only(scope: Arc<Scope>) -> Outcome {
    let other = other(&scope)?;
    let there = other.client.base_url();
    for path in ["/Users", "/Users/none", "/Groups"] {
        let answer = scope.send(Request::new("GET", format!("{there}{path}"))).await?;
        answer.status(&[401, 403, 404])?;
    }
    let body = scope.user_body("stranger", json!({}));
    let answer = scope
        .client
        .send(Request::new("POST", format!("{there}/Users")).json(&body))
        .await?;
    answer.status(&[401, 403, 404]).map(|_| ())
}

async fn ids_are_not_shared(scope: Arc<Scope>) -> Outcome {
    let other = other(&scope)?;
    let user = scope.user(json!({"title": "Usher"})).await?;
    let path = format!("/Users/{}", user["id"].as_str().unwrap_or_default());
    other.get(path.clone()).await?.error(404, &[])?;
    other.delete(path.clone()).await?.error(404, &[])?;
    other
        .put(path.clone(), &scope.user_body("stranger", json!({})))
        .await?
        .error(404, &[])?;
    scope
        .get(path)
        .await?
        .status(&[200])?
        .like(&json!({"title": "Usher"}))
        .map(|_| ())
}

async fn cursor_stays_at_home(scope: Arc<Scope>) -> Outcome {
    let other = other(&scope)?;
    for label in ["a", "b"] {
        let body = scope.user_body(label, json!({"userType": scope.nonce}));
        scope.post("/Users", &body).await?.status(&[201])?;
    }
    let filter = encoded(&format!("userType eq \"{}\"", scope.nonce));
    let first = scope.get(format!("/Users?filter={filter}&cursor=&count=1")).await?;
    let cursor = first.text_at("/nextCursor")?;
    let answer = other
        .get(format!("/Users?filter={filter}&cursor={cursor}&count=1"))
        .await?;
    match answer.status {
        200 if answer.resources().is_empty() => Ok(()),
        400 => answer.error(400, &["invalidCursor", "expiredCursor"]),
        403 => Ok(()),
        _ => failed(format!("{}: a cursor of another tenant was taken", answer.request)),
    }
}
