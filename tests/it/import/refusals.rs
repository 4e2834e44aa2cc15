//! What is not applied, and changes nothing.
use serde_json::json;
use usherd::service::administration::import::{List, Source};

use super::site::{Site, accounts, choice, email, numbered};
use crate::harness::user;

/// More than two pages.
const COUNT: usize = 250;

/// PagerDuty's own bound.
const LISTED_MAX: usize = 10_000;

const PAGES: &str = "GET /users";

async fn pagerduty(count: usize) -> Site {
    let site = Site::new("pagerduty").await;
    site.connect("").await;
    let names = numbered(count);
    for names in names.chunks(LISTED_MAX / 2) {
        site.twin.seed(accounts("pagerduty", names)).await;
    }
    site
}

#[tokio::test]
async fn a_listing_that_fails_half_way_changes_nothing() {
    let site = pagerduty(COUNT).await;
    let plan = site.import(Source::Vendor, None).await.plan();
    for confirm in [None, Some(choice(&plan, &[List::New], &[]))] {
        // The first page comes, and none after it.
        site.twin.fail(PAGES, "slow", Some(1)).await;
        site.twin.fail(PAGES, "503", None).await;
        let broken = site.import(Source::Vendor, confirm).await;
        let told = broken.told();
        assert!(
            told.starts_with("the accounts of the target `theirs` could not be read: "),
            "{told}"
        );
        assert!(told.ends_with("; nothing was changed"), "{told}");
        assert!(
            broken.lines.is_empty() && broken.unapplied.is_empty(),
            "{:?}",
            broken.lines
        );
        site.twin.heal().await;
    }
    assert_eq!(site.total().await, json!(0));
    let (applied, _) = site.apply(Source::Vendor, choice(&plan, &[List::New], &[])).await;
    assert_eq!(
        applied.applied, COUNT as u64,
        "the plan still holds once the vendor answers"
    );
    site.stop().await;
}

/// One page that fails and then comes is no failure.
#[tokio::test]
async fn a_page_is_asked_for_again() {
    let site = pagerduty(COUNT).await;
    site.twin.fail(PAGES, "503", Some(2)).await;
    let preview = site.import(Source::Vendor, None).await;
    assert_eq!((preview.told().as_str(), preview.lines.len()), ("success", COUNT + 1));
    site.stop().await;
}

#[tokio::test]
async fn a_plan_that_is_out_of_date_is_refused() {
    let site = pagerduty(3).await;
    let old = site.import(Source::Vendor, None).await.plan();
    let again = site.import(Source::Vendor, None).await.plan();
    assert_eq!(old, again, "nothing has changed");
    site.twin.seed(accounts("pagerduty", &["late".to_owned()])).await;
    let refused = site.import(Source::Vendor, Some(choice(&old, &[List::New], &[]))).await;
    assert!(
        refused.told().starts_with("that is not the present plan: "),
        "{}",
        refused.told()
    );
    let at_the_vendor = site.import(Source::Vendor, None).await.plan();
    let mut late = user("late");
    late["active"] = json!(false);
    site.scim.create("/Users", &late).await;
    let other_side = site.import(Source::Directory, None).await.plan();
    for plan in [&at_the_vendor, &other_side, "nonsense"] {
        let refused = site.import(Source::Vendor, Some(choice(plan, &[List::New], &[]))).await;
        assert!(
            refused.told().starts_with("that is not the present plan: "),
            "{}",
            refused.told()
        );
    }
    assert_eq!(site.total().await, json!(1), "only whom the IdP has created");
    site.stop().await;
}

/// Nobody can say whether there are more.
#[tokio::test]
async fn a_listing_as_long_as_the_vendors_bound_is_refused_by_name() {
    let site = pagerduty(LISTED_MAX - 1).await;
    let refused = site.import(Source::Vendor, None).await;
    let told = refused.told();
    assert!(
        told.starts_with("PagerDuty lists no more than 10000 accounts"),
        "{told}"
    );
    assert!(refused.lines.is_empty());
    site.twin.seed(accounts("pagerduty", &["one-more".to_owned()])).await;
    let told = site.import(Source::Vendor, None).await.told();
    assert!(told.contains("PagerDuty lists no more than 10000"), "{told}");
    site.stop().await;
}

/// A vendor that has lost its people, or shows fewer than there are, would otherwise have them all deactivated here.
#[tokio::test]
async fn a_listing_that_has_shrunk_much_is_refused_until_a_person_says_how_many_are_right() {
    let site = Site::new("pagerduty").await;
    let names = numbered(10);
    site.twin.seed(accounts("pagerduty", &names)).await;
    site.connect("").await;
    let (applied, _) = site.confirm(Source::Vendor, &[List::New], &[]).await;
    assert_eq!(applied.applied, 10);
    let end = async |names: &[String]| {
        for name in names {
            site.end(&site.account(name).await.expect("an account")).await;
        }
    };
    // Nine of eleven, with the owner, are over 80 %; seven of nine are not.
    end(&names[..2]).await;
    let plan = site.import(Source::Vendor, None).await;
    assert_eq!(plan.counts()[&List::Deactivate], 2, "{}", plan.told());
    end(&names[2..4]).await;
    for confirm in [None, Some(choice(&plan.plan(), &[List::Deactivate], &[]))] {
        let refused = site.import(Source::Vendor, confirm).await;
        assert_eq!(
            refused.told(),
            "the target `theirs` lists 7 accounts, and listed 9 last: that is over 20 % fewer; nothing was changed; \
             if so few are right, say so: --expect 7"
        );
        assert!(refused.lines.is_empty(), "{:?}", refused.lines);
    }
    let too_few = site.expect(8).await;
    assert!(
        too_few.told().starts_with("the target `theirs` lists 7"),
        "{}",
        too_few.told()
    );
    let believed = site.expect(7).await;
    assert_eq!(believed.counts()[&List::Deactivate], 4, "{}", believed.told());
    let choice = choice(&believed.plan(), &[List::Deactivate], &[]);
    let (applied, unapplied) = site.apply(Source::Vendor, choice).await;
    assert_eq!(
        (applied.applied, unapplied.len()),
        (4, 0),
        "what was said once holds: {unapplied:?}"
    );
    site.stop().await;
}

/// One bad record is told with account, field and reason, and blocks nobody.
#[tokio::test]
async fn whom_the_directory_cannot_take_is_told() {
    let site = Site::new("okta").await;
    let mut namesake = user("x");
    namesake["userName"] = json!(email("taken"));
    site.scim.create("/Users", &namesake).await;
    site.connect("[target.mapping.user]\nlogin = \"nickName\"").await;
    let mut seed = accounts("okta", &["fine".into(), "taken".into(), "odd".into(), "chief".into()]);
    seed["users"][2]["profile"]["profileUrl"] = json!("no url");
    seed["users"][3]["roles"] = json!(["SUPER_ADMIN"]);
    site.twin.seed(seed).await;
    let preview = site.import(Source::Vendor, None).await;
    let fault = preview.line(List::New, &email("odd")).fault.clone();
    assert_eq!(
        fault.as_deref(),
        Some("profileUrl: cannot be taken over: profileUrl: must be a URI")
    );
    let chief = preview.line(List::New, &email("chief")).account.clone();
    let plan = preview.plan();
    let unknown = site.import(Source::Vendor, Some(choice(&plan, &[], &["nobody"]))).await;
    assert_eq!(unknown.told(), "the plan has no account `nobody`");

    let (applied, unapplied) = site.apply(Source::Vendor, choice(&plan, &[List::New], &[])).await;
    assert_eq!((applied.applied, applied.refused), (1, 2), "{unapplied:?}");
    let told: Vec<_> = unapplied.iter().filter(|one| !one.protected).collect();
    let told: Vec<_> = told
        .iter()
        .map(|one| (one.name.clone(), one.field.as_deref(), one.reason.as_str()))
        .collect();
    let taken = "userName: another User has this value";
    let odd = "cannot be taken over: profileUrl: must be a URI";
    assert_eq!(
        told,
        [(email("odd"), Some("profileUrl"), odd), (email("taken"), None, taken)]
    );
    assert!(
        unapplied.iter().any(|one| one.protected && one.account == chief),
        "{unapplied:?}"
    );
    assert!(site.found(&email("fine")).await.is_some() && site.found(&email("chief")).await.is_none());

    let (applied, unapplied) = site.confirm(Source::Vendor, &[], &[&chief]).await;
    assert_eq!(
        (applied.applied, unapplied.len()),
        (1, 0),
        "a person has named it: {unapplied:?}"
    );
    assert!(site.found(&email("chief")).await.is_some());
    site.stop().await;
}

/// Linked by its fields alone, the account of somebody inactive here stayed active at the vendor, and was in step.
#[tokio::test]
async fn who_is_inactive_here_is_not_linked_and_left_with_access() {
    let site = Site::new("pagerduty").await;
    for name in ["one", "two"] {
        let mut person = user(name);
        person["active"] = json!(false);
        site.scim.create("/Users", &person).await;
    }
    let names = ["one", "two"].map(str::to_owned);
    site.twin.seed(accounts("pagerduty", &names)).await;
    site.connect("on_existing = \"refuse\"").await;
    let unwelcome = "it is active at the vendor and not here: choose activate too, or --source directory";
    let (applied, unapplied) = site.confirm(Source::Vendor, &[List::Update], &[]).await;
    let reasons: Vec<_> = unapplied.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!((applied.applied, reasons), (0, vec![unwelcome; 2]));

    let preview = site.import(Source::Vendor, None).await;
    let (one, two) = (email("one"), email("two"));
    assert!(!preview.line(List::Update, &one).linked && !preview.line(List::Update, &two).linked);
    let named = preview.line(List::Update, &one).account.clone();
    let choices: [(&[List], &[&str]); 2] = [(&[], &[&named]), (&[List::Update, List::Activate], &[])];
    for ((lists, accounts), name) in choices.into_iter().zip([one, two]) {
        let (applied, unapplied) = site.confirm(Source::Vendor, lists, accounts).await;
        assert_eq!((applied.applied, unapplied.len()), (1, 0), "{lists:?} {unapplied:?}");
        assert_eq!(site.found(&name).await.expect("a person")["active"], true, "{name}");
    }
    site.stop().await;
}
