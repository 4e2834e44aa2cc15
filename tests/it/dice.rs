//! All randomness of the tests that draw what happens from a seed.
use std::ops::Range;
use std::time::Duration;

/// SplitMix64: every seed, neighbours too, gives another sequence.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Dice of their own for a part, so that what one part draws does not change what another does.
    pub(crate) fn split(&mut self) -> Dice {
        Dice(self.next())
    }

    /// One of the range.
    pub(crate) fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    /// One of a range of sizes.
    pub(crate) fn among(&mut self, range: Range<usize>) -> usize {
        range.start + self.index(range.end - range.start)
    }

    /// An index below `len`.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        let len = u64::try_from(len).expect("a length fits");
        usize::try_from(self.next() % len).expect("less than a length")
    }

    /// True so many times of a thousand.
    pub(crate) fn in_thousand(&mut self, times: u64) -> bool {
        self.next() % 1000 < times
    }

    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of.get(self.index(of.len())).expect("an index below the length").clone()
    }

    /// A time of so many milliseconds.
    pub(crate) fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.within(range))
    }
    /// A time below this one, in steps of a microsecond.
    pub(crate) fn below(&mut self, limit: Duration) -> Duration {
        let micros = u64::try_from(limit.as_micros()).expect("a short time");
        Duration::from_micros(self.next() % micros)
    }
}
