//! A vendor that is nothing but a file, and what a target's own dialect makes of it.
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::api::Api;
use super::dialect::Dialect;
use super::own;
use super::shown::Shown;
use crate::client::Connection;
use crate::descriptor::{Descriptor, KindDescriptor, Misfit, OwnDialect, Update};
use crate::{Adapter, Error, Settings};

/// Dialects of targets' own that are kept, since descriptions live as long as the process. A person writes each of
/// them, and none takes more than some ten kilobytes.
const DIALECTS_MAX: usize = 1_000;

/// Calls of a change by PUT: the resource is read, and sent back.
const PUT_CALLS: u64 = 2;

/// What a file in `vendors/` says.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    /// What the vendor can do.
    pub(crate) descriptor: Descriptor,
    /// How it speaks SCIM: the table `scim`.
    pub(super) dialect: Dialect,
}

/// A vendor's entry in the registry, by the name of its file.
macro_rules! vendor {
    ($name:literal) => {{
        static MANIFEST: std::sync::LazyLock<$crate::scim::Manifest> = std::sync::LazyLock::new(|| {
            let text = include_str!(concat!("scim/vendors/", $name, ".toml"));
            $crate::scim::Manifest::parse(text).expect("a test parses every file in vendors/")
        });
        $crate::Vendor {
            descriptor: || &MANIFEST.descriptor,
            connect: |settings, connection| $crate::scim::connect(&MANIFEST, &settings, connection),
            dialect: Some(|own| MANIFEST.spoken(own)),
        }
    }};
}
pub(crate) use vendor;

/// Those that were made so far, by vendor and dialect.
static SPOKEN: Mutex<BTreeMap<String, &'static Manifest>> = Mutex::new(BTreeMap::new());

impl Manifest {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let mut table: toml::Table = toml::from_str(text)?;
        let dialect = table.remove("scim").unwrap_or(toml::Value::Table(toml::Table::new()));
        let manifest = Self {
            descriptor: table.try_into()?,
            dialect: dialect.try_into()?,
        };
        Ok(manifest.costed())
    }

    /// The vendor in a target's own dialect, made once.
    ///
    /// # Errors
    /// All that does not fit, with its place in the dialect.
    pub(crate) fn spoken(&self, own: &OwnDialect) -> Result<&'static Self, Vec<Misfit>> {
        let text = serde_json::to_string(own).expect("a dialect of texts, numbers and tables is JSON");
        let key = format!("{} {text}", self.descriptor.name);
        let mut spoken = SPOKEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(manifest) = spoken.get(&key).copied() {
            return Ok(manifest);
        }
        let manifest = own::with(self, own)?.costed();
        if spoken.len() >= DIALECTS_MAX {
            let message = format!("{DIALECTS_MAX} dialects were declared since the start: start anew");
            return Err(vec![Misfit::new(&[], message)]);
        }
        let manifest: &'static Self = Box::leak(Box::new(manifest));
        spoken.insert(key, manifest);
        Ok(manifest)
    }

    /// With the calls that changes take in this dialect.
    fn costed(mut self) -> Self {
        let dialect = &self.dialect;
        let user = calls(dialect.user.update);
        let group = dialect.group.as_ref().map_or(1, |group| calls(group.update));
        let descriptor = &mut self.descriptor;
        cost(&mut descriptor.user, user);
        descriptor.group.iter_mut().for_each(|kind| cost(kind, group));
        descriptor.active_calls = user;
        (descriptor.join_calls, descriptor.leave_calls) = (group, group);
        // The group itself, and who is in it.
        descriptor.member_read_calls = 1 + u64::from(dialect.members_by.is_some());
        descriptor.shows_members = dialect.shows_members || dialect.members_by.is_some();
        self
    }
}

fn calls(update: Update) -> u64 {
    match update {
        Update::Patch => 1,
        Update::Put => PUT_CALLS,
    }
}

fn cost(kind: &mut KindDescriptor, calls: u64) {
    kind.fields.iter_mut().for_each(|field| field.update_calls = calls);
}

/// The adapter of one target.
///
/// # Errors
/// `Rejected` naming the setting that is unknown, or `base_url` if the target does not say where the endpoint is.
pub(crate) fn connect(
    manifest: &'static Manifest,
    settings: &Settings,
    connection: Connection,
) -> Result<Box<dyn Adapter>, Error> {
    manifest.descriptor.check_settings(settings)?;
    if connection.base_url.contains('{') {
        let title = &manifest.descriptor.title;
        let reason = format!("{title} has an endpoint for each account: set `base_url` to the one that it shows");
        return Err(Error::rejected(Some("base_url"), reason));
    }
    Ok(Box::new(Api {
        manifest,
        connection,
        shown: Shown::default(),
    }))
}
