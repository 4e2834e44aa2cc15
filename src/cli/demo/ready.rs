//! What a demo says once it is ready: for programs a line of JSON, for people a tour.
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::ACME;

/// What a demo serves.
pub(super) struct Ready {
    pub(super) directories: Vec<Entrance>,
    pub(super) twins: Vec<TwinEntrance>,
}

/// How to reach a directory.
pub(super) struct Entrance {
    name: &'static str,
    base_url: String,
    token: SecretString,
}

/// How to reach a twin.
pub(super) struct TwinEntrance {
    pub(super) vendor: &'static str,
    /// The directory that feeds it.
    pub(super) directory: &'static str,
    pub(super) base_url: String,
    pub(super) token: SecretString,
}

impl Entrance {
    pub(super) fn new(name: &'static str, addr: SocketAddr, token: SecretString) -> Self {
        // Who listens everywhere is reached here.
        let ip = if addr.ip().is_unspecified() {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        } else {
            addr.ip()
        };
        let base_url = format!("http://{}/scim/{name}/v2", SocketAddr::new(ip, addr.port()));
        Self { name, base_url, token }
    }
}

impl Ready {
    /// The line for programs.
    pub(super) fn line(&self) -> String {
        let directories = self.directories.iter().map(|directory| {
            json!({
                "name": directory.name,
                "base_url": directory.base_url,
                "token": directory.token.expose_secret(),
            })
        });
        let twins = self.twins.iter().map(|twin| {
            json!({
                "vendor": twin.vendor,
                "directory": twin.directory,
                "base_url": twin.base_url,
                "token": twin.token.expose_secret(),
            })
        });
        json!({
            "ready": true,
            "directories": directories.collect::<Vec<_>>(),
            "twins": twins.collect::<Vec<_>>(),
        })
        .to_string()
    }

    /// The tour for people: everything can be copied into a shell.
    pub(super) fn tour(&self, config_file: &Path) -> String {
        let mut tour = String::from("Usherd is ready. Ctrl-C ends it.\n\n");
        for directory in &self.directories {
            let (name, base_url) = (directory.name, &directory.base_url);
            let fed: Vec<_> = self.fed_by(name).map(|twin| twin.vendor).collect();
            let feeds = match fed.is_empty() {
                true => "feeds nothing".to_owned(),
                false => format!("feeds {}", fed.join(", ")),
            };
            tour += &format!(
                "directory {name} ({feeds})\n  base URL  {base_url}\n  token     {}\n",
                directory.token.expose_secret()
            );
        }
        for twin in &self.twins {
            let (vendor, directory, base_url) = (twin.vendor, twin.directory, &twin.base_url);
            tour += &format!("twin of {vendor} ({directory} feeds it)\n  base URL  {base_url}\n");
            tour += &format!("  token     {}\n", twin.token.expose_secret());
        }
        let acme = self.directories.iter().filter(|directory| directory.name == ACME);
        let acme = acme.map(|acme| shell("SCIM", "TOKEN", (&acme.base_url, &acme.token)));
        let twins = self.fed_by(ACME).map(|twin| {
            let name = twin.vendor.to_uppercase();
            shell(&name, &format!("{name}_TOKEN"), (&twin.base_url, &twin.token))
        });
        tour += "\nIn another shell:\n\n";
        tour += &acme.chain(twins).collect::<String>();
        tour += CALLS;
        let command = std::env::current_exe().unwrap_or_else(|_| "usherd".into());
        let (command, file) = (command.display(), config_file.display());
        tour + &format!("\n# How the targets are\n{command} status --config {file}\n")
    }

    fn fed_by(&self, directory: &str) -> impl Iterator<Item = &TwinEntrance> {
        self.twins.iter().filter(move |twin| twin.directory == directory)
    }
}

fn shell(url: &str, token: &str, (base_url, secret): (&str, &SecretString)) -> String {
    format!("{url}={base_url}\n{token}={}\n", secret.expose_secret())
}

const CALLS: &str = r#"
# Create a person, and keep the id
ID=$(curl -s "$SCIM/Users" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/scim+json' -d '{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
  "userName": "ada@example.com", "displayName": "Ada Lovelace",
  "emails": [{"value": "ada@example.com", "type": "work", "primary": true}]
}' | tee /dev/stderr | grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4)

# She is at all four vendors: a user of three, invited by the fourth
curl -s "$PAGERDUTY/users" -H "Authorization: Token token=$PAGERDUTY_TOKEN" -w '\n'
curl -s "$ZENDESK/api/v2/users" -H "Authorization: Bearer $ZENDESK_TOKEN" -w '\n'
curl -s "$OKTA/api/v1/users" -H "Authorization: SSWS $OKTA_TOKEN" -w '\n'
curl -s "$CALENDLY/__twin/state" -w '\n'

# Change
curl -s -X PATCH "$SCIM/Users/$ID" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/scim+json' -d '{
  "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  "Operations": [{"op": "replace", "path": "title", "value": "Countess"}]
}' -w '\n'

# Deactivate
curl -s -X PATCH "$SCIM/Users/$ID" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/scim+json' -d '{
  "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  "Operations": [{"op": "replace", "path": "active", "value": false}]
}' -w '\n'

# Delete
curl -s -X DELETE "$SCIM/Users/$ID" -H "Authorization: Bearer $TOKEN" -w '%{http_code}\n'

# Calls that a twin got
curl -s "$PAGERDUTY/__twin/calls" -w '\n'
"#;
