//! What an expression may cost, counted: never by a clock.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cel::common::types;
use cel::{Context, Env};
use schemas::Object;
use serde_json::{Value, json};

use super::cost::{STEPS_MAX, steps};
use super::expression::Expression;
use super::subject::{Membership, Subject};

fn object(value: Value) -> Object {
    value.as_object().cloned().expect("an object")
}

fn groups(names: usize, bytes: usize) -> Vec<Membership> {
    let name = |number| format!("{number:0>bytes$}");
    let group = |number: usize| Membership {
        id: number.to_string(),
        name: Some(name(number)),
    };
    (0..names).map(group).collect()
}

fn subject<'a>(resource: &'a Object, groups: &'a [Membership]) -> Subject<'a> {
    Subject {
        resource_type: "User",
        resource,
        groups,
    }
}

fn reckoned(text: &str, subject: &Subject<'_>) -> u64 {
    let program = Env::stdlib().compile(text).expect("an expression");
    steps(program.expression(), "user", subject)
}

/// Lists beside each other take what each takes; within each other the reckoning itself would take long.
#[test]
fn walks_within_each_other_are_fewer_than_beside() {
    let nested = |walks: usize| {
        let (mut text, mut last) = ("groups.size() > 0".to_owned(), walks);
        while last > 0 {
            last -= 1;
            text = format!("groups.exists(g{last}, {text})");
        }
        text
    };
    let beside = |walks: usize| vec!["groups.exists(g, g == 'a')"; walks].join(" || ");
    for (text, is_taken) in [
        (nested(3), true),
        (nested(4), false),
        (beside(10), true),
        (beside(11), false),
    ] {
        assert_eq!(Expression::compile(&text, "user").is_ok(), is_taken, "{text}");
    }
}

/// The worst that could be written of it ends before it begins: whoever is allowed to write people, and an expression
/// over them that somebody declared in good faith, must not hold the process up.
#[test]
fn what_would_take_long_is_not_begun() {
    let title = "x".repeat(64 * 1024);
    let many: Vec<_> = (0..1_000)
        .map(|number| json!({ "value": format!("{number}@b.example") }))
        .collect();
    let person = object(json!({ "title": title, "nickName": title, "emails": many }));
    let member_of = groups(1_000, 60);
    let subject = subject(&person, &member_of);
    for text in [
        "user.emails.map(e, user.title).join('')",
        "groups.map(g, groups.filter(h, h != g)).join('')",
        "groups.exists(a, groups.exists(b, groups.exists(c, a + b == c))) ? 'x' : 'y'",
        "user.title.replace('', user.nickName)",
        "user.title.split('').join(user.nickName)",
        "user.title.indexOf(user.nickName + 'y')",
        "user.title.lastIndexOf(user.nickName + 'y')",
        "user.title.replace('','ab').replace('','ab').replace('','ab').replace('','ab').replace('','ab')",
        "user.title.replace('x','xxxxxxxxxxxxxxxx').replace('x','xxxxxxxxxxxxxxxx')",
        "user.emails.map(e, '%s%s%s'.format([user.title, e.value, user.title])).join('')",
        "groups.map(g, [user.emails, user.emails, user.emails])",
        "groups.exists(g, groups.exists(h, g == h + 'x'))",
        "groups.exists(g, user.emails == [user.emails, user.emails] || g in groups.map(h, h))",
    ] {
        let expression = Expression::compile(text, "user").expect(text);
        let error = expression.value(&subject).expect_err(text);
        assert!(error.contains("steps here") && error.contains(text), "{error}");
    }
}

#[test]
fn what_people_write_is_far_below() {
    let emails: Vec<_> = (0..20)
        .map(|number| json!({ "value": format!("{number}@b.example"), "type": "work" }))
        .collect();
    let person = object(json!({
        "userName": "ada@example.com", "displayName": "Adä Lövelace ".repeat(20), "emails": emails, "roles": emails,
    }));
    let member_of = groups(5_000, 60);
    let subject = subject(&person, &member_of);
    for text in [
        "user.userName.lowerAscii().split('@')[0]",
        "user.displayName.replace('ä','ae').replace('ö','oe').replace('ü','ue').replace('é','e').replace('è','e')",
        "user.emails.filter(e, e.type == 'work').map(e, e.value)[0]",
        "groups.exists(g, g == 'staff') ? 'admin' : 'user'",
        "groups.filter(g, g.startsWith('0001')).map(g, g.upperAscii()).join(', ')",
        "has(user.title) ? user.title : 'none'",
        "'%s (%s)'.format([user.displayName, user.userName])",
        "user.displayName.split(' ').map(word, word.substring(0, 1)).join('')",
    ] {
        let taken = reckoned(text, &subject);
        assert!(taken * 2 <= STEPS_MAX, "{text}: {taken}");
        let expression = Expression::compile(text, "user").expect(text);
        if let Err(error) = expression.value(&subject) {
            assert!(!error.contains("steps"), "{text}: {error}");
        }
    }
}

/// An expression that works for most must not begin to fail for who comes into many groups, or into some of long names.
#[test]
fn many_groups_are_far_below() {
    let listed = |names: usize| {
        let names: Vec<_> = (0..names).map(|number| format!("'{number:0>12}'")).collect();
        names.join(",")
    };
    let texts = [
        format!("[{}].exists(r, groups.exists(g, g == r))", listed(20)),
        format!("[{}].exists(r, r in groups)", listed(20)),
        format!("[{}].filter(r, r in groups)[0]", listed(20)),
        format!("groups.exists(g, g in [{}])", listed(20)),
        ["'000000000000' in groups"; 5].join(" || "),
        ["'000000000000' in groups"; 10].join(" || "),
        format!("{} 'none'", "'000000000000' in groups ? 'a role' : ".repeat(10)),
        "groups.exists(g, g.contains('staff') || g.contains('users') || g.contains('hosts'))".to_owned(),
    ];
    let person = object(json!({}));
    for (number, bytes) in [(1_000, 30), (2_000, 40), (5_000, 20), (5_000, 60)] {
        let member_of = groups(number, bytes);
        for text in &texts {
            Expression::compile(text, "user").expect(text);
            let taken = reckoned(text, &subject(&person, &member_of));
            assert!(taken * 2 <= STEPS_MAX, "{number} x {bytes}, {text}: {taken}");
        }
    }
}

/// Twice the people are twice the steps where a list is walked, and four times where one is walked for each of another.
#[test]
fn steps_follow_the_sizes() {
    let person = object(json!({}));
    let steps = |text: &str, number| reckoned(text, &subject(&person, &groups(number, 50)));
    let check = |text: &str, times: u64| {
        let (one, two) = (steps(text, 1_000), steps(text, 2_000));
        let expected = one * times;
        assert!(two.abs_diff(expected) * 10 < expected, "{text}: {one} and {two}");
    };
    check("groups.exists(g, g == 'a')", 2);
    check("groups.map(g, g + 'x').filter(g, g != 'a').size()", 2);
    check("groups.map(g, groups.exists(h, h == g)).size()", 4);
}

/// The evaluation counts with: each time that it comes by, and each byte that it brings.
#[test]
fn no_evaluation_takes_more_than_was_reckoned() {
    static COUNTED: AtomicU64 = AtomicU64::new(0);
    let mut environment = Env::stdlib();
    cel::extensions::strings(&mut environment).expect("names of its own");
    let counted = environment.add_overload("counted", "counted_any", vec![types::DYN_TYPE], |mut arguments| {
        let argument = arguments.pop().expect("one");
        let bytes = argument
            .downcast_ref::<types::CelString>()
            .map_or(0, |text| text.inner().len());
        COUNTED.fetch_add(1 + u64::try_from(bytes).expect("a length"), Ordering::Relaxed);
        Ok(argument)
    });
    counted.expect("a name of its own");
    let environment = Arc::new(environment);
    let person =
        object(json!({ "title": "a,b,,c".repeat(40), "emails": [{ "value": "a" }, { "value": "b".repeat(300) }] }));
    let member_of = groups(30, 7);
    for text in [
        "counted(user.title)",
        "groups.map(g, counted(g))",
        "groups.map(g, groups.map(h, counted(g + h)))",
        "groups.map(g, groups.filter(h, counted(h) != g).map(h, counted(h + g + user.title)))",
        "user.emails.map(e, counted(e.value)).exists(e, counted(e) == 'x')",
        "user.title.split(',').map(part, counted(part))",
        "user.title.split('').map(part, counted(part)).map(part, counted(part + part))",
        "counted(user.title.replace('', 'xyz'))",
        "counted(user.title.replace('a', 'xyz').replace('x', user.title))",
        "counted(groups.join(user.title))",
        "counted('%s %s %s'.format([groups, user.title, user.emails[1].value]))",
        "counted('%b %.100f %x'.format([9223372036854775807, 1e308, user.title]))",
        "[groups, groups].map(g, g.map(h, counted(h)))",
        "[[groups]].map(g, g[0].map(h, counted(h)))",
        "{'a': groups}.map(k, counted(k))",
        "groups.exists_one(g, counted(g) == 'x')",
        "groups.all(g, counted(g) != 'x')",
        "groups.all(g, groups.exists(h, counted(h) == counted(g)) && counted(g) in groups)",
        "groups.map(g, [g == user.title, g < user.title, g.contains('1')].map(truth, counted(truth)))",
        "groups.map(g, g in groups || !(g != user.title)).map(truth, counted(truth))",
        "groups.exists(g, g == 'x') ? 'a' : counted(user.title)",
        "counted(strings.quote(user.title))",
        "(user.?title).orValue('x').split(',').map(x, counted(x))",
    ] {
        let program = environment.compile(text).expect(text);
        let mut context = Context::with_env(Arc::clone(&environment));
        context.add_variable_from_value("user", cel::to_value(&person).expect("a value"));
        let names: Vec<_> = member_of.iter().filter_map(|group| group.name.clone()).collect();
        context.add_variable_from_value("groups", names);
        COUNTED.store(0, Ordering::Relaxed);
        program.execute(&context).expect(text);
        let counted = COUNTED.load(Ordering::Relaxed);
        let reckoned = steps(program.expression(), "user", &subject(&person, &member_of));
        assert!(counted > 0 && counted <= reckoned, "{text}: {counted} of {reckoned}");
    }
}
