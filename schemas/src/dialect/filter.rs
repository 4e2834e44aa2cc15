//! Filters as some clients write them: values without quotes, booleans with.
use super::Rules;
use crate::path::split_word;
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Type};

const OPERATORS: &[&str] = &["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];

/// What stands before the name of an attribute, if anything does.
const BEFORE_NAMES: &[&str] = &["(", "[", "and", "or", "not"];

/// Brings a filter, or a path with a filter, into the RFC's grammar where its meaning is plain: a
/// value of one word gets its quotes, booleans lose theirs, and an attribute of an extension gets the
/// URN that Entra leaves out of `manager`. Without a type, as in a search over all of them, no
/// attribute is known.
pub fn normalise_filter(rules: &Rules, kind: Option<&ResourceType>, filter: &str) -> String {
    let tokens = if rules.normalise { tokens(filter) } else { None };
    let Some(mut tokens) = tokens else {
        return filter.to_owned();
    };
    let solid: Vec<usize> = (0..tokens.len())
        .filter(|index| !tokens.get(*index).is_some_and(|token| is_space(token)))
        .collect();
    let mut scope = Scope {
        kind,
        outer: None,
        inside: false,
    };
    for (at, place) in solid.iter().enumerate() {
        let token = |at: Option<usize>| solid.get(at?).and_then(|place| tokens.get(*place)).map(String::as_str);
        let Some(this) = token(Some(at)) else { continue };
        let before = token(at.checked_sub(1));
        scope.enter(before, this);
        let attribute = token(at.checked_sub(2));
        let next = token(Some(at + 1));
        let changed = match (attribute, before) {
            (Some(attribute), Some(operator)) if is_comparison(attribute, operator, next) => {
                literal(rules, scope.leaf(attribute), this)
            }
            _ if is_name_after(before) => scope.qualified(this),
            _ => None,
        };
        if let (Some(changed), Some(token)) = (changed, tokens.get_mut(*place)) {
            *token = changed;
        }
    }
    tokens.concat()
}

/// What names mean at a place of the filter.
struct Scope<'a> {
    kind: Option<&'a ResourceType>,
    /// The attribute before the last bracket.
    outer: Option<&'a Attribute>,
    /// Whether the place is in brackets.
    inside: bool,
}

impl<'a> Scope<'a> {
    fn enter(&mut self, before: Option<&str>, token: &str) {
        if token == "[" {
            self.outer = before.and_then(|name| self.leaf(name));
        }
        self.inside = (self.inside || token == "[") && token != "]";
    }

    /// The attribute or sub-attribute of this name.
    fn leaf(&self, name: &str) -> Option<&'a Attribute> {
        match name.strip_prefix('.') {
            Some(sub) => self.outer?.sub_attribute(sub),
            None if self.inside => self.outer?.sub_attribute(name),
            None => Some(self.kind?.resolve(&split_word(name)?)?.leaf()),
        }
    }

    /// A name with the URN of the one extension that has such an attribute, where the core has none.
    fn qualified(&self, name: &str) -> Option<String> {
        let kind = self.kind.filter(|_| !self.inside)?;
        let path = split_word(name).filter(|path| path.schema.is_none())?;
        let attribute = path.attribute.as_deref()?;
        let schemas = kind.extensions.iter().map(|extension| &extension.schema);
        let mut having = schemas.filter(|schema| schema.attribute(attribute).is_some());
        let schema = having.next().filter(|_| kind.attribute(attribute).is_none())?;
        having.next().is_none().then(|| format!("{}:{name}", schema.id))
    }
}

fn is_name_after(before: Option<&str>) -> bool {
    before.is_none_or(|before| BEFORE_NAMES.iter().any(|known| known.eq_ignore_ascii_case(before)))
}

/// The value as the grammar has it; none if it is right, or is none.
fn literal(rules: &Rules, attribute: Option<&Attribute>, value: &str) -> Option<String> {
    let kind = attribute.map(|attribute| attribute.kind);
    let bare = value.trim_matches('"').to_ascii_lowercase();
    let is_bool = bare == "true" || bare == "false";
    if value.starts_with('"') {
        return (kind == Some(Type::Boolean) && is_bool).then_some(bare);
    }
    if !rules.unquoted_values {
        return None;
    }
    if (is_bool && kind != Some(Type::String)) || bare == "null" {
        return Some(bare);
    }
    let is_number = value.parse::<serde_json::Number>().is_ok();
    (is_word(value) && !is_number).then(|| format!("\"{}\"", value.replace('\\', "\\\\")))
}

/// Without quotes a value ends at the next word, so that only one before `and`, `or`, a bracket or the
/// end is surely whole.
fn is_comparison(attribute: &str, operator: &str, next: Option<&str>) -> bool {
    let ends = next.is_none_or(|next| {
        [")", "]"].contains(&next) || next.eq_ignore_ascii_case("and") || next.eq_ignore_ascii_case("or")
    });
    ends && is_word(attribute) && OPERATORS.iter().any(|known| known.eq_ignore_ascii_case(operator))
}

fn is_word(token: &str) -> bool {
    !token.starts_with(['"', '(', ')', '[', ']'])
}

fn is_space(token: &str) -> bool {
    token.starts_with(char::is_whitespace)
}

/// Quoted strings, brackets, runs of white space, and words; none if a quote does not end.
fn tokens(text: &str) -> Option<Vec<String>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => 1 + quoted_length(rest.get(1..)?)?,
            '(' | ')' | '[' | ']' => 1,
            space if space.is_whitespace() => run_length(rest, char::is_whitespace),
            _ => run_length(rest, |c| !c.is_whitespace() && !"\"()[]".contains(c)),
        };
        let (token, after) = rest.split_at_checked(length)?;
        tokens.push(token.to_owned());
        rest = after;
    }
    Some(tokens)
}

fn run_length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// Up to and with the closing quote.
fn quoted_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(index + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::super::Dialect;
    use super::*;
    use crate::Catalogue;

    #[test]
    fn values_are_quoted_where_they_must_be() {
        let user = user();
        let check = |who: &str, filter: &str, expected: &str| {
            let kind = Some(&*user);
            let rules = Dialect::Entra.recognise(&super::super::Hints::default());
            assert_eq!(normalise_filter(&rules, kind, filter), expected, "{who}");
            assert_eq!(normalise_filter(&rules, kind, expected), expected, "{who}: twice");
            let strict = Dialect::Strict.recognise(&super::super::Hints::default());
            assert_eq!(normalise_filter(&strict, kind, filter), filter, "{who}: strict");
        };
        check(
            "Entra's check query",
            r#"id eq "1" and manager eq "2""#,
            r#"id eq "1" and urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "2""#,
        );
        check("Entra, old docs", "externalId eq jyoung", r#"externalId eq "jyoung""#);
        check("Microsoft's Postman", "userName sw O", r#"userName sw "O""#);
        check(
            "Microsoft's Postman",
            "name.FamilyName eq Employee and (emails.Value co example.com or emails.Value co example.org)",
            r#"name.FamilyName eq "Employee" and (emails.Value co "example.com" or emails.Value co "example.org")"#,
        );
        check(
            "Microsoft's Postman",
            "meta.Created gt 2015-10-10T14:38:21.8617979-07:00",
            r#"meta.Created gt "2015-10-10T14:38:21.8617979-07:00""#,
        );
        check(
            "authentik before 2025.10",
            "userName eq a@b.example",
            r#"userName eq "a@b.example""#,
        );
        check(
            "Entra",
            "emails[primary eq true].value",
            "emails[primary eq true].value",
        );
        check(
            "Entra",
            r#"roles[primary eq "True"].display"#,
            "roles[primary eq true].display",
        );
        check(
            "Entra",
            "emails[primary eq True].value",
            "emails[primary eq true].value",
        );
        check("Entra", "emails[type eq work].value", r#"emails[type eq "work"].value"#);
        check(
            "Entra",
            r#"urn:ietf:params:scim:schemas:core:2.0:User:active eq "False""#,
            "urn:ietf:params:scim:schemas:core:2.0:User:active eq false",
        );
        check(
            "Entra",
            r#"emails[type eq "work"].primary eq "True""#,
            r#"emails[type eq "work"].primary eq true"#,
        );
        check(
            "Entra, a value that is the name of an attribute",
            "title eq Manager and not (manager.value pr)",
            r#"title eq "Manager" and not (urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value pr)"#,
        );
        check("a title", "title eq True", r#"title eq "True""#);
        check("a domain user", r"userName eq EX\ann", r#"userName eq "EX\\ann""#);
        check(
            "mitol",
            r#"emails.value EQ "a" OR emails.value EQ b"#,
            r#"emails.value EQ "a" OR emails.value EQ "b""#,
        );
    }

    #[test]
    fn what_is_not_plain_stays() {
        let user = user();
        let check = |filter: &str| assert_eq!(normalise_filter(&Rules::default(), Some(&user), filter), filter);
        check(r#"userName eq "eq x""#);
        check(r#"userName eq "a \" eq b""#);
        check("displayName eq John Smith");
        check("displayName eq \"John");
        check("meta.version eq 12");
        check("title eq null");
        check(r#"title eq "True""#);
        check("title pr");
        check("eq eq");
        check("");
        check("(((");
        check("emails[manager eq \"x\"]");
        check("title eq \"x\" manager");
        let check = |filter: &str| assert_eq!(normalise_filter(&Rules::default(), None, filter), filter);
        check(r#"manager eq "x""#);
        check(r#"active eq "true""#);
    }

    /// A type of one's own, whose names are those of another's extension or of booleans.
    #[test]
    fn names_are_the_types_own() {
        let schema = json!({ "id": "urn:example:Device", "name": "Device", "attributes": [
            { "name": "manager" }, { "name": "active" }, { "name": "kept", "type": "boolean" },
        ] });
        let extension = |id: &str| {
            let attributes = json!([{ "name": "manager" }, { "name": "site" }, { "name": id }]);
            json!({ "id": format!("urn:example:{id}"), "name": id, "attributes": attributes })
        };
        let kind = json!({ "name": "Device", "endpoint": "/Devices", "schema": "urn:example:Device", "schemaExtensions": [
            { "schema": "urn:example:one", "required": false }, { "schema": "urn:example:two", "required": false },
        ] });
        let catalogue = Catalogue::builtin()
            .with(&[schema, extension("one"), extension("two")], &[kind])
            .expect("it has no fault");
        let kind = catalogue.by_name("Device").expect("it is served");
        let check = |filter: &str, expected: &str| {
            assert_eq!(normalise_filter(&Rules::default(), Some(kind), filter), expected);
        };
        check(r#"manager eq "bob""#, r#"manager eq "bob""#);
        check("manager", "manager");
        check("site pr", "site pr");
        check("one pr or TWO pr", "urn:example:one:one pr or urn:example:two:TWO pr");
        check(r#"active eq "true""#, r#"active eq "true""#);
        check(r#"kept eq "True""#, "kept eq true");
    }

    fn user() -> Arc<ResourceType> {
        let catalogue = Catalogue::builtin();
        Arc::clone(catalogue.by_name("User").expect("User is served"))
    }
}
