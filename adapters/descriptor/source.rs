//! Where a field's value comes from, as a description says it.

/// The SCIM paths of a source. Blanks within the brackets of a value filter do not separate.
pub fn source_paths(source: &str) -> Vec<&str> {
    let (mut depth, mut quoted) = (0_usize, false);
    let separates = |character: char| {
        match character {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && character.is_whitespace()
    };
    source.split(separates).filter(|path| !path.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_split_at_blanks_outside_of_filters() {
        for (source, expected) in [
            ("userName", &["userName"][..]),
            (
                " name.givenName  name.familyName ",
                &["name.givenName", "name.familyName"],
            ),
            (r#"emails[type eq "work"].value"#, &[r#"emails[type eq "work"].value"#]),
            (r#"x[a eq "b ] c"].value y"#, &[r#"x[a eq "b ] c"].value"#, "y"]),
            ("", &[]),
        ] {
            assert_eq!(source_paths(source), expected, "{source}");
        }
    }
}
