//! Declarations that do not fit, and are refused with their place.
use schemas::{Catalogue, Object};

use super::paging::{compiled, declared};
use crate::mapping::expression::Expression;
use crate::mapping::{Mapping, Subject};

fn check(declaration: &str, place: &str, words: &str) {
    let misfits = compiled(declaration).map(|_| ()).unwrap_err();
    let [misfit] = &misfits[..] else {
        panic!("{declaration}: {misfits:?}")
    };
    assert!(
        misfit.starts_with(&format!("{place}: ")) && misfit.contains(words),
        "{misfit}"
    );
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let user = |source: &str| format!("[mapping.user]\n{source}");
    for (source, place, words) in [
        (
            "colour = 'title'",
            "mapping.user.colour",
            "no field `colour`; there are email, name",
        ),
        ("note = 'tilte'", "mapping.user.note", "`tilte` names no attribute"),
        ("note = 'name'", "mapping.user.note", "complex"),
        ("note = 'emails['", "mapping.user.note", ""),
        ("note = ''", "mapping.user.note", "an empty path"),
        ("email = { omit = true }", "mapping.user.email", "no account without it"),
        (
            "vip = 'title'",
            "mapping.user.vip",
            "`title` is of type string, and the vendor's field takes true or false",
        ),
        ("vip = { value = 'yes' }", "mapping.user.vip", "takes true or false"),
        ("note = { value = 1 }", "mapping.user.note", "takes a text"),
        (
            "email = { value = 'nobody' }",
            "mapping.user.email",
            "the value must be an e-mail address",
        ),
        (
            "role = { value = 'king' }",
            "mapping.user.role",
            "must be one of limited_user",
        ),
        ("note = {}", "mapping.user.note", "name one of"),
        (
            "note = { path = 'title', value = 'x' }",
            "mapping.user.note",
            "name one of",
        ),
        (
            "note = { expression = 'user.' }",
            "mapping.user.note",
            "at character 6 of the expression: ",
        ),
        (
            "note = { expression = 'person.title' }",
            "mapping.user.note",
            "there is no `person`",
        ),
        (
            "note = { expression = 'user.titel' }",
            "mapping.user.note",
            "there is no `user.titel`",
        ),
    ] {
        check(&user(source), place, words);
    }
}

#[test]
fn what_does_not_fit_beside_the_fields_is_told_with_its_place() {
    check("[mapping.group]\nname = 'displayName'", "mapping.group", "no groups");
    check("assignment = 'title eq'", "assignment", "");
    check("assignment = 'colour eq \"red\"'", "assignment", "colour");
    let ours = "assignment = 'title pr and not (meta.created gt \"2026-01-01T00:00:00Z\")'";
    check(ours, "assignment", "`meta.created` is made by the service provider");
    check("[[role]]\nrole = 'limited_user'", "role.0", "say when it holds");
    check(
        "[[role]]\nrole = 'pilot'\ngroup = 'Crew'",
        "role.0.role",
        "no role `pilot`; there are limited_user",
    );
    check("[[role]]\nrole = 'owner'\ngroup = 'Crew'", "role.0.role", "cannot give");
    check("default_role = 'pilot'", "default_role", "no role `pilot`");
}

#[test]
fn a_vendor_without_roles_has_none_to_name() {
    let scim = (adapters::vendor("scim").expect("it is there").descriptor)();
    let misfits = Mapping::new(&Catalogue::builtin(), scim, &declared("default_role = 'emperor'"));
    let misfits: Vec<_> = misfits.unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(misfits, ["default_role: SCIM has no roles, so not `emperor`"]);
}

/// Whatever is written, the parser neither recurses too deep nor does an evaluation take long: it is refused before.
#[test]
fn expressions_are_bounded_before_they_are_parsed() {
    let compile = |text: &str| Expression::compile(text, "user").map(|_| ());
    for refused in [
        "1+".repeat(2_000),
        "(".repeat(5_000),
        format!("{}1{}", "[".repeat(11), "]".repeat(11)),
        "x".repeat(501),
        "-".repeat(81),
        "groups.map (a, [1].map(b, [2].map\t(c, [3].map(groups, a)))).join('')".to_owned(),
        "groups.filter(a, true).filter(a, true).filter(a, true).filter(a, true).join('')".to_owned(),
    ] {
        assert!(compile(&refused).is_err(), "{refused}");
    }
    for taken in [
        "groups.map (group, group + '!').join(', ')",
        "groups.filter(group, user.roles.exists(role, role.value == group)).map(group, group.upperAscii()).join(', ')",
        "user.title.replace('a', user.nickName)",
        "groups.join(user.title)",
        "user.title.replace('ä', 'ae').replace('ö', 'oe').replace(' ', '').replace(user.nickName, '')",
        "user.userName.replace('@', ' at ', 1)",
    ] {
        assert_eq!(compile(taken), Ok(()), "{taken}");
    }
    // The worst that is let through must be survived, whether it is an expression or not.
    for worst in [
        format!("{}1", "1+".repeat(80)),
        format!("{}true", "!".repeat(80)),
        format!("{}1", "-".repeat(80)),
        format!("user{}", ".a".repeat(80)),
        format!("{}1{}", "[".repeat(10), "]".repeat(10)),
        format!("{}1", "1?1:".repeat(40)),
        format!("user{}", "[0]".repeat(40)),
        "true&&".repeat(40),
        "\"".repeat(500),
        "\u{0}".repeat(500),
    ] {
        let subject = Subject {
            resource_type: "User",
            resource: &Object::new(),
            groups: &[],
        };
        if let Ok(expression) = Expression::compile(&worst, "user") {
            drop(expression.value(&subject));
        }
    }
}
