//! What a request may say of a user.

use super::account::PagerDuty;
use super::body::Fields;
use super::records::User;
use super::refusal::Refusal;
use super::roles::Role;
use crate::twins::Request;

const NAME_LENGTH_MAX: usize = 100;
const JOB_TITLE_LENGTH_MAX: usize = 100;

/// No length is documented for these; what a database row takes.
const TEXT_LENGTH_MAX: usize = 65_535;

/// What IANA time zones begin with. The twin carries no time zone database.
const TIME_ZONE_AREAS: [&str; 11] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Etc",
    "Europe",
    "Indian",
    "Pacific",
];

/// The fields of a user that a request names.
pub(super) struct UserFields {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) role: Option<Role>,
    pub(super) license: Option<String>,
    time_zone: Option<String>,
    color: Option<String>,
    job_title: Option<String>,
    /// The inner one is none if the description shall go.
    description: Option<Option<String>>,
}

impl UserFields {
    /// For a new user some fields are required; else any may be left out.
    pub(super) fn read(request: &Request, is_new: bool) -> Result<UserFields, Refusal> {
        let mut fields = Fields::wrapped(request, "user")?;
        let (kind, name) = (fields.type_is("user"), fields.filled("name", NAME_LENGTH_MAX));
        let email = fields.email("email");
        if is_new {
            fields.require("type", kind);
            fields.require("name", name.as_ref());
            fields.require("email", email.as_ref());
        }
        let described = fields.is_null("description");
        let read = UserFields {
            name,
            email,
            role: fields.choice("role"),
            license: fields.reference("license", &["license_reference", "license"]),
            time_zone: time_zone(&mut fields),
            color: fields.text("color", TEXT_LENGTH_MAX),
            job_title: fields.text("job_title", JOB_TITLE_LENGTH_MAX),
            description: if described {
                Some(None)
            } else {
                fields.text("description", TEXT_LENGTH_MAX).map(Some)
            },
        };
        fields.finish()?;
        Ok(read)
    }

    /// The user with these fields, but for role and license, which are not a matter of values alone.
    pub(super) fn apply(self, user: User) -> User {
        User {
            name: self.name.unwrap_or(user.name),
            email: self.email.unwrap_or(user.email),
            time_zone: self.time_zone.unwrap_or(user.time_zone),
            color: self.color.unwrap_or(user.color),
            job_title: self.job_title.or(user.job_title),
            description: self.description.unwrap_or(user.description),
            ..user
        }
    }
}

/// Null is the account's time zone.
fn time_zone(fields: &mut Fields) -> Option<String> {
    if fields.is_null("time_zone") {
        return Some(PagerDuty::TIME_ZONE.to_owned());
    }
    let name = fields.filled("time_zone", TEXT_LENGTH_MAX)?;
    let has_area = |(area, place): (&str, &str)| TIME_ZONE_AREAS.contains(&area) && !place.is_empty();
    if name == "UTC" || name.split_once('/').is_some_and(has_area) {
        return Some(name);
    }
    fields.fault("Time zone is not included in the list");
    None
}
