//! When the store was restored from a backup. Kept in the store itself, since what comes from a backup stays so.
use jiff::Timestamp;

use super::Store;
use super::batch::{SettingKind, Write};
use super::error::Error;

/// The settings record, of the kind [`SettingKind::Other`].
pub(super) const NAME: &str = "restored";

/// When the store was restored from a backup, if it was: vendors may know better than what was last written before.
///
/// # Errors
/// The store's.
pub(crate) async fn restored_at(store: &dyn Store) -> Result<Option<Timestamp>, Error> {
    noted(store.setting(SettingKind::Other, NAME).await?)
}

/// Notes it.
pub(super) fn note(at: Timestamp) -> Write {
    Write::PutSetting(SettingKind::Other, NAME.to_owned(), at.to_string().into_bytes())
}

/// Reads the settings record.
pub(super) fn noted(record: Option<(u64, Vec<u8>)>) -> Result<Option<Timestamp>, Error> {
    let Some((_, value)) = record else { return Ok(None) };
    let at = std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok());
    at.map(Some)
        .ok_or_else(|| Error::Damaged("the time of the restore".to_owned()))
}
