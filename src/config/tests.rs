//! Files read, and every fault with its place.
use super::*;

/// A target without faults; `{}` stands for further keys.
const TARGET: &str = r#"[[directory]]
name = "acme"
[[target]]
name = "pagerduty"
directory = "acme"
vendor = "pagerduty"
credential = "env:CARGO_PKG_NAME"
{}
[target.settings]
from = "owner@example.com"
"#;

fn faults<T>(read: Result<T, Faults>) -> Vec<String> {
    match read {
        Ok(_) => Vec::new(),
        Err(faults) => faults.to_string().lines().map(str::to_owned).collect(),
    }
}

/// Each expected fault is the beginning of a line after the file's name.
fn check<T>(rows: &[(String, &[&str])], read: fn(&str, &'static str) -> Result<T, Faults>) {
    let mut wrong = Vec::new();
    for (text, expected) in rows {
        let found = faults(read(text, "f"));
        let begins = |(found, expected): (&String, &&str)| found.starts_with(&format!("f:{expected}"));
        if found.len() != expected.len() || !found.iter().zip(*expected).all(begins) {
            wrong.push(format!("{text}\nfound {found:#?}\nexpected {expected:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A target with further keys.
fn target(keys: &str) -> String {
    TARGET.replace("{}", keys)
}

fn without(line: &str) -> String {
    target("").replace(line, "")
}

#[test]
fn what_is_no_declaration_is_told() {
    let rows: &[(String, &[&str])] = &[
        (String::new(), &[]),
        (target(""), &[]),
        (target("drift = { policy = \"correct\" }"), &[]),
        (
            target("drift = { every_minutes = 0 }"),
            &["8:9: `every_minutes` must be at least 1"],
        ),
        (target("drift = { policy = \"mend\" }"), &["8:"]),
        (
            "[[directory]]\nname = \"acme\"\ndialect = \"entra\"\nrespond_within_ms = 0".into(),
            &[],
        ),
        ("[[directory]\nname = \"a\"".into(), &["1:"]),
        ("[[directory]]\nname = acme".into(), &["2:8: "]),
        ("directory = 1".into(), &["1:13: write each as `[[directory]]`"]),
        ("# ä\nüber = 1\n[[directory]]\nname = \"a\"".into(), &["2:"]),
        (
            "x = 1\ny = 2".into(),
            &[
                "1:1: unknown key `x`, expected one of directory, target",
                "2:1: unknown key `y`",
            ],
        ),
        (
            "[[directory]]\nnmae = \"acme\"".into(),
            &["1:1: missing field `name`", "2:1: unknown field `nmae`"],
        ),
        (
            "[[directory]]\nname = \"acme\"\ndialct = 1\nrespond_within_mss = 1\ndialect = 2".into(),
            &[
                "3:1: unknown field `dialct`",
                "4:1: unknown field `respond_within_mss`",
                "5:11: invalid type",
            ],
        ),
        (
            target("switches = { creat = true, updat = false }\ncalls_per_minut = 1").replacen(
                "name =",
                "nam = 1\nname =",
                1,
            ),
            &[
                "2:1: unknown field `nam`",
                "9:14: unknown field `creat`",
                "9:28: unknown field `updat`",
                "10:1: unknown",
            ],
        ),
        (
            "[[directory]]\ndialect = \"auto\"".into(),
            &["1:1: missing field `name`"],
        ),
        ("[[directory]]\nname = \"a\"\ndialect = \"oktta\"".into(), &["3:11: "]),
        ("[[directory]]\nname = 1".into(), &["2:8: invalid type"]),
        (
            "[[directory]]\nname = \"a\"\nrespond_within_ms = -1".into(),
            &["3:21: invalid value"],
        ),
    ];
    check(rows, Declarations::parse);
}

#[test]
fn names_are_checked() {
    let rows: &[(String, &[&str])] = &[
        ("[[directory]]\nname = \"Acme\"".into(), &["2:8: a name has"]),
        ("[[directory]]\nname = \"\"".into(), &["2:8: a name has"]),
        ("[[directory]]\nname = \"-a\"".into(), &["2:8: a name has"]),
        ("[[directory]]\nname = \"a-\"".into(), &["2:8: a name has"]),
        ("[[directory]]\nname = \"a/b\"".into(), &["2:8: a name has"]),
        (
            format!("[[directory]]\nname = \"{}\"", "a".repeat(64)),
            &["2:8: a name has"],
        ),
        (format!("[[directory]]\nname = \"{}\"", "a".repeat(63)), &[]),
        (
            "[[directory]]\nname = \"a\"\n[[directory]]\nname = \"a\"".into(),
            &["4:8: there are two of the name `a`"],
        ),
        (
            "[[directory]]\nname = \"a\"\nrespond_within_ms = 50001".into(),
            &["3:21: must be at most 50000"],
        ),
    ];
    check(rows, Declarations::parse);
}

#[test]
fn targets_are_checked() {
    let rows: &[(String, &[&str])] = &[
        (without("directory = \"acme\"\n"), &["3:1: missing field `directory`"]),
        (
            target("").replace("name = \"acme\"", "name = \"acne\""),
            &["5:13: no directory `acme` is declared"],
        ),
        (
            target("").replace("vendor = \"pagerduty\"", "vendor = \"pager\""),
            &["6:10: no vendor `pager`; there are "],
        ),
        (
            target("").replace("env:CARGO_PKG_NAME", "s3cret"),
            &["7:14: a secret is named as `env:NAME`"],
        ),
        (
            target("").replace("CARGO_PKG_NAME", "USHERD_NOT_SET"),
            &["7:14: the environment variable `USHERD_NOT_SET`"],
        ),
        (
            target("").replace("env:CARGO_PKG_NAME", "file:/nonexistent"),
            &["7:14: the file `/nonexistent`"],
        ),
        (target("on_delete = \"burn\""), &["8:13: unknown variant `burn`"]),
        (
            target("switches = { create = true, updat = false }"),
            &["8:29: unknown field `updat`"],
        ),
        (target("calls_per_minute = 0"), &["8:20: must be from 1"]),
        (target("call_deadline_ms = 120001"), &["8:20: must be from 1 to 120000"]),
        (
            target("job_deadline_ms = 3600001"),
            &["8:19: must be from 1 to 3600000"],
        ),
        (target("read_lag_ms = 3600001"), &["8:15: must be at most"]),
        (target("read_lag_ms = 0"), &[]),
        (
            target("breaker = { resources = 0 }"),
            &["8:11: `resources` must be from 1 to 100"],
        ),
        (
            target("breaker = { probe_max_seconds = 3601 }"),
            &["8:11: `probe_max_seconds` must be from 1 to 3600"],
        ),
        (
            target("parking = { tries = 101, again_minutes = 0 }"),
            &[
                "8:11: `tries` must be from 1 to 100",
                "8:11: `again_minutes` must be from 1 to 43200",
            ],
        ),
        (
            target("leaver_alarm_minutes = [15, 5]"),
            &["8:24: must be two numbers from 1 to 1440, the second one greater"],
        ),
        (
            target("leaver_alarm_minutes = [1, 1440]\nparking = { tries = 100 }"),
            &[],
        ),
    ];
    check(rows, Declarations::parse);
}

#[test]
fn base_urls_are_those_that_the_client_will_call() {
    let rows: &[(String, &[&str])] = &[
        (target("base_url = \"https://api.eu.pagerduty.com\""), &[]),
        (target("base_url = \"https://api.eu.pagerduty.com/\""), &[]),
        (
            target("")
                .replace("\"pagerduty\"", "\"scim\"")
                .replace("from = \"owner@example.com\"\n", ""),
            &["3:1: SCIM has an API of its own for each account: set `base_url`"],
        ),
        (
            target("base_url = \"api.pagerduty.com\""),
            &["8:12: a base URL is https"],
        ),
        (
            target("base_url = \"http://api.pagerduty.com\""),
            &["8:12: a base URL is https"],
        ),
        (
            target("base_url = \"https://u:p@api.pagerduty.com\""),
            &["8:12: a base URL is https"],
        ),
        (
            target("base_url = \"https://api.pagerduty.com?x\""),
            &["8:12: a base URL has no query"],
        ),
        (
            target("base_url = \"https://10.0.0.1\""),
            &["8:12: a base URL is https"],
        ),
        (
            target("base_url = \"http://127.0.0.1:8080\""),
            &["8:12: a base URL is https"],
        ),
        (
            target("base_url = \"http://127.0.0.1:8080\"\nallow_private = [\"127.0.0.1\"]"),
            &[],
        ),
        (
            target("base_url = \"http://127.0.0.1:8080\"\nallow_private = [\"127.0.0.2\"]"),
            &["8:12: a base URL is https"],
        ),
        (
            target("allow_private = [\"10.0.0.0/8\"]"),
            &["8:17: name hosts or addresses"],
        ),
    ];
    check(rows, Declarations::parse);
}

#[test]
fn settings_are_those_of_the_vendor() {
    let rows: &[(String, &[&str])] = &[
        (
            without("from = \"owner@example.com\"\n"),
            &["9:1: PagerDuty needs the setting `from`: "],
        ),
        (
            without("[target.settings]\nfrom = \"owner@example.com\"\n"),
            &["3:1: PagerDuty needs the setting `from`: "],
        ),
        (
            target("").replace("from", "form"),
            &["9:1: PagerDuty needs", "10:8: PagerDuty has no setting `form`"],
        ),
        (
            target("").replace("owner@example.com", "nobody"),
            &["10:8: the setting `from` must be"],
        ),
        (
            target("auth = { method = \"app\", client_id = \"c\" }"),
            &["8:19: this way of authorization needs the setting `account`: "],
        ),
        (
            target("auth = { method = \"app\", client_id = \"c\", scopes = [\"users.read\"] }"),
            &[],
        ),
        (
            target("auth = { method = \"app\", client_id = \"c\" }") + "\naccount = \"us.acme\"",
            &[],
        ),
    ];
    check(rows, Declarations::parse);
}

/// A target of the vendor `scim` with further keys, which begin in line 9.
fn speaking(keys: &str) -> String {
    let target = target(&format!("base_url = \"https://product.example\"\n{keys}"));
    target
        .replace("\"pagerduty\"", "\"scim\"")
        .replace("from = \"owner@example.com\"\n", "")
}

#[test]
fn a_dialect_is_checked() {
    let rows: &[(String, &[&str])] = &[
        (speaking("dialect = { pages = \"cursor\", user.update = \"put\" }"), &[]),
        (
            speaking("dialect.pages = \"cursors\"\ndialect.user.upate = \"put\"\ndialect.page_cont = 1"),
            &[
                "9:17: unknown variant `cursors`",
                "10:14: unknown field `upate`",
                "11:9: unknown field `page_cont`",
            ],
        ),
        (
            speaking(
                "dialect.page_count = 0\ndialect.group.update = \"put\"\ndialect.user.takes = [\"user_name\", \"nick\"]",
            ),
            &[
                "9:22: must be from 1 to 1000",
                "10:24: PUT sends a group back",
                "11:36: there is no field `nick` to take",
            ],
        ),
        (
            speaking("dialect.user.fields.badge = { attribute = \"a b\", type = \"role\" }"),
            &["9:43: `a b` is no path", "9:57: must be `string`"],
        ),
        // Declared before there were dialects.
        (
            format!("{}update = \"put\"\n", speaking("")),
            &["11:10: SCIM has no setting `update` any more: write `dialect.user.update`"],
        ),
        (
            target("dialect.page_count = 1"),
            &["8:1: PagerDuty is not spoken to in SCIM"],
        ),
    ];
    check(rows, Declarations::parse);
}

#[test]
fn faults_are_told_all_at_once_in_order_of_places() {
    let rows: &[(String, &[&str])] = &[(
        target("base_url = \"x\"")
            .replace("acme\"\n[[t", "A\"\n[[t")
            .replace("env:CARGO_PKG_NAME", "s"),
        &[
            "2:8: a name has",
            "5:13: no directory",
            "7:14: a secret is named",
            "8:12: a base URL is https",
        ],
    )];
    check(rows, Declarations::parse);
}

#[test]
fn messages_hold_no_secret() {
    let text = TARGET.replace("{}", "").replace("env:CARGO_PKG_NAME", "y+s3cretkey");
    let found = Declarations::parse(&text, "f").unwrap_err();
    assert!(!format!("{found} {found:?}").contains("s3cret"));
    let read = Declarations::parse(&TARGET.replace("{}", ""), "f").unwrap();
    assert!(
        !format!("{read:?}").contains("\"usherd\""),
        "the credential is not printed"
    );
}

#[test]
fn what_is_exported_reads_as_the_same() {
    let keys = "base_url = \"http://127.0.0.1:1\"\nallow_private = [\"127.0.0.1\"]\non_existing = \"refuse\"\n\
                protected = [\"ceo@example.com\"]\nread_lag_ms = 7\nswitches = { delete = false }";
    let scim = "[[target]]\nname = \"s\"\ndirectory = \"acme\"\nvendor = \"scim\"\nbase_url = \"https://p.example\"\n\
                credential = \"env:CARGO_PKG_NAME\"\ndialect = { pages = \"cursor\", user = { update = \"put\", fields.x = \
                { attribute = 'x[type eq \"a\"].value', type = \"time_zone\", with = { primary = true } } } }\n";
    let read =
        Declarations::parse(&(TARGET.replace("{}", keys) + scim), "f").unwrap_or_else(|faults| panic!("{faults}"));
    let (targets, _): (Vec<_>, Vec<_>) = read.targets.into_iter().unzip();
    let text = export(&read.directories, &targets);
    let again = Declarations::parse(&text, "f").unwrap_or_else(|faults| panic!("{faults}\n{text}"));
    assert_eq!(again.directories, read.directories);
    assert_eq!(again.targets.into_iter().unzip::<_, _, Vec<_>, Vec<_>>().0, targets);
    assert_eq!(export(&[], &[]), "");
}

#[test]
fn the_servers_file_is_read_or_its_faults_are_told() {
    let with = |keys: &str| format!("data = \"d\"\n{keys}");
    let rows: &[(String, &[&str])] = &[
        (with(""), &[]),
        (
            with("listen = \"[::1]:443\"\npublic_url = \"https://scim.example.com\"\nkey = \"env:KEY\""),
            &[],
        ),
        (
            with("cache_bytes = 1048576\n[tls]\ncertificate = \"c\"\nkey = \"k\"\n[log]\nformat = \"json\""),
            &[],
        ),
        (
            with("[limits]\npage_default = 50\npage_max = 50\ncursor_timeout_seconds = 60"),
            &[],
        ),
        (with("[log]\nfilter = \"warn,usherd::delivery=debug\""), &[]),
        (String::new(), &["1:1: missing field `data`"]),
        (with("listn = \"x\""), &["2:1: unknown field `listn`"]),
        (
            with("listn = \"x\"\nlisten = 80\n[log]\nformt = 1\nfilter = \"usherd=loud\""),
            &[
                "2:1: unknown field `listn`",
                "3:10: ",
                "5:1: unknown field `formt`",
                "6:10: must be a level",
            ],
        ),
        (with("listen = \"localhost\""), &["2:10: "]),
        (with("listen = 80"), &["2:10: "]),
        (
            with("public_url = \"scim.example.com\""),
            &["2:14: must be a URL such as"],
        ),
        (
            with("public_url = \"https://scim.example.com/\""),
            &["2:14: must be a URL such as"],
        ),
        (
            with("public_url = \"ftp://scim.example.com\""),
            &["2:14: must be a URL such as"],
        ),
        (
            with("public_url = \"https://u@scim.example.com\""),
            &["2:14: must be a URL such as"],
        ),
        (with("key = \"00ff\""), &["2:7: a secret is named as"]),
        (with("cache_bytes = 1048575"), &["2:15: must be at least 1048576"]),
        (with("[tls]\ncertificate = \"c\""), &["2:1: missing field `key`"]),
        (with("[log]\nformat = \"xml\""), &["3:10: unknown variant `xml`"]),
        (
            with("[limits]\nbody_bytes = 0"),
            &["3:14: must be at least 1 and at most 268435456"],
        ),
        (with("[limits]\npage_max = 0"), &["3:12: must be at least 1"]),
        (
            with("[limits]\nbulk_operations = -1"),
            &["3:19: invalid value: integer `-1`, expected a whole number from 0"],
        ),
        (
            with("[limits]\npage_max = 10\npage_default = 11"),
            &["4:16: must not be greater than page_max"],
        ),
        (
            with("public_url = \"x\"\nkey = \"y\"\ncache_bytes = 1"),
            &["2:14: must be a URL", "3:7: a secret", "4:15: must be at least"],
        ),
    ];
    check(rows, Server::parse);
}

#[test]
fn a_filter_of_the_log_has_levels() {
    let with = |filter: &str| format!("data = \"d\"\n[log]\nfilter = \"{filter}\"");
    let refused = &["3:10: must be a level"][..];
    let without = [
        "usherd=loud",
        "inof",
        "warn, usherd::delivery",
        "",
        " info ",
        "info=",
        "inof=",
        "usherd=",
    ];
    check(&without.map(|filter| (with(filter), refused)), Server::parse);
    let meant = [
        "info",
        "WARN",
        "info,usherd::delivery=debug",
        "off",
        "[turn{target}]=debug",
    ];
    check(&meant.map(|filter| (with(filter), &[][..])), Server::parse);
}

#[test]
fn the_reference_files_are_right() {
    let server = include_str!("../../usherd.toml");
    let read = Server::parse(server, "usherd.toml").unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(read.data, std::path::Path::new("/var/lib/usherd"));
    // Every key that is commented out shows the usual value, or an example, and is right as well.
    let all: Vec<_> = server
        .lines()
        .map(|line| line.strip_prefix("#: ").unwrap_or(line))
        .collect();
    Server::parse(&all.join("\n"), "usherd.toml").unwrap_or_else(|faults| panic!("{faults}"));

    let declared = include_str!("../../directories.toml");
    let all: Vec<_> = declared
        .lines()
        .map(|line| line.strip_prefix("#: ").unwrap_or(line))
        .collect();
    let all = all.join("\n").replace("env:PAGERDUTY_API_KEY", "env:CARGO_PKG_NAME");
    let read = Declarations::parse(&all, "directories.toml").unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!((read.directories.len(), read.targets.len()), (2, 1));
}
