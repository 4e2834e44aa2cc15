//! What is foreseen is what then happens.
use serde_json::{Value, json};

use super::fake::{DELETING, SUSPENDING};
use super::room::{Room, person, with};
use crate::service::{Foreseen, Outcome, Verb};

/// A call as the vendor tells it, without ids and values.
fn told(call: &str) -> String {
    let mut words = call.split(' ');
    let verb = words.next().unwrap_or_default();
    let rest: Vec<_> = words.skip(1).collect();
    match verb {
        "active" => format!("active {}", rest.concat()),
        "update" => {
            let names = rest.iter().filter_map(|part| part.split_once('='));
            format!("update {}", names.map(|(name, _)| name).collect::<Vec<_>>().join(" "))
        }
        verb => verb.to_owned(),
    }
}

fn foretold(call: &Foreseen) -> String {
    match call.verb {
        Verb::LookUp => "find".to_owned(),
        Verb::Create => "create".to_owned(),
        Verb::Update => format!("update {}", call.fields.keys().cloned().collect::<Vec<_>>().join(" ")),
        Verb::Activate => "active true".to_owned(),
        Verb::Deactivate => "active false".to_owned(),
        Verb::Delete => "delete".to_owned(),
        Verb::ReadBack => "get".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_foreseen_is_what_then_happens() {
    let ann = person("ann");
    let titled = with(ann.clone(), json!({"title": "boss", "phoneNumbers": [{"value": "+1"}]}));
    let renamed = with(titled.clone(), json!({"userName": "ann2@example.com", "title": "x"}));
    let off = with(renamed.clone(), json!({"active": false}));
    let life: [(&Value, usize); 7] = [
        (&off, 0),
        (&titled, 2),
        (&titled, 0),
        (&ann, 2),
        (&renamed, 3),
        (&off, 2),
        (&titled, 2),
    ];
    for descriptor in [&DELETING, &SUSPENDING] {
        let room = Room::of(descriptor, "").await;
        for (place, (document, least)) in life.iter().enumerate() {
            let foreseen = room.foreseen(1, document).await;
            assert!(room.vendor.calls().is_empty(), "nothing is sent");
            let outcome = room.answered(1, (*document).clone()).await;
            assert_eq!(outcome, Outcome::Settled, "{document}");
            let happened: Vec<_> = room.vendor.calls().iter().map(|call| told(call)).collect();
            let expected: Vec<_> = foreseen.iter().map(foretold).collect();
            assert_eq!(expected, happened, "{} at {place}", descriptor.name);
            assert!(happened.len() >= *least, "{place}: {happened:?}");
        }
    }
}
