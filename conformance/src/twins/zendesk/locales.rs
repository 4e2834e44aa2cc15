//! The languages that an account offers. Which number each has differs from account to account.

/// The language of who has chosen none.
pub(super) const DEFAULT_ID: u64 = 1;

const LOCALES: [(u64, &str); 8] = [
    (DEFAULT_ID, "en-US"),
    (2, "es"),
    (5, "en-gb"),
    (8, "de"),
    (16, "fr"),
    (19, "pt-BR"),
    (22, "it"),
    (67, "ja"),
];

pub(super) fn is_id(id: u64) -> bool {
    LOCALES.iter().any(|(known, _)| *known == id)
}

pub(super) fn id_of(name: &str) -> Option<u64> {
    let found = LOCALES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
    found.map(|(id, _)| *id)
}

pub(super) fn name_of(id: u64) -> &'static str {
    let found = LOCALES.iter().find(|(known, _)| *known == id);
    found.map_or("en-US", |(_, name)| name)
}
