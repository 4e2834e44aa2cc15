//! The attributes of RFC 7643, as far as filters, PATCH and checks need to know them.

/// The core schema of a User.
pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core schema of a Group.
pub(super) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of a User.
pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(super) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
pub(super) const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub(super) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A resource type.
pub(super) struct Type {
    pub(super) name: &'static str,
    pub(super) endpoint: &'static str,
    pub(super) urn: &'static str,
    pub(super) attributes: &'static [Attribute],
    pub(super) extension: Option<(&'static str, &'static [Attribute])>,
}

pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) many: bool,
    pub(super) case_exact: bool,
    pub(super) mutability: Mutability,
    pub(super) subs: &'static [Attribute],
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Text,
    Boolean,
    DateTime,
    Complex,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mutability {
    ReadWrite,
    ReadOnly,
    WriteOnly,
}

/// Where in a resource an attribute or a sub-attribute is.
#[derive(Clone, Copy)]
pub(super) struct Path {
    /// The extension it belongs to; none: the core.
    pub(super) extension: Option<&'static str>,
    pub(super) attribute: &'static Attribute,
    pub(super) sub: Option<&'static Attribute>,
}

pub(super) static USER_TYPE: Type = Type {
    name: "User",
    endpoint: "Users",
    urn: USER,
    attributes: &[
        ID,
        META,
        EXTERNAL_ID,
        text("userName"),
        complex(
            "name",
            &[
                text("formatted"),
                text("familyName"),
                text("givenName"),
                text("middleName"),
                text("honorificPrefix"),
                text("honorificSuffix"),
            ],
        ),
        text("displayName"),
        text("nickName"),
        exact("profileUrl"),
        text("title"),
        text("userType"),
        text("preferredLanguage"),
        text("locale"),
        text("timezone"),
        boolean("active"),
        Attribute {
            mutability: Mutability::WriteOnly,
            ..text("password")
        },
        many("emails", VALUES),
        many("phoneNumbers", VALUES),
        many("ims", VALUES),
        many("photos", VALUES),
        many(
            "addresses",
            &[
                text("formatted"),
                text("streetAddress"),
                text("locality"),
                text("region"),
                text("postalCode"),
                text("country"),
                text("type"),
                boolean("primary"),
            ],
        ),
        Attribute {
            mutability: Mutability::ReadOnly,
            ..many("groups", REFERENCES)
        },
        many("entitlements", VALUES),
        many("roles", VALUES),
        many(
            "x509Certificates",
            &[exact("value"), text("display"), text("type"), boolean("primary")],
        ),
    ],
    extension: Some((
        ENTERPRISE,
        &[
            text("employeeNumber"),
            text("costCenter"),
            text("organization"),
            text("division"),
            text("department"),
            complex(
                "manager",
                &[exact("value"), exact("$ref"), read_only(text("displayName"))],
            ),
        ],
    )),
};

pub(super) static GROUP_TYPE: Type = Type {
    name: "Group",
    endpoint: "Groups",
    urn: GROUP,
    attributes: &[ID, META, EXTERNAL_ID, text("displayName"), many("members", REFERENCES)],
    extension: None,
};

const ID: Attribute = read_only(exact("id"));
const EXTERNAL_ID: Attribute = exact("externalId");
const META: Attribute = read_only(complex(
    "meta",
    &[
        exact("resourceType"),
        date_time("created"),
        date_time("lastModified"),
        exact("location"),
        exact("version"),
    ],
));

/// What most multi-valued attributes consist of.
const VALUES: &[Attribute] = &[text("value"), text("display"), text("type"), boolean("primary")];

/// What references to other resources consist of.
const REFERENCES: &[Attribute] = &[exact("value"), exact("$ref"), text("display"), text("type")];

impl Type {
    /// What `userName`, `name.givenName`, or either behind the URN of a schema and a colon, stands for. Names are not
    /// case-sensitive.
    pub(super) fn resolve(&self, text: &str) -> Option<Path> {
        let (urn, attributes) = self.extension.unzip();
        match urn.and_then(|urn| behind(text, urn)) {
            Some(rest) => path(urn, attributes?, rest),
            None => path(None, self.attributes, self.without_urn(text)),
        }
    }

    /// A name in the core schema without the URN that may stand before it.
    pub(super) fn without_urn<'t>(&self, text: &'t str) -> &'t str {
        behind(text, self.urn).unwrap_or(text)
    }

    /// The extension that is named as a whole.
    pub(super) fn named_extension(&self, text: &str) -> Option<&'static str> {
        let (urn, _) = self.extension?;
        urn.eq_ignore_ascii_case(text).then_some(urn)
    }
}

impl Path {
    /// The same sub-attribute, or the attribute itself.
    pub(super) fn leaf(&self) -> &'static Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// As profiles write it.
    pub(super) fn name(&self) -> String {
        let extension = self.extension.map(|urn| format!("{urn}:")).unwrap_or_default();
        let sub = self.sub.map(|sub| format!(".{}", sub.name)).unwrap_or_default();
        format!("{extension}{}{sub}", self.attribute.name)
    }
}

/// A path within the values of a multi-valued attribute.
pub(super) fn within(subs: &'static [Attribute], text: &str) -> Option<Path> {
    path(None, subs, text).filter(|path| path.sub.is_none())
}

pub(super) fn named(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

fn path(extension: Option<&'static str>, attributes: &'static [Attribute], text: &str) -> Option<Path> {
    let (name, sub) = text
        .split_once('.')
        .map_or((text, None), |(name, sub)| (name, Some(sub)));
    let attribute = named(attributes, name)?;
    let sub = match sub {
        Some(sub) => Some(named(attribute.subs, sub)?),
        None => None,
    };
    Some(Path {
        extension,
        attribute,
        sub,
    })
}

/// What stands behind a URN and a colon.
fn behind<'t>(text: &'t str, urn: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(urn.len())?;
    rest.strip_prefix(':').filter(|_| head.eq_ignore_ascii_case(urn))
}

const fn text(name: &'static str) -> Attribute {
    Attribute {
        name,
        kind: Kind::Text,
        many: false,
        case_exact: false,
        mutability: Mutability::ReadWrite,
        subs: &[],
    }
}

const fn exact(name: &'static str) -> Attribute {
    Attribute {
        case_exact: true,
        ..text(name)
    }
}

const fn boolean(name: &'static str) -> Attribute {
    Attribute {
        kind: Kind::Boolean,
        ..text(name)
    }
}

const fn date_time(name: &'static str) -> Attribute {
    Attribute {
        kind: Kind::DateTime,
        ..text(name)
    }
}

const fn complex(name: &'static str, subs: &'static [Attribute]) -> Attribute {
    Attribute {
        kind: Kind::Complex,
        subs,
        ..text(name)
    }
}

const fn many(name: &'static str, subs: &'static [Attribute]) -> Attribute {
    Attribute {
        many: true,
        ..complex(name, subs)
    }
}

const fn read_only(attribute: Attribute) -> Attribute {
    Attribute {
        mutability: Mutability::ReadOnly,
        ..attribute
    }
}
