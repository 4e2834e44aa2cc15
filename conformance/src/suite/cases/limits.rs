//! Bodies, versions and numbers at and beyond the limits, and requests at the same time.
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::suite::case::Case;
use crate::suite::claims::Feature;
use crate::suite::failure::{Outcome, Stop, failed};
use crate::suite::scope::{Scope, USER, encoded, require};
use crate::suite::server::Request;

/// Bulk limits above these are not tried: the request itself would be the load test.
const TRIED_OPERATIONS_MAX: u64 = 20_000;
const TRIED_PAYLOAD_SIZE_MAX: u64 = 32 * 1024 * 1024;

/// Deeper than any honest body and any parser's stack should need.
const NESTING: usize = 20_000;

/// Writers at the same time.
const WRITERS: usize = 8;

/// The cases of this file.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "errors.invalid_utf8_is_refused",
            &["7644-3.8-01", "7644-3.12-20"],
            invalid_utf8,
        ),
        Case::new("errors.deep_nesting_is_refused", &["7644-7.7-02"], deep_nesting),
        Case::new(
            "versions.an_unknown_one_is_refused",
            &["7644-3.12-24", "7644-3.13-02", "7644-3.13-03"],
            unknown_version,
        ),
        Case::new(
            "versions.without_one_the_newest_is_used",
            &["7644-3.13-01", "7644-3.13-04"],
            no_version,
        ),
        Case::new(
            "versions.a_redirect_keeps_method_and_body",
            &["7644-3.12-06"],
            a_redirect,
        )
        .needs(&[Feature::Patch]),
        Case::new(
            "bulk.too_many_operations_are_413",
            &["7644-3.7.4-03", "7644-3.7.4-04", "7644-3.12-13"],
            too_many_operations,
        )
        .needs(&[Feature::Bulk]),
        Case::new(
            "bulk.too_large_a_payload_is_413",
            &["7644-3.7.4-03", "7644-3.7.4-04"],
            too_large_a_payload,
        )
        .needs(&[Feature::Bulk]),
        Case::new("etag.of_many_writers_one_wins", &["7644-3.14-10"], one_writer_wins).needs(&[Feature::Etag]),
        Case::new("etag.a_version_is_case_exact", &["7643-3.1-24"], version_is_case_exact)
            .needs(&[Feature::Etag, Feature::Filter]),
        Case::new(
            "groups.members_added_at_once_all_stay",
            &["7643-4.2-03"],
            members_at_once,
        )
        .needs(&[Feature::Patch, Feature::Groups]),
        Case::new(
            "create.one_name_at_once_is_taken_once",
            &["7643-4.1.1-02"],
            one_name_at_once,
        ),
    ]
}

async fn invalid_utf8(scope: Arc<Scope>) -> Outcome {
    let body = [
        format!(r#"{{"schemas":["{USER}"],"userName":""#,).as_bytes(),
        &[0xff, 0xfe],
        br#""}"#,
    ]
    .concat();
    let answer = scope.send(Request::new("POST", "/Users").bytes(body)).await?;
    answer.error(400, &["invalidSyntax"])
}

async fn deep_nesting(scope: Arc<Scope>) -> Outcome {
    let body = format!(r#"{{"schemas":["{USER}"],"userName":{}"#, "[".repeat(NESTING));
    let answer = scope.send(Request::new("POST", "/Users").bytes(body)).await?;
    answer.status(&[400, 413])?;
    let filter = "(".repeat(NESTING / 10);
    let answer = scope.get(format!("/Users?filter={filter}")).await?;
    answer.status(&[400, 413, 414, 431]).map(|_| ())
}

async fn unknown_version(scope: Arc<Scope>) -> Outcome {
    let Some(stem) = scope.client.base_url().strip_suffix("/v2") else {
        return Err(Stop::Skipped("the base URL names no version".to_owned()));
    };
    for version in ["v9", "v1"] {
        let answer = scope.get(format!("{stem}/{version}/Users")).await?;
        answer.status(&[400, 404])?;
        if answer.status == 400 {
            answer.error(400, &["invalidVers"])?;
        }
    }
    Ok(())
}

async fn no_version(scope: Arc<Scope>) -> Outcome {
    let Some(stem) = scope.client.base_url().strip_suffix("/v2") else {
        return Err(Stop::Skipped("the base URL names no version".to_owned()));
    };
    let answer = scope.get(format!("{stem}/ServiceProviderConfig")).await?;
    answer.status(&[200, 307, 308])?;
    if answer.status == 200 {
        return Ok(());
    }
    let location = answer.header("location")?;
    require(
        &answer,
        location.ends_with("/v2/ServiceProviderConfig"),
        "Location names v2",
    )
}

async fn a_redirect(scope: Arc<Scope>) -> Outcome {
    let Some(stem) = scope.client.base_url().strip_suffix("/v2") else {
        return Err(Stop::Skipped("the base URL names no version".to_owned()));
    };
    let body = scope.user_body("redirected", json!({}));
    let location = redirected(&scope, Request::new("POST", format!("{stem}/Users")).json(&body)).await?;
    let made = scope.post(location, &body).await?;
    made.status(&[201])?;
    let path = format!("/Users/{}", made.text_at("/id")?);
    let operations = json!([{"op": "replace", "path": "title", "value": "Usher"}]);
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
    let location = redirected(&scope, Request::new("PATCH", format!("{stem}{path}")).json(&body)).await?;
    scope.patch(location, operations).await?.status(&[200, 204])?;
    let read = scope.get(path.clone()).await?;
    read.like(&json!({"title": "Usher"}))?;
    scope.delete(path).await.map(|_| ())
}

/// Where the request is to be repeated, as a path of the base URL.
async fn redirected(scope: &Scope, request: Request) -> Result<String, Stop> {
    let path = request.path.clone();
    let answer = scope.client.send(request).await?;
    if !(300..400).contains(&answer.status) {
        return Err(Stop::Skipped("not offered: a redirect to the version".to_owned()));
    }
    answer.status(&[307, 308])?;
    let location = answer.header("location")?.to_owned();
    let place = path
        .rfind("/Users")
        .and_then(|start| path.get(start..))
        .unwrap_or_default();
    require(
        &answer,
        location.ends_with(&format!("/v2{place}")),
        "Location is the same under v2",
    )?;
    Ok(place.to_owned())
}

async fn too_many_operations(scope: Arc<Scope>) -> Outcome {
    let limit = bulk_limit(&scope, "/bulk/maxOperations", TRIED_OPERATIONS_MAX)?;
    let operation = json!({"method": "DELETE", "path": format!("/Users/none-{}", scope.nonce)});
    let count = usize::try_from(limit + 1).unwrap_or(usize::MAX);
    let answer = scope.post("/Bulk", &bulk(vec![operation; count])).await?;
    answer.error(413, &[])?;
    let detail = answer.text_at("/detail")?;
    require(
        &answer,
        detail.contains(&limit.to_string()),
        "the detail names maxOperations",
    )
}

async fn too_large_a_payload(scope: Arc<Scope>) -> Outcome {
    let limit = bulk_limit(&scope, "/bulk/maxPayloadSize", TRIED_PAYLOAD_SIZE_MAX)?;
    let padding = "x".repeat(usize::try_from(limit).unwrap_or(usize::MAX));
    let operation = json!({"method": "DELETE", "path": "/Users/none", "data": {"padding": padding}});
    let answer = scope.post("/Bulk", &bulk(vec![operation])).await?;
    answer.error(413, &[])?;
    let detail = answer.text_at("/detail")?;
    require(
        &answer,
        detail.contains(&limit.to_string()),
        "the detail names maxPayloadSize",
    )
}

fn bulk_limit(scope: &Scope, pointer: &str, tried_max: u64) -> Result<u64, Stop> {
    match scope.claims.limit(pointer) {
        Some(limit) if limit <= tried_max => Ok(limit),
        Some(limit) => Err(Stop::Skipped(format!("{pointer} is {limit}, too large to try"))),
        None => failed(format!("ServiceProviderConfig has no {pointer}")),
    }
}

fn bulk(operations: Vec<Value>) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations})
}

async fn one_writer_wins(scope: Arc<Scope>) -> Outcome {
    let user = scope.user(json!({})).await?;
    let path = format!("/Users/{}", user["id"].as_str().unwrap_or_default());
    let version = user["meta"]["version"].as_str().unwrap_or_default().to_owned();
    let requests = (0..WRITERS).map(|writer| {
        let body = json!({"schemas": [USER], "userName": user["userName"], "title": format!("Writer {writer}")});
        Request::new("PUT", path.clone())
            .header("if-match", version.clone())
            .json(&body)
    });
    let statuses = all_at_once(&scope, requests.collect()).await?;
    match statuses.iter().filter(|status| **status == 200).count() {
        1 if statuses.iter().all(|status| [200, 412].contains(status)) => Ok(()),
        _ => failed(format!("{WRITERS} times PUT {path} with one If-Match: {statuses:?}")),
    }
}

/// A weak tag has a letter at least, the W.
async fn version_is_case_exact(scope: Arc<Scope>) -> Outcome {
    let user = scope.user(json!({})).await?;
    let version = user["meta"]["version"].as_str().unwrap_or_default();
    let swapped = |c: char| {
        if c.is_uppercase() {
            c.to_ascii_lowercase()
        } else {
            c.to_ascii_uppercase()
        }
    };
    let other: String = version.chars().map(swapped).collect();
    for (text, found) in [(version, 1), (&other, usize::from(other == version))] {
        let filter = format!("id eq {} and meta.version eq {}", user["id"], json!(text));
        let answer = scope.get(format!("/Users?filter={}", encoded(&filter))).await?;
        answer.status(&[200])?.like(&json!({"totalResults": found}))?;
    }
    Ok(())
}

async fn members_at_once(scope: Arc<Scope>) -> Outcome {
    let group = scope.group(json!({})).await?;
    let path = format!("/Groups/{}", group["id"].as_str().unwrap_or_default());
    let mut requests = Vec::new();
    for label in 0..WRITERS {
        let body = scope.user_body(&format!("member{label}"), json!({}));
        let member = scope.post("/Users", &body).await?.text_at("/id")?;
        let operation = json!({"op": "add", "path": "members", "value": [{"value": member}]});
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
        requests.push(Request::new("PATCH", path.clone()).json(&body));
    }
    let statuses = all_at_once(&scope, requests).await?;
    if !statuses.iter().all(|status| [200, 204].contains(status)) {
        return failed(format!("{WRITERS} times PATCH {path}: {statuses:?}"));
    }
    scope
        .get(path)
        .await?
        .like(&json!({"members": {"$count": WRITERS}}))
        .map(|_| ())
}

async fn one_name_at_once(scope: Arc<Scope>) -> Outcome {
    let body = scope.user_body("same", json!({}));
    let requests = (0..WRITERS).map(|_| Request::new("POST", "/Users").json(&body));
    let statuses = all_at_once(&scope, requests.collect()).await?;
    match statuses.iter().filter(|status| **status == 201).count() {
        1 if statuses.iter().all(|status| [201, 409].contains(status)) => Ok(()),
        _ => failed(format!("{WRITERS} times POST of one userName: {statuses:?}")),
    }
}

async fn all_at_once(scope: &Arc<Scope>, requests: Vec<Request>) -> Result<Vec<u16>, Stop> {
    let mut sending = JoinSet::new();
    for request in requests {
        let scope = Arc::clone(scope);
        sending.spawn(async move { scope.send(request).await.map(|answer| answer.status) });
    }
    sending.join_all().await.into_iter().collect()
}
