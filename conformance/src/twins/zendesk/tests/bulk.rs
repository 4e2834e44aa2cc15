//! Jobs.

use serde_json::{Value, json};

use super::desk::{Desk, NOT_FOUND, body};

fn users(count: usize) -> Value {
    let users: Vec<_> = (0..count)
        .map(|n| json!({ "name": "N", "email": format!("n{n}@x.example") }))
        .collect();
    json!({ "users": users })
}

#[test]
fn bulk_creation_must_be_enabled() {
    let forbidden = "403 Forbidden: Bulk user imports are not enabled for this account";
    let mut desk = Desk::new();
    desk.check(&[
        ("POST /users/create_many", users(1), json!(forbidden)),
        ("POST /users/create_or_update_many", users(1), json!(forbidden)),
    ]);
    desk.seed(json!({ "bulk_import": true }));
    desk.check(&[
        (
            "POST /users/create_many",
            users(100),
            json!({ "job_status": { "status": "queued", "total": 100 } }),
        ),
        (
            "POST /users/create_many",
            users(101),
            json!("422 TooManyValues: No more than 100 are taken at once"),
        ),
        (
            "POST /users/create_many",
            json!({ "users": [1] }),
            json!("422 InvalidBody: users must be a list of objects"),
        ),
    ]);
}

#[test]
fn a_job_is_queued_then_works_then_is_done() {
    let mut desk = Desk::given(json!({ "bulk_import": true }));
    let waiting =
        |status: &str| json!({ "job_status": { "status": status, "progress": 0, "results": null, "message": null } });
    desk.check(&[
        ("job = POST /users/create_many", users(2), waiting("queued")),
        ("GET /users", Value::Null, json!({ "count": 4 })),
        ("GET /job_statuses/{job}", Value::Null, waiting("working")),
        ("GET /users", Value::Null, json!({ "count": 4 })),
        (
            "GET /job_statuses/{job}",
            Value::Null,
            json!({ "job_status": {
                "id": "{job}", "status": "completed", "progress": 2, "total": 2, "results": [{ "index": 0 }, { "index": 1 }],
                "message": "Completed at 2027-01-15 08:00:00 +0000", "job_type": "Bulk Create User",
                "url": "https://twin-7.zendesk.com/api/v2/job_statuses/{job}.json",
            } }),
        ),
        ("GET /users", Value::Null, json!({ "count": 6 })),
        ("GET /job_statuses/show_many?ids={job},none", Value::Null, json!({ "job_statuses": [{ "id": "{job}" }] })),
        ("GET /job_statuses/show_many", Value::Null, json!("400 InvalidParameter: ids is missing")),
        ("GET /job_statuses/none", Value::Null, json!(NOT_FOUND)),
    ]);
    desk.pass(24 * 60 * 60);
    desk.check(&[("GET /job_statuses/{job}", Value::Null, json!(NOT_FOUND))]);
}

/// The work is done even if nobody looks, or if the answer was lost.
#[test]
fn a_job_ends_in_time() {
    let mut desk = Desk::given(json!({ "bulk_import": true, "job_seconds": 5 }));
    desk.check(&[("job = POST /users/create_many", users(1), json!(200))]);
    desk.pass(4);
    desk.check(&[("GET /users", Value::Null, json!({ "count": 4 }))]);
    desk.pass(1);
    desk.check(&[
        ("GET /users", Value::Null, json!({ "count": 5 })),
        (
            "GET /job_statuses/{job}",
            Value::Null,
            json!({ "job_status": { "status": "completed" } }),
        ),
    ]);
    desk.seed(json!({ "job_polls": 1 }));
    desk.check(&[
        ("job = DELETE /users/destroy_many?ids={eve}", Value::Null, json!(200)),
        (
            "GET /job_statuses/{job}",
            Value::Null,
            json!({ "job_status": { "status": "completed" } }),
        ),
    ]);
}

#[test]
fn no_item_keeps_another_back() {
    let mut desk = Desk::given(json!({ "bulk_import": true }));
    let mixed = json!({ "users": [
        { "name": "N", "email": "n@x.example" }, { "name": "A", "email": "ann@x.example" }, { "email": "m@x.example" },
        { "name": "O" },
    ] });
    desk.check(&[("job = POST /users/create_many", mixed, json!(200))]);
    let results = desk.results("{job}");
    let taken = "Email: ann@x.example is already being used by another user";
    assert_eq!(
        results[1],
        json!({ "id": 0, "action": "create", "success": false, "error": "RecordInvalid", "details": taken })
    );
    let short = json!("Name: is too short (minimum is 1 characters)");
    assert_eq!(
        (&results[0]["index"], &results[2]["details"], &results[3]["index"]),
        (&json!(0), &short, &json!(3))
    );
    assert!(results[3]["id"].as_u64().is_some_and(|id| id > 0), "{results}");
}

#[test]
fn many_are_updated_alike_or_one_by_one() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "PUT /users/{eve}",
            json!({ "user": { "external_id": "E" } }),
            json!(200),
        ),
        (
            "job = PUT /users/update_many?ids={ann},{bob},1",
            json!({ "user": { "suspended": true } }),
            json!(200),
        ),
    ]);
    let updated = |id: &str| json!({ "id": id, "action": "update", "status": "Updated", "success": true });
    let lost =
        json!({ "id": 0, "action": "update", "success": false, "error": "RecordNotFound", "details": "Not found" });
    let expected = desk.named_value(&json!([updated("{ann}"), updated("{bob}")]));
    let results = desk.results("{job}");
    assert_eq!([&results[0], &results[1]], [&expected[0], &expected[1]]);
    assert_eq!(results[2]["error"], "RecordNotFound");
    desk.check(&[
        ("GET /users/{bob}", Value::Null, json!({ "user": { "suspended": true } })),
        (
            "job = PUT /users/update_many",
            json!({ "users": [{ "id": "{ann}", "name": "Anna" }, { "external_id": "e", "name": "Evi" }, { "external_id": "none" }] }),
            json!(200),
        ),
    ]);
    let expected = desk.named_value(&json!([updated("{ann}"), updated("{eve}"), lost]));
    assert_eq!(desk.results("{job}"), expected);
    desk.check(&[
        (
            "GET /users/{ann}",
            Value::Null,
            json!({ "user": { "name": "Anna", "suspended": true } }),
        ),
        (
            "job = PUT /users/update_many?external_ids=E",
            json!({ "user": { "name": "Eva" } }),
            json!(200),
        ),
    ]);
    desk.results("{job}");
    desk.check(&[("GET /users/{eve}", Value::Null, json!({ "user": { "name": "Eva" } }))]);
}

#[test]
fn many_are_deleted() {
    let mut desk = Desk::new();
    desk.check(&[(
        "job = DELETE /users/destroy_many?ids={ann},{me},{bob}",
        Value::Null,
        json!(200),
    )]);
    let results = desk.results("{job}");
    let done: Vec<_> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["success"].clone())
        .collect();
    assert_eq!(done, [true, false, true]);
    assert_eq!(results[0]["status"], "Deleted");
    desk.check(&[
        (
            "GET /users",
            Value::Null,
            json!({ "users": [{ "id": "{me}" }, { "id": "{eve}" }] }),
        ),
        (
            "DELETE /users/destroy_many",
            Value::Null,
            json!("400 InvalidParameter: Either ids or external_ids must be there"),
        ),
    ]);
}

#[test]
fn create_or_update_many_takes_over() {
    let mut desk = Desk::given(json!({ "bulk_import": true }));
    let all = json!({ "users": [{ "name": "Evelyn", "email": "eve@x.example", "role": "admin" }, { "name": "N", "email": "n@x.example" }] });
    desk.check(&[("job = POST /users/create_or_update_many", all, json!(200))]);
    let results = desk.results("{job}");
    assert_eq!(
        (&results[0]["action"], &results[1]["action"]),
        (&json!("update"), &json!("create"))
    );
    desk.check(&[(
        "GET /users/{eve}",
        Value::Null,
        json!({ "user": { "name": "Evelyn", "role": "admin" } }),
    )]);
}

#[test]
fn no_more_than_thirty_jobs_wait() {
    let mut desk = Desk::new();
    for _ in 0..30 {
        desk.check(&[("job = DELETE /users/destroy_many?ids=1", Value::Null, json!(200))]);
    }
    let full = json!("429 TooManyJobs: 30 jobs are queued or running");
    desk.check(&[("DELETE /users/destroy_many?ids=1", Value::Null, full)]);
    desk.results("{job}");
    let answer = desk.call("DELETE /users/destroy_many?ids=1", &Value::Null);
    assert_eq!(body(&answer)["job_status"]["status"], "queued");
}
