//! Roles, and which of them is less than another.
use serde::Deserialize;
use serde_json::Value;

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

/// Whether a person who has one role and is given another one has less than before: none, or one of a lower rank, see
/// [`super::Descriptor::ranked_roles`]. Of a role without rank nobody can say, so that leaving it counts as well.
pub fn takes_role(ranked: &[Role], had: &Value, given: &Value) -> bool {
    let place = |value: &Value| {
        let name = value.as_str()?;
        ranked.iter().position(|role| role.name == name)
    };
    match (had, given) {
        (Value::Null, _) => false,
        (_, Value::Null) => true,
        (had, given) => match (place(had), place(given)) {
            (Some(had), Some(given)) => had < given,
            (None, _) | (_, None) => had != given,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_role_further_down_is_less() {
        let role = |name: &str| Role {
            administrator: false,
            name: name.to_owned(),
            titles: Vec::new(),
            assignable: true,
            rule: None,
        };
        let roles = ["admin", "user", "viewer"].map(role);
        for (had, given, expected) in [
            (json!("admin"), json!("user"), true),
            (json!("user"), json!("viewer"), true),
            (json!("user"), json!("admin"), false),
            (json!("user"), json!("user"), false),
            (json!("user"), json!(null), true),
            (json!(null), json!("viewer"), false),
            (json!("custom"), json!("admin"), true),
            (json!("viewer"), json!("custom"), true),
            (json!("custom"), json!("custom"), false),
        ] {
            assert_eq!(takes_role(&roles, &had, &given), expected, "{had} {given}");
        }
        for vendor in crate::VENDORS {
            let descriptor = (vendor.descriptor)();
            let [highest, lowest] = [descriptor.roles.first(), descriptor.roles.last()];
            let (Some(highest), Some(lowest)) = (highest, lowest) else {
                continue;
            };
            let raised = takes_role(descriptor.ranked_roles(), &json!(lowest.name), &json!(highest.name));
            assert_eq!(raised, !descriptor.roles_by_rank, "{}", descriptor.name);
        }
    }
}
