//! Roles that a target's declaration names, held against its vendor's own list as last read.
use adapters::Lack;
use adapters::descriptor::{Descriptor, FieldType};

use super::Administration;
use crate::config;
use crate::service::deliveries::LiveRoles;
use crate::store::TargetId;

impl Administration {
    /// The roles of a declaration that the vendor's account has not got, each as a sentence with its place. Nothing is
    /// said of a list that has not been read: no declaration waits for a vendor.
    pub(super) fn role_warnings(&self, target: TargetId, config: &config::Target) -> Vec<String> {
        let Some(live) = self.parts.deliveries.live_roles(target) else {
            return Vec::new();
        };
        let Ok(descriptor) = (self.parts.describe)(config) else {
            return Vec::new();
        };
        let warning = |(place, role): (String, &str)| {
            let known = descriptor.role(role.trim());
            let role = known.map_or(role, |known| known.name.as_str());
            let lack = adapters::lack(&live.roles, None, role).filter(|lack| *lack == Lack::Role)?;
            Some(format!("{place}: {}", refusal(descriptor, &live, (role, lack))))
        };
        let mapped = mapped(descriptor, config);
        declared(config).chain(mapped).filter_map(warning).collect()
    }
}

/// What the vendor would say to a role.
pub(super) fn refusal(descriptor: &Descriptor, live: &LiveRoles, (role, lack): (&str, Lack)) -> String {
    let (title, read) = (&descriptor.title, live.read);
    let as_of = format!("{title} would refuse the role `{role}`: as of {read:.0}");
    match lack {
        Lack::Role => {
            let names: Vec<_> = live.roles.iter().map(|role| role.name.as_str()).collect();
            format!("{as_of} this account has {}", names.join(", "))
        }
        Lack::Licence => format!("{as_of} no licence of it was left"),
    }
}

/// The roles of rules, counted from 1, and of the default.
fn declared(config: &config::Target) -> impl Iterator<Item = (String, &str)> {
    let rules = config.role.iter().enumerate();
    let rules = rules.map(|(index, rule)| (format!("rule {} of `role`", index + 1), rule.role.as_str()));
    let default = config.default_role.iter();
    rules.chain(default.map(|role| ("`default_role`".to_owned(), role.as_str())))
}

/// The roles that everybody is given by the mapping.
fn mapped<'a>(descriptor: &'a Descriptor, config: &'a config::Target) -> impl Iterator<Item = (String, &'a str)> {
    let fields = descriptor.user.fields.iter();
    let fields = fields.filter(|field| field.kind == FieldType::Role);
    fields.filter_map(|field| {
        let source = config.mapping.user.get(&field.name)?;
        let role = source.value.as_ref()?.as_str()?;
        Some((format!("`mapping.user.{}`", field.name), role))
    })
}
