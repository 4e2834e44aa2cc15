//! The attributes of a user's profile: those that every org has, and the org's own.

use serde_json::Value;

use super::org::{AttributeType, CustomAttribute, Mutability, Org};

/// An attribute of the profile.
#[derive(Clone, Copy)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    pub(super) title: &'a str,
    pub(super) kind: AttributeType,
    pub(super) required: bool,
    /// Whether null takes its value away.
    pub(super) nullable: bool,
    pub(super) unique: bool,
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
    pub(super) format: Option<Format>,
    pub(super) choices: Option<&'a [Value]>,
    pub(super) mutability: Mutability,
}

/// What a string must look like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Email,
    /// `en_US`.
    Locale,
}

/// A text that may be left out.
const fn text(name: &'static str, title: &'static str) -> Attribute<'static> {
    Attribute {
        name,
        title,
        kind: AttributeType::String,
        required: false,
        nullable: true,
        unique: false,
        min_length: None,
        max_length: None,
        format: None,
        choices: None,
        mutability: Mutability::ReadWrite,
    }
}

const fn up_to(max: u64, attribute: Attribute<'static>) -> Attribute<'static> {
    Attribute {
        max_length: Some(max),
        ..attribute
    }
}

const fn not_null(attribute: Attribute<'static>) -> Attribute<'static> {
    Attribute {
        nullable: false,
        ..attribute
    }
}

const fn formed(format: Format, attribute: Attribute<'static>) -> Attribute<'static> {
    Attribute {
        format: Some(format),
        ..attribute
    }
}

/// An attribute that every user has, at least so long.
const fn required(min: u64, attribute: Attribute<'static>) -> Attribute<'static> {
    Attribute {
        required: true,
        nullable: false,
        min_length: Some(min),
        ..attribute
    }
}

/// Lengths and what may be null are the contract's.
const BASE: [Attribute<'static>; 31] = [
    Attribute {
        unique: true,
        ..required(5, up_to(100, text("login", "Username")))
    },
    required(5, up_to(100, formed(Format::Email, text("email", "Primary email")))),
    required(1, up_to(50, text("firstName", "First name"))),
    required(1, up_to(50, text("lastName", "Last name"))),
    text("middleName", "Middle name"),
    text("honorificPrefix", "Honorific prefix"),
    text("honorificSuffix", "Honorific suffix"),
    text("title", "Title"),
    text("displayName", "Display name"),
    text("nickName", "Nickname"),
    text("profileUrl", "Profile Url"),
    up_to(100, formed(Format::Email, text("secondEmail", "Secondary email"))),
    up_to(100, text("mobilePhone", "Mobile phone")),
    up_to(100, text("primaryPhone", "Primary phone")),
    up_to(1024, text("streetAddress", "Street address")),
    up_to(128, text("city", "City")),
    up_to(128, text("state", "State")),
    up_to(50, text("zipCode", "Zip code")),
    up_to(2, text("countryCode", "Country code")),
    up_to(4096, text("postalAddress", "Postal Address")),
    text("preferredLanguage", "Preferred language"),
    not_null(formed(Format::Locale, text("locale", "Locale"))),
    text("timezone", "Time zone"),
    text("userType", "User type"),
    not_null(text("employeeNumber", "Employee number")),
    text("costCenter", "Cost center"),
    text("organization", "Organization"),
    text("division", "Division"),
    not_null(text("department", "Department")),
    text("managerId", "ManagerId"),
    text("manager", "Manager"),
];

impl Org {
    /// The attributes that every org has, as this one has them.
    pub(super) fn base_attributes(&self) -> impl Iterator<Item = Attribute<'_>> {
        BASE.into_iter().map(|attribute| {
            let is_name = matches!(attribute.name, "firstName" | "lastName");
            match is_name && !self.names_required {
                true => Attribute {
                    required: false,
                    nullable: true,
                    ..attribute
                },
                false => attribute,
            }
        })
    }

    pub(super) fn custom_attributes(&self) -> impl Iterator<Item = Attribute<'_>> {
        self.attributes.iter().map(CustomAttribute::attribute)
    }

    pub(super) fn all_attributes(&self) -> impl Iterator<Item = Attribute<'_>> {
        self.base_attributes().chain(self.custom_attributes())
    }

    pub(super) fn attribute(&self, name: &str) -> Option<Attribute<'_>> {
        self.all_attributes().find(|attribute| attribute.name == name)
    }
}

impl CustomAttribute {
    fn attribute(&self) -> Attribute<'_> {
        Attribute {
            name: &self.name,
            title: if self.title.is_empty() { &self.name } else { &self.title },
            kind: self.kind,
            required: self.required,
            nullable: !self.required,
            unique: self.unique,
            min_length: self.min_length,
            max_length: self.max_length,
            format: None,
            choices: self.choices.as_deref(),
            mutability: self.mutability,
        }
    }
}

impl Format {
    pub(super) fn name(self) -> &'static str {
        match self {
            Format::Email => "email",
            Format::Locale => "locale",
        }
    }

    pub(super) fn fits(self, value: &str) -> bool {
        match self {
            Format::Email => is_email(value),
            Format::Locale => is_locale(value),
        }
    }
}

/// Something before and something with a dot behind one `@`, no blanks.
pub(super) fn is_email(value: &str) -> bool {
    let sound = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    value.split_once('@').is_some_and(|(local, domain)| {
        sound(local) && sound(domain) && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
    })
}

/// A language of ISO 639-1, an underscore, and a country of ISO 3166-1.
fn is_locale(value: &str) -> bool {
    value.split_once('_').is_some_and(|(language, country)| {
        language.len() == 2
            && language.bytes().all(|b| b.is_ascii_lowercase())
            && country.len() == 2
            && country.bytes().all(|b| b.is_ascii_uppercase())
    })
}
