//! All that a run draws.
use std::ops::Range;
use std::time::Duration;

/// SplitMix64: every seed, neighbours too, gives another sequence.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Dice of their own for a part, so that what one part draws does not change what another does.
    pub(super) fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// One of the range.
    pub(super) fn within(&mut self, range: Range<usize>) -> usize {
        let width = u64::try_from(range.end - range.start).expect("a width fits");
        range.start + usize::try_from(self.next() % width).expect("less than a width")
    }

    /// True so many times of a hundred.
    pub(super) fn percent(&mut self, times: u64) -> bool {
        self.next() % 100 < times
    }

    /// One of these.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.within(0..of.len())]
    }

    /// A time below this one, in steps of a microsecond.
    pub(super) fn below(&mut self, limit: Duration) -> Duration {
        let micros = u64::try_from(limit.as_micros()).expect("a short time");
        Duration::from_micros(self.next() % micros)
    }
}
