//! Where a listing goes on: Okta's `Link` headers (RFC 8288), which are followed and never built.
use crate::client::Answer;
use crate::{Error, ErrorKind, Retry};

/// Path and query of the page after this one; `None` if it is the last. `listed` is the path, with or without a query,
/// of which it is a page.
///
/// # Errors
/// `Unavailable` if it leads elsewhere: half a listing must not pass for a whole one.
pub(super) fn next_page(answer: &Answer, listed: &str) -> Result<Option<String>, Error> {
    let links = answer.headers.iter().filter(|(name, _)| name == "link");
    let url = links.into_iter().find_map(|(_, value)| next_url(value));
    url.map(|url| place(url, listed)).transpose()
}

/// Path and query of a URL that Okta gave for a page of `listed`. Its host is the org's own, whatever the base URL is.
///
/// # Errors
/// `Unavailable` if it leads elsewhere.
pub(super) fn place(url: &str, listed: &str) -> Result<String, Error> {
    let found = url
        .split_once("://")
        .and_then(|(_, rest)| Some(rest.get(rest.find('/')?..)?.to_owned()));
    let found = found.filter(|found| path(found) == path(listed));
    found.ok_or_else(|| {
        let reason = "Okta's link to the next page leads elsewhere";
        Error::new(ErrorKind::Unavailable, Retry::Backoff, reason)
    })
}

/// A path without its query.
pub(super) fn path(place: &str) -> &str {
    place.split_once('?').map_or(place, |(path, _)| path)
}

/// The URL with the relation `next` in a header that may have several links.
fn next_url(header: &str) -> Option<&str> {
    let mut links = header.split('<').filter_map(|link| link.split_once('>'));
    links.find(|(_, parameters)| is_next(parameters)).map(|(url, _)| url)
}

fn is_next(parameters: &str) -> bool {
    let mut parameters = parameters.split([';', ',']).map(str::trim);
    parameters.any(|parameter| parameter == "rel=\"next\"" || parameter == "rel=next")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(links: &[&str]) -> Result<Option<String>, ErrorKind> {
        let headers = links
            .iter()
            .map(|link| ("link".to_owned(), (*link).to_owned()))
            .collect();
        let (status, body) = (200, Vec::new());
        let answer = Answer { status, headers, body };
        next_page(&answer, "/api/v1/users?limit=200").map_err(|error| error.kind)
    }

    #[test]
    fn the_next_page_is_the_one_that_okta_names() {
        let own = r#"<https://acme.okta.com/api/v1/users?limit=200>; rel="self""#;
        let next = r#"<https://acme.okta.com/api/v1/users?after=00u1&limit=200>; rel="next""#;
        let folded = format!("{own}, {next}");
        let reversed = format!("{next},{own}");
        let expected = Ok(Some("/api/v1/users?after=00u1&limit=200".to_owned()));
        for links in [&[own, next][..], &[next], &[&folded], &[&reversed]] {
            assert_eq!(check(links), expected, "{links:?}");
        }
        for links in [&[][..], &[own], &["nothing"], &["<https://acme.okta.com/x>"]] {
            assert_eq!(check(links), Ok(None), "{links:?}");
        }
        for link in [
            r#"<https://acme.okta.com/api/v1/groups?after=1>; rel="next""#,
            r#"<https://acme.okta.com>; rel="next""#,
            r#"</api/v1/users?after=1>; rel="next""#,
        ] {
            assert_eq!(check(&[link]), Err(ErrorKind::Unavailable), "{link}");
        }
    }
}
