//! What goes over the socket.
use std::path::PathBuf;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use crate::auth::Token;
use crate::config;
use crate::service::administration::import::{Applied, Choice, Preview, Source, Told};
use crate::service::administration::{
    Change, Decision, GuardReport, MappedField, Seen, TakeUp, TargetReport, Trial, Whom,
};
use crate::service::drift::{Ask, Report};
use crate::store::Condition;

/// What a command asks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Brings declarations into the store.
    Apply {
        /// The directories.
        directories: Vec<config::Directory>,
        /// The targets.
        targets: Vec<DeclaredTarget>,
        /// Whether what is not declared goes.
        remove: bool,
        /// Whether targets go that have not delivered everything.
        confirm: bool,
    },
    /// Reads what is declared.
    Export,
    /// Issues a token.
    CreateToken {
        /// Of this directory.
        directory: String,
        /// Valid for so many seconds.
        expires_seconds: Option<u64>,
        /// A note for people.
        note: Option<String>,
    },
    /// Lists all tokens.
    ListTokens,
    /// Revokes a token.
    RevokeToken {
        /// Its id.
        id: String,
    },
    /// Asks how targets are.
    Status,
    /// Asks where a target's fields come from.
    Mapping {
        /// The target.
        target: String,
    },
    /// Asks whom the guard holds.
    Guarded {
        /// At this target.
        target: String,
        /// Those after this resource; without one, from the first.
        after: Option<String>,
    },
    /// Decides of those whom the guard holds.
    Decide {
        /// At this target.
        target: String,
        /// Of this.
        seen: Seen,
        /// What.
        decision: Decision,
    },
    /// Asks what a target would be sent for one resource.
    Try {
        /// The target.
        target: String,
        /// The resource.
        whom: Whom,
        /// The target as it would be declared, in place of the declared one.
        declared: Option<Box<config::Target>>,
    },
    /// Takes up again what rests.
    Retry {
        /// At this target.
        target: String,
        /// What of it.
        what: TakeUp,
    },
    /// Writes a backup.
    Backup {
        /// To this file, named from the root.
        file: PathBuf,
        /// Whether one that is there is replaced.
        force: bool,
    },
    /// Reads the whole store, and says what is wrong in it.
    CheckStore,
    /// Compares a target's accounts with its directory's people, and applies what is chosen.
    Import {
        /// The target.
        target: String,
        /// Whose values win.
        source: Source,
        /// So few accounts are right.
        expect: Option<u64>,
        /// What is applied; nothing without it.
        confirm: Option<Choice>,
    },
    /// Compares a target's vendor with its directory.
    Drift {
        /// The target.
        target: String,
        /// What is wanted of it.
        ask: Ask,
    },
    /// Begins the consent of a target's vendor.
    Authorize {
        /// The target.
        target: String,
    },
}

/// A target with its credential, which was read where the command was given.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeclaredTarget {
    pub(crate) config: config::Target,
    #[serde(serialize_with = "exposed")]
    pub(crate) credential: SecretString,
}

/// The socket is its owner's alone: what goes over it is read by nobody else.
fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Answer {
    /// Declarations are in the store.
    Applied {
        /// What changed.
        changes: Vec<Change>,
    },
    /// What is declared.
    Exported {
        /// The directories.
        directories: Vec<config::Directory>,
        /// The targets.
        targets: Vec<config::Target>,
    },
    /// A token was issued.
    TokenCreated {
        /// Its id.
        id: String,
        /// Its text, seen here only.
        #[serde(serialize_with = "exposed")]
        secret: SecretString,
        /// When it expires.
        expires: Option<Timestamp>,
    },
    /// All tokens.
    Tokens {
        /// In order of directories and creation.
        tokens: Vec<Token>,
    },
    /// A token was revoked, if it was there.
    TokenRevoked {
        /// Whether it was there.
        found: bool,
    },
    /// How targets are.
    Status {
        /// In order of directories and names.
        targets: Vec<TargetReport>,
        /// How the store is.
        store: Condition,
    },
    /// The store was checked.
    StoreChecked {
        /// How many records were read.
        records: u64,
        /// How many faults there are.
        faults: u64,
        /// The first of them.
        first: Vec<String>,
    },
    /// A backup was written.
    BackedUp {
        /// How many records are in it.
        records: u64,
        /// How long it is.
        bytes: u64,
        /// Of which moment.
        taken: Timestamp,
    },
    /// A target's fields.
    Mapping {
        /// In the vendor's order.
        fields: Vec<MappedField>,
    },
    /// Whom the guard holds.
    Guarded {
        /// The list.
        report: GuardReport,
    },
    /// It was decided.
    Decided {
        /// Of so many.
        resources: usize,
    },
    /// What a target would be sent.
    Tried {
        /// For the resource.
        trial: Trial,
    },
    /// What was parked, held or withheld is taken up again.
    Retried {
        /// Of so many resources.
        resources: usize,
        /// So many were left out, as their records are damaged.
        damaged: usize,
    },
    /// What happens on the way; further answers follow.
    Told {
        /// What.
        told: Told,
    },
    /// What an import would change.
    Previewed {
        /// The plan, in numbers; its lines were told.
        preview: Preview,
    },
    /// An import was made.
    Imported {
        /// In numbers; who was not applied was told.
        applied: Applied,
    },
    /// A vendor was compared with its directory.
    Drifted {
        /// In what it differs.
        report: Report,
    },
    /// The URL to open for a vendor's consent.
    Consent {
        /// The URL.
        url: String,
    },
    /// Nothing was done.
    Failed {
        /// Why.
        message: String,
    },
}
