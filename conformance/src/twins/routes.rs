//! Which route of an API a request belongs to.

use super::Request;

/// A request's route, who answers it, and what its path has where the route has names in braces.
pub(super) type Found<'r, H> = (&'static str, H, Vec<&'r str>);

/// The first of these routes, written `POST /users` or `PUT /users/{id}`, that the request belongs to.
///
/// So a path that is spelt out must stand before one that matches it with a name in braces.
pub(super) fn find<'r, H: Copy>(routes: &[(&'static str, H)], request: &'r Request) -> Option<Found<'r, H>> {
    routes.iter().find_map(|(name, handler)| {
        let pattern = name.strip_prefix(request.method.as_str())?.strip_prefix(' ')?;
        Some((*name, *handler, ids(pattern, &request.path)?))
    })
}

pub(super) fn names<H>(routes: &[(&'static str, H)]) -> Vec<&'static str> {
    routes.iter().map(|(name, _)| *name).collect()
}

/// What the path has where the pattern has names in braces; none if it does not match.
fn ids<'r>(pattern: &str, path: &'r str) -> Option<Vec<&'r str>> {
    let mut parts = path.split('/');
    let mut ids = Vec::new();
    for expected in pattern.split('/') {
        match parts.next()? {
            part if expected.starts_with('{') && !part.is_empty() => ids.push(part),
            part if part == expected => {}
            _ => return None,
        }
    }
    parts.next().is_none().then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_route_that_matches_is_found() {
        let routes = [
            ("GET /users", 1),
            ("GET /users/me", 2),
            ("GET /users/{id}", 3),
            ("PUT /users/{id}/groups/{group_id}", 4),
        ];
        for (line, expected) in [
            ("GET /users", Some((1, vec![]))),
            ("GET /users/me", Some((2, vec![]))),
            ("GET /users/7", Some((3, vec!["7"]))),
            ("PUT /users/7/groups/8", Some((4, vec!["7", "8"]))),
            ("PUT /users/7", None),
            ("GET /users/", None),
            ("GET /users/7/", None),
            ("GET /", None),
            ("GETS /users", None),
        ] {
            let (method, path) = line.split_once(' ').unwrap();
            let request = Request {
                method: method.into(),
                path: path.into(),
                ..Request::default()
            };
            let found = find(&routes, &request).map(|(_, handler, ids)| (handler, ids));
            assert_eq!(found, expected, "{line}");
        }
    }
}
