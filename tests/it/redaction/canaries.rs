//! Secrets and personal values that no other text is like.
use serde_json::{Value, json};

use crate::harness::patch;

/// Characters of a canary at least: shorter ones may stand in any text.
const LENGTH_MIN: usize = 10;

/// The values of one person, of which each is a canary.
const VALUES_PER_PERSON: usize = 25;

/// What must not come out; each is unlike any other text.
pub(super) struct Canaries {
    /// With which each begins.
    word: &'static str,
    pub(super) drawn: Vec<String>,
}

impl Canaries {
    pub(super) fn new(word: &'static str) -> Self {
        Self {
            word,
            drawn: Vec::new(),
        }
    }

    pub(super) fn draw(&mut self) -> String {
        let canary = format!("{}{:05}q", self.word, self.drawn.len());
        self.drawn.push(canary.clone());
        canary
    }

    pub(super) fn phone(&mut self) -> String {
        let phone = format!("+1415{:07}", 2_000_000 + self.drawn.len());
        self.drawn.push(phone[1..].to_owned());
        phone
    }

    pub(super) fn email(&mut self) -> String {
        format!("{}@example.com", self.draw())
    }

    /// A value that somebody else drew.
    pub(super) fn add(&mut self, canary: &str) {
        assert!(canary.len() >= LENGTH_MIN, "{canary} may be part of another text");
        self.drawn.push(canary.to_lowercase());
    }

    /// The first that the text holds, in whatever case.
    pub(super) fn seen_in(&self, text: &str) -> Option<&String> {
        let text = text.to_lowercase();
        self.drawn.iter().find(|canary| text.contains(canary.as_str()))
    }

    /// A person of nothing but canaries.
    pub(super) fn person(&mut self) -> Value {
        let before = self.drawn.len();
        let email = |canaries: &mut Self, kind: &str| json!({ "value": canaries.email(), "type": kind });
        let person = json!({
            "schemas": [schemas::urn::ENTERPRISE_USER, "urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": self.email(),
            "externalId": self.draw(),
            "name": {
                "formatted": self.draw(), "familyName": self.draw(), "givenName": self.draw(),
                "middleName": self.draw(), "honorificSuffix": self.draw(),
            },
            "displayName": self.draw(),
            "nickName": self.draw(),
            "title": self.draw(),
            "userType": self.draw(),
            "password": self.draw(),
            "emails": [email(self, "work"), email(self, "home")],
            "phoneNumbers": [{ "value": self.phone(), "type": "mobile" }, { "value": self.phone(), "type": "work" }],
            "addresses": [{ "streetAddress": self.draw(), "locality": self.draw(), "region": self.draw() }],
            "ims": [{ "value": self.draw(), "type": "xmpp" }],
            (schemas::urn::ENTERPRISE_USER): {
                "employeeNumber": self.draw(), "costCenter": self.draw(), "organization": self.draw(),
                "division": self.draw(), "department": self.draw(),
            },
        });
        assert_eq!(self.drawn.len() - before, VALUES_PER_PERSON);
        person
    }
}

/// That the search finds: a canary that is let out.
#[test]
fn a_canary_is_seen() {
    let mut canaries = Canaries::new("cnry");
    let person = canaries.person();
    assert!(canaries.seen_in(&patch(person).to_string().to_uppercase()).is_some());
    assert!(canaries.seen_in("nothing").is_none());
}
