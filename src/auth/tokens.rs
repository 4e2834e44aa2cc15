//! Tokens of directories: issued, listed, revoked, and what a request presents compared with them.
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::token::{self, Hash};
use crate::clock::Clock;
use crate::store::{self, Batch, DirectoryId, Expect, SettingKind, Store, Write};

/// Live tokens of one directory. Two suffice to rotate; the rest leaves room for forgotten ones.
const TOKENS_PER_DIRECTORY_MAX: usize = 10;

/// Characters of a note.
const NOTE_LENGTH_MAX: usize = 200;

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The name of the directory that the token opens.
    pub directory: String,
    /// That directory: one made anew under the same name is another.
    pub directory_id: DirectoryId,
    /// The token, for logs.
    pub token_id: String,
}

/// Why a request has no principal.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// Nothing was presented.
    #[error("no token was presented")]
    Missing,
    /// No token like it was issued, or it was revoked.
    #[error("the token is not valid")]
    Invalid,
    /// The token was valid once.
    #[error("the token has expired")]
    Expired,
    /// Whether it is valid cannot be said at present.
    #[error("tokens cannot be read")]
    Store(#[source] store::Error),
}

/// Why a token was not issued.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory has as many live tokens as it may have.
    #[error("the directory has {TOKENS_PER_DIRECTORY_MAX} live tokens: revoke one first")]
    TooMany,
    /// The note is too long, or no line of text.
    #[error("a note is one line of at most {NOTE_LENGTH_MAX} characters")]
    NoteTooLong,
    /// The time of expiry is beyond what can be written down.
    #[error("the token would live too long")]
    ExpiryTooFar,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoRandomness,
    /// The store failed.
    #[error("tokens cannot be stored")]
    Store(#[from] store::Error),
}

/// What a new token is to be.
#[derive(Debug, Clone, Default)]
pub struct NewToken {
    /// How long it is valid; for ever without.
    pub expires: Option<Duration>,
    /// What an administrator notes of it, at most 200 characters.
    pub note: Option<String>,
}

/// A token just issued.
#[derive(Debug)]
pub struct Issued {
    /// Its id, by which it is revoked.
    pub id: String,
    /// Its text. This is the only moment at which it is known.
    pub secret: SecretString,
    /// When it expires.
    pub expires: Option<Timestamp>,
}

/// What is known of an issued token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// The directory that it opens.
    pub directory: String,
    /// When it was issued.
    pub created: Timestamp,
    /// When it expires.
    pub expires: Option<Timestamp>,
    /// What was noted of it.
    pub note: Option<String>,
}

/// A token as it is stored, under its id.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    format: u32,
    hash: Hash,
    directory: String,
    directory_id: DirectoryId,
    created: Timestamp,
    #[serde(default)]
    expires: Option<Timestamp>,
    #[serde(default)]
    note: Option<String>,
}

/// The format of [`Record`].
const FORMAT: u32 = 1;

/// The tokens of all directories. Cloning is cheap.
#[derive(Clone)]
pub struct Tokens {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Tokens {
    /// The tokens in this store.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Issues a token of a directory, given by name and id.
    ///
    /// # Errors
    /// See [`Error`]; nothing is issued then.
    pub async fn create(&self, directory: (&str, DirectoryId), new: NewToken) -> Result<Issued, Error> {
        let now = self.clock.now();
        self.check(directory.1, &new, now).await?;
        let expires = new.expires.map(|lifetime| now.checked_add(lifetime)).transpose();
        let expires = expires.map_err(|_| Error::ExpiryTooFar)?;
        let fresh = token::draw().ok_or(Error::NoRandomness)?;
        let record = Record {
            format: FORMAT,
            hash: fresh.hash(),
            directory: directory.0.to_owned(),
            directory_id: directory.1,
            created: now,
            expires,
            note: new.note,
        };
        let bytes = serde_json::to_vec(&record).expect("a record of strings and numbers is JSON");
        let batch = Batch {
            expect: vec![Expect::Setting(SettingKind::Token, fresh.id.clone(), None)],
            writes: vec![Write::PutSetting(SettingKind::Token, fresh.id.clone(), bytes)],
        };
        self.store.commit(batch).await?;
        Ok(Issued {
            id: fresh.id,
            secret: fresh.text,
            expires,
        })
    }

    async fn check(&self, directory: DirectoryId, new: &NewToken, now: Timestamp) -> Result<(), Error> {
        if new
            .note
            .as_ref()
            .is_some_and(|note| note.chars().count() > NOTE_LENGTH_MAX || note.chars().any(char::is_control))
        {
            return Err(Error::NoteTooLong);
        }
        let records = self.records().await?;
        let live = records
            .iter()
            .filter(|(_, record)| record.directory_id == directory && !record.is_over(now));
        if live.count() >= TOKENS_PER_DIRECTORY_MAX {
            return Err(Error::TooMany);
        }
        Ok(())
    }

    /// All tokens in order of directories and creation; expired ones too.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list(&self) -> Result<Vec<Token>, store::Error> {
        let records = self.records().await?;
        let mut tokens: Vec<Token> = records.into_iter().map(|(id, record)| record.shown(id)).collect();
        tokens.sort_by(|left, right| (&left.directory, left.created).cmp(&(&right.directory, right.created)));
        Ok(tokens)
    }

    /// Revokes a token, from the next request on. `false` if there is none of that id.
    ///
    /// # Errors
    /// The store failed.
    pub async fn revoke(&self, id: &str) -> Result<bool, store::Error> {
        let Some((version, _)) = self.store.setting(SettingKind::Token, id).await? else {
            return Ok(false);
        };
        let batch = Batch {
            expect: vec![Expect::Setting(SettingKind::Token, id.to_owned(), Some(version))],
            writes: vec![Write::DeleteSetting(SettingKind::Token, id.to_owned())],
        };
        self.store.commit(batch).await?;
        Ok(true)
    }

    /// Ids of all tokens of a directory, for its removal.
    pub(crate) async fn ids_of(&self, directory: DirectoryId) -> Result<Vec<String>, store::Error> {
        let records = self.records().await?.into_iter();
        let of_directory = records.filter(|(_, record)| record.directory_id == directory);
        Ok(of_directory.map(|(id, _)| id).collect())
    }

    /// The principal behind what a request presents. What it takes tells nothing of which ids exist.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn authenticate(&self, presented: &str) -> Result<Principal, Denied> {
        if presented.is_empty() {
            return Err(Denied::Missing);
        }
        let id = token::id(presented).ok_or(Denied::Invalid)?;
        let hash = token::hash(presented);
        let found = self
            .store
            .setting(SettingKind::Token, id)
            .await
            .map_err(Denied::Store)?;
        let record = found
            .map(|(_, bytes)| Record::parse(id, &bytes))
            .transpose()
            .map_err(Denied::Store)?;
        let kept = record.as_ref().map_or(Hash::default(), |record| record.hash);
        let equal = verify_slices_are_equal(&kept, &hash).is_ok();
        let record = record.filter(|_| equal).ok_or(Denied::Invalid)?;
        if record.is_over(self.clock.now()) {
            return Err(Denied::Expired);
        }
        Ok(Principal {
            directory: record.directory,
            directory_id: record.directory_id,
            token_id: id.to_owned(),
        })
    }

    async fn records(&self) -> Result<Vec<(String, Record)>, store::Error> {
        let settings = self.store.settings(SettingKind::Token).await?;
        let parse = |(id, _, bytes): (String, u64, Vec<u8>)| Record::parse(&id, &bytes).map(|record| (id, record));
        settings.into_iter().map(parse).collect()
    }
}

impl Record {
    fn parse(id: &str, bytes: &[u8]) -> Result<Self, store::Error> {
        let damaged = || store::Error::Damaged(format!("the token {id}"));
        let record: Self = serde_json::from_slice(bytes).map_err(|_| damaged())?;
        (record.format == FORMAT).then_some(record).ok_or_else(damaged)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    fn shown(self, id: String) -> Token {
        Token {
            id,
            directory: self.directory,
            created: self.created,
            expires: self.expires,
            note: self.note,
        }
    }
}
