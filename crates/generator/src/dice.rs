//! Seeded random numbers, the same on every machine and in every version of this program.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng as _;

/// A seeded stream of numbers. It uses integers only, because floats do not round the same everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Dice(Pcg64);

impl Dice {
    /// Returns the `stream`th stream of a seed. Each part of a history has its own, so that one more roll in a part
    /// does not change the others.
    pub(crate) fn new(seed: u64, stream: u64) -> Dice {
        let mut dice = Pcg64::new(u128::from(seed), u128::from(stream));
        // Neighbouring seeds begin with similar numbers, so the first ones are skipped.
        for _ in 0..8 {
            dice.next_u64();
        }
        Dice(dice)
    }

    /// Returns a number from 0 to `n` − 1; 0 if `n` is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let wide = u128::from(self.0.next_u64()) * n as u128;
        usize::try_from(wide >> 64).unwrap_or_default()
    }

    /// Returns a number from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = usize::try_from(most - least + 1).unwrap_or(1);
        least + self.below(span) as i64
    }

    /// Returns true with a chance of `per_mille` in a thousand.
    pub(crate) fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1_000) < per_mille
    }

    /// Picks one of several with equal chances.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Picks one of several according to their weights.
    pub(crate) fn weighted<T: Copy>(&mut self, of: &[(usize, T)]) -> T {
        let mut left = self.below(of.iter().map(|(weight, _)| weight).sum());
        for (weight, one) in of {
            if left < *weight {
                return *one;
            }
            left -= weight;
        }
        of[0].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_of_a_seed_is_the_same_for_ever() {
        let mut dice = Dice::new(42, 1);
        let rolled: Vec<usize> = (0..8).map(|_| dice.below(1_000)).collect();
        assert_eq!(rolled, FIRST);
        let mut other = Dice::new(42, 2);
        assert!((0..8).map(|_| other.below(1_000)).ne(FIRST));
    }

    const FIRST: [usize; 8] = [996, 196, 73, 115, 771, 42, 667, 617];

    #[test]
    fn rolls_are_within_their_bounds() {
        let mut dice = Dice::new(1, 1);
        for _ in 0..1_000 {
            assert!((-3..=3).contains(&dice.between(-3, 3)));
            assert!(dice.below(3) < 3);
            assert_eq!(dice.weighted(&[(0, 'a'), (5, 'b')]), 'b');
        }
    }
}
