//! How people stand at a vendor's twin, in the same words for all vendors.
use std::collections::BTreeMap;

use serde_json::Value;

/// Who owns each fresh account begins with this, at every vendor.
const OWNER: &str = "owner@";

/// The accounts in a twin's state, by e-mail address: `in` and `out` for who can and cannot come in, `invited` for who
/// was asked to. Whoever is not there has no account.
pub(super) fn at(vendor: &str, state: &Value) -> BTreeMap<String, String> {
    let people: Vec<_> = match vendor {
        "pagerduty" => list(state, "users").map(|user| (&user["email"], "in")).collect(),
        "zendesk" => list(state, "users").filter_map(zendesk).collect(),
        "okta" => list(state, "users").map(okta).collect(),
        "calendly" => {
            let pending = list(state, "invitations").filter(|invitation| invitation["status"] == "pending");
            let invited = pending.map(|invitation| (&invitation["email"], "invited"));
            let members = list(state, "memberships").filter_map(|membership| {
                let user = list(state, "users").find(|user| user["id"] == membership["user"])?;
                Some((&user["email"], "in"))
            });
            invited.chain(members).collect()
        }
        // The administrator of a fresh enterprise is another one's.
        "box" => {
            let managed = list(state, "users").filter(|user| user["is_admin"] == false);
            managed.map(r#box).collect()
        }
        unknown => panic!("nobody has looked into a twin of {unknown} yet"),
    };
    let people = people.into_iter().map(|(email, how)| (text(email), how.to_owned()));
    people.filter(|(email, _)| !email.starts_with(OWNER)).collect()
}

fn list<'a>(state: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    state[name].as_array().expect("a list").iter()
}

/// A deleted user stays in the state.
fn zendesk(user: &Value) -> Option<(&Value, &'static str)> {
    let identities = user["identities"].as_array()?;
    let primary = identities.iter().find(|identity| identity["primary"] == true)?;
    let how = if user["suspended"] == true { "out" } else { "in" };
    (user["active"] == true).then_some((&primary["value"], how))
}

fn okta(user: &Value) -> (&Value, &'static str) {
    let is_in = matches!(user["status"].as_str(), Some("ACTIVE" | "PROVISIONED"));
    (&user["profile"]["email"], if is_in { "in" } else { "out" })
}

fn r#box(user: &Value) -> (&Value, &'static str) {
    let is_out = user["values"]["status"] == "inactive";
    (&user["login"], if is_out { "out" } else { "in" })
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
