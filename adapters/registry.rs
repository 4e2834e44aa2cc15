//! The vendors that there are.
use std::collections::BTreeMap;

use crate::client::Connection;
use crate::descriptor::{Descriptor, Misfit, OwnDialect};
use crate::scim::{self, Manifest, vendor as scim};
use crate::{Adapter, Error, r#box, calendly, okta, pagerduty, zendesk};

/// A target's settings, by the names in [`Descriptor::settings`].
pub type Settings = BTreeMap<String, String>;

/// Puts a target's own dialect over what is known of a vendor.
type Speak = fn(&OwnDialect) -> Result<&'static Manifest, Vec<Misfit>>;

/// What a vendor's folder gives to the gateway.
pub struct Vendor {
    /// What the vendor can do.
    pub descriptor: fn() -> &'static Descriptor,
    /// The adapter of one target. Nothing is called yet.
    ///
    /// # Errors
    /// `Rejected` naming the setting that is missing, unknown or wrong.
    pub connect: fn(Settings, Connection) -> Result<Box<dyn Adapter>, Error>,
    /// The vendor in a target's own dialect of SCIM; none where it speaks none.
    pub(crate) dialect: Option<Speak>,
}

/// A vendor as one target has it: as it is, or in the target's own dialect.
#[derive(Clone, Copy)]
pub struct Spoken {
    /// What the vendor can do.
    pub descriptor: &'static Descriptor,
    vendor: &'static Vendor,
    manifest: Option<&'static Manifest>,
}

impl Spoken {
    /// The adapter of one target. Nothing is called yet.
    ///
    /// # Errors
    /// `Rejected` naming the setting that is missing, unknown or wrong.
    pub fn connect(&self, settings: Settings, connection: Connection) -> Result<Box<dyn Adapter>, Error> {
        match self.manifest {
            Some(manifest) => scim::connect(manifest, &settings, connection),
            None => (self.vendor.connect)(settings, connection),
        }
    }
}

/// The vendor of that name, as a target has it that says this of its dialect.
///
/// # Errors
/// There is no such vendor, or all that does not fit in the dialect; each with its place in the target.
pub fn spoken(name: &str, own: Option<&OwnDialect>) -> Result<Spoken, Vec<Misfit>> {
    let misfit = |key: &str, message: String| vec![Misfit::new(&[key.to_owned()], message)];
    let Some(vendor) = vendor(name) else {
        let names: Vec<_> = VENDORS
            .iter()
            .map(|vendor| (vendor.descriptor)().name.as_str())
            .collect();
        return Err(misfit(
            "vendor",
            format!("no vendor `{name}`; there are {}", names.join(", ")),
        ));
    };
    let Some(own) = own else {
        return Ok(Spoken {
            descriptor: (vendor.descriptor)(),
            vendor,
            manifest: None,
        });
    };
    let Some(dialect) = vendor.dialect else {
        let title = &(vendor.descriptor)().title;
        let message = format!("{title} is not spoken to in SCIM: a dialect is for vendors that are");
        return Err(misfit(DIALECT, message));
    };
    let manifest = dialect(own).map_err(|misfits| misfits.into_iter().map(within_dialect).collect::<Vec<_>>())?;
    Ok(Spoken {
        descriptor: &manifest.descriptor,
        vendor,
        manifest: Some(manifest),
    })
}

/// The key of a target's own dialect.
const DIALECT: &str = "dialect";

fn within_dialect(mut misfit: Misfit) -> Misfit {
    misfit.place.insert(0, DIALECT.to_owned());
    misfit
}

/// Every vendor.
pub const VENDORS: &[&Vendor] = &[
    &pagerduty::VENDOR,
    &zendesk::VENDOR,
    &okta::VENDOR,
    &calendly::VENDOR,
    &r#box::VENDOR,
    &scim!("calendly-scim"),
    &scim!("scim"),
    &scim!("scim-aws"),
    &scim!("scim-blogin"),
    &scim!("scim-planmyleave"),
];

/// The vendor of that name.
pub fn vendor(name: &str) -> Option<&'static Vendor> {
    let named = |vendor: &&&Vendor| (vendor.descriptor)().name == name;
    VENDORS.iter().find(named).copied()
}

impl Descriptor {
    /// Checks that settings are known and complete; whether their values are right, the vendor's adapter knows.
    ///
    /// # Errors
    /// `Rejected` naming the first setting that is unknown or missing.
    pub fn check_settings(&self, settings: &Settings) -> Result<(), Error> {
        let is_known = |name: &String| self.settings.iter().any(|setting| setting.name == *name);
        if let Some(name) = settings.keys().find(|name| !is_known(name)) {
            return Err(Error::rejected(Some(name), self.no_setting(name)));
        }
        let mut required = self.settings.iter().filter(|setting| setting.required);
        match required.find(|setting| !settings.contains_key(&setting.name)) {
            Some(missing) => {
                let reason = format!(
                    "{} needs the setting `{}`: {}",
                    self.title, missing.name, missing.description
                );
                Err(Error::rejected(Some(&missing.name), reason))
            }
            None => Ok(()),
        }
    }

    /// What is told of a setting that there is not, and what to write instead if there was one.
    pub fn no_setting(&self, name: &str) -> String {
        let title = &self.title;
        let former = self.former_settings.iter().find(|setting| setting.name == name);
        match former {
            Some(former) => format!("{title} has no setting `{name}` any more: write {} instead", former.now),
            None => format!("{title} has no setting `{name}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::descriptor::{FieldType, Kind, KindDescriptor, source_paths};

    /// A target that was declared before the dialect: it is down, and must say what is to be written.
    #[test]
    fn a_former_setting_names_what_to_write_instead() {
        let descriptor = (super::vendor("scim").unwrap().descriptor)();
        for (name, told) in [("update", "`dialect.user.update`"), ("other", "has no setting `other`")] {
            let settings = Settings::from([(name.to_owned(), "put".to_owned())]);
            let refused = descriptor.check_settings(&settings).unwrap_err();
            assert!(refused.reason.contains(told), "{refused}");
        }
    }

    #[test]
    fn every_description_is_consistent() {
        let mut names = BTreeSet::new();
        for vendor in VENDORS {
            let descriptor = (vendor.descriptor)();
            let name = &descriptor.name;
            assert!(names.insert(name), "{name}: two vendors of one name");
            assert!(super::vendor(name).is_some());
            assert!(descriptor.base_url.starts_with("https://"), "{name}: base_url");
            assert!(
                descriptor.calls_per_minute > 0 && descriptor.concurrency > 0,
                "{name}: pace"
            );
            assert!(
                descriptor.call_deadline() > std::time::Duration::ZERO,
                "{name}: deadline"
            );
            unique(name, "roles", descriptor.roles.iter().map(|role| &role.name));
            let spoken = descriptor.roles.iter().flat_map(|role| &role.titles);
            unique(name, "titles of roles", spoken);
            unique(
                name,
                "settings",
                descriptor.settings.iter().map(|setting| &setting.name),
            );
            for kind in [Kind::User, Kind::Group] {
                if let Some(kind) = descriptor.kind(kind) {
                    check_kind(name, kind);
                }
            }
            let limited = descriptor.user.fields.iter().flat_map(|field| &field.roles);
            for role in limited.chain(&descriptor.member_roles) {
                assert!(
                    descriptor.role(role).is_some_and(|role| role.assignable),
                    "{name}: role {role}"
                );
            }
            let fields = &descriptor.user.fields;
            let has_role = fields.iter().any(|field| field.kind == FieldType::Role);
            assert!(
                !has_role || descriptor.roles.iter().any(|role| role.assignable),
                "{name}: no role to give"
            );
        }
    }

    fn check_kind(vendor: &str, kind: &KindDescriptor) {
        unique(vendor, "fields", kind.fields.iter().map(|field| &field.name));
        let main = |name: &str| kind.field(name).is_some_and(|field| field.call.is_none());
        let key = kind
            .field(&kind.unique)
            .unwrap_or_else(|| panic!("{vendor}: no field {}", kind.unique));
        assert!(
            main(&kind.unique) && key.required,
            "{vendor}: the unique field comes with every create"
        );
        for field in &kind.fields {
            let name = &field.name;
            if let Some(from) = &field.created_from {
                assert!(
                    field.call.is_some() && main(from),
                    "{vendor}: {name} is created from {from}"
                );
            }
            assert!(
                !field.required || field.call.is_none(),
                "{vendor}: {name} is required but not in the main call"
            );
            let lengths = (field.length_min.unwrap_or(0), field.length_max.unwrap_or(usize::MAX));
            assert!(lengths.0 <= lengths.1, "{vendor}: lengths of {name}");
            let sources = field.default_source.iter().chain(&field.fallback_sources);
            for source in sources {
                assert!(!source_paths(source).is_empty(), "{vendor}: {name} has an empty source");
            }
            let has_source = field.default_source.is_some() || field.default_value.is_some();
            assert!(
                has_source || !field.required,
                "{vendor}: {name} is required but comes from nowhere"
            );
            assert!(
                field.default_source.is_some() || field.fallback_sources.is_empty(),
                "{vendor}: {name} falls back"
            );
        }
    }

    fn unique<'a>(vendor: &str, what: &str, names: impl Iterator<Item = &'a String>) {
        let mut seen = BTreeSet::new();
        for name in names {
            assert!(!name.is_empty(), "{vendor}: an empty name in {what}");
            assert!(seen.insert(name.to_lowercase()), "{vendor}: {name} twice in {what}");
        }
    }
}
