//! The dialects.
//!
//! Where nothing is known of a vendor, its profile is a plausible restricted one, and says so.

use super::profile::{
    Deletion, Errors, Extras, Filters, Members, PagesBy, Paging, Patched, Profile, Shape, UserNames, Values,
};
use crate::twins::calendly_scim;

pub(super) static PROFILES: [&Profile; 8] = [
    &STRICT,
    &BY_PUT,
    &ACME,
    &AWS,
    &BLOGIN,
    &PLAN_MY_LEAVE,
    &SLACK,
    &calendly_scim::PROFILE,
];

/// What RFC 7643 and RFC 7644 say, with nothing added: attributes that the schemas do not have are refused, and so is
/// everything that the RFCs leave open. Bulk, sorting, versions, `/Me` and `/.search` are not offered, and
/// `/ServiceProviderConfig` says so.
pub(in crate::twins) const RFC: Profile = Profile {
    vendor: "scim",
    lacks: &[],
    users: USERS,
    groups: GROUPS,
    extras: Extras::UnknownRefused,
    values: Values {
        many_max: None,
        emails_are_primary: false,
        blanks: true,
        not_in_names: "",
    },
    user_names: UserNames::Any,
    unique_emails: false,
    members: Members {
        shown: true,
        changes_max: None,
        replaceable: true,
        removed_by_value: false,
        strangers_go: false,
        may_be_inactive: true,
    },
    paging: Paging {
        count_default: 100,
        count_max: 200,
        by: PagesBy::Index,
    },
    errors: Errors::Rfc,
    deletion: Deletion::Removes,
    invites: false,
    confirms_user_names: false,
    retry_after: true,
};

static STRICT: Profile = RFC;

/// The same without PATCH, which RFC 7644 section 3.5 leaves to service providers.
static BY_PUT: Profile = Profile {
    vendor: "scim-put",
    lacks: &[&["PATCH /Users/{id}", "PATCH /Groups/{id}"]],
    ..RFC
};

/// Nobody's product, with habits that are each somebody's: users are changed by PUT and found by their e-mail alone,
/// groups take one member a PATCH and have one name each, pages go on by cursor, and few attributes are taken.
static ACME: Profile = Profile {
    vendor: "scim-acme",
    lacks: &[&["PATCH /Users/{id}", "PUT /Groups/{id}"]],
    users: Shape {
        takes: Some(&[
            "userName",
            "externalId",
            "active",
            "displayName",
            "name.givenName",
            "name.familyName",
            "title",
            "emails.value",
            "emails.type",
            "emails.primary",
            "ims.value",
            "ims.type",
        ]),
        required: &["userName", "displayName", "emails.value"],
        filters: Filters::Sets(&[&["emails.value"]]),
        ..USERS
    },
    groups: Shape {
        takes: Some(&["displayName", "members.value", "members.display", "members.type"]),
        filters: Filters::Sets(&[&["displayName"]]),
        unique_name: true,
        patched: Patched::Nothing,
        ..GROUPS
    },
    values: Values {
        emails_are_primary: true,
        ..RFC.values
    },
    unique_emails: true,
    members: Members {
        changes_max: Some(1),
        ..RFC.members
    },
    paging: Paging {
        count_default: 20,
        count_max: 50,
        by: PagesBy::Cursor,
    },
    ..RFC
};

const USERS: Shape = Shape {
    takes: None,
    required: &["userName"],
    kept: &[],
    patched_once: &[],
    filters: Filters::All,
    aliases: &[],
    unique_name: true,
    patched: Patched::Resource,
};

const GROUPS: Shape = Shape {
    required: &["displayName"],
    unique_name: false,
    ..USERS
};

/// The routes of groups.
pub(in crate::twins) const GROUP_ROUTES: &[&str] = &[
    "GET /Groups",
    "POST /Groups",
    "GET /Groups/{id}",
    "PUT /Groups/{id}",
    "PATCH /Groups/{id}",
    "DELETE /Groups/{id}",
];

/// The routes that tell what resources are like.
pub(in crate::twins) const DESCRIPTIONS: &[&str] = &[
    "GET /ResourceTypes",
    "GET /ResourceTypes/{id}",
    "GET /Schemas",
    "GET /Schemas/{id}",
];

/// AWS IAM Identity Center, after the SCIM developer guide: its pages on limitations, on each operation, and on lists.
///
/// That `startIndex`, `attributes` and `excludedAttributes` are refused is not documented, only that they are not
/// supported; nor is what tells two groups of one name apart.
static AWS: Profile = Profile {
    vendor: "scim-aws",
    lacks: &[&["PUT /Groups/{id}"], DESCRIPTIONS],
    users: Shape {
        takes: Some(AWS_USER),
        required: &["userName", "displayName", "name.givenName", "name.familyName"],
        patched_once: &["userName", "active"],
        filters: Filters::Sets(&[
            &["userName"],
            &["externalId"],
            &["groups.value"],
            &["id"],
            &["id", MANAGER],
        ]),
        aliases: &[("manager", MANAGER)],
        ..USERS
    },
    groups: Shape {
        takes: Some(&[
            "displayName",
            "externalId",
            "members.value",
            "members.$ref",
            "members.display",
            "members.type",
        ]),
        filters: Filters::Sets(&[&["displayName"], &["externalId"], &["id"], &["id", "members.value"]]),
        aliases: &[("member", "members.value")],
        unique_name: true,
        patched: Patched::Nothing,
        ..GROUPS
    },
    extras: Extras::Refused,
    values: Values {
        many_max: Some(1),
        emails_are_primary: true,
        blanks: false,
        not_in_names: "<>;:%",
    },
    members: Members {
        shown: false,
        changes_max: Some(100),
        replaceable: false,
        removed_by_value: true,
        // Assumed: the documents say nothing of it.
        strangers_go: true,
        may_be_inactive: true,
    },
    paging: Paging {
        count_default: 100,
        count_max: 100,
        by: PagesBy::Cursor,
    },
    errors: Errors::Aws,
    // No header is documented.
    retry_after: false,
    ..RFC
};

const AWS_USER: &[&str] = &[
    "externalId",
    "userName",
    "name.formatted",
    "name.familyName",
    "name.givenName",
    "name.middleName",
    "name.honorificPrefix",
    "name.honorificSuffix",
    "displayName",
    "active",
    "nickName",
    "profileUrl",
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
    "emails.value",
    "emails.type",
    "emails.primary",
    "phoneNumbers.value",
    "phoneNumbers.type",
    "phoneNumbers.primary",
    "addresses.formatted",
    "addresses.streetAddress",
    "addresses.locality",
    "addresses.region",
    "addresses.postalCode",
    "addresses.country",
    "addresses.type",
    "addresses.primary",
    "roles.value",
    "roles.type",
    "roles.primary",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    MANAGER,
];

const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";

/// BlogIn. Attributes of users and groups are those of Microsoft's tutorial for it, which has no externalId; it can
/// create, update and deactivate users, and push groups. Everything else is not documented and a guess: attributes that
/// it does not know are passed over, users are found by userName alone and groups by displayName alone, a group takes
/// one member a request, two groups cannot have one name, and discovery is not offered.
static BLOGIN: Profile = Profile {
    vendor: "scim-blogin",
    lacks: &[&["PUT /Groups/{id}", "GET /ServiceProviderConfig"], DESCRIPTIONS],
    users: Shape {
        takes: Some(&[
            "userName",
            "active",
            "title",
            "emails.value",
            "emails.type",
            "emails.primary",
            "name.givenName",
            "name.familyName",
            "name.formatted",
            "phoneNumbers.value",
            "phoneNumbers.type",
            "phoneNumbers.primary",
        ]),
        required: &["userName", "emails.value"],
        filters: Filters::Sets(&[&["userName"]]),
        ..USERS
    },
    groups: Shape {
        takes: Some(&["displayName", "members.value", "members.display"]),
        filters: Filters::Sets(&[&["displayName"]]),
        unique_name: true,
        patched: Patched::Nothing,
        ..GROUPS
    },
    extras: Extras::Ignored,
    members: Members {
        changes_max: Some(1),
        ..RFC.members
    },
    ..RFC
};

/// PlanMyLeave. Only that users are created, updated, deleted, activated and deactivated is documented. Everything else
/// is a guess: there are no groups, updates are by PUT alone, users are found by userName alone, pages are small, and
/// attributes that it does not know are refused.
static PLAN_MY_LEAVE: Profile = Profile {
    vendor: "scim-planmyleave",
    lacks: &[
        &["PATCH /Users/{id}", "GET /ServiceProviderConfig"],
        GROUP_ROUTES,
        DESCRIPTIONS,
    ],
    users: Shape {
        takes: Some(&[
            "userName",
            "externalId",
            "active",
            "displayName",
            "name.givenName",
            "name.familyName",
            "emails.value",
            "emails.type",
            "emails.primary",
        ]),
        required: &["userName", "name.givenName", "name.familyName", "emails.value"],
        filters: Filters::Sets(&[&["userName"]]),
        ..USERS
    },
    groups: GROUPS,
    paging: Paging {
        count_default: 20,
        count_max: 50,
        by: PagesBy::Index,
    },
    ..RFC
};

/// Slack, after the reference of its SCIM API 2.0: codes for details, ten resources a page, user names of 21
/// characters, and a deletion that deactivates. Its filters are documented for version 1.1 alone; the attributes are
/// taken from there. Managers, guests and photos are left out here.
static SLACK: Profile = Profile {
    vendor: "scim-slack",
    lacks: &[&["GET /ResourceTypes/{id}", "GET /Schemas/{id}"]],
    users: Shape {
        takes: Some(SLACK_USER),
        required: &["userName", "emails.value"],
        kept: &["externalId"],
        filters: Filters::Sets(&[&["userName"], &["emails.value"]]),
        aliases: &[("email", "emails.value")],
        ..USERS
    },
    groups: Shape {
        takes: Some(&["displayName", "members.value", "members.display"]),
        filters: Filters::Sets(&[&["displayName"]]),
        ..GROUPS
    },
    user_names: UserNames::Converted { length_max: 21 },
    unique_emails: true,
    members: Members {
        changes_max: Some(15_000),
        // Assumed: the documents say nothing of it.
        strangers_go: true,
        may_be_inactive: false,
        ..RFC.members
    },
    paging: Paging {
        count_default: 10,
        count_max: 1000,
        by: PagesBy::Index,
    },
    errors: Errors::Slack,
    deletion: Deletion::Deactivates,
    ..RFC
};

const SLACK_USER: &[&str] = &[
    "externalId",
    "userName",
    "nickName",
    "name.familyName",
    "name.givenName",
    "name.honorificPrefix",
    "displayName",
    "active",
    "profileUrl",
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
    "password",
    "emails.value",
    "emails.type",
    "emails.primary",
    "phoneNumbers.value",
    "phoneNumbers.type",
    "phoneNumbers.primary",
    "addresses.streetAddress",
    "addresses.locality",
    "addresses.region",
    "addresses.postalCode",
    "addresses.country",
    "addresses.primary",
    "roles.value",
    "roles.primary",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
];
