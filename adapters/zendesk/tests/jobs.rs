use serde_json::{Value, json};

use super::{FORBIDDEN, NO_SCOPE, NOT_FOUND, account, fields, rejected};
use crate::descriptor::Kind;
use crate::zendesk::fake::Fake;
use crate::{Account, Batch, ErrorKind, Fields, Job, Retry};

fn status(status: &str, results: Value) -> String {
    json!({ "job_status": { "id": "82de0b", "status": status, "message": "Completed", "results": results } })
        .to_string()
}

fn person(name: &str) -> Fields {
    fields(json!({ "name": name, "email": format!("{name}@engine.example") }))
}

fn two_changes() -> Batch {
    Batch::Update(vec![
        (account("1", json!({})), fields(json!({ "name": "Ada" }))),
        (
            account("2", json!({ "role": "agent" })),
            fields(json!({ "role": "end-user", "notes": null })),
        ),
    ])
}

#[tokio::test]
async fn a_batch_is_one_call_of_its_verb() {
    for (batch, call) in [
        (
            Batch::Create(vec![person("ada"), person("bob")]),
            concat!(
                r#"POST /users/create_many {"users":["#,
                r#"{"email":"ada@engine.example","name":"ada","skip_verify_email":true,"verified":true},"#,
                r#"{"email":"bob@engine.example","name":"bob","skip_verify_email":true,"verified":true}]}"#
            ),
        ),
        (
            two_changes(),
            r#"PUT /users/update_many {"users":[{"id":1,"name":"Ada"},{"id":2,"notes":null,"role":"end-user"}]}"#,
        ),
        (
            Batch::Delete(vec![Account::of("1"), Account::of("2")]),
            "DELETE /users/destroy_many?ids=1,2",
        ),
    ] {
        let fake = Fake::play(&[(200, &status("queued", json!(null)))]);
        assert_eq!(fake.adapter.submit(Kind::User, &batch).await.unwrap(), "82de0b");
        assert_eq!(fake.seen(), [call]);
    }
}

#[tokio::test]
async fn what_no_job_can_do_is_left_to_single_calls() {
    let delete = Batch::Delete(vec![Account::of("1")]);
    let email = fields(json!({ "email": "king@engine.example" }));
    for (settings, kind, batch, field) in [
        (&[][..], Kind::Group, &delete, None),
        (&[], Kind::User, &Batch::Delete(Vec::new()), None),
        (&[], Kind::User, &Batch::Delete(vec![Account::of("1"); 101]), None),
        (
            &[],
            Kind::User,
            &Batch::Update(vec![(Account::of("1"), email)]),
            Some("email"),
        ),
        (
            &[],
            Kind::User,
            &Batch::Create(vec![person("ada"), Fields::new()]),
            Some("email"),
        ),
        (&[("delete", "permanent")], Kind::User, &delete, None),
    ] {
        let fake = Fake::with(settings, &[]);
        let error = fake.adapter.submit(kind, batch).await.unwrap_err();
        assert_eq!(rejected(&error), (field, Retry::Never), "{batch:?}");
    }
    let fake = Fake::play(&[(200, &status("queued", json!(null)))]);
    let most = Batch::Delete(vec![Account::of("1"); 100]);
    fake.adapter.submit(Kind::User, &most).await.unwrap();
}

#[tokio::test]
async fn a_refused_job_stops_no_target_and_a_lost_one_is_in_doubt() {
    let not_enabled = r#"{"error":"Forbidden","message":"Data imports are not enabled"}"#;
    for (answer, expected) in [
        ((403, not_enabled), "Rejected { field: None } Never"),
        ((403, FORBIDDEN), "Rejected { field: None } Never"),
        ((403, NO_SCOPE), "Unauthorized Backoff"),
        ((429, r#"{"error":"TooManyJobs"}"#), "RateLimited Backoff"),
        ((0, ""), "Ambiguous Backoff"),
        ((200, "<html>"), "Ambiguous Backoff"),
    ] {
        let fake = Fake::play(&[answer]);
        let error = fake
            .adapter
            .submit(Kind::User, &Batch::Create(vec![person("ada")]))
            .await
            .unwrap_err();
        assert_eq!(format!("{:?} {:?}", error.kind, error.retry), expected, "{answer:?}");
    }
}

/// What a job with these results says of each item.
async fn check(batch: &Batch, state: &str, results: Value) -> Vec<String> {
    let fake = Fake::play(&[(200, &status(state, results))]);
    let Job::Done(outcomes) = fake.adapter.job("82de0b", batch).await.unwrap() else {
        panic!("{state} is running");
    };
    assert_eq!(fake.seen(), ["GET /job_statuses/82de0b"]);
    let told = |outcome: Result<String, crate::Error>| outcome.unwrap_or_else(|error| format!("{:?}", error.kind));
    outcomes.into_iter().map(told).collect()
}

#[tokio::test]
async fn each_item_has_its_own_end() {
    let create = Batch::Create(vec![person("ada"), person("bob"), person("cyd")]);
    let taken = "Email: bob@engine.example is already being used by another user";
    let results = json!([
        { "id": 7, "index": 0 }, { "error": "UserCreateError", "details": taken, "id": 2, "status": "Failed" },
        { "id": 9, "index": 2 },
    ]);
    assert_eq!(
        check(&create, "completed", results).await,
        ["7", "Exists { id: None }", "9"]
    );
    // A failure that stands elsewhere is nobody's.
    let results = json!([
        { "id": 7, "index": 0 }, { "id": 9, "index": 2 }, { "error": "UserCreateError", "details": taken, "id": 0 },
    ]);
    assert_eq!(check(&create, "completed", results).await, ["7", "Ambiguous", "9"]);
    let results = json!([{ "id": 7, "index": 0 }, { "index": 1 }, { "id": 9, "index": 2, "status": "Failed" }]);
    assert_eq!(
        check(&create, "completed", results).await,
        ["7", "Ambiguous", "Ambiguous"]
    );
    // Of one nothing is said.
    let results = json!([{ "id": 9, "index": 2 }, { "id": 7, "index": 0 }]);
    assert_eq!(check(&create, "completed", results).await, ["7", "Ambiguous", "9"]);
    for state in ["failed", "killed"] {
        assert_eq!(check(&create, state, json!(null)).await, ["Ambiguous"; 3]);
    }
    let results = json!([
        { "action": "update", "id": 2, "status": "Updated", "success": true },
        { "action": "update", "id": 1, "success": false, "error": "UserUpdateError", "details": "Name: is too short" },
    ]);
    let expected = [r#"Rejected { field: Some("name") }"#, "2"];
    assert_eq!(check(&two_changes(), "completed", results).await, expected);
    let delete = Batch::Delete(vec![Account::of("1"), Account::of("2"), Account::of("3")]);
    let results = json!([
        { "action": "delete", "id": 1, "status": "Deleted", "success": true },
        { "action": "delete", "id": 2, "success": false, "error": "RecordNotFound", "details": "Not found" },
        { "action": "delete", "id": 3, "success": false, "error": "Forbidden", "details": "may not" },
    ]);
    let expected = ["1", "2", "Rejected { field: None }"];
    assert_eq!(
        check(&delete, "completed", results).await,
        expected,
        "who is gone is deleted"
    );
}

#[tokio::test]
async fn a_job_runs_until_it_has_ended_and_is_forgotten_later() {
    let batch = Batch::Delete(vec![Account::of("1")]);
    for state in ["queued", "working", "something new"] {
        let fake = Fake::play(&[(200, &status(state, json!(null)))]);
        assert!(
            matches!(fake.adapter.job("82de0b", &batch).await.unwrap(), Job::Running),
            "{state}"
        );
    }
    let fake = Fake::play(&[(404, NOT_FOUND)]);
    assert_eq!(
        fake.adapter.job("82de0b", &batch).await.unwrap_err().kind,
        ErrorKind::NotFound
    );
    for id in ["", "../users", "a b"] {
        let error = Fake::play(&[]).adapter.job(id, &batch).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{id}");
    }
}
