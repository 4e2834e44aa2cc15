//! Teams and their members.

use serde_json::{Value, json};

use super::super::teams::OPEN_INCIDENTS_MAX;
use super::desk::Desk;

fn team(name: &str) -> Value {
    json!({ "team": { "type": "team", "name": name } })
}

/// A desk with the team `ops`.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.check(&[("ops = POST /teams", team("Ops"), team("Ops"))]);
    desk
}

#[test]
fn teams_are_made_found_changed_and_deleted() {
    let described = json!({ "team": { "description": "On call", "default_role": "none" } });
    let mut desk = desk();
    desk.check(&[
        (
            "GET /teams/{ops}",
            Value::Null,
            json!({ "team": { "id": "{ops}", "summary": "Ops", "default_role": "manager" } }),
        ),
        ("PUT /teams/{ops}", described.clone(), described),
        (
            "PUT /teams/{ops}",
            team("Operations"),
            json!({ "team": { "name": "Operations", "description": "On call" } }),
        ),
        ("POST /teams", team("Support"), json!(201)),
        (
            "GET /teams?query=OPER",
            Value::Null,
            json!({ "teams": [{ "id": "{ops}" }] }),
        ),
        // Nothing keeps two teams from having one name.
        ("POST /teams", team("Support"), json!(201)),
        ("DELETE /teams/{ops}", Value::Null, json!(204)),
        ("GET /teams/{ops}", Value::Null, json!("404 6001 Team Not Found")),
        ("DELETE /teams/{ops}", Value::Null, json!("404 6001 Team Not Found")),
        ("PUT /teams/{ops}", team("Ops"), json!("404 6001 Team Not Found")),
    ]);
    for (fields, error) in [
        (json!({}), "Type can't be blank; Name can't be blank"),
        (json!({ "type": "group", "name": "x" }), "Type must be team"),
        (
            json!({ "type": "team", "name": "x".repeat(101) }),
            "Name is too long (maximum is 100 characters)",
        ),
        (
            json!({ "type": "team", "name": "x", "description": "x".repeat(1025) }),
            "Description is too long (maximum is 1024 characters)",
        ),
        (
            json!({ "type": "team", "name": "x", "default_role": "boss" }),
            "Default role is not included in the list",
        ),
    ] {
        let expected = json!(format!("400 2001 Invalid Input Provided: {error}"));
        desk.check(&[("POST /teams", json!({ "team": fields }), expected)]);
    }
}

#[test]
fn teams_need_the_ability() {
    let mut desk = desk();
    desk.seed(json!({ "abilities": [] }));
    for (line, body, purpose) in [
        ("GET /teams", Value::Null, "list teams"),
        ("POST /teams", team("New"), "create teams"),
        ("GET /teams/{ops}", Value::Null, "read teams"),
        ("PUT /teams/{ops}", team("New"), "update teams"),
        ("DELETE /teams/{ops}", Value::Null, "delete teams"),
        ("GET /teams/{ops}/members", Value::Null, "read teams"),
        ("PUT /teams/{ops}/users/{ann}", Value::Null, "update teams"),
        ("DELETE /teams/{ops}/users/{ann}", Value::Null, "update teams"),
        ("GET /users?team_ids[]={ops}", Value::Null, "filter by teams"),
    ] {
        let expected =
            format!("402 2014 Required abilities are unavailable: The teams account ability is required to {purpose}.");
        desk.check(&[(line, body, json!(expected))]);
    }
}

#[test]
fn members_are_put_and_taken_away() {
    let members = |members: Value| json!({ "members": members });
    let mut desk = desk();
    desk.check(&[
        (
            "PUT /teams/{ops}/users/{ann}",
            json!({ "role": "responder" }),
            json!(204),
        ),
        (
            "GET /teams/{ops}/members",
            Value::Null,
            members(json!([{ "user": { "id": "{ann}" }, "role": "responder" }])),
        ),
        // Again is no fault, and another role takes the place of the first.
        (
            "PUT /teams/{ops}/users/{ann}",
            json!({ "role": "observer" }),
            json!(204),
        ),
        (
            "GET /teams/{ops}/members",
            Value::Null,
            members(json!([{ "role": "observer" }])),
        ),
        ("PUT /teams/{ops}/users/{bob}", Value::Null, json!(204)),
        (
            "GET /teams/{ops}/members",
            Value::Null,
            members(json!([{}, { "role": "manager" }])),
        ),
        (
            "GET /users/{ann}",
            Value::Null,
            json!({ "user": { "teams": [{ "id": "{ops}", "type": "team_reference" }] } }),
        ),
        (
            "GET /users/{ann}?include[]=teams",
            Value::Null,
            json!({ "user": { "teams": [{ "type": "team", "name": "Ops" }] } }),
        ),
        (
            "GET /users?team_ids[]={ops}",
            Value::Null,
            json!({ "users": [{ "id": "{ann}" }, { "id": "{bob}" }] }),
        ),
        ("DELETE /teams/{ops}/users/{ann}", Value::Null, json!(204)),
        (
            "DELETE /teams/{ops}/users/{ann}",
            Value::Null,
            json!("404 2100 Not Found"),
        ),
        ("GET /users/{ann}", Value::Null, json!({ "user": { "teams": [] } })),
        // Whoever is deleted leaves the teams, and a team that is deleted leaves its members.
        ("DELETE /users/{bob}", Value::Null, json!(204)),
        ("GET /teams/{ops}/members", Value::Null, members(json!([]))),
        ("PUT /teams/{ops}/users/{ann}", Value::Null, json!(204)),
        ("DELETE /teams/{ops}", Value::Null, json!(204)),
        ("GET /users/{ann}", Value::Null, json!({ "user": { "teams": [] } })),
    ]);
}

#[test]
fn some_cannot_become_members() {
    let invalid = |error: &str| json!(format!("400 2001 Invalid Input Provided: {error}"));
    let mut desk = desk();
    desk.check(&[
        (
            "PUT /teams/{ops}/users/{stan}",
            Value::Null,
            invalid("Stakeholders cannot be added to teams"),
        ),
        (
            "PUT /teams/{ops}/users/{ann}",
            json!({ "role": "boss" }),
            invalid("Role is not included in the list"),
        ),
        (
            "PUT /teams/{ops}/users/{ann}",
            json!([]),
            invalid("The body must be an object"),
        ),
        (
            "PUT /teams/{ops}/users/PNOBODY",
            Value::Null,
            json!("404 2100 Not Found"),
        ),
        (
            "PUT /teams/PNONE/users/{ann}",
            Value::Null,
            json!("404 6001 Team Not Found"),
        ),
        (
            "GET /teams/PNONE/members",
            Value::Null,
            json!("404 6001 Team Not Found"),
        ),
        ("GET /teams/{ops}/members", Value::Null, json!({ "members": [] })),
    ]);
}

#[test]
fn an_escalation_policy_of_the_team_keeps_a_member() {
    let kept = "User cannot be removed as they belong to an escalation policy on this team";
    let mut desk = desk();
    desk.check(&[("PUT /teams/{ops}/users/{ann}", Value::Null, json!(204))]);
    desk.seed(json!({ "escalation_policies": [
        { "name": "Ours", "users": ["{ann}"], "teams": ["{ops}"] },
        { "name": "Theirs", "users": ["{bob}"] },
    ]}));
    desk.check(&[
        (
            "DELETE /teams/{ops}/users/{ann}",
            Value::Null,
            json!(format!("400 2001 Invalid Input Provided: {kept}")),
        ),
        (
            "GET /escalation_policies?user_ids[]={ann}",
            Value::Null,
            json!({ "escalation_policies": [{
                "name": "Ours", "teams": [{ "id": "{ops}" }], "escalation_rules": [{ "targets": [{ "id": "{ann}" }] }],
            }]}),
        ),
    ]);
    desk.seed(json!({ "escalation_policies": [{ "name": "Theirs", "users": ["{ann}"] }] }));
    desk.check(&[("DELETE /teams/{ops}/users/{ann}", Value::Null, json!(204))]);
}

#[test]
fn what_belongs_to_a_team_keeps_it() {
    for (given, error) in [
        (
            json!({ "escalation_policies": [{ "name": "P", "teams": ["{ops}"] }] }),
            "Team has escalation policies",
        ),
        (
            json!({ "schedules": [{ "name": "S", "teams": ["{ops}"] }] }),
            "Team has schedules",
        ),
        (
            json!({ "teams": [{ "name": "Sub", "parent": "{ops}" }] }),
            "Team has sub-teams",
        ),
    ] {
        let mut desk = desk();
        desk.seed(given);
        let expected = json!(format!("400 6006 Team has existing associations: {error}"));
        desk.check(&[("DELETE /teams/{ops}", Value::Null, expected)]);
    }
    let mut desk = Desk::new();
    let made = desk.seed(json!({ "teams": [{ "name": "Busy", "services": 1 }] }));
    let line = format!("DELETE /teams/{}", made["teams"][0].as_str().unwrap());
    desk.check(&[(
        &line,
        Value::Null,
        json!("400 6006 Team has existing associations: Team has services"),
    )]);
}

#[test]
fn the_incidents_of_a_team_go_elsewhere() {
    let moved_to = |teams: Value| json!({ "incidents": [{ "teams": teams }] });
    let not_valid = json!("400 6002 Team has Incidents but Reassignment Team is not valid");
    let not_found = json!("400 6003 Team has Incidents but Reassignment Team is not found");
    for (query, expected, teams) in [
        ("", json!(204), json!([])),
        ("?reassignment_team={heir}", json!(204), json!([{ "id": "{heir}" }])),
        ("?reassignment_team={ops}", not_valid, json!([{ "id": "{ops}" }])),
        ("?reassignment_team=PNONE", not_found, json!([{ "id": "{ops}" }])),
    ] {
        let mut desk = desk();
        desk.check(&[("heir = POST /teams", team("Heir"), json!(201))]);
        desk.seed(json!({ "incidents": [{ "assigned": "{ann}", "team": "{ops}" }] }));
        desk.check(&[
            (&format!("DELETE /teams/{{ops}}{query}"), Value::Null, expected),
            ("GET /incidents", Value::Null, moved_to(teams)),
        ]);
    }
    let mut desk = desk();
    let incident = json!({ "assigned": "{ann}", "team": "{ops}" });
    desk.seed(json!({ "incidents": vec![incident; OPEN_INCIDENTS_MAX + 1] }));
    desk.check(&[(
        "DELETE /teams/{ops}",
        Value::Null,
        json!("400 6004 Team could not be deleted because there are too many incidents, please contact support."),
    )]);
}
