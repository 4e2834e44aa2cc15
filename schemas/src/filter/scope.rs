//! What the names in a filter mean where they stand.
use crate::path::AttributePath;
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Schema, Type};

/// Where a filter stands: over a resource, or in brackets over the values of one attribute.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    Resource(&'a ResourceType),
    Value(&'a Attribute),
}

/// What a path names.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) extension: Option<&'a Schema>,
    /// None if the value itself is meant, as in `tags[value eq "x"]` with `tags` of strings.
    pub(super) attribute: Option<&'a Attribute>,
    pub(super) sub: Option<&'a Attribute>,
    /// The attribute whose type and case rule count.
    pub(super) leaf: &'a Attribute,
}

impl<'a> Scope<'a> {
    /// What the path names; its value filter is not looked at.
    pub(super) fn target(self, path: &AttributePath) -> Option<Target<'a>> {
        match self {
            Scope::Resource(kind) => {
                let resolved = kind.resolve(path)?;
                Some(Target {
                    extension: resolved.extension,
                    attribute: Some(resolved.attribute),
                    sub: resolved.sub,
                    leaf: resolved.leaf(),
                })
            }
            Scope::Value(attribute) => value_target(attribute, path),
        }
    }

    /// What a comparison of the path compares: for a complex attribute its `value`, as in
    /// `emails co "example.com"` of RFC 7644 figure 2.
    pub(super) fn compared(self, path: &AttributePath) -> Option<Target<'a>> {
        let target = self.target(path)?;
        if target.leaf.kind != Type::Complex || target.sub.is_some() {
            return Some(target);
        }
        let Some(value) = target.leaf.sub_attribute("value") else {
            return Some(target);
        };
        Some(Target {
            sub: Some(value),
            leaf: value,
            ..target
        })
    }
}

fn value_target<'a>(attribute: &'a Attribute, path: &AttributePath) -> Option<Target<'a>> {
    if path.schema.is_some() || path.sub.is_some() {
        return None;
    }
    let name = path.attribute.as_deref()?;
    if attribute.kind != Type::Complex {
        let itself = name.eq_ignore_ascii_case("value");
        return itself.then_some(Target {
            extension: None,
            attribute: None,
            sub: None,
            leaf: attribute,
        });
    }
    let sub = attribute.sub_attribute(name)?;
    Some(Target {
        extension: None,
        attribute: Some(sub),
        sub: None,
        leaf: sub,
    })
}
