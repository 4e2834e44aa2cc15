//! What each identity provider sends, and what is made of it. Every row that needs normalising is also
//! put to the strict core as it was sent, which must refuse it or read it otherwise.
use serde_json::Value;

use super::{Dialect, Hints, Rules, normalise_patch, normalise_resource};
use crate::patch::{Patch, RowChange};
use crate::resource_type::ResourceType;
use crate::urn::{ENTERPRISE_USER, GROUP, PATCH_OP, USER};
use crate::{Catalogue, Object, validate};

mod bodies;
mod patches;

/// Whether the strict core would do the same without normalising.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Core {
    /// It would: the row is here to show that the habit needs nothing.
    Same,
    /// It would not.
    Other,
}
use Core::{Other, Same};

fn rules(dialect: Dialect) -> Rules {
    dialect.recognise(&Hints::default())
}

/// What the core makes of a body: the document and the values of members.
fn body(kind: &ResourceType, rules: &Rules, body: Value) -> Result<(Object, Vec<String>), String> {
    let body = normalise_resource(rules, kind, body);
    let valid = validate::create(kind, &body, &lenient(rules)).map_err(|error| error.detail)?;
    Ok((valid.resource, valid.rows.into_iter().map(|row| row.value).collect()))
}

/// What the core makes of a PATCH.
fn patch(
    kind: &ResourceType,
    rules: &Rules,
    current: &Object,
    operations: Value,
) -> Result<(Object, Vec<RowChange>), String> {
    let body = normalise_patch(rules, kind, operations);
    let patched = Patch::parse(&body)
        .and_then(|patch| patch.apply(kind, current, &lenient(rules)))
        .map_err(|error| error.detail)?;
    Ok((patched.resource, patched.rows))
}

/// The same rules, but unknown attributes are ignored: that alone would make the strict dialect refuse
/// most bodies.
fn lenient(rules: &Rules) -> Rules {
    Rules {
        unknown_attributes_refused: false,
        ..rules.clone()
    }
}
