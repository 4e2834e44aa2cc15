//! How long to wait before trying again.
use std::time::Duration;

use crate::delivery::Settings;

/// Full jitter: anything between zero and the doubled wait, so that many records do not come back together. `seed`
/// is any number that differs from record to record.
pub(super) fn delay(settings: &Settings, attempts: u32, seed: u64) -> Duration {
    jittered(settings.retry_first, settings.retry_max, (attempts, seed))
}

/// The same while it is the target that fails.
pub(super) fn outage_delay(settings: &Settings, attempts: u32, seed: u64) -> Duration {
    jittered(settings.retry_first, settings.outage_retry_max, (attempts, seed))
}

fn jittered(first: Duration, most: Duration, (attempts, seed): (u32, u64)) -> Duration {
    let ceiling = first.saturating_mul(1 << attempts.min(20)).min(most);
    let ceiling_ms = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX).max(1);
    // A tenth of the wait is always kept: a jitter of nothing would be no wait at all.
    let least_ms = ceiling_ms / 10;
    Duration::from_millis(least_ms + scramble(seed, attempts) % (ceiling_ms - least_ms).max(1))
}

/// SplitMix64: spreads neighbouring seeds over all numbers.
fn scramble(seed: u64, attempts: u32) -> u64 {
    let mut mixed = seed.wrapping_add(u64::from(attempts).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_cap_and_spread() {
        let settings = Settings::default();
        for (attempts, ceiling_ms) in [
            (0, 1_000),
            (1, 2_000),
            (4, 16_000),
            (8, 256_000),
            (9, 300_000),
            (4_000, 300_000),
        ] {
            let waits: Vec<_> = (0..200)
                .map(|seed| delay(&settings, attempts, seed).as_millis())
                .collect();
            assert!(
                waits.iter().all(|wait| *wait >= ceiling_ms / 10 && *wait < ceiling_ms),
                "{attempts}: {waits:?}"
            );
            let (low, high) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(
                high - low > ceiling_ms / 2,
                "{attempts}: no spread between {low} and {high}"
            );
        }
    }
}
