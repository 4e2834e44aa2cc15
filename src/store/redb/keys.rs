//! Keys of rows: fields one after another, so that rows of a prefix stand together and in order.
use aws_lc_rs::digest;
use jiff::Timestamp;
use uuid::Uuid;

use crate::store::{
    AccountRef, DirectoryId, GrantKey, IndexTerm, LinkKey, ResourceId, ResourceKey, Scope, SettingKind, TargetId,
};

/// Texts up to this many bytes are kept in keys as they are, longer ones as their SHA-256: a page of the file holds
/// dozens of keys, whatever an IdP sends.
const TEXT_BYTES_MAX: usize = 256;

/// In place of a length: a SHA-256 follows.
const HASHED: u16 = u16::MAX;

/// A key or the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<u8>);

/// A resource's id is the end of most keys.
const ID_BYTES: usize = 16;

impl Key {
    pub(super) fn scope(scope: &Scope) -> Self {
        Self::empty().id(scope.directory.0).text(&scope.resource_type)
    }

    pub(super) fn resource(key: &ResourceKey) -> Self {
        Self::scope(&key.scope).id(key.id.0)
    }

    /// The beginning of the keys of all resources with this term.
    pub(super) fn term(scope: &Scope, term: &IndexTerm) -> Self {
        Self::scope(scope).text(&term.attribute).text(&term.value)
    }

    /// A key, or part of one, as it is stored.
    pub(super) fn stored(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    pub(super) fn in_directory(directory: DirectoryId, id: ResourceId) -> Self {
        Self::empty().id(directory.0).id(id.0)
    }

    pub(super) fn target(directory: DirectoryId, target: TargetId) -> Self {
        Self::empty().id(directory.0).id(target.0)
    }

    pub(super) fn only_target(target: TargetId) -> Self {
        Self::empty().id(target.0)
    }

    pub(super) fn link(key: &LinkKey) -> Self {
        Self::target(key.directory, key.target).id(key.resource.0)
    }

    /// The beginning of the keys of all links with this account.
    pub(super) fn account(target: Self, resource_type: &str, account: AccountRef<'_>) -> Self {
        let typed = target.text(resource_type);
        match account {
            AccountRef::Id(id) => typed.byte(0).text(id),
            AccountRef::Unique(value) => typed.byte(1).text(value),
        }
    }

    pub(super) fn grant(key: &GrantKey) -> Self {
        Self::link(&key.group).id(key.member.0)
    }

    pub(super) fn setting(kind: SettingKind, name: &str) -> Self {
        let mut key = Self::kind(kind);
        key.0.extend_from_slice(name.as_bytes());
        key
    }

    pub(super) fn kind(kind: SettingKind) -> Self {
        Self::empty().byte(match kind {
            SettingKind::Directory => 0,
            SettingKind::Target => 1,
            SettingKind::Token => 2,
            SettingKind::Other => 3,
        })
    }

    pub(super) fn id(mut self, id: Uuid) -> Self {
        self.0.extend_from_slice(id.as_bytes());
        self
    }

    pub(super) fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    /// A time, in order also before 1970.
    pub(super) fn time(mut self, time: Timestamp) -> Self {
        let ordered = time.as_microsecond().cast_unsigned() ^ (1 << 63);
        self.0.extend_from_slice(&ordered.to_be_bytes());
        self
    }

    pub(super) fn text(mut self, text: &str) -> Self {
        match u16::try_from(text.len()) {
            Ok(length) if text.len() <= TEXT_BYTES_MAX => {
                self.0.extend_from_slice(&length.to_be_bytes());
                self.0.extend_from_slice(text.as_bytes());
            }
            _ => {
                self.0.extend_from_slice(&HASHED.to_be_bytes());
                self.0
                    .extend_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
            }
        }
        self
    }

    fn empty() -> Self {
        /// Enough for most keys, so that building one allocates once.
        const CAPACITY: usize = 96;
        Self(Vec::with_capacity(CAPACITY))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The time that follows a key's beginning.
pub(super) fn time_after(prefix: &Key, key: &[u8]) -> Option<Timestamp> {
    let ordered = u64::from_be_bytes(*key.get(prefix.0.len()..)?.first_chunk()?);
    Timestamp::from_microsecond((ordered ^ (1 << 63)).cast_signed()).ok()
}

/// The link that a key names.
pub(super) fn link_key(key: &[u8]) -> Option<LinkKey> {
    let [directory, target, resource] = ids(key)?;
    Some(LinkKey {
        directory: DirectoryId(directory),
        target: TargetId(target),
        resource: ResourceId(resource),
    })
}

/// The grant that a key names.
pub(super) fn grant_key(key: &[u8]) -> Option<GrantKey> {
    let (group, member) = key.split_at_checked(key.len().checked_sub(ID_BYTES)?)?;
    Some(GrantKey {
        group: link_key(group)?,
        member: ResourceId(last_id(member)),
    })
}

/// A membership's key with group and member in the other order.
pub(super) fn reversed(key: &[u8]) -> Option<Key> {
    let [directory, one, other] = ids(key)?;
    Some(Key::in_directory(DirectoryId(directory), ResourceId(other)).id(one))
}

fn ids<const N: usize>(key: &[u8]) -> Option<[Uuid; N]> {
    let ids: Option<Vec<Uuid>> = key.chunks(ID_BYTES).map(|id| Uuid::from_slice(id).ok()).collect();
    ids?.try_into().ok()
}

/// The id at the end of a key.
pub(super) fn last_id(key: &[u8]) -> Uuid {
    key.last_chunk::<ID_BYTES>()
        .copied()
        .map_or(Uuid::nil(), Uuid::from_bytes)
}
