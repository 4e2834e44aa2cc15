//! What the vendor in memory can do, in several variants.
use std::sync::LazyLock;

use adapters::descriptor::Descriptor;

const DESCRIPTOR: &str = r#"
name = "fake"
title = "Fake"
base_url = "https://fake.example"
deactivate = "delete"
calls_per_minute = 60000
concurrency = 4
read_lag_ms = 2000
call_deadline_ms = 10000
[user]
title = "user"
unique = "email"
exact_get = true
custom_prefix = "own."
[[user.fields]]
name = "email"
type = "email"
required = true
case_insensitive = true
default_source = "userName"
[[user.fields]]
name = "name"
type = "string"
default_source = "displayName"
[[user.fields]]
name = "title"
type = "string"
length_max = 20
default_source = "title"
[[user.fields]]
name = "role"
type = "role"
default_source = "roles.value"
[[user.fields]]
name = "phone"
type = "string"
call = "phone"
default_source = "phoneNumbers.value"
[[user.fields]]
name = "contact"
type = "email"
call = "contact"
created_from = "email"
default_source = "userName"
[group]
title = "team"
unique = "name"
exact_get = true
[[group.fields]]
name = "name"
type = "string"
default_source = "displayName"
[[roles]]
name = "admin"
rank = 2
assignable = true
[[roles]]
name = "user"
rank = 1
assignable = true
"#;

pub(in crate::delivery) static DELETING: LazyLock<Descriptor> = LazyLock::new(|| toml::from_str(DESCRIPTOR).unwrap());
pub(in crate::delivery) static SUSPENDING: LazyLock<Descriptor> =
    LazyLock::new(|| toml::from_str(&DESCRIPTOR.replace(r#""delete""#, r#""suspend""#)).unwrap());
/// One that says how many more people may have a role.
pub(in crate::delivery::tests) static COUNTING: LazyLock<Descriptor> =
    LazyLock::new(|| toml::from_str(&format!("counts_roles = true\n{DESCRIPTOR}")).unwrap());

/// At the pace of a vendor that takes 960 calls a minute.
pub(in crate::delivery::tests) static PACED: LazyLock<Descriptor> = LazyLock::new(|| {
    toml::from_str(&DESCRIPTOR.replace("calls_per_minute = 60000", "calls_per_minute = 960")).unwrap()
});

/// Shows what was made a while later, also to who reads it by id.
pub(in crate::delivery::tests) static LAGGING: LazyLock<Descriptor> =
    LazyLock::new(|| toml::from_str(&DESCRIPTOR.replace("exact_get = true", "")).unwrap());

/// Takes so many members in one call.
pub(in crate::delivery::tests) static IN_TWENTIES: LazyLock<Descriptor> =
    LazyLock::new(|| toml::from_str(&format!("members_per_call = 20\n{DESCRIPTOR}")).unwrap());
pub(in crate::delivery::tests) static IN_HUNDREDS: LazyLock<Descriptor> =
    LazyLock::new(|| toml::from_str(&format!("members_per_call = 100\n{DESCRIPTOR}")).unwrap());

/// Works off jobs of ten.
pub(in crate::delivery::tests) static IN_JOBS: LazyLock<Descriptor> =
    LazyLock::new(|| toml::from_str(&format!("bulk_max = 10\n{DESCRIPTOR}")).unwrap());

/// One whose groups and titles are for administrators only.
pub(in crate::delivery) static ROLED: LazyLock<Descriptor> = LazyLock::new(|| {
    let titled = DESCRIPTOR.replace("length_max = 20", "length_max = 20\nroles = [\"admin\"]");
    toml::from_str(&format!("member_roles = [\"admin\"]\n{titled}")).unwrap()
});

/// One whose groups may not tell who is in them.
pub(in crate::delivery::tests) static SILENT: LazyLock<Descriptor> =
    LazyLock::new(|| toml::from_str(&format!("shows_members = false\n{DESCRIPTOR}")).unwrap());
