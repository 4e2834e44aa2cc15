//! Teams by their names, on pages.
use serde_json::json;

use super::{fields, page, rejected};
use crate::Retry;
use crate::descriptor::Kind;
use crate::pagerduty::fake::Fake;

/// The first one that was found was taken for the one that is meant, whatever the next page said.
#[tokio::test]
async fn of_two_teams_on_two_pages_none_is_guessed() {
    let team = |id: &str| json!({ "id": id, "name": "Engine" });
    let (first, second) = (page("teams", &[team("PA")], true), page("teams", &[team("PB")], false));
    let script = [(200, first.as_str()), (200, second.as_str())].repeat(2);
    let fake = Fake::play(&script);
    let name = fields(json!({ "name": "Engine" }));
    for refused in [
        fake.adapter.find(Kind::Group, "Engine").await.map(|_| ()),
        fake.adapter.create(Kind::Group, &name).await.map(|_| ()),
    ] {
        assert_eq!(rejected(&refused.unwrap_err()), (Some("name"), Retry::Backoff));
    }
    assert_eq!(fake.seen().len(), 4);
}
