//! What is kept, and what a seed can say.

use serde_json::{Map, Value, json};

use super::super::asking::CALLBACK;
use super::super::{CLIENT_ID, Seed, Server};
use super::desk::{CONFIG, Desk, outcome, tokens};

fn snapshot(server: &Server) -> Value {
    let mut state = Map::new();
    for table in server.tables() {
        table.snapshot(&mut state);
    }
    state.into()
}

/// Everything issued is told, and what was told brings it back; nothing is ever issued twice.
#[test]
fn told_changes_bring_the_tokens_back() {
    let mut desk = Desk::new(&CONFIG);
    let mut copy = Desk::new(&CONFIG);
    let mut issued = Vec::new();
    for _ in 0..3 {
        let code = desk.code();
        let (access, refresh) = tokens(&desk.redeem(&code));
        let (access_2, refresh_2) = tokens(&desk.refresh(&refresh));
        issued.extend([code, access, refresh, access_2, refresh_2]);
        let (mut changed, mut gone) = (Map::new(), Map::new());
        for table in desk.server.tables_mut() {
            table.changes(&mut changed, &mut gone);
        }
        for table in copy.server.tables_mut() {
            table.apply(&mut changed, &mut gone).unwrap();
        }
        assert_eq!(snapshot(&copy.server), snapshot(&desk.server));
    }
    let count = issued.len();
    issued.sort();
    issued.dedup();
    assert_eq!(issued.len(), count);
}

#[test]
fn another_account_issues_other_tokens() {
    let mut other = Desk::new(&CONFIG);
    other.server = Server::new(&CONFIG, "other");
    assert_ne!(Desk::new(&CONFIG).code(), other.code());
}

#[test]
fn what_is_dead_is_forgotten() {
    let mut desk = Desk::new(&CONFIG);
    let code = desk.code();
    desk.redeem(&code);
    desk.pass(24 * 60 * 60);
    let code = desk.code();
    desk.redeem(&code);
    let state = snapshot(&desk.server);
    let counts = ["oauth_codes", "oauth_tokens"].map(|table| state[table].as_array().unwrap().len());
    assert_eq!(counts, [1, 1]);
}

#[test]
fn a_seed_registers_and_revokes() {
    let mut desk = Desk::new(&CONFIG);
    let code = desk.code();
    let (access, _) = tokens(&desk.redeem(&code));
    desk.seed(json!({ "clients": [{
        "id": CLIENT_ID, "secret": "usherd-secret", "redirect_uris": [CALLBACK], "access_seconds": 5, "refresh_seconds": 7,
    }] }));
    assert!(desk.opens(&access));
    let code = desk.code();
    let (short, refresh) = tokens(&desk.redeem(&code));
    desk.pass(5);
    assert!(!desk.opens(&short));
    desk.pass(2);
    assert_eq!(outcome(&desk.refresh(&refresh)), "400 invalid_grant");
    desk.seed(json!({ "revoked": [CLIENT_ID] }));
    assert!(!desk.opens(&access));
    let stranger: Seed = serde_json::from_value(json!({ "revoked": ["stranger"] })).unwrap();
    assert!(desk.server.check(&stranger).is_err());
}
