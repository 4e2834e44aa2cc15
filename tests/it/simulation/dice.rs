//! All randomness of a run.
use std::ops::Range;
use std::time::Duration;

/// SplitMix64: every seed, neighbours too, gives another sequence.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Dice of their own for a part, so that what one part draws does not change what another does.
    pub(super) fn split(&mut self) -> Dice {
        Dice(self.next())
    }

    /// One of the range.
    pub(super) fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    /// An index below `len`.
    pub(super) fn index(&mut self, len: usize) -> usize {
        let len = u64::try_from(len).expect("a length fits");
        usize::try_from(self.next() % len).expect("less than a length")
    }

    /// True so many times of a thousand.
    pub(super) fn in_thousand(&mut self, times: u64) -> bool {
        self.next() % 1000 < times
    }

    pub(super) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of.get(self.index(of.len())).expect("an index below the length").clone()
    }

    /// A time of so many milliseconds.
    pub(super) fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.within(range))
    }
}
