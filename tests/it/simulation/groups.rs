//! What an identity provider does with groups.
use std::collections::BTreeSet;

use schemas::urn;
use serde_json::json;
use tokio::time::sleep;

use super::by_group;
use super::gateway::{Gateway, Request};
use super::idp::{Group, Idp};
use super::people::ESTABLISHED;
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
                self.learn_group(gateway, (group, calls), |group| {
                    group.id = Some(id);
                    group.name = Some(name);
                });
                true
            }
            Decision::Again => false,
            Decision::Refused(status) => panic!("group {group}: {status}"),
        }
    }

    /// The group is there, has this name, and these people as members, of whom each is a bit of a number.
    pub(super) async fn put_members(
        &self,
        gateway: &Gateway,
        rough: Rough,
        (group, version, people): (usize, u64, u64),
    ) -> bool {
        let known = self.group(group);
        let name = self.group_name((group, version));
        let wanted = (0..self.journal().people.len()).filter(|person| people >> person & 1 == 1);
        let members: BTreeSet<_> = wanted.filter_map(|person| self.person(person).id).collect();
        let values: Vec<_> = members.iter().map(|member| json!({ "value": member })).collect();
        let body = json!({ "schemas": [urn::GROUP], "displayName": name, "members": values });
        let found = match known.id {
            None if rough.again => gateway.find("Group", ("displayName", &name)).await,
            id => id,
        };
        let answers = match found {
            None => {
                Rough { twice: false, ..rough }
                    .send(gateway, &Request::post("Group", body))
                    .await
            }
            Some(id) => rough.send(gateway, &Request::put("Group", &id, body)).await,
        };
        match decide(&answers) {
            Decision::Done(id) => {
                let moved = known.members.symmetric_difference(&members).count();
                let named = match &known.name {
                    None => 2,
                    Some(before) => usize::from(*before != name),
                };
                let calls = u64::try_from(moved + named).expect("few members");
                self.learn_group(gateway, (group, calls), |group| {
                    group.id = Some(id);
                    group.name = Some(name);
                    group.members = members;
                });
                true
            }
            Decision::Again => false,
            Decision::Refused(status) => panic!("group {group}: {status}"),
        }
    }

    /// After an hour, many lose access by one write.
    pub(super) async fn show_out(&self, gateway: &Gateway, rough: Rough, group: usize) -> bool {
        if !rough.again {
            sleep(ESTABLISHED).await;
        }
        match by_group::keeps_out(group) {
            true => {
                self.put_members(gateway, rough, (group, by_group::MEANT, u64::MAX))
                    .await
            }
            false => self.delete_group(gateway, rough, group).await,
        }
    }

    pub(super) async fn delete_group(&self, gateway: &Gateway, rough: Rough, group: usize) -> bool {
        let Some(id) = self.group(group).id else { return true };
        let answers = rough.send(gateway, &Request::delete("Group", &id)).await;
        if !is_deleted(&answers, rough) {
            return false;
        }
        // It is read back.
        self.learn_group(gateway, (group, 2), |group| {
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
                self.learn_group(gateway, (group, u64::from(changes)), |group| {
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
