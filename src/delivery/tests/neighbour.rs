//! A vendor in trouble costs another one's target nothing: counted in calls, in virtual time.
use std::time::Duration;

use adapters::ErrorKind;
use serde_json::json;
use tokio::time::sleep;

use super::fake::{Fault, PACED};
use super::room::{Room, person, with};

/// People whose titles change at the quiet vendor: more than it takes meanwhile.
const CHANGES: u128 = 700;

/// Joiners who wait at the noisy one.
const JOINERS: u32 = 1_000;

const MEANWHILE: Duration = Duration::from_secs(30);

/// How the noisy vendor is.
#[derive(Debug, Clone, Copy)]
enum Noise {
    None,
    /// It works, as fast as it may.
    Works,
    /// It answers 429 to everything.
    Limits,
    /// It takes calls and answers none.
    Silent,
}

impl Noise {
    async fn begin(self, room: &Room) {
        match self {
            Self::None => return,
            Self::Works => {}
            Self::Limits => room.vendor.state.lock().unwrap().down = Some(ErrorKind::RateLimited),
            Self::Silent => room.vendor.fault("", vec![Fault::Hang; 10_000]),
        }
        room.crowd(JOINERS).await;
    }
}

/// How many calls the quiet vendor gets meanwhile, where both pass one throttle or each its own.
async fn calls(noise: Noise, shares: bool) -> usize {
    let [quiet, noisy] = Room::pair(&PACED, shares).await;
    for id in 1..=CHANGES {
        quiet.user(id, person(&format!("p{id}"))).await;
    }
    quiet.quiet().await;
    for id in 1..=CHANGES {
        let changed = with(person(&format!("p{id}")), json!({"title": "x"}));
        quiet.user(id, changed).await;
    }
    noise.begin(&noisy).await;
    quiet.vendor.calls();
    sleep(MEANWHILE).await;
    let calls = quiet.vendor.calls().len();
    assert!(quiet.pending().await > 0, "there is always something to send");
    calls
}

#[tokio::test(start_paused = true)]
async fn a_vendor_in_trouble_takes_no_call_from_another() {
    let usual = calls(Noise::None, false).await;
    for noise in [Noise::Works, Noise::Limits, Noise::Silent] {
        let found = calls(noise, false).await;
        println!("{noise:?}: {found} calls, {usual} without");
        assert!(found * 6 >= usual * 5, "{noise:?}: {found} of {usual}");
    }
    // That it would be seen: with one throttle for both, whatever pauses the one pauses the other.
    let found = calls(Noise::Limits, true).await;
    assert!(found * 6 < usual * 5, "{found} of {usual}");
}
