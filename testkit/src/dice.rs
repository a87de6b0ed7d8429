//! Chance that can be played again from its seed.

/// SplitMix64.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of a seed.
    #[must_use]
    pub const fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to but not including 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Whether something of this likelihood happens.
    pub fn happens(&mut self, likelihood: f64) -> bool {
        self.unit() < likelihood
    }

    /// A whole number of a range, both ends included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.unit() * (high - low + 1) as f64) as i64
    }

    /// One of some, each as likely.
    pub fn one_of<T: Copy + Default, const N: usize>(&mut self, some: [T; N]) -> T {
        some.get(self.between(0, N as i64 - 1) as usize).copied().unwrap_or_default()
    }

    /// How fast a clock runs: up to a tenth too slow or too fast, and often by all of that.
    pub fn rate(&mut self) -> f64 {
        let any = 0.9 + self.unit() * 0.2;
        self.one_of([0.9, 1.1, any, any])
    }

    /// How long one way through the network takes: 20 ms mostly, and now and then seconds.
    pub fn latency(&mut self) -> i64 {
        let heavy = 20.0 / (1.0 - self.unit()).powf(0.9);
        heavy.min(60_000.0) as i64
    }
}
