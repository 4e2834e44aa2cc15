//! What a vendor can do, as data. Pure types: mapping and use cases may read them.
mod auth;
mod dialect;
mod field;
mod kind;
mod misfit;
mod role;
mod source;
mod vendor;

pub use auth::{AuthMethod, ClientAuth, Grant, TokenRequest};
pub use dialect::{Clear, Moved, OwnDialect, OwnField, OwnResources, Pages, Update};
pub use field::{Field, FieldType};
pub use kind::{Kind, KindDescriptor};
pub use misfit::Misfit;
pub use role::{Role, is_same_name};
pub use source::source_paths;
pub use vendor::{Deactivate, DefaultOnDelete, Descriptor, FormerSetting, Setting};
