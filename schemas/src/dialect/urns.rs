//! The spellings of schema URNs that occur.
use crate::resource_type::ResourceType;
use crate::urn;

/// Beginnings of the core schema's URN in drafts and SCIM 1.1; OneLogin still sends them.
const CORE_DRAFTS: &[&str] = &["urn:scim:schemas:core:2.0", "urn:scim:schemas:core:1.0"];

/// The same for the enterprise extension.
const ENTERPRISE_DRAFTS: &[&str] = &[
    "urn:scim:schemas:extension:enterprise:2.0",
    "urn:scim:schemas:extension:enterprise:1.0",
];

/// Every spelling of the URNs of one resource type's schemas.
pub(super) struct Urns<'a> {
    /// Spelling and URN, longer spellings first.
    spellings: Vec<(String, &'a str)>,
}

impl<'a> Urns<'a> {
    /// The spellings for this resource type.
    pub(super) fn of(kind: &'a ResourceType) -> Urns<'a> {
        let mut spellings = Vec::new();
        let mut put = |id: &'a str, drafts: &[&str]| {
            spellings.push((id.to_owned(), id));
            // Old samples of Entra lack the last colon: `…:enterprise:2.0User`.
            if let Some((head, name)) = id.rsplit_once(':') {
                spellings.push((format!("{head}{name}"), id));
                spellings.extend(drafts.iter().map(|draft| (format!("{draft}:{name}"), id)));
            }
            spellings.extend(drafts.iter().map(|draft| ((*draft).to_owned(), id)));
        };
        put(&kind.schema.id, CORE_DRAFTS);
        for extension in &kind.extensions {
            let id = &extension.schema.id;
            let drafts = if id == urn::ENTERPRISE_USER {
                ENTERPRISE_DRAFTS
            } else {
                &[]
            };
            put(id, drafts);
        }
        spellings.sort_by_key(|(spelling, _)| std::cmp::Reverse(spelling.len()));
        Urns { spellings }
    }

    /// The URN that the text is a spelling of.
    pub(super) fn canonical(&self, text: &str) -> Option<&'a str> {
        let mut spellings = self.spellings.iter();
        let found = spellings.find(|(spelling, _)| spelling.eq_ignore_ascii_case(text));
        found.map(|(_, id)| *id)
    }

    /// A path with its URN in canonical spelling and a colon after it; some clients write
    /// `urn:…:User.manager`.
    pub(super) fn path(&self, path: &str) -> String {
        for (spelling, id) in &self.spellings {
            let Some((head, rest)) = path.split_at_checked(spelling.len()) else {
                continue;
            };
            if !head.eq_ignore_ascii_case(spelling) {
                continue;
            }
            match rest.strip_prefix([':', '.']) {
                Some(name) => return format!("{id}:{name}"),
                None if rest.is_empty() => return (*id).to_owned(),
                None => {}
            }
        }
        path.to_owned()
    }
}
