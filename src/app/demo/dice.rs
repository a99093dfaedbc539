//! Chance that is the same at every making.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Rolls numbers from a seed.
#[derive(Debug)]
pub struct Dice(StdRng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// Evenly between 0 and 1.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
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
