//! Filters as some clients write them: values without quotes, booleans with.
use super::Rules;
use crate::urn;

const OPERATORS: &[&str] = &["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];

/// Attributes that are boolean wherever the RFCs have them.
const BOOLEANS: &[&str] = &["active", "primary"];

/// Brings a filter, or a path with a filter, into the RFC's grammar where its meaning is plain: a
/// value of one word gets its quotes, and `active` and `primary` are compared with booleans.
pub fn normalise_filter(rules: &Rules, filter: &str) -> String {
    let tokens = if rules.normalise { tokens(filter) } else { None };
    let Some(mut tokens) = tokens else {
        return filter.to_owned();
    };
    tokens.iter_mut().for_each(name_manager);
    let solid: Vec<usize> = (0..tokens.len())
        .filter(|index| !tokens.get(*index).is_some_and(|token| is_space(token)))
        .collect();
    for (at, place) in solid.iter().enumerate().skip(2) {
        let token = |at: usize| solid.get(at).and_then(|place| tokens.get(*place)).map(String::as_str);
        let value = match (token(at - 2), token(at - 1), token(at), token(at + 1)) {
            (Some(attribute), Some(operator), Some(value), next) if is_comparison(attribute, operator, next) => {
                literal(rules, attribute, value)
            }
            _ => None,
        };
        if let (Some(value), Some(token)) = (value, tokens.get_mut(*place)) {
            *token = value;
        }
    }
    tokens.concat()
}

/// Entra asks for `manager` without the URN of its schema.
fn name_manager(token: &mut String) {
    let name = token.split('.').next().unwrap_or_default();
    if name.eq_ignore_ascii_case("manager") {
        *token = format!("{}:{token}", urn::ENTERPRISE_USER);
    }
}

/// The value as the grammar has it; none if it is right, or is none.
fn literal(rules: &Rules, attribute: &str, value: &str) -> Option<String> {
    let name = attribute.rsplit(['.', ':']).next().unwrap_or(attribute);
    let boolean = BOOLEANS.iter().any(|boolean| boolean.eq_ignore_ascii_case(name));
    let bare = value.trim_matches('"').to_ascii_lowercase();
    let is_bool = bare == "true" || bare == "false";
    if value.starts_with('"') {
        return (boolean && is_bool).then_some(bare);
    }
    if !rules.unquoted_values {
        return None;
    }
    if is_bool || bare == "null" {
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
    use super::super::Dialect;
    use super::*;

    #[test]
    fn values_are_quoted_where_they_must_be() {
        let check = |who: &str, filter: &str, expected: &str| {
            let rules = Dialect::Entra.recognise(&super::super::Hints::default());
            assert_eq!(normalise_filter(&rules, filter), expected, "{who}");
            assert_eq!(normalise_filter(&rules, expected), expected, "{who}: twice");
            let strict = Dialect::Strict.recognise(&super::super::Hints::default());
            assert_eq!(normalise_filter(&strict, filter), filter, "{who}: strict");
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
            r#"urn:a:b:User:active eq "False""#,
            "urn:a:b:User:active eq false",
        );
        check("a domain user", r"userName eq EX\ann", r#"userName eq "EX\\ann""#);
        check(
            "mitol",
            r#"emails.value EQ "a" OR emails.value EQ b"#,
            r#"emails.value EQ "a" OR emails.value EQ "b""#,
        );
    }

    #[test]
    fn what_is_not_plain_stays() {
        let check = |filter: &str| assert_eq!(normalise_filter(&Rules::default(), filter), filter);
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
    }
}
