//! What a twin's seed may say of its authorization server.

use anyhow::ensure;
use jiff::Timestamp;
use serde::Deserialize;

use super::records::Client;
use super::server::Server;

/// A part that is left out stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::twins) struct Seed {
    /// Clients to be registered, in place of those of the same id. Their tokens stay.
    clients: Vec<Client>,
    /// The ids of clients whose tokens all end, as if a person had taken the consent back.
    revoked: Vec<String>,
}

impl Server {
    /// # Errors
    /// A client is to be revoked that is not known.
    pub(in crate::twins) fn check(&self, seed: &Seed) -> anyhow::Result<()> {
        for id in &seed.revoked {
            ensure!(self.clients.rows().contains_key(id), "there is no client `{id}`");
        }
        Ok(())
    }

    /// Does what a checked seed says.
    pub(in crate::twins) fn sow(&mut self, now: Timestamp, seed: Seed) {
        for client in seed.clients {
            let issued = self
                .clients
                .rows()
                .get(&client.id)
                .map_or(client.issued, |former| former.issued);
            self.clients.put(now, Client { issued, ..client });
        }
        self.end_those(now, |token| seed.revoked.contains(&token.client));
    }
}
