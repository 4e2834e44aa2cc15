//! From the server's file to the parts of a gateway.
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use schemas::Catalogue;
use serde_json::Value;

use super::control::SOCKET;
use crate::app::Setup;
use crate::auth::{Key, Sealer};
use crate::config::{self, Declarations, Reference, Server};
use crate::mapping::Mapping;
use crate::service::Limits;
use crate::telemetry::{Tap, Webhook};
use crate::{delivery, store};

/// The store's name in the data folder.
const STORE: &str = "usherd.redb";

/// Bytes of a socket's path: what `sockaddr_un` has room for on the narrowest systems, without its end.
const SOCKET_PATH_MAX: usize = 103;

/// The server's file where none is named.
const CONFIG: &str = "usherd.toml";

/// The server's file.
#[derive(clap::Args)]
pub(super) struct ConfigFile {
    /// The server's configuration.
    #[arg(long, value_name = "FILE", default_value = CONFIG, env = "USHERD_CONFIG")]
    config: PathBuf,
}

impl ConfigFile {
    /// Reads it.
    pub(super) fn read(&self) -> anyhow::Result<Server> {
        let text = match read(&self.config) {
            Err(error) if !self.config.exists() => {
                return Err(error.context("name the configuration with `--config FILE` or USHERD_CONFIG"));
            }
            read => read?,
        };
        Ok(Server::parse(&text, &self.config.display().to_string())?)
    }

    /// Whether nobody named it and there is none: for commands that can do without.
    pub(super) fn is_needless(&self) -> bool {
        self.config == Path::new(CONFIG) && !self.config.exists()
    }
}

/// Reads a file as text.
pub(super) fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The store's file in a data folder.
pub(super) fn store_file(data: &Path) -> PathBuf {
    data.join(STORE)
}

/// The socket for commands in a data folder.
pub(super) fn socket(data: &Path) -> PathBuf {
    data.join(SOCKET)
}

/// Makes the data folder, for its owner alone, if it is not there and can have a socket in it.
pub(super) fn make_folder(data: &Path) -> anyhow::Result<()> {
    let socket = socket(data);
    if socket.as_os_str().len() > SOCKET_PATH_MAX {
        let path = socket.display();
        bail!("the folder's path is too long: the socket for commands, {path}, may have {SOCKET_PATH_MAX} bytes");
    }
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.with_context(|| format!("cannot make the folder {}", data.display()))
}

/// The parts that the file asks for. Nothing is made: see [`make_folder`].
pub(super) fn setup(server: &Server) -> anyhow::Result<Setup> {
    setup_with(server, sealer(server)?)
}

/// The same for what opens no credential: there the key may be missing, as in a shell that has not got its variable.
pub(super) fn setup_for_reading(server: &Server) -> anyhow::Result<Setup> {
    setup_with(server, sealer(server).ok().flatten())
}

fn setup_with(server: &Server, sealer: Option<Sealer>) -> anyhow::Result<Setup> {
    let mut store = store::Options::file(store_file(&server.data));
    store.cache_bytes = server.cache_bytes.unwrap_or(store.cache_bytes);
    Ok(Setup {
        store,
        sealer,
        public_url: server.public_url.clone(),
        catalogue: catalogue(&server.schemas, &server.resource_types)?,
        limits: limits(&server.limits)?,
        delivery: delivery::Settings::default(),
        webhook: None,
    })
}

/// Where alarms go, if anywhere, and what takes them out of the log.
pub(super) fn webhook(server: &Server) -> anyhow::Result<Option<(Webhook, Tap)>> {
    let Some(alarms) = &server.alarms else { return Ok(None) };
    let secret = alarms.secret.parse::<Reference>()?.read();
    let secret = secret.context("the secret of the alarms cannot be read")?;
    Ok(Some(Webhook::new(alarms.url.clone(), &secret, &alarms.allow_private)?))
}

fn sealer(server: &Server) -> anyhow::Result<Option<Sealer>> {
    let Some(reference) = &server.key else {
        return Ok(None);
    };
    let text = reference
        .parse::<Reference>()?
        .read()
        .context("the key cannot be read")?;
    Ok(Some(Sealer::new(&Key::parse(&text)?)))
}

/// What is served: the built-in types, and those of these files.
pub(super) fn catalogue(schemas: &[PathBuf], resource_types: &[PathBuf]) -> anyhow::Result<Catalogue> {
    let catalogue = Catalogue::builtin().with(&objects(schemas)?, &objects(resource_types)?);
    catalogue.map_err(|faults| {
        anyhow!(
            "the schemas and resource types cannot be served:\n{}",
            faults.join("\n")
        )
    })
}

/// A file of directories and targets, with what is wrong with their mappings as well.
pub(super) fn declarations(file: &Path, catalogue: &Catalogue) -> anyhow::Result<Declarations> {
    let text = read(file)?;
    let misfits = |target: &config::Target| {
        // A dialect that does not fit is told of anyway.
        let spoken = adapters::spoken(&target.vendor, target.dialect.as_ref()).ok();
        let mapping = spoken.map(|spoken| Mapping::new(catalogue, spoken.descriptor, target));
        let misfits = mapping.and_then(Result::err).unwrap_or_default();
        misfits
            .into_iter()
            .map(|misfit| (misfit.place, misfit.message))
            .collect()
    };
    let declared = Declarations::parse_with(&text, &file.display().to_string(), &misfits)?;
    Ok(declared)
}

fn objects(paths: &[PathBuf]) -> anyhow::Result<Vec<Value>> {
    let object = |path: &PathBuf| {
        let value: Value = serde_json::from_str(&read(path)?).with_context(|| path.display().to_string())?;
        value
            .is_object()
            .then_some(value)
            .ok_or_else(|| anyhow!("{} is no JSON object", path.display()))
    };
    paths.iter().map(object).collect()
}

fn limits(set: &config::Limits) -> anyhow::Result<Limits> {
    let usual = Limits::default();
    let page_max = set.page_max.unwrap_or(usual.page_max);
    if set.page_default.is_some_and(|page_default| page_default > page_max) {
        bail!("limits.page_default is greater than limits.page_max, which is {page_max}");
    }
    Ok(Limits {
        body_bytes: set.body_bytes.unwrap_or(usual.body_bytes),
        body_values: set.body_values.unwrap_or(usual.body_values),
        bodies_bytes: set.bodies_bytes.unwrap_or(usual.bodies_bytes),
        requests_max: set.requests_max.unwrap_or(usual.requests_max),
        searches_max: set.searches_max.unwrap_or(usual.searches_max),
        document_bytes: set.document_bytes.unwrap_or(usual.document_bytes),
        bulk_operations: set.bulk_operations.unwrap_or(usual.bulk_operations),
        bulk_payload_bytes: set.bulk_payload_bytes.unwrap_or(usual.bulk_payload_bytes),
        page_default: set.page_default.unwrap_or(usual.page_default).min(page_max),
        page_max,
        page_bytes: set.page_bytes.unwrap_or(usual.page_bytes),
        scan_resources_max: set.scan_resources_max.unwrap_or(usual.scan_resources_max),
        sort_matches_max: set.sort_matches_max.unwrap_or(usual.sort_matches_max),
        patch_members_max: set.patch_members_max.unwrap_or(usual.patch_members_max),
        cursor_timeout: set
            .cursor_timeout_seconds
            .map_or(usual.cursor_timeout, std::time::Duration::from_secs),
    })
}

/// What TLS is served with, if it is.
pub(super) fn tls(server: &Server) -> anyhow::Result<Option<rustls::ServerConfig>> {
    let Some(files) = &server.tls else {
        return Ok(None);
    };
    let name = files.certificate.display();
    let certificates =
        CertificateDer::pem_file_iter(&files.certificate).with_context(|| format!("cannot read {name}"))?;
    let certificates: Vec<_> = certificates
        .collect::<Result<_, _>>()
        .with_context(|| format!("{name} is not PEM"))?;
    if certificates.is_empty() {
        bail!("{name} holds no certificate");
    }
    let key = PrivateKeyDer::from_pem_file(&files.key);
    let key = key.with_context(|| format!("cannot read a private key from {}", files.key.display()))?;
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, key);
    Ok(Some(config.context("the certificate and the key cannot be used")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_no_longer_than_the_longest() {
        let check = |page_default: Option<usize>, page_max: Option<usize>, expected: Option<usize>| {
            let set = config::Limits {
                page_default,
                page_max,
                ..config::Limits::default()
            };
            let read = limits(&set).ok().map(|limits| limits.page_default);
            assert_eq!(read, expected, "{page_default:?} {page_max:?}");
        };
        check(None, None, Some(100));
        check(None, Some(50), Some(50));
        check(Some(1_000), None, Some(1_000));
        check(Some(5_000), None, None);
        check(Some(5_000), Some(5_000), Some(5_000));
    }
}
