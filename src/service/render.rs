//! Stored resources as they are answered: what changes without a write is put into the stored bytes.
use std::borrow::Cow;

use super::document::date_time;
use crate::store::{Place, Resource};

/// What is put into a stored body.
#[derive(Debug, Clone, Default)]
pub(super) struct Extras {
    /// The version as in the ETag.
    pub(super) version: String,
    /// The attributes made of membership rows as JSON members, each with a leading comma.
    pub(super) rows: Vec<u8>,
}

/// The resource as JSON. The base URL is one as it stands between the quotes of JSON, see [`escaped`].
pub(super) fn bytes(resource: &Resource, base_url: &str, extras: &Extras) -> Vec<u8> {
    let version = escaped(&extras.version);
    let references = resource.splices.len();
    let room = extras.rows.len() + version.len() + META_ROOM + references * (base_url.len() + 1);
    let mut out = Vec::with_capacity(resource.body.len() + room);
    let mut rest = resource.body.as_slice();
    let mut from = 0;
    for splice in &resource.splices {
        let offset = usize::try_from(splice.offset).unwrap_or(usize::MAX);
        let (before, after) = rest
            .split_at_checked(offset.saturating_sub(from))
            .unwrap_or((rest, &[]));
        out.extend_from_slice(before);
        rest = after;
        from = offset;
        match splice.place {
            Place::Rows => out.extend_from_slice(&extras.rows),
            Place::BaseUrl => {
                out.extend_from_slice(base_url.as_bytes());
                out.push(b'/');
            }
            Place::Version => {
                out.extend_from_slice(b",\"lastModified\":\"");
                out.extend_from_slice(date_time(resource.modified).as_bytes());
                out.extend_from_slice(b"\",\"version\":\"");
                out.extend_from_slice(version.as_bytes());
                out.push(b'"');
            }
        }
    }
    out.extend_from_slice(rest);
    out
}

/// Bytes that `lastModified` and the names around it take.
const META_ROOM: usize = 64;

/// A text as it stands between the quotes of JSON.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        return Cow::Borrowed(text);
    }
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    Cow::Owned(inner.unwrap_or_default().to_owned())
}
