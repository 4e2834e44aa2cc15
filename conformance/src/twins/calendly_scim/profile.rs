//! What Calendly takes, and what it does with it.

use crate::twins::scim::profile::{Extras, Filters, Profile, Shape, UserNames};
use crate::twins::scim::profiles::{DESCRIPTIONS, GROUP_ROUTES, RFC};

pub(in crate::twins) static PROFILE: Profile = Profile {
    vendor: "calendly-scim",
    lacks: &[&["GET /ServiceProviderConfig"], GROUP_ROUTES, DESCRIPTIONS],
    users: Shape {
        takes: Some(&["userName", "displayName", "active", "externalId"]),
        required: &["userName", "displayName", "active"],
        filters: Filters::Sets(&[&["userName"]]),
        ..RFC.users
    },
    extras: Extras::Refused,
    user_names: UserNames::Email,
    invites: true,
    confirms_user_names: true,
    ..RFC
};
