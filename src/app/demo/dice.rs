//! Chance that is the same at every making, whatever version of a library is in use.

/// Rolls numbers from a seed: SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number
/// generators*, 2014). Patterns of runs need no more; secrets come from elsewhere.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly between 0 and 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly between two values.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Around 0, mostly between -1 and 1: the sum of three throws.
    pub fn noise(&mut self) -> f64 {
        (self.unit() + self.unit() + self.unit()) * 2.0 - 3.0
    }

    /// True this often of 1.
    pub fn chance(&mut self, of_one: f64) -> bool {
        self.unit() < of_one
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        let index = (self.unit() * items.len() as f64) as usize;
        items[index.min(items.len() - 1)]
    }
}
