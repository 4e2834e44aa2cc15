//! What an HTTP client sees.

use std::net::SocketAddr;

use reqwest::Client;
use serde_json::json;

use super::super::Okta;
use super::desk::{TOKEN, profile, wrapped};
use crate::twins::shell::{Options, start};

/// `Link` stands in the headers once for each link, and leads to where the twin is served.
#[tokio::test]
async fn a_client_follows_links() {
    let options = Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        token: TOKEN.into(),
        data: None,
    };
    let running = start(Box::new(Okta::new(1)), options).await.unwrap();
    // No certificates are needed, and not every machine has some.
    let client = Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let seed = json!({ "users": [wrapped(profile("Ann")), wrapped(profile("Bob"))] });
    let seeding = client
        .post(format!("{}/__twin/seed", running.base_url()))
        .body(seed.to_string());
    assert_eq!(seeding.send().await.unwrap().status(), 200);
    let mut url = format!("{}/api/v1/users?limit=2", running.base_url());
    for expected in [vec!["self", "next"], vec!["self"]] {
        let answer = client
            .get(&url)
            .header("authorization", format!("SSWS {TOKEN}"))
            .send()
            .await
            .unwrap();
        assert_eq!(
            (
                answer.status().as_u16(),
                answer.headers().get_all("date").iter().count()
            ),
            (200, 1)
        );
        let links = answer.headers().get_all("link").iter();
        let links: Vec<_> = links
            .map(|link| link.to_str().unwrap().split_once(">; rel=").unwrap())
            .collect();
        let names: Vec<_> = links.iter().map(|(_, name)| name.trim_matches('"')).collect();
        assert_eq!(names, expected);
        url = links.last().unwrap().0.trim_start_matches('<').to_owned();
        assert!(url.starts_with(&running.base_url()), "{url}");
    }
    running.stop().await;
}
