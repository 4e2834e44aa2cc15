//! Settings records.
use super::codec;
use super::keys::Key;
use super::read::{number, under};
use super::tables::{Rows, Tables, Writing};
use crate::store::{Error, SettingKind};

/// A version and a value.
type Versioned = (u64, Vec<u8>);

impl<T: Rows> Tables<T> {
    pub(super) fn setting(&self, kind: SettingKind, name: &str) -> Result<Option<Versioned>, Error> {
        let key = Key::setting(kind, name);
        let Some(record) = self.settings.get(key.bytes())? else {
            return Ok(None);
        };
        codec::unseal("setting", key.bytes(), record.value()).map(Some)
    }

    pub(super) fn settings(&self, kind: SettingKind) -> Result<Vec<(String, u64, Vec<u8>)>, Error> {
        let prefix = Key::kind(kind);
        let mut found = Vec::new();
        for row in under(&self.settings, &prefix, None)? {
            let (key, record) = row?;
            let (version, value): Versioned = codec::unseal("setting", key.value(), record.value())?;
            let name = key.value().get(prefix.bytes().len()..).unwrap_or_default();
            found.push((String::from_utf8_lossy(name).into_owned(), version, value));
        }
        Ok(found)
    }
}

impl Writing<'_> {
    /// Versions are counted by kind, so that a record made anew under an old name never has an old version.
    pub(super) fn put_setting(&mut self, kind: SettingKind, name: &str, value: &[u8]) -> Result<(), Error> {
        let counter = Key::kind(kind);
        let version = number("count", &self.counts, &counter)? + 1;
        let record = codec::seal(counter.bytes(), &version)?;
        self.counts.insert(counter.bytes(), record.as_slice())?;
        let key = Key::setting(kind, name);
        let record = codec::seal(key.bytes(), &(version, value))?;
        self.settings.insert(key.bytes(), record.as_slice())?;
        Ok(())
    }

    pub(super) fn delete_setting(&mut self, kind: SettingKind, name: &str) -> Result<(), Error> {
        self.settings.remove(Key::setting(kind, name).bytes())?;
        Ok(())
    }
}
