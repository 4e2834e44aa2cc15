//! The URL under which a client sees a directory.
use actix_web::http::Uri;
use actix_web::http::header::{HOST, HeaderMap};
use schemas::Error;

/// The longest host name of DNS is 253 characters; a port has up to six.
const HOST_CHARS_MAX: usize = 260;

/// Where URLs in answers begin: the configured public URL, else what the request was sent to.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// Such as `https://scim.example.com`; without a slash at the end.
    pub(crate) public_url: Option<String>,
    /// Of a request's URL, if there is no public URL.
    pub(crate) scheme: &'static str,
}

impl Origin {
    /// The base URL of a directory, without a slash at the end.
    ///
    /// # Errors
    /// 400 if it depends on a Host that is missing or none.
    pub(crate) fn base_url(&self, uri: &Uri, headers: &HeaderMap, directory: &str) -> Result<String, Error> {
        if let Some(public_url) = &self.public_url {
            return Ok(format!("{}/scim/{directory}/v2", public_url.trim_end_matches('/')));
        }
        let header = headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = uri
            .authority()
            .map(|authority| authority.as_str())
            .or(header)
            .filter(|host| is_host(host));
        let host = host.ok_or_else(|| Error::new(400, None, "the Host of the request is missing or malformed"))?;
        Ok(format!("{}://{host}/scim/{directory}/v2", self.scheme))
    }
}

/// Host names and addresses with or without port. Nothing else comes back in an answer, so that no Host can put a path,
/// a user or a query into our URLs.
fn is_host(host: &str) -> bool {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-._:[]".contains(character);
    !host.is_empty() && host.len() <= HOST_CHARS_MAX && host.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn base_urls_are_ours() {
        let check = |public_url: Option<&str>, host: &'static str, expected: Option<&str>| {
            let origin = Origin {
                public_url: public_url.map(str::to_owned),
                scheme: "http",
            };
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            let found = origin.base_url(&Uri::from_static("/scim/acme/v2/Users"), &headers, "acme");
            assert_eq!(found.ok().as_deref(), expected, "{host}");
        };
        check(None, "localhost:8080", Some("http://localhost:8080/scim/acme/v2"));
        check(None, "[::1]:8080", Some("http://[::1]:8080/scim/acme/v2"));
        check(
            Some("https://scim.example.com/"),
            "x",
            Some("https://scim.example.com/scim/acme/v2"),
        );
        check(
            Some("https://example.com/usherd"),
            "evil/",
            Some("https://example.com/usherd/scim/acme/v2"),
        );
        for host in ["", "a/b", "user@host", "host?x", "host\"", "a b", "a,b", "%61"] {
            check(None, host, None);
        }
        let origin = Origin {
            public_url: None,
            scheme: "https",
        };
        let absolute = Uri::from_static("https://other/scim/acme/v2");
        let found = origin.base_url(&absolute, &HeaderMap::new(), "acme");
        assert_eq!(found.ok().as_deref(), Some("https://other/scim/acme/v2"));
        let found = origin.base_url(&Uri::from_static("/"), &HeaderMap::new(), "acme");
        assert_eq!(found.map_err(|error| error.status), Err(400));
    }
}
