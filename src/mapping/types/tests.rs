//! What is refused, and what is let pass.
use schemas::Catalogue;

use crate::mapping::expression::Expression;

fn check(text: &str) -> Result<(), String> {
    let catalogue = Catalogue::builtin();
    let expression = Expression::compile(text, "user")?;
    expression.check(catalogue.by_name("User").unwrap())
}

#[test]
fn what_fails_for_everybody_is_refused() {
    for (text, expected) in [
        ("user.displayName.upperAsci()", "there is no function `upperAsci`"),
        ("lower(user.displayName)", "there is no function `lower`"),
        // Behind a condition, and in a walk.
        (
            "has(user.title) ? user.title : user.userNme",
            "there is no `user.userNme`",
        ),
        ("groups.map(g, g.lower()).join()", "there is no function `lower`"),
        // What can be anything still needs functions that there are.
        ("int(user.title + 'x').nope()", "there is no function `nope`"),
        ("{'a': user.userNme}['a']", "there is no `user.userNme`"),
        ("has(user.titel) ? 'a' : 'b'", "there is no `user.titel`"),
        ("user.name.first", "there is no `user.name.first`"),
        ("user.emails[0].address", "there is no `user.emails[0].address`"),
        (
            "user.emails.value",
            "`user.emails` is a list: it is `user.emails[0].value`, or walk it",
        ),
        (
            "user.emails.exists(e, e.kind == 'work') ? 'a' : 'b'",
            "there is no `e.kind`",
        ),
        (
            "user['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'].team",
            "there is no `user['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'].team`",
        ),
        (
            "user.groups",
            "there is no `user.groups`: the names of a person's groups are `groups`",
        ),
        (
            "user.emails.filter(e, e.type == 'work')[0].address",
            "there is no `address`",
        ),
        ("user.emails.map(e, e.value)[0].foo", "there is no `foo`"),
        (
            "user.emails.map(e, e.value)[0] + 1",
            "`+` does not take a text and a whole number",
        ),
        (
            "groups.map(g, g).filter(g, g != 'x') + 'x'",
            "`+` does not take a list (a text, …) and a text",
        ),
        ("user.displayName + 1", "`+` does not take a text and a whole number"),
        (
            "(has(user.active) ? 1 : 1u).lowerAscii()",
            "`lowerAscii` does not take a whole number or a whole number without sign (`1u`)",
        ),
        ("user.active.lowerAscii()", "`lowerAscii` does not take true or false"),
        (
            "user.userName.replace('a')",
            "`replace` does not take a text and a text",
        ),
        ("user.userName > 1", "`>` does not take a text and a whole number"),
        ("user.userName ? 'a' : 'b'", "`? :` does not take a text"),
        ("user.active && user.title ? 'a' : 'b'", "`&&` does not take a text"),
        ("groups.exists(g, g) ? 'a' : 'b'", "`exists, all` does not take a text"),
        ("groups.all(g, g) ? 'a' : 'b'", "`exists, all` does not take a text"),
        ("!user.title ? 'a' : 'b'", "`!` does not take a text"),
        ("groups['first']", "`[ ]` does not take a list (a text, …) and a text"),
        ("user.title[0]", "`[ ]` does not take a text and a whole number"),
        ("user.title.map(t, t).join('')", "a text cannot be walked"),
        // No regular expressions: what they take is not reckoned.
        (
            "user.userName.matches('^a') ? 'a' : 'b'",
            "there is no function `matches`",
        ),
    ] {
        assert_eq!(check(text), Err(expected.to_owned()), "{text}");
    }
}

/// Its parts come in another order each time.
#[test]
fn an_object_is_not_walked() {
    for text in [
        "user.name.map(part, user.name[part]).join(' ')",
        "{'a': 'b'}.filter(part, true)[0]",
    ] {
        let refusal = check(text).unwrap_err();
        assert_eq!(refusal, "an object has no order to be walked in", "{text}");
    }
}

/// What fails for some only, and what cannot be told, is let pass.
#[test]
fn what_has_a_value_for_somebody_passes() {
    for text in [
        "user.displayName.upperAscii()",
        "user.userName.split('@')[5]",
        "user.userType == 'Partner' ? 36100 : int(user.nickName)",
        "int(user.nickName) / 0",
        "user.title.substring(7)",
        "user.emails.filter(e, e.type == 'work').map(e, e.value)[0]",
        "user.emails.filter(e, e.primary)[0].value",
        "user['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'].manager.value",
        "has(user.active) && user.active ? 'on' : 'off'",
        "user.externalId + user.schemas[0]",
        "[user.title, 1][0]",
        "[1, 2].exists_one(n, n == size(groups)) ? 'a' : 'b'",
        "'%s (%s)'.format([user.displayName, user.userName])",
        "(has(user.active) ? user.title : 7) + 1",
        // Either is a whole number, and a sum takes two of a kind.
        "(has(user.active) ? 1 : 1u) + 1u",
        "(has(user.active) ? [1] : [1u])[0] + 1u",
        "[].map(a, a.b.c)",
        // Lists of several types.
        "(['a'] + [1])[1] + 1",
        "(user.emails + user.addresses).filter(a, has(a.locality))[0].locality",
        "(has(user.title) ? [] : groups)[0].lowerAscii()",
        "(size(groups) > 0 ? groups : ['none'])[0]",
        "groups.map(g, g.split('-')[1]).filter(g, g != '')[0].lowerAscii()",
        "user.emails.map(e, e.value).map(v, v.split('@')).map(p, p[1])[0].lowerAscii()",
        "user.emails.map(e, has(e.primary) && e.primary ? e.value : 1)[0] + 'x'",
        "size(user.emails.filter(e, e.primary)) + 1 > 2 ? 'a' : 'b'",
        "groups.exists_one(g, g.startsWith('x')) ? groups.filter(g, g.startsWith('x'))[0] : ''",
        "user.?title.orValue('none')",
        "{'a': 'b'}[user.userType]",
        "{'a': 'b'}.a.upperAscii()",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

/// What is made of samples is as small as they are, however an expression multiplies.
#[test]
fn nothing_grows() {
    let long = format!(
        "user.title{}",
        ".replace('', user.title + 'aaaaaaaaaaaaaaaaaa')".repeat(10)
    );
    assert_eq!(check(&long), Ok(()));
    let twice = "has(user.active) ? 1 : '1'";
    let lists = format!("size([{}])", vec![format!("({twice})"); 8].join(","));
    assert_eq!(check(&lists), Ok(()));
}
