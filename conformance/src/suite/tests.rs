//! The suite itself against a server of a few lines that keeps Users and tells what it was asked.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::{Value, json};

use super::case::Case;
use super::claims::{Claims, Feature};
use super::failure::{Stop, failed};
use super::runner::{Room, run_cases};
use super::server::{Client, Request, SCIM_JSON};
use super::watch::Watch;
use super::{Options, Server, Verdict, run};
use crate::transcripts;

#[derive(Default)]
struct State {
    users: BTreeMap<String, Value>,
    asked: Vec<String>,
    made: usize,
}

type Shared = web::Data<Mutex<State>>;

async fn answer(request: HttpRequest, body: web::Bytes, state: Shared) -> HttpResponse {
    let mut state = state.lock().expect("no test panics while it holds the lock");
    let path = request.path().to_owned();
    state.asked.push(format!("{} {path}", request.method()));
    let id = path.strip_prefix("/Users/").unwrap_or_default().to_owned();
    let (status, body) = match (request.method().as_str(), state.users.get(&id).cloned()) {
        ("POST", _) => (201, state.make(&body)),
        ("GET", _) if path == "/ServiceProviderConfig" => (200, json!({"bulk": {"supported": false}})),
        ("GET", Some(user)) => (200, user),
        ("DELETE", Some(_)) => (204, state.users.remove(&id).map_or(Value::Null, |_| Value::Null)),
        _ => (
            404,
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404"}),
        ),
    };
    let status = actix_web::http::StatusCode::from_u16(status).expect("a status of HTTP");
    let mut response = HttpResponse::build(status);
    match body {
        Value::Null => response.finish(),
        body => response.content_type(SCIM_JSON).body(body.to_string()),
    }
}

impl State {
    fn make(&mut self, body: &[u8]) -> Value {
        self.made += 1;
        let id = self.made.to_string();
        let mut user: Value = serde_json::from_slice(body).expect("the tests send JSON");
        user["id"] = json!(id);
        self.users.insert(id, user.clone());
        user
    }
}

/// Starts the server; it ends with the test's runtime.
async fn serve() -> (Server, Shared) {
    let state = Shared::default();
    let shared = state.clone();
    let app = move || App::new().app_data(shared.clone()).default_service(web::to(answer));
    let http = HttpServer::new(app).workers(1).disable_signals();
    let http = http.bind(("127.0.0.1", 0)).expect("a free port");
    let address = http.addrs().first().copied().expect("one address");
    tokio::spawn(http.run());
    let server = Server {
        base_url: format!("http://{address}/"),
        token: "token".to_owned(),
    };
    (server, state)
}

async fn verdicts(server: &Server, cases: Vec<Case>) -> Vec<Verdict> {
    let client = Client::new(server, Arc::new(Watch::default())).expect("a client");
    let claims = Arc::new(Claims::read(&client).await);
    let room = Room {
        client,
        other: None,
        expired_token: None,
        small: None,
        too_many: None,
        claims,
    };
    let report = run_cases(cases, room).await.expect("the cases run");
    report.results.into_iter().map(|result| result.verdict).collect()
}

#[tokio::test]
async fn a_case_takes_away_what_it_made() {
    let (server, state) = serve().await;
    let fails = Case::new("fails", &[], async |scope| {
        let user = scope.user(json!({})).await?;
        let gone = scope.user(json!({})).await?;
        scope
            .delete(format!("/Users/{}", gone["id"].as_str().unwrap_or_default()))
            .await?;
        failed(format!("user {}", user["id"]))
    });
    assert_eq!(
        verdicts(&server, vec![fails]).await,
        [Verdict::Failed("user \"1\"".into())]
    );
    let state = state.lock().expect("no test panics while it holds the lock");
    assert!(state.users.is_empty());
    let deletions: Vec<_> = state.asked.iter().filter(|asked| asked.starts_with("DELETE")).collect();
    assert_eq!(deletions, ["DELETE /Users/2", "DELETE /Users/1"]);
}

#[tokio::test]
async fn cases_come_out_in_order_and_unclaimed_ones_are_skipped() {
    let (server, _) = serve().await;
    let passes = |name| Case::new(name, &[], async |_| Ok(()));
    let cases = vec![
        passes("a"),
        passes("b").needs(&[Feature::Bulk]),
        Case::new("c", &[], async |_| Err(Stop::Skipped("no second tenant".into()))),
        passes("d").needs(&[Feature::Patch]),
    ];
    let expected = [
        Verdict::Passed,
        Verdict::Skipped("not claimed: bulk".into()),
        Verdict::Skipped("no second tenant".into()),
        Verdict::Passed,
    ];
    assert_eq!(verdicts(&server, cases).await, expected);
}

#[tokio::test]
async fn a_failure_names_request_expected_and_got() {
    let (server, _) = serve().await;
    let asks = Case::new("asks", &[], async |scope| {
        let answer = scope
            .send(Request::new("PUT", "/Users/9").json(&json!({"a": 1})))
            .await?;
        answer.status(&[200]).map(|_| ())
    });
    let expected = "PUT /Users/9 {\"a\":1}: expected status [200], got 404 \
                    {\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:Error\"],\"status\":\"404\"}";
    assert_eq!(verdicts(&server, vec![asks]).await, [Verdict::Failed(expected.into())]);
}

#[tokio::test]
async fn the_suite_runs_and_counts_rules_of_every_exchange() {
    let (server, _) = serve().await;
    let named = |name: &str| Options {
        case: Some(name.to_owned()),
        ..Options::default()
    };
    let report = run(&server, named("delete.an_unknown_id_is_404"))
        .await
        .expect("it runs");
    assert_eq!((report.passed(), report.failed(), report.skipped()), (1, 0, 0));
    let report = run(&server, named("always.an_id_that_is_not_bulk_id"))
        .await
        .expect("it runs");
    assert_eq!((report.passed(), report.failed()), (0, 1), "{report}");
}

#[tokio::test]
async fn transcripts_are_played_and_told_red_from_green() {
    let (server, state) = serve().await;
    let text = r#"{"idp": "Test", "headers": {"User-Agent": "Test {nonce}"}, "steps": [
        {"say": "create", "send": "POST /Users", "body": {"userName": "pat.{nonce}"}, "status": [201], "capture": {"pat": "/id"}},
        {"say": "read", "send": "GET /Users/{pat}", "status": [200], "expect": {"userName": {"$starts": "pat."}}},
        {"say": "odd", "send": "PATCH /Users/{pat}", "body": {}, "status": [200], "needs_normalisation": true}]}"#;
    let check = async |expect_red, passed| {
        let options = transcripts::Options { name: None, expect_red };
        let report = transcripts::run_text(&server, "test", text, &options)
            .await
            .expect("it parses");
        assert_eq!(report.passed(), passed, "{report}");
    };
    check(false, 0).await;
    check(true, 1).await;
    let state = state.lock().expect("no test panics while it holds the lock");
    assert!(state.users.is_empty(), "transcripts clean up");
}
