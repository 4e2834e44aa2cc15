//! JSON values inside records whose format does not describe itself: as JSON text. In formats made for people they stay
//! as they are.
use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

type Fields = BTreeMap<String, Value>;

pub(super) fn serialize<S: Serializer>(fields: &Fields, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        return fields.serialize(serializer);
    }
    let text = serde_json::to_string(fields).map_err(S::Error::custom)?;
    serializer.serialize_str(&text)
}

pub(super) fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Fields, D::Error> {
    if deserializer.is_human_readable() {
        return Fields::deserialize(deserializer);
    }
    let text = <&str>::deserialize(deserializer)?;
    serde_json::from_str(text).map_err(D::Error::custom)
}
