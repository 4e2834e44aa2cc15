//! Bytes that are made to break readers: deep, long, huge, doubled, and no text at all.

/// Longer than any bound of the server's but the body's.
const LONG: usize = 1 << 20;

/// Deeper than any stack bears, were it walked by recursion.
const DEEP: usize = 20_000;

/// All of them, with names.
pub(super) fn rows() -> Vec<(String, Vec<u8>)> {
    let mut rows = nested();
    rows.extend(long());
    rows.extend(odd());
    rows
}

fn row(name: &str, bytes: impl Into<Vec<u8>>) -> (String, Vec<u8>) {
    (name.to_owned(), bytes.into())
}

fn nested() -> Vec<(String, Vec<u8>)> {
    let mut rows = Vec::new();
    for opened in [
        "(",
        "[",
        "{",
        "not (",
        "a[",
        "{\"a\":",
        "[[",
        "not ",
        "-",
        "!",
        "a.",
        "a:",
        "\"",
        "(a eq 1) and (",
    ] {
        for times in [33, DEEP] {
            let name = format!("{times} × {opened}");
            rows.push(row(&name, opened.repeat(times)));
            let closed: String = opened.chars().rev().filter_map(closing).collect();
            let whole = format!("{}a eq 1{}", opened.repeat(times), closed.repeat(times));
            rows.push(row(&format!("{name}, closed"), whole));
        }
    }
    let deep = format!("{}1{}", "[".repeat(120), "]".repeat(120));
    rows.push(row("JSON as deep as it is read", deep));
    rows
}

fn closing(opened: char) -> Option<char> {
    match opened {
        '(' => Some(')'),
        '[' => Some(']'),
        '{' => Some('}'),
        _ => None,
    }
}

fn long() -> Vec<(String, Vec<u8>)> {
    let mut rows = Vec::new();
    for unit in ["a", "\u{0}", "é", "a.", "%", "a eq 1 or ", ","] {
        rows.push(row(&format!("1 MB of {unit:?}"), unit.repeat(LONG / unit.len())));
    }
    let text = "x".repeat(LONG);
    rows.push(row("a long text", format!("\"{text}\"")));
    rows.push(row("a filter by a long text", format!("userName eq \"{text}\"")));
    rows.push(row("a long name", format!("{{\"{text}\":1}}")));
    rows.push(row("a person of a long name", format!("{{\"userName\":\"{text}\"}}")));
    let many = |value: &str, times: usize| vec![value; times].join(",");
    rows.push(row("many values", format!("[{}]", many("1", 100_000))));
    let emails = many("{\"value\":\"a@b.example\",\"primary\":true}", 5_000);
    rows.push(row(
        "many e-mail addresses",
        format!("{{\"userName\":\"a\",\"emails\":[{emails}]}}"),
    ));
    let operation = "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"x\"}]}";
    rows.push(row("many operations", patch(&many(operation, 5_000))));
    let operation = "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"work\\\"].value\",\"value\":\"x\"}";
    rows.push(row("many operations with filters", patch(&many(operation, 5_000))));
    rows.push(row(
        "more operations than there may be",
        patch(&many("{\"op\":\"remove\"}", 20_000)),
    ));
    rows
}

fn patch(operations: &str) -> String {
    format!(
        "{{\"schemas\":[\"{}\"],\"Operations\":[{operations}]}}",
        schemas::urn::PATCH_OP
    )
}

fn odd() -> Vec<(String, Vec<u8>)> {
    let mut rows = vec![
        row("nothing", ""),
        row("a surrogate alone", "\"\\ud800\""),
        row("NUL in a text", "userName eq \"a\\u0000b\""),
        row("NUL", "userName\0eq\0\"a\""),
        row(
            "a key twice",
            "{\"userName\":\"a\",\"userName\":\"b\",\"USERNAME\":\"c\"}",
        ),
        row(
            "a key twice inside",
            "{\"name\":{\"givenName\":\"a\",\"givenName\":\"b\"}}",
        ),
        row(
            "schemas twice",
            "{\"schemas\":[],\"schemas\":[\"x\"],\"Operations\":[],\"operations\":[]}",
        ),
        row("a byte order mark", "\u{feff}{}"),
        row("right to left", "userName eq \"\u{202e}a\""),
    ];
    for bytes in [
        &b"\xff\xfe"[..],
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"userName eq \"\xff\"",
        b"{\"a\":\"\xff\"}",
    ] {
        rows.push(row(&format!("bad UTF-8 {bytes:x?}"), bytes));
    }
    for number in [
        "1e999",
        "-1e999",
        "1e-999",
        "9223372036854775808",
        "-9223372036854775809",
        "0.1e1000000000",
        "00",
        "NaN",
    ] {
        rows.push(row(number, number));
        rows.push(row(&format!("active is {number}"), format!("{{\"active\":{number}}}")));
        rows.push(row(
            &format!("a filter by {number}"),
            format!("meta.created gt {number}"),
        ));
        rows.push(row(
            &format!("an answer of {number}"),
            format!("\0{{\"expires_in\":{number},\"count\":{number}}}"),
        ));
    }
    let digits = "9".repeat(LONG);
    rows.push(row("a number of 1 MB", digits));
    rows
}
