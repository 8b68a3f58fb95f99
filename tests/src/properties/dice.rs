//! Choices out of one number: the same number, the same choices. 0 chooses the first of everything, so that small inputs are simple.

/// See the module's documentation.
pub struct Dice(u64);

impl Dice {
    /// Choices out of a number.
    pub fn new(seed: u16) -> Self {
        Self(u64::from(seed))
    }

    /// One of so many.
    pub fn next(&mut self, count: usize) -> usize {
        let chosen = (self.0 % count.max(1) as u64) as usize;
        // What is left of the number decides first; then it is mixed (splitmix64), but for 0, which stays 0.
        self.0 /= count.max(1) as u64;
        if self.0 > 0 && self.0 < 8 {
            let mixed = (self.0 ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            self.0 = mixed ^ (mixed >> 29);
        }
        chosen
    }

    /// One of these.
    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.next(choices.len())].clone()
    }

    /// Once in so many times.
    pub fn once_in(&mut self, count: usize) -> bool {
        self.next(count) == count - 1
    }
}
