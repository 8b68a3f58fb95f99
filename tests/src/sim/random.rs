//! Choices that follow from a seed: the same seed, the same choices, on every machine.

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Choices of a seed for one purpose, so that one purpose's more or less of them does not move another's.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let salt = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut random = Self(seed ^ salt);
        random.next();
        random
    }

    /// The next number (splitmix64).
    #[allow(clippy::should_implement_trait, reason = "it never ends, and nobody walks it")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `count`; 0 where there is none.
    pub fn below(&mut self, count: u64) -> u64 {
        self.next() % count.max(1)
    }

    /// A number from `least` to `most`.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// Whether something happens that does so this often in a thousand times.
    pub(crate) fn permille(&mut self, often: u32) -> bool {
        self.below(1000) < u64::from(often)
    }

    /// A place in a list.
    pub(crate) fn place(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// One of these.
    ///
    /// # Panics
    /// If there is none.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.place(choices.len())]
    }

    /// Sixteen bytes.
    pub fn bytes(&mut self) -> [u8; 16] {
        let (high, low) = (self.next(), self.next());
        ((u128::from(high) << 64) | u128::from(low)).to_be_bytes()
    }

    /// A wait: mostly short, now and then long, never above `most`.
    pub(crate) fn wait(&mut self, usual: u64, most: u64) -> u64 {
        let wait = match self.below(100) {
            0..=79 => self.below(usual),
            80..=97 => self.below(usual * 8),
            _ => self.below(most),
        };
        wait.min(most)
    }
}
