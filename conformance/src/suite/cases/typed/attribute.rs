//! An attribute as `/Schemas` describes it, and values for it.
use serde_json::{Map, Value, json};

/// One attribute's description.
#[derive(Clone, Copy)]
pub(super) struct Attribute<'a> {
    definition: &'a Value,
}

/// What makes the values of one resource its own.
#[derive(Clone)]
pub(super) struct Seed {
    /// Found in no other case.
    pub(super) nonce: String,
    /// Apart from other resources and states of the case.
    pub(super) number: i64,
    /// The location of a User to refer to.
    pub(super) user_location: String,
}

impl<'a> Attribute<'a> {
    /// The attributes of a schema or the sub-attributes of an attribute.
    pub(super) fn all_of(definitions: &'a Value) -> Vec<Attribute<'a>> {
        let definitions = definitions.as_array().into_iter().flatten();
        definitions.map(|definition| Attribute { definition }).collect()
    }

    pub(super) fn name(&self) -> &'a str {
        self.definition["name"].as_str().unwrap_or_default()
    }

    pub(super) fn kind(&self) -> &'a str {
        self.definition["type"].as_str().unwrap_or("string")
    }

    pub(super) fn subs(&self) -> Vec<Attribute<'a>> {
        Attribute::all_of(&self.definition["subAttributes"])
    }

    pub(super) fn is_multi_valued(&self) -> bool {
        self.definition["multiValued"] == true
    }

    pub(super) fn is_required(&self) -> bool {
        self.definition["required"] == true
    }

    pub(super) fn is_case_exact(&self) -> bool {
        self.definition["caseExact"] == true
    }

    pub(super) fn has_mutability(&self, word: &str) -> bool {
        self.definition["mutability"].as_str().unwrap_or("readWrite") == word
    }

    pub(super) fn has_returned(&self, word: &str) -> bool {
        self.definition["returned"].as_str().unwrap_or("default") == word
    }

    pub(super) fn is_unique(&self) -> bool {
        self.definition["uniqueness"].as_str().unwrap_or("none") != "none"
    }

    /// Whether an ordinary read shows what was written.
    pub(super) fn is_shown(&self) -> bool {
        !self.has_mutability("readOnly")
            && !self.has_mutability("writeOnly")
            && (self.has_returned("always") || self.has_returned("default"))
    }

    /// A right value, different for another number where the type has many.
    pub(super) fn value(&self, seed: &Seed) -> Value {
        let one = self.one_value(seed);
        if self.is_multi_valued() { json!([one]) } else { one }
    }

    /// Values of other types; each must be refused.
    pub(super) fn wrong_values(&self) -> Vec<Value> {
        let one: Vec<Value> = match self.kind() {
            "boolean" => vec![json!("maybe"), json!(7)],
            "integer" => vec![json!(1.5), json!("many"), json!(true)],
            "decimal" => vec![json!("many"), json!(true)],
            "dateTime" => vec![json!("yesterday"), json!("2020-01-01"), json!(7)],
            "binary" => vec![json!("!!no base64!!"), json!(7)],
            "complex" => vec![json!(7), json!(true)],
            _ => vec![json!({"a": "b"}), json!(7)],
        };
        let several = self.is_multi_valued();
        one.into_iter()
            .map(|wrong| if several { json!([wrong]) } else { wrong })
            .collect()
    }

    fn one_value(&self, seed: &Seed) -> Value {
        let number = seed.number;
        match self.kind() {
            "boolean" => json!(number % 2 == 0),
            "integer" => json!(number),
            "decimal" => json!(0.25 + f64::from(i32::try_from(number).unwrap_or_default())),
            "dateTime" => json!(format!("2026-01-02T03:04:{:02}Z", number.rem_euclid(60))),
            "binary" => json!(
                ["TUlJQg==", "TUlJQw==", "TUlJRA=="]
                    [usize::from(u8::try_from(number.rem_euclid(3)).unwrap_or_default())]
            ),
            "reference" => json!(self.reference(seed)),
            "complex" => self.complex(seed),
            _ => json!(self.text(seed)),
        }
    }

    fn text(&self, seed: &Seed) -> String {
        let canonical = self.definition["canonicalValues"].as_array();
        let words: Vec<_> = canonical.into_iter().flatten().filter_map(Value::as_str).collect();
        let wanted = usize::try_from(seed.number).unwrap_or_default();
        match words.get(wanted.checked_rem(words.len()).unwrap_or_default()) {
            Some(word) => (*word).to_owned(),
            None => format!("{}-{}-{}", self.name(), seed.nonce, seed.number),
        }
    }

    fn reference(&self, seed: &Seed) -> String {
        let types = self.definition["referenceTypes"].as_array();
        match types.is_some_and(|types| types.iter().any(|name| name == "User")) {
            true => seed.user_location.clone(),
            false => format!("https://example.com/{}/{}", seed.nonce, seed.number),
        }
    }

    fn complex(&self, seed: &Seed) -> Value {
        let subs = self.subs();
        let writable = subs.iter().filter(|sub| !sub.has_mutability("readOnly"));
        Value::Object(
            writable
                .map(|sub| (sub.name().to_owned(), sub.value(seed)))
                .collect::<Map<_, _>>(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_their_types() {
        let seed = Seed {
            nonce: "n".into(),
            number: 4,
            user_location: "https://x/Users/1".into(),
        };
        let check = |definition: Value, expected: Value| {
            let attribute = Attribute {
                definition: &definition,
            };
            assert_eq!(attribute.value(&seed), expected, "{definition}");
        };
        check(json!({"name": "a"}), json!("a-n-4"));
        check(json!({"name": "a", "canonicalValues": ["x", "y", "z"]}), json!("y"));
        check(json!({"name": "a", "type": "integer", "multiValued": true}), json!([4]));
        check(json!({"name": "a", "type": "decimal"}), json!(4.25));
        check(json!({"name": "a", "type": "boolean"}), json!(true));
        check(json!({"name": "a", "type": "dateTime"}), json!("2026-01-02T03:04:04Z"));
        check(json!({"name": "a", "type": "binary"}), json!("TUlJQw=="));
        check(
            json!({"name": "a", "type": "reference", "referenceTypes": ["User"]}),
            json!("https://x/Users/1"),
        );
        check(
            json!({"name": "a", "type": "complex", "subAttributes": [{"name": "b"}, {"name": "c", "mutability": "readOnly"}]}),
            json!({"b": "b-n-4"}),
        );
    }
}
