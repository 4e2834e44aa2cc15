//! What a target sees of a resource.
use adapters::descriptor::is_same_name;
use schemas::Object;
use serde_json::{Value, json};

/// A resource, and of a person the groups.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The resource type's name.
    pub resource_type: &'a str,
    /// The document, with canonical names, as it is stored.
    pub resource: &'a Object,
    /// The groups that have it as a direct member; only needed if [`super::Mapping::reads_groups`].
    pub groups: &'a [Membership],
}

/// A group that a person is a direct member of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The group's id.
    pub id: String,
    /// Its `displayName`.
    pub name: Option<String>,
}

impl Subject<'_> {
    /// The document with `groups`, as an IdP reads it.
    pub(super) fn document(&self) -> Object {
        let mut document = self.resource.clone();
        let group = |group: &Membership| json!({ "value": group.id, "display": group.name, "type": "direct" });
        document.insert("groups".to_owned(), self.groups.iter().map(group).collect::<Value>());
        document
    }

    /// Whether a group of this name has it.
    pub(super) fn is_in(&self, name: &str) -> bool {
        let names = self.groups.iter().filter_map(|group| group.name.as_deref());
        names.into_iter().any(|other| is_same_name(other, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_groups_are_compared_without_regard_to_case() {
        let group = Membership {
            id: "1".to_owned(),
            name: Some("Ärzte".to_owned()),
        };
        let subject = Subject {
            resource_type: "User",
            resource: &Object::new(),
            groups: &[group],
        };
        for (name, expected) in [("ÄRZTE", true), ("ärzte", true), ("Arzte", false)] {
            assert_eq!(subject.is_in(name), expected, "{name}");
        }
    }
}
