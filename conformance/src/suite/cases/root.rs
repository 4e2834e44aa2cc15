//! Queries at the base URL, which a server may leave out (RFC 7644 section 3.4.2.1).
use std::sync::Arc;

use serde_json::json;

use crate::suite::case::Case;
use crate::suite::claims::Feature;
use crate::suite::failure::{Outcome, Stop};
use crate::suite::scope::{Scope, encoded};

/// The cases of this file.
pub(crate) fn cases() -> Vec<Case> {
    let shows = [
        "7644-3.4.2.1-01",
        "7644-3.4.2.1-02",
        "7644-3.4.2.1-03",
        "7644-3.4.2.1-05",
        "7644-3.4.2.1-06",
    ];
    vec![Case::new("root.covers_all_types", &shows, covers_all_types).needs(&[Feature::Filter, Feature::Groups])]
}

async fn covers_all_types(scope: Arc<Scope>) -> Outcome {
    let name = json!({"displayName": format!("All {}", scope.nonce)});
    let (user, group) = (scope.user(name.clone()).await?, scope.group(name).await?);
    let named = format!("displayName eq \"All {}\"", scope.nonce);
    let rows = [
        (named.clone(), json!([{"id": user["id"]}, {"id": group["id"]}])),
        (
            format!("{named} and meta.resourceType eq \"Group\""),
            json!([{"id": group["id"]}]),
        ),
        (format!("{named} and userName pr"), json!([{"id": user["id"]}])),
    ];
    for (filter, found) in rows {
        let answer = scope.get(format!("/?filter={}", encoded(&filter))).await?;
        if [404, 501].contains(&answer.status) {
            return Err(Stop::Skipped("not offered: GET at the base URL".to_owned()));
        }
        answer.status(&[200])?.like(&json!({"Resources": found}))?;
    }
    Ok(())
}
