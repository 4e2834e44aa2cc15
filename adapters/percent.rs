//! Percent-encoding of what goes into a path or a query. RFC 3986 section 2. Pure.

/// The text with everything but unreserved characters encoded: a blank is `%20`, which means the same in a path and in
/// a query, as `+` does not.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        encoded
    })
}

/// An id as one segment of a path. None for what no encoding makes a segment: nothing, and the dots that a URL
/// resolves.
pub(crate) fn segment(id: &str) -> Option<String> {
    match id {
        "" | "." | ".." => None,
        id => Some(encoded(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_reserved_is_encoded() {
        for (text, expected) in [
            ("", None),
            (".", None),
            ("..", None),
            ("a-1_2.~Z", Some("a-1_2.~Z")),
            ("a/b c+d", Some("a%2Fb%20c%2Bd")),
            ("é\"?&#%", Some("%C3%A9%22%3F%26%23%25")),
        ] {
            assert_eq!(segment(text).as_deref(), expected, "{text}");
        }
    }
}
