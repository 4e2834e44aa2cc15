//! The directory's values win: the vendor becomes as the directory is.
use serde_json::json;
use usherd::service::administration::import::{List, Presence, Source};

use super::site::{Site, accounts, email};
use crate::harness::user;

/// Nothing is sent but what was chosen.
#[tokio::test]
async fn the_vendor_becomes_as_the_directory_is() {
    for vendor in ["pagerduty", "zendesk"] {
        let site = Site::new(vendor).await;
        for (name, active) in [("renamed", true), ("off", false), ("left-alone", true)] {
            let mut person = user(name);
            person["displayName"] = json!(format!("{name} of the directory"));
            person["active"] = json!(active);
            site.scim.create("/Users", &person).await;
        }
        let names = ["renamed", "off", "left-alone", "stranger"].map(str::to_owned);
        site.twin.seed(accounts(vendor, &names)).await;
        site.connect("on_existing = \"refuse\"").await;
        site.scim.create("/Users", &user("gone")).await;
        site.gateway.settled().await;
        site.end(&site.account("gone").await.expect("it was created")).await;

        let preview = site.import(Source::Directory, None).await;
        let renamed = preview.line(List::Update, &email("renamed"));
        let change = renamed
            .changes
            .iter()
            .find(|change| change.field == "name")
            .expect("another name");
        let (old, new) = (json!("renamed"), json!("renamed of the directory"));
        assert_eq!((&change.old, &change.new), (&old, &new), "{vendor}");
        let off = preview.line(List::Activate, &email("off"));
        assert_eq!(
            (off.vendor, off.directory),
            (Presence::Active, Presence::Inactive),
            "{vendor}"
        );
        let (renamed, off) = (renamed.account.clone(), off.account.clone());
        let gone = preview.line(List::Deactivate, &email("gone")).account.clone();
        site.twin.forget_calls().await;

        let (applied, unapplied) = site.confirm(Source::Directory, &[], &[&renamed, &off, &gone]).await;
        assert_eq!((applied.applied, unapplied.len()), (3, 0), "{vendor}: {unapplied:?}");
        site.gateway.settled().await;
        let at_vendor = site.account_by_id(&renamed).await.expect("it stays");
        assert_eq!(at_vendor.fields["name"], new, "{vendor}");
        assert!(site.account_by_id(&off).await.is_none_or(|off| !off.active), "{vendor}");
        let back = site.account("gone").await.expect("it is there again");
        assert!(back.active, "{vendor}");
        let untouched = site.account("left-alone").await.expect("it stays");
        assert_eq!(
            untouched.fields["name"],
            json!("left-alone"),
            "{vendor}: nobody chose it"
        );
        assert_eq!(
            site.found(&email("off")).await.expect("a person")["active"],
            false,
            "{vendor}"
        );
        assert_eq!(site.found(&email("stranger")).await, None, "{vendor}");
        site.stop().await;
    }
}
