//! What administrators write.
use usherd::config::{Declarations, Source, Target};
use usherd::mapping::{Mapping, Membership, Subject};

use super::scim::{CATALOGUE, person};

/// An expression of a mapping, compiled and evaluated.
pub(super) fn expression(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut target = Target::new("t", "d", "pagerduty", "env:NONE");
    let source = Source {
        expression: Some(text),
        ..Source::default()
    };
    target.mapping.user.insert("name".to_owned(), source);
    let vendor = adapters::vendor("pagerduty").expect("there is such a vendor");
    let Ok(mapping) = Mapping::new(&CATALOGUE, (vendor.descriptor)(), &target) else {
        return false;
    };
    let group = Membership {
        id: "1".to_owned(),
        name: Some("staff".to_owned()),
    };
    mapping.wanted(&Subject {
        resource_type: "User",
        resource: &person(),
        groups: &[group],
    });
    true
}

/// A file of directories and targets.
pub(super) fn declaration(bytes: &[u8]) -> bool {
    Declarations::parse(&String::from_utf8_lossy(bytes), "fuzz").is_ok()
}
