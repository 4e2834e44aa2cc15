//! The server's state, and its routes.

use std::fmt::Write;

use aws_lc_rs::digest;
use jiff::Timestamp;

use super::config::Config;
use super::records::{Client, Code, Token, is_live};
use crate::twins::routes;
use crate::twins::table::{Saved, Table};
use crate::twins::{Answer, Request};

/// The client that the authorization server of every fresh account knows.
pub const CLIENT_ID: &str = "usherd";

/// The secret of [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "usherd-secret";

/// Its callback, on any port.
const CLIENT_CALLBACK: &str = "http://127.0.0.1/provision/oauth/callback";

/// How long a code is remembered, so that a second use is recognised. No code lives longer.
const CODE_MEMORY_SECONDS: i64 = 24 * 60 * 60;

/// The authorization server of one account.
pub(in crate::twins) struct Server {
    pub(super) config: &'static Config,
    account: String,
    pub(super) clients: Table<Client>,
    pub(super) codes: Table<Code>,
    pub(super) tokens: Table<Token>,
}

/// A number for what is named by a text, for vendors whose records have numbers.
pub(in crate::twins) fn number_of(text: &str) -> u64 {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let bytes = hash.as_ref().iter().take(NUMBER_BYTES);
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// As many as a number can have and still be exact as a double.
const NUMBER_BYTES: usize = 6;

type Handler = fn(&mut Server, Timestamp, &Request) -> Answer;

impl Server {
    /// A fresh server of an account, by whose name its tokens differ from those of others.
    pub(in crate::twins) fn new(config: &'static Config, account: &str) -> Server {
        let mut server = Server {
            config,
            account: account.to_owned(),
            clients: Table::new("oauth_clients"),
            codes: Table::new("oauth_codes"),
            tokens: Table::new("oauth_tokens"),
        };
        let client = Client {
            id: CLIENT_ID.to_owned(),
            secret: Some(CLIENT_SECRET.to_owned()),
            jwks: None,
            redirect_uris: vec![CLIENT_CALLBACK.to_owned()],
            scopes: None,
            code_seconds: None,
            access_seconds: None,
            refresh_seconds: None,
            issued: 0,
        };
        server.clients.put(Timestamp::UNIX_EPOCH, client);
        server
    }

    /// The names of the server's routes, for those of its twin.
    pub(in crate::twins) fn routes(&self) -> Vec<&'static str> {
        routes::names(&self.table())
    }

    /// The route of a request, if it is for this server.
    pub(in crate::twins) fn route(&self, request: &Request) -> Option<&'static str> {
        routes::find(&self.table(), request).map(|(name, ..)| name)
    }

    /// The answer to a request, if it is for this server. It asks for no credential of the twin.
    pub(in crate::twins) fn handle(&mut self, now: Timestamp, request: &Request) -> Option<Answer> {
        let (_, handler, _) = routes::find(&self.table(), request)?;
        Some(handler(self, now, request))
    }

    /// The token that a request carries, if it is one of this server's and has not expired.
    pub(in crate::twins) fn access(&self, now: Timestamp, token: &str) -> Option<&Token> {
        let found = self.tokens.rows().get(token)?;
        found.is_live(now).then_some(found.as_ref())
    }

    /// Every token that can still be used, be it by a refresh.
    pub(in crate::twins) fn tokens(&self, now: Timestamp) -> impl Iterator<Item = &Token> {
        let tokens = self.tokens.rows().values().map(AsRef::as_ref);
        tokens.filter(move |token: &&Token| token.is_live(now) || token.is_refreshable(now))
    }

    /// Every client.
    pub(in crate::twins) fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.rows().values().map(AsRef::as_ref)
    }

    /// Ends those tokens.
    pub(in crate::twins) fn end_those(&mut self, now: Timestamp, ends: impl Fn(&Token) -> bool) {
        let tokens = self.tokens.rows().values().filter(|token| ends(token));
        for access in tokens.map(|token| token.access.clone()).collect::<Vec<_>>() {
            self.tokens.remove(now, &access);
        }
    }

    /// The tables, as parts of the twin's state.
    pub(in crate::twins) fn tables(&self) -> [&dyn Saved; 3] {
        [&self.clients, &self.codes, &self.tokens]
    }

    pub(in crate::twins) fn tables_mut(&mut self) -> [&mut dyn Saved; 3] {
        [&mut self.clients, &mut self.codes, &mut self.tokens]
    }

    /// Something that nobody can guess who does not count.
    pub(super) fn new_secret(&mut self, now: Timestamp, client: &Client, kind: &str) -> String {
        let issued = self.clients.rows().get(&client.id).map_or(0, |client| client.issued) + 1;
        self.clients.put(
            now,
            Client {
                issued,
                ..client.clone()
            },
        );
        let text = format!("{} {} {kind} {issued}", self.account, client.id);
        let hash = digest::digest(&digest::SHA256, text.as_bytes());
        hash.as_ref().iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes what is written");
            text
        })
    }

    /// Forgets what is of no use to anybody.
    pub(super) fn forget_dead(&mut self, now: Timestamp) {
        self.end_those(now, |token| !token.is_live(now) && !token.is_refreshable(now));
        let codes = self.codes.rows().values();
        let old = codes.filter(|code| !is_live(now, code.issued_at, CODE_MEMORY_SECONDS));
        for code in old.map(|code| code.code.clone()).collect::<Vec<_>>() {
            self.codes.remove(now, &code);
        }
    }

    fn table(&self) -> Vec<(&'static str, Handler)> {
        let [show, decide] = self.config.authorize;
        let revoke = self.config.revoke.map(|route| (route, Server::revoke as Handler));
        let mut table: Vec<(&'static str, Handler)> = vec![
            (show, Server::show),
            (decide, Server::decide),
            (self.config.token, Server::issue),
        ];
        table.extend(revoke);
        table
    }
}
