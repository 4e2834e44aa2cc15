//! Resource to account, pure: the same input gives the same output. Which links a change concerns.
mod account;

pub use account::{Fault, Wanted, wanted};
/// The kind of account that resources of a type become.
pub fn kind(resource_type: &str) -> Option<adapters::descriptor::Kind> {
    match resource_type {
        "User" => Some(adapters::descriptor::Kind::User),
        "Group" => Some(adapters::descriptor::Kind::Group),
        _ => None,
    }
}
