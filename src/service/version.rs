//! Versions as entity tags, and the conditions that requests make of them (RFC 7644 section 3.14, RFC 9110 section 13).

/// The tag of a document's version together with what its rows contribute, such as `W/"3"` or `W/"3-17"`.
///
/// It is weak because the bytes of an answer also depend on the base URL and the asked attributes.
pub(super) fn tag(version: u64, rows: &[String]) -> String {
    let mut tag = format!("W/\"{version}");
    for part in rows {
        tag.push('-');
        tag.push_str(part);
    }
    tag.push('"');
    tag
}

/// Whether a header's list of tags, or its `*`, names this tag. Tags are compared weakly, and with or without quotes,
/// since IdPs also send back `meta.version` bare.
pub(super) fn names(header: &str, tag: &str) -> bool {
    header.trim() == "*" || header.split(',').any(|other| opaque(other) == opaque(tag))
}

/// The tag without `W/` and quotes. Our tags hold no comma and no quote, so that a list is split at any comma.
fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").or_else(|| tag.strip_prefix("w/")).unwrap_or(tag);
    tag.strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_hold_what_they_are_made_of() {
        let check = |version, rows: &[&str], expected| {
            let rows: Vec<_> = rows.iter().map(ToString::to_string).collect();
            assert_eq!(tag(version, &rows), expected);
        };
        check(1, &[], "W/\"1\"");
        check(12, &["7"], "W/\"12-7\"");
        check(12, &["7", "ab"], "W/\"12-7-ab\"");
    }

    #[test]
    fn tags_are_compared_weakly() {
        let check = |header, expected| assert_eq!(names(header, "W/\"3-1\""), expected, "{header}");
        check("W/\"3-1\"", true);
        check("\"3-1\"", true);
        check("3-1", true);
        check("*", true);
        check(" * ", true);
        check("W/\"1\", W/\"3-1\"", true);
        check("W/\"3\"", false);
        check("W/\"3-10\"", false);
        check("\"3-1", false);
        check("", false);
        check(",", false);
        check("W/\"*\"", false);
    }
}
