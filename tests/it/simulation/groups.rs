//! What an identity provider does with groups.
use schemas::urn;
use serde_json::json;

use super::gateway::{Gateway, Request};
use super::idp::{Group, Idp};
use super::rough::{Decision, Rough, decide, is_deleted};

impl Idp {
    pub(super) async fn put_group(&self, gateway: &Gateway, rough: Rough, (group, version): (usize, u64)) -> bool {
        let known = self.group(group);
        let name = self.group_name((group, version));
        let answers = match &known.id {
            None => {
                let body = json!({ "schemas": [urn::GROUP], "displayName": name });
                // Nothing keeps groups of one name apart, so whoever got no answer looks first.
                let rough = Rough { twice: false, ..rough };
                let found = gateway.find("Group", ("displayName", &name)).await;
                match found.filter(|_| rough.again) {
                    Some(id) => vec![Ok(id)],
                    None => rough.send(gateway, &Request::post("Group", body)).await,
                }
            }
            Some(id) => {
                let operations = json!([{ "op": "replace", "path": "displayName", "value": name }]);
                rough.send(gateway, &Request::patch("Group", id, &operations)).await
            }
        };
        match decide(&answers) {
            Decision::Done(id) => {
                // A new group is looked for first.
                let calls = match &known.name {
                    None => 2,
                    Some(before) => u64::from(*before != name),
                };
                self.learn_group(group, calls, |group| {
                    group.id = Some(id);
                    group.name = Some(name);
                });
                true
            }
            Decision::Again => false,
            Decision::Refused(status) => panic!("group {group}: {status}"),
        }
    }

    pub(super) async fn delete_group(&self, gateway: &Gateway, rough: Rough, group: usize) -> bool {
        let Some(id) = self.group(group).id else { return true };
        let answers = rough.send(gateway, &Request::delete("Group", &id)).await;
        if !is_deleted(&answers, rough) {
            return false;
        }
        // It is read back.
        self.learn_group(group, 2, |group| {
            *group = Group {
                incarnation: group.incarnation + 1,
                ..Group::default()
            }
        });
        true
    }

    pub(super) async fn set_member(
        &self,
        gateway: &Gateway,
        rough: Rough,
        (group, person, wanted): (usize, usize, bool),
    ) -> bool {
        let (Some(id), Some(member)) = (self.group(group).id, self.person(person).id) else {
            return true;
        };
        let operations = match wanted {
            true => json!([{ "op": "add", "path": "members", "value": [{ "value": member }] }]),
            false => json!([{ "op": "remove", "path": format!("members[value eq \"{member}\"]") }]),
        };
        let answers = rough.send(gateway, &Request::patch("Group", &id, &operations)).await;
        match decide(&answers) {
            Decision::Done(_) => {
                let changes = self.group(group).members.contains(&member) != wanted;
                self.learn_group(group, u64::from(changes), |group| {
                    match wanted {
                        true => group.members.insert(member),
                        false => group.members.remove(&member),
                    };
                });
                true
            }
            Decision::Again => false,
            Decision::Refused(status) => panic!("members of group {group}: {status}"),
        }
    }
}
