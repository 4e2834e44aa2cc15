//! Box's own shapes: what it answers.
use serde::Deserialize;
use serde_json::{Map, Value};

/// A user or a group: an id, and whatever fields were asked for.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) values: Map<String, Value>,
}

impl TryFrom<Map<String, Value>> for Entry {
    type Error = &'static str;

    fn try_from(values: Map<String, Value>) -> Result<Self, Self::Error> {
        let id = values.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
        let id = id.ok_or("an entry without id")?.to_owned();
        Ok(Self { id, values })
    }
}

impl Entry {
    /// A field's text; empty if it has none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.values.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.values.get(name) == Some(&Value::Bool(true))
    }
}

/// A page of a listing, by marker or by offset.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub(super) struct Listed<T> {
    pub(super) entries: Vec<T>,
    /// How many there are in all; with an offset only, and not for certain.
    #[serde(default)]
    pub(super) total_count: Option<u64>,
    /// Where the next page begins; null or empty on the last one.
    #[serde(default)]
    pub(super) next_marker: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Membership {
    pub(super) id: String,
    pub(super) user: Option<Reference>,
    pub(super) group: Option<Reference>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    pub(super) id: String,
}

/// Whose token it is.
#[derive(Debug, Deserialize)]
pub(super) struct Me {
    pub(super) enterprise: Option<Enterprise>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Enterprise {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
}

/// A value by which an enterprise marks its users.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct TrackingCode {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

/// `{"type":"error","status","code","message","context_info","request_id"}`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) context_info: Option<Value>,
}
