//! Limits that are too large to reach on a server as it is usually set up. Where the run was given a directory whose
//! limits are small, they are reached there.
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::suite::case::Case;
use crate::suite::claims::Feature;
use crate::suite::failure::{Outcome, Stop, failed};
use crate::suite::scope::{Scope, encoded, require};

/// Larger pages and search limits are not filled: that would be a load test.
const FILLED_MAX: u64 = 100;

/// Longer cursor timeouts are not waited for.
const TIMEOUT_SECONDS_MAX: u64 = 5;

/// How soon it is looked again whether a cursor has expired.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// The cases of this file.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("paging.the_largest_page_is_kept", &["9865-4-07"], largest_page).needs(&[Feature::Cursor]),
        Case::new("cursor.an_old_one_expires", &["9865-2.1-03"], old_cursor).needs(&[Feature::Cursor]),
        Case::new(
            "filter.too_many_to_search_are_refused",
            &["7644-3.4.2.1-04", "7644-3.12-17"],
            too_many,
        )
        .needs(&[Feature::Filter]),
    ]
}

/// The room at the directory with small limits, else at the usual one; its resources are cleaned by the caller.
fn room(scope: &Scope) -> Scope {
    let client = scope.small.as_ref().unwrap_or(&scope.client);
    Scope::new(client.clone(), Arc::clone(&scope.claims), scope.nonce.clone())
}

/// A limit that the room's server claims.
async fn claimed(room: &Scope, pointer: &str) -> Result<u64, Stop> {
    let config = room.get("/ServiceProviderConfig").await?;
    match config.json.pointer(pointer).and_then(Value::as_u64) {
        Some(limit) => Ok(limit),
        None => Err(Stop::Skipped(format!("ServiceProviderConfig has no {pointer}"))),
    }
}

async fn fill(room: &Scope, users: u64) -> Outcome {
    for number in 0..users {
        let body = room.user_body(&format!("n{number}"), json!({"displayName": room.nonce}));
        room.post("/Users", &body).await?.status(&[201])?;
    }
    Ok(())
}

async fn largest_page(scope: Arc<Scope>) -> Outcome {
    let room = room(&scope);
    let outcome = fill_and_list(&room).await;
    room.clean().await;
    outcome
}

async fn fill_and_list(room: &Scope) -> Outcome {
    let largest = claimed(room, "/pagination/maxPageSize").await?;
    if largest > FILLED_MAX {
        return Err(Stop::Skipped(format!("maxPageSize is {largest}, too large to fill")));
    }
    fill(room, largest + 1).await?;
    let filter = encoded(&format!("displayName eq \"{}\"", room.nonce));
    let answer = room
        .get(format!("/Users?filter={filter}&count={}", largest + 1))
        .await?;
    answer.status(&[200])?.like(&json!({"totalResults": largest + 1}))?;
    let listed = u64::try_from(answer.resources().len()).unwrap_or(u64::MAX);
    require(&answer, (1..=largest).contains(&listed), "maxPageSize is kept")
}

async fn old_cursor(scope: Arc<Scope>) -> Outcome {
    let room = room(&scope);
    let outcome = wait_for_expiry(&room).await;
    room.clean().await;
    outcome
}

/// Its timeout is a promise in one direction: it may be asked with so long. Afterwards it has to be refused at some
/// time.
async fn wait_for_expiry(room: &Scope) -> Outcome {
    let seconds = claimed(room, "/pagination/cursorTimeout").await?;
    if seconds > TIMEOUT_SECONDS_MAX {
        return Err(Stop::Skipped(format!("cursorTimeout is {seconds} s, too long to wait")));
    }
    fill(room, 2).await?;
    let filter = encoded(&format!("displayName eq \"{}\"", room.nonce));
    let first = room.get(format!("/Users?filter={filter}&cursor=&count=1")).await?;
    let next = format!(
        "/Users?filter={filter}&cursor={}&count=1",
        first.text_at("/nextCursor")?
    );
    let looks = Duration::from_secs(2 * seconds + 1).as_millis() / LOOK_AGAIN.as_millis();
    for _ in 0..looks {
        let answer = room.get(next.clone()).await?;
        if answer.status != 200 {
            return answer.error(400, &["expiredCursor"]);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    failed(format!("GET {next}: taken after {} s", 2 * seconds))
}

async fn too_many(scope: Arc<Scope>) -> Outcome {
    let Some(too_many) = scope.too_many.filter(|_| scope.small.is_some()) else {
        return Err(Stop::Skipped(
            "no number was given that is too many to search".to_owned(),
        ));
    };
    let room = room(&scope);
    let outcome = fill_and_search(&room, too_many).await;
    room.clean().await;
    outcome
}

/// `co` is no comparison that an index of a common kind helps with.
async fn fill_and_search(room: &Scope, too_many: u64) -> Outcome {
    let search = format!("/Users?filter={}", encoded("nickName co \"x\""));
    fill(room, too_many).await?;
    room.get(search).await?.error(400, &["tooMany"])
}
