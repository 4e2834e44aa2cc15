//! Roles, and which of them is less than another.
use serde::Deserialize;
use serde_json::Value;

use super::vendor::Descriptor;

/// A role of the vendor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The vendor's value.
    pub name: String,
    /// Names by which people know it, taken as the same role.
    #[serde(default)]
    pub titles: Vec<String>,
    /// Whether the vendor's API can set it.
    pub assignable: bool,
    /// Why not, or what it needs.
    #[serde(default)]
    pub rule: Option<String>,
    /// Where it stands: it allows at least as much as every role of a lower rank. Of two of the same rank, or where one
    /// has none, nobody can say.
    #[serde(default)]
    pub rank: Option<u8>,
    /// Whether its holders administer the account at the vendor: the last one does not go without a person's word.
    #[serde(default)]
    pub administrator: bool,
}

impl Role {
    pub(super) fn titled(&self, text: &str) -> bool {
        self.titles.iter().any(|title| is_same_name(title, text))
    }
}

/// Whether people would take both for the same name, whatever its case.
pub fn is_same_name(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

impl Descriptor {
    /// Whether a person who has one role and is given another one has less than before, or may have: none, or one that
    /// is not known to be the greater.
    pub fn takes_role(&self, had: &Value, given: &Value) -> bool {
        match (had, given) {
            (Value::Null, _) => false,
            (_, Value::Null) => true,
            (had, given) => had != given && !self.is_greater_role(given, had),
        }
    }

    /// Whether a role is known to allow at least as much as another one.
    pub fn is_greater_role(&self, role: &Value, than: &Value) -> bool {
        let lowest = self.ranks(role).map(|[lowest, _]| lowest);
        let highest = self.ranks(than).map(|[_, highest]| highest);
        lowest.zip(highest).is_some_and(|(role, than)| role > than)
    }

    /// From the lowest rank that the role may have to the highest.
    fn ranks(&self, role: &Value) -> Option<[u8; 2]> {
        let name = role.as_str()?;
        match self.roles.iter().find(|role| role.name == name) {
            Some(role) => role.rank.map(|rank| [rank, rank]),
            None => self.own_role_ranks,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn descriptor(vendor: &str) -> &'static Descriptor {
        let vendor = crate::vendor(vendor).expect("there is such a vendor");
        (vendor.descriptor)()
    }

    #[test]
    fn what_is_not_known_to_be_more_may_be_less() {
        for (vendor, had, given, expected) in [
            ("pagerduty", json!("admin"), json!("user"), true),
            ("pagerduty", json!("user"), json!("admin"), false),
            ("pagerduty", json!("user"), json!("user"), false),
            ("pagerduty", json!("user"), json!(null), true),
            ("pagerduty", json!(null), json!("observer"), false),
            ("pagerduty", json!("custom"), json!("admin"), true),
            ("pagerduty", json!("custom"), json!("custom"), false),
            ("zendesk", json!("end-user"), json!("light_agent"), false),
            ("zendesk", json!("light_agent"), json!("agent"), false),
            ("zendesk", json!("agent"), json!("admin"), false),
            ("zendesk", json!("admin"), json!("agent"), true),
            ("zendesk", json!("contributor"), json!("light_agent"), true),
            ("zendesk", json!("end-user"), json!("Team lead"), false),
            ("zendesk", json!("Team lead"), json!("admin"), false),
            ("zendesk", json!("Team lead"), json!("agent"), true),
            ("zendesk", json!("agent"), json!("Team lead"), true),
            ("zendesk", json!("light_agent"), json!("Team lead"), true),
            ("okta", json!("ORG_ADMIN"), json!("SUPER_ADMIN"), false),
            ("okta", json!("SUPER_ADMIN"), json!("ORG_ADMIN"), true),
            ("okta", json!("ORG_ADMIN"), json!("APP_ADMIN"), true),
            ("okta", json!("APP_ADMIN"), json!("ORG_ADMIN"), true),
        ] {
            let takes = descriptor(vendor).takes_role(&had, &given);
            assert_eq!(takes, expected, "{vendor}: {had} {given}");
        }
    }

    #[test]
    fn roles_that_an_api_can_give_have_ranks() {
        for vendor in crate::VENDORS {
            let descriptor = (vendor.descriptor)();
            let mut roles = descriptor.roles.iter();
            let unranked = roles.find(|role| role.assignable && role.rank.is_none());
            assert!(unranked.is_none(), "{}: {unranked:?}", descriptor.name);
        }
    }
}
