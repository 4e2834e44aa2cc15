//! Zendesk, which a person consents to: codes, tokens and the client's secret, right and wrong ones.
use std::fs;

use conformance::twins::{CLIENT_ID, shell};
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};

use super::process::{Scene, start, target};
use crate::authorize::browser::{Browser, with};
use crate::harness::{PUBLIC_URL, Twin, until};

const ZENDESK: &str = "zendesk";

/// How long an access token lives, so that some are renewed while the test runs.
const ACCESS_SECONDS: u32 = 2;

/// The twin whose owner has consented.
pub(super) struct Consent {
    pub(super) twin: Twin,
    _running: shell::Running,
}

impl Consent {
    /// Declares Zendesk, and goes through what can go wrong until there is a consent.
    pub(super) async fn given(scene: &mut Scene) -> Self {
        let secret = format!(
            "{}-{}-{}",
            scene.secrets.draw(),
            scene.secrets.draw(),
            scene.secrets.draw()
        );
        let (twin, running) = start(ZENDESK, &scene.secrets.draw()).await;
        let client = json!({
            "id": CLIENT_ID,
            "secret": secret,
            "redirect_uris": [format!("{PUBLIC_URL}/provision/oauth/callback")],
            "access_seconds": ACCESS_SECONDS,
        });
        twin.seed(json!({ "oauth": { "clients": [client] } })).await;
        let file = scene.folder.path().join(ZENDESK);
        fs::write(&file, secret).expect("a folder of ours");
        let auth = format!("method = \"oauth\", client_id = \"{CLIENT_ID}\"");
        let reference = format!("file:{}", file.display());
        scene.declared += &target((ZENDESK, &auth), &twin.base_url, &reference);
        scene.installation.declare(&scene.declared);
        let consent = Self {
            twin,
            _running: running,
        };
        consent.refused(scene).await;
        consent.comes_back(scene, |back| back, StatusCode::OK).await;
        consent.take_down(scene).await;
        scene.installation.working().await;
        consent
    }

    /// Ways back that are none.
    async fn refused(&self, scene: &mut Scene) {
        let [code, state, error] = [(); 3].map(|()| scene.secrets.draw());
        let refused = StatusCode::BAD_REQUEST;
        self.comes_back(scene, |back| with(back, "code", Some(&code)), refused)
            .await;
        self.comes_back(scene, |back| with(back, "state", Some(&state)), refused)
            .await;
        let words = |back| {
            with(
                with(back, "error", Some("access_denied")),
                "error_description",
                Some(&error),
            )
        };
        self.comes_back(scene, words, refused).await;
    }

    /// Somebody consents and comes back in this way.
    async fn comes_back(&self, scene: &mut Scene, changed: impl FnOnce(Url) -> Url, expected: StatusCode) {
        let link = scene.installation.command(&["target", "authorize", ZENDESK]);
        let port = scene.installation.addr().rsplit_once(':').expect("an address").1;
        let browser = Browser::at(port.parse().expect("a port"));
        let back = browser.consents(link.trim(), "allow").await;
        for (_, value) in back.query_pairs().filter(|(name, _)| name == "code") {
            scene.secrets.add(&value);
        }
        for cookie in browser.kept() {
            scene.secrets.add(&cookie);
        }
        let (status, page) = browser.follows(changed(back)).await;
        assert_eq!(status, expected, "{page}");
        assert_eq!(scene.secrets.seen_in(&page), None, "{page}");
    }

    /// Waits until the access token was renewed, and takes down the new one.
    pub(super) async fn is_renewed(&self, scene: &mut Scene) {
        let first = scene.secrets.drawn.clone();
        until("the access token is renewed", async || {
            let access = self.tokens().await.swap_remove(0);
            (!first.contains(&access.to_lowercase())).then_some(())
        })
        .await;
        self.take_down(scene).await;
    }

    async fn take_down(&self, scene: &mut Scene) {
        for token in self.tokens().await {
            scene.secrets.add(&token);
        }
    }

    /// The access token and the refresh token.
    async fn tokens(&self) -> Vec<String> {
        let state = self.twin.state().await;
        let last = state["oauth_tokens"].as_array().and_then(|all| all.last());
        let last = last.expect("there is a token");
        let text = |value: &Value| value.as_str().expect("a token").to_owned();
        vec![text(&last["access"]), text(&last["refresh"]["token"])]
    }
}
