//! What the path of an operation names.
use crate::path::AttributePath;
use crate::resource_type::{Extension, Resolved, ResourceType};

/// The target of an operation before any filter.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    /// All core attributes, named by the URN of the core schema.
    Core,
    /// All attributes of an extension, named by its URN.
    Extension(&'a Extension),
    /// An attribute or sub-attribute.
    Attribute(Resolved<'a>),
}

/// What the path names; none if the resource type has no such thing.
pub(super) fn target<'a>(kind: &'a ResourceType, path: &AttributePath) -> Option<Target<'a>> {
    if let Some(resolved) = kind.resolve(path) {
        return Some(Target::Attribute(resolved));
    }
    if let Some(extension) = kind.extension(path) {
        return Some(Target::Extension(extension));
    }
    let whole = path.filter.is_none() && path.sub.is_none();
    (whole && path.full_name().eq_ignore_ascii_case(&kind.schema.id)).then_some(Target::Core)
}
