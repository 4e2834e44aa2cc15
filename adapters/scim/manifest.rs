//! A vendor that is nothing but a file.
use super::api::Api;
use super::dialect::{Dialect, Update};
use crate::client::Connection;
use crate::descriptor::Descriptor;
use crate::{Adapter, Error, Settings};

/// The setting of a vendor that may be changed either way.
const UPDATE: &str = "update";

/// What a file in `vendors/` says.
#[derive(Debug)]
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
        }
    }};
}
pub(crate) use vendor;

impl Manifest {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let mut table: toml::Table = toml::from_str(text)?;
        let dialect = table.remove("scim").unwrap_or(toml::Value::Table(toml::Table::new()));
        Ok(Self {
            descriptor: table.try_into()?,
            dialect: dialect.try_into()?,
        })
    }
}

/// The adapter of one target.
///
/// # Errors
/// `Rejected` naming the setting that is unknown or wrong, or `base_url` if the target does not say where the endpoint
/// is.
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
    let update = match settings.get(UPDATE).map(|text| text.trim()) {
        None => None,
        Some("patch") => Some(Update::Patch),
        Some("put") => Some(Update::Put),
        Some(_) => {
            let reason = format!("the setting `{UPDATE}` must be `patch` or `put`");
            return Err(Error::rejected(Some(UPDATE), reason));
        }
    };
    Ok(Box::new(Api {
        manifest,
        update,
        connection,
    }))
}
