//! No directory sees, guesses or changes another's data: every endpoint of the server's own list, with every kind of
//! credential and with own, foreign and missing ids. The directories are `acme` and `other`.
use std::collections::BTreeMap;

use serde_json::{Value, json};
use usherd::http::{DIRECTORY_PATH, OF_A_DIRECTORY, OPEN};

use crate::harness::{group, patch, user};
use crate::http::client::{Answer, Request};
use crate::http::server::Server;

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// An id that nothing has.
const MISSING: &str = "0196a1f0-7b2c-7d3e-8f40-123456789abc";

/// The endpoint that says the same of every directory, and without a token.
const OPEN_ENDPOINT: &str = "/ServiceProviderConfig";

/// A directory's people and groups.
struct Populated {
    token: String,
    name: &'static str,
    user: String,
    group: String,
}

impl Populated {
    async fn new(server: &Server, name: &'static str, token: &str) -> Self {
        let mut made = Self {
            token: token.to_owned(),
            name,
            user: String::new(),
            group: String::new(),
        };
        for person in ["ann", "bob", "cleo"] {
            made.user = made.create(server, "/Users", &user(&format!("{name}-{person}"))).await;
        }
        let staff = group(&format!("{name}-staff"), &[&made.user]);
        made.group = made.create(server, "/Groups", &staff).await;
        made
    }

    fn request(&self, method: &'static str, path: &str) -> Request {
        let bearer = format!("Bearer {}", self.token);
        Request::at(method, &format!("/scim/{}/v2{path}", self.name)).header("authorization", bearer)
    }

    async fn create(&self, server: &Server, path: &str, body: &Value) -> String {
        let answer = server.call(self.request("POST", path).json(body.to_string())).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    /// Everything in it, as its own identity provider reads it.
    async fn contents(&self, server: &Server) -> Value {
        let mut contents = json!({});
        for path in ["/Users", "/Groups"] {
            let answer = server.call(self.request("GET", path)).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            contents[path] = answer.json();
        }
        contents
    }
}

async fn two(server: &Server) -> [Populated; 2] {
    [
        Populated::new(server, "acme", &server.token).await,
        Populated::new(server, "other", &server.other_token).await,
    ]
}

/// All of an answer that a client can tell answers apart by.
fn visible(answer: &Answer) -> (u16, Vec<(&str, &str)>, &[u8]) {
    (answer.status, answer.own_headers(), &answer.body)
}

/// The paths of an endpoint with these ids, and with endpoints that there are and one that there is not.
fn paths(pattern: &str, ids: &[&str]) -> Vec<String> {
    let endpoints = ["Users", "Groups", "Nonsense"].map(|name| pattern.replace("{endpoint}", name));
    let each = endpoints
        .iter()
        .flat_map(|path| ids.iter().map(|id| path.replace("{id}", id)));
    let mut paths: Vec<_> = each.collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Credentials that open none of these directories, by kind.
fn refused_credentials(server: &Server, foreign: Option<&str>) -> BTreeMap<&'static str, Option<String>> {
    let [expired, revoked] = &server.dead_tokens;
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    let mut wrong = server.token.clone();
    let last = wrong.pop().expect("a token has characters");
    wrong.push(if last == 'A' { 'B' } else { 'A' });
    let mut kinds = BTreeMap::from([
        ("none", None),
        ("empty", Some(String::new())),
        ("wrong", bearer(&wrong)),
        ("malformed", bearer("usherd_x_y z")),
        ("another scheme", Some(format!("Basic {}", server.token))),
        ("expired", bearer(expired)),
        ("revoked", bearer(revoked)),
    ]);
    kinds.extend(foreign.map(|token| ("another directory's", bearer(token))));
    kinds
}

fn with(request: Request, credential: Option<&String>) -> Request {
    match credential {
        Some(value) => request.header("authorization", value),
        None => request,
    }
}

/// Nobody without a token of the directory learns more than that: not whether the directory, the endpoint or the id is
/// there, nor anything of the body; and nothing is written.
#[tokio::test]
async fn whoever_has_no_token_of_the_directory_sees_nothing() {
    let server = Server::start().await;
    let both = two(&server).await;
    let ids: Vec<_> = both.iter().flat_map(|each| [&*each.user, &*each.group]).collect();
    let ids = [&ids[..], &[MISSING, "User", "%00"]].concat();
    let mut before = Vec::new();
    for each in &both {
        before.push(each.contents(&server).await);
    }
    let body = user("intruder").to_string();
    let mut asked = 0;
    for (directory, foreign) in [
        ("acme", &both[1].token),
        ("other", &both[0].token),
        ("nowhere", &both[0].token),
    ] {
        for (kind, credential) in refused_credentials(&server, Some(foreign)) {
            for method in METHODS {
                let ask = async |path: &str| {
                    let request = Request::at(method, path).json(&body);
                    server.call_bare(with(request, credential.as_ref())).await
                };
                let expected = ask("/scim/no-such-directory/v2/Nonsense").await;
                assert_eq!(expected.status, 401, "{kind} {method}");
                let known = OF_A_DIRECTORY.iter().flat_map(|endpoint| paths(endpoint.path, &ids));
                for path in known {
                    if path == OPEN_ENDPOINT && kind == "none" && ["GET", "HEAD"].contains(&method) {
                        continue;
                    }
                    let path = format!("{}{path}", DIRECTORY_PATH.replace("{directory}", directory));
                    let answer = ask(&path).await;
                    assert_eq!(visible(&answer), visible(&expected), "{kind}: {method} {path}");
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 1_000, "the list of endpoints is short: {asked}");
    for (each, before) in both.iter().zip(before) {
        assert_eq!(each.contents(&server).await, before, "{}", each.name);
    }
}

/// What is open says the same to everybody.
#[tokio::test]
async fn what_is_open_tells_nothing_of_a_directory() {
    let server = Server::start().await;
    let both = two(&server).await;
    let open = OPEN.iter().map(|endpoint| endpoint.path.to_owned());
    let open: Vec<_> = open.chain([format!("{DIRECTORY_PATH}{OPEN_ENDPOINT}")]).collect();
    for pattern in &open {
        for rest in ["v1/Users", &format!("Users/{}", both[0].user)] {
            let ask = async |name: &str, method| {
                let path = pattern.replace("{directory}", name).replace("{rest:.*}", rest);
                let answer = server.call_bare(Request::at(method, &path)).await;
                let (status, headers, body) = visible(&answer);
                let told = format!("{status} {headers:?} {}", String::from_utf8_lossy(body));
                told.replace(&format!("/scim/{name}"), "/scim/NAME")
            };
            for method in ["GET", "HEAD"] {
                // As long as the other, so that `content-length` does not differ by the name itself.
                let nowhere = ask("none", method).await;
                assert_eq!(ask("acme", method).await, nowhere, "{pattern}");
                assert!(!nowhere.contains("ann") && !nowhere.contains("staff"), "{nowhere}");
            }
        }
    }
}

/// An answer with this id, and what every resource has of its own, taken out.
fn without(answer: &Answer, id: &str) -> (u16, Vec<String>, Value) {
    let text = String::from_utf8_lossy(&answer.body).replace(id, "ID");
    let mut body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    forget(&mut body);
    let headers = answer.own_headers().into_iter().map(|(name, value)| match name {
        "etag" | "location" => name.to_owned(),
        _ => format!("{name}: {}", value.replace(id, "ID")),
    });
    (answer.status, headers.collect(), body)
}

fn forget(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for name in ["meta", "id", "location", "version"] {
                if let Some(member) = members.get_mut(name) {
                    *member = Value::Null;
                }
            }
            members.values_mut().for_each(forget);
        }
        Value::Array(elements) => elements.iter_mut().for_each(forget),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Requests of a directory that name an id wherever one can stand; `own` is the directory's.
fn naming(own: &Populated, id: &str) -> Vec<Request> {
    let mut requests = paths_with_id(own, id);
    requests.extend(filters(own, id));
    requests.extend(bodies(own, id));
    requests
}

fn paths_with_id(own: &Populated, id: &str) -> Vec<Request> {
    let named = OF_A_DIRECTORY.iter().filter(|endpoint| endpoint.path.contains("{id}"));
    let mut requests = Vec::new();
    for path in named.flat_map(|endpoint| paths(endpoint.path, &[id])) {
        for method in METHODS {
            let body = match method {
                "PATCH" => patch(json!([{ "op": "replace", "path": "displayName", "value": "taken over" }])),
                _ => user("taken-over"),
            };
            requests.push(own.request(method, &path).json(body.to_string()));
            let conditional = own.request(method, &path).json(body.to_string());
            requests.push(conditional.header("if-match", "W/\"1\""));
        }
        for query in [
            "attributes=userName,displayName",
            "excludedAttributes=members",
            "filter=id+pr",
        ] {
            requests.push(own.request("GET", &format!("{path}?{query}")));
        }
    }
    requests
}

fn filters(own: &Populated, id: &str) -> Vec<Request> {
    let mut requests = Vec::new();
    for attribute in ["id", "members.value", "groups.value", "manager.value", "meta.location"] {
        for operator in ["eq", "co", "sw", "ne"] {
            let filter = format!("{attribute} {operator} \"{id}\"");
            for path in ["/Users", "/Groups", ""] {
                let attributes = ["displayName"];
                let search =
                    json!({ "schemas": [schemas::urn::SEARCH_REQUEST], "filter": filter, "attributes": attributes });
                requests.push(own.request("POST", &format!("{path}/.search")).json(search.to_string()));
            }
        }
    }
    requests
}

fn bodies(own: &Populated, id: &str) -> Vec<Request> {
    let groups = |operations| {
        own.request("PATCH", &format!("/Groups/{}", own.group))
            .json(patch(operations).to_string())
    };
    let bulk = |operations: Value| {
        let body =
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
        own.request("POST", "/Bulk").json(body.to_string())
    };
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let mut managed = user("acme-cleo");
    managed[enterprise] = json!({ "manager": { "value": id } });
    let value = json!([{ "value": id }]);
    let member = json!([{ "op": "add", "path": "members", "value": value }]);
    let mut requests = vec![
        own.request("POST", "/Groups").json(group("guests", &[id]).to_string()),
        own.request("PUT", &format!("/Groups/{}", own.group))
            .json(group("guests", &[id]).to_string()),
        groups(member.clone()),
        groups(json!([{ "op": "replace", "path": "members", "value": value }])),
        groups(json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }])),
        groups(json!([{ "op": "remove", "path": "members", "value": value }])),
        own.request("PUT", &format!("/Users/{}", own.user))
            .json(managed.to_string()),
        bulk(json!([
            { "method": "POST", "path": "/Groups", "bulkId": "a", "data": group("bulk", &[id]) },
            { "method": "POST", "path": "/Groups", "bulkId": "b", "data": group("nested", &["bulkId:a"]) },
        ])),
    ];
    for kind in ["Users", "Groups"] {
        let path = format!("/{kind}/{id}");
        requests.push(bulk(json!([
            { "method": "PUT", "path": path, "data": user("taken-over") },
            { "method": "PATCH", "path": path, "data": patch(member.clone()) },
            { "method": "DELETE", "path": path },
        ])));
    }
    requests
}

/// A foreign id is a missing one, wherever it stands.
#[tokio::test]
async fn a_foreign_id_is_a_missing_one() {
    let ids: [fn(&Populated) -> &str; 2] = [|other| &other.user, |other| &other.group];
    for foreign in ids {
        // Each with a server of its own: a person may keep the id as a manager's.
        let server = Server::start().await;
        let both = two(&server).await;
        same_as_missing(&server, &both, foreign(&both[1])).await;
    }
}

async fn same_as_missing(server: &Server, [acme, other]: &[Populated; 2], foreign: &str) {
    let before = other.contents(server).await;
    for (named, missing) in naming(acme, foreign).into_iter().zip(naming(acme, MISSING)) {
        let told = format!("{named:?}");
        let (answer, expected) = (server.call(named).await, server.call(missing).await);
        assert_eq!(without(&answer, foreign), without(&expected, MISSING), "{told}");
        let text = String::from_utf8_lossy(&answer.body);
        assert!(!text.contains("other-"), "{told}: {text}");
    }
    assert_eq!(other.contents(server).await, before);
}

/// Names, external ids and cursors of the other directory mean nothing here.
#[tokio::test]
async fn nothing_else_of_the_other_directory_is_known_either() {
    let server = Server::start().await;
    let [acme, other] = two(&server).await;
    let before = other.contents(&server).await;
    let first = server.call(other.request("GET", "/Users?cursor&count=1")).await.json();
    let cursor = first["nextCursor"].as_str().expect("there are more");
    let follow = async |each: &Populated, cursor: &str| {
        server
            .call(each.request("GET", &format!("/Users?cursor={cursor}&count=1")))
            .await
    };
    let (foreign, made_up) = (
        follow(&acme, cursor).await,
        follow(&acme, &"0".repeat(cursor.len())).await,
    );
    assert_eq!(visible(&foreign), visible(&made_up));
    assert_eq!(foreign.status, 400);
    assert_eq!(follow(&other, cursor).await.status, 200, "its own directory knows it");
    for filter in [
        "userName eq \"other-ann@example.com\"",
        "externalId eq \"other-ann\"",
        "emails.value co \"other\"",
    ] {
        let search = json!({ "schemas": [schemas::urn::SEARCH_REQUEST], "filter": filter });
        let found = server
            .call(acme.request("POST", "/Users/.search").json(search.to_string()))
            .await;
        assert_eq!(found.json()["totalResults"], 0, "{filter}: {found:?}");
    }
    // The same name is free here, and stays the other's there.
    acme.create(&server, "/Users", &user("other-ann")).await;
    assert_eq!(other.contents(&server).await, before);
}
