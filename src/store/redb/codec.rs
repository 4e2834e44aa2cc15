//! Records: a format byte, a checksum of key and payload, the payload.
//!
//! The checksum covers the key too, so a record that turns up in another's place is as damaged as one with a flipped
//! bit.
use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use super::keys::Key;

use crate::store::{Error, IndexTerm, Resource, ResourceKey, Splice, TargetId};

/// The format of records that is written.
const FORMAT: u8 = 3;

/// The earliest that is read: only links are others since, and those were rewritten ([`migrate`](super::migrate)).
const OLDEST: u8 = 2;

/// Bytes before the payload: the format and the checksum.
const HEADER_BYTES: usize = 5;

/// The record of a value under a key.
pub(super) fn seal(key: &[u8], value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let header = vec![0; HEADER_BYTES];
    let mut record = postcard::to_extend(value, header).map_err(|error| Error::Unexpected(Box::new(error)))?;
    frame(FORMAT, key, &mut record);
    Ok(record)
}

/// A payload of an earlier format as one of the next; `None`: it is none.
pub(super) type Raise<'a> = &'a dyn Fn(&[u8]) -> Option<Vec<u8>>;

/// A record of an earlier format as one of the next. `None`: it is of another format, or damaged, and stays as it is.
pub(super) fn raise(key: &[u8], record: &[u8], from: u8, payload: Raise<'_>) -> Option<Vec<u8>> {
    let (_, old) = opened(key, record).filter(|(format, _)| *format == from)?;
    let mut raised = vec![0; HEADER_BYTES];
    raised.extend(payload(old)?);
    frame(from + 1, key, &mut raised);
    Some(raised)
}

/// The value of a record. `what` names it if it is damaged.
pub(super) fn unseal<'a, V: Deserialize<'a>>(what: &'static str, key: &[u8], record: &'a [u8]) -> Result<V, Error> {
    let value = payload(key, record).and_then(|payload| postcard::from_bytes(payload).ok());
    value.ok_or_else(|| damaged(what, key))
}

/// Whether this is what was written under the key, whatever it says.
pub(super) fn is_sound(key: &[u8], record: &[u8]) -> bool {
    payload(key, record).is_some()
}

pub(super) fn damaged(what: &'static str, key: &[u8]) -> Error {
    Error::Damaged(named(what, key))
}

/// A record for a person, by its key: keys hold ids, no names.
pub(super) fn named(what: &str, key: &[u8]) -> String {
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{what} {key}")
}

fn payload<'a>(key: &[u8], record: &'a [u8]) -> Option<&'a [u8]> {
    let (format, payload) = opened(key, record)?;
    (OLDEST..=FORMAT).contains(&format).then_some(payload)
}

/// The format and the payload of what was written under the key.
fn opened<'a>(key: &[u8], record: &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (header, payload) = record.split_first_chunk::<HEADER_BYTES>()?;
    let [format, sum @ ..] = *header;
    (u32::from_le_bytes(sum) == checksum(format, key, payload)).then_some((format, payload))
}

/// Writes the header of a record that has room for it.
fn frame(format: u8, key: &[u8], record: &mut [u8]) {
    let sum = checksum(format, key, record.get(HEADER_BYTES..).unwrap_or_default());
    for (place, byte) in record.iter_mut().zip([format].into_iter().chain(sum.to_le_bytes())) {
        *place = byte;
    }
}

fn checksum(format: u8, key: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[format]);
    hasher.update(key);
    hasher.update(payload);
    hasher.finalize()
}

/// A resource as its record has it.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored<'a> {
    version: u64,
    created: i128,
    modified: i128,
    #[serde(borrow)]
    index: Vec<(&'a str, &'a str)>,
    splices: Cow<'a, [Splice]>,
    #[serde(serialize_with = "bytes")]
    body: &'a [u8],
    origins: Cow<'a, [TargetId]>,
}

impl<'a> Stored<'a> {
    pub(super) fn of(resource: &'a Resource) -> Self {
        let terms = resource.index.iter();
        Self {
            version: resource.version,
            created: resource.created.as_nanosecond(),
            modified: resource.modified.as_nanosecond(),
            index: terms
                .map(|term| (term.attribute.as_str(), term.value.as_str()))
                .collect(),
            splices: Cow::Borrowed(&resource.splices),
            body: &resource.body,
            origins: Cow::Borrowed(&resource.origins),
        }
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn touched(self, modified: Timestamp) -> Self {
        Self {
            modified: modified.as_nanosecond(),
            ..self
        }
    }

    pub(super) fn index_keys(&self, scope: &Key, id: Uuid) -> BTreeSet<Key> {
        let terms = self.index.iter();
        terms
            .map(|(attribute, value)| scope.clone().text(attribute).text(value).id(id))
            .collect()
    }

    fn terms(&self) -> impl Iterator<Item = IndexTerm> {
        self.index.iter().map(|(attribute, value)| IndexTerm {
            attribute: (*attribute).to_owned(),
            value: (*value).to_owned(),
        })
    }

    /// The resource, unless a time is out of range.
    pub(super) fn resource(self, key: ResourceKey) -> Option<Resource> {
        Some(Resource {
            key,
            version: self.version,
            created: Timestamp::from_nanosecond(self.created).ok()?,
            modified: Timestamp::from_nanosecond(self.modified).ok()?,
            body: self.body.to_vec(),
            index: self.terms().collect(),
            splices: self.splices.into_owned(),
            origins: self.origins.into_owned(),
        })
    }
}

/// As bytes, not as a sequence of numbers.
fn bytes<S: Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}
