//! Chance: the seed and one fixed generator (`ChaCha8`), so that a deck can be drawn again anywhere.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Which independent stream of a seed is drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// What is asked.
    Choice = 0,
    /// Addresses of pictures. Apart from the choices, as addresses are told to clients.
    Tokens = 1,
}

/// A seeded source of chance. Equal seeds and streams give equal draws on every machine.
#[derive(Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The given stream of `seed`.
    pub fn new(seed: u64, stream: Stream) -> Self {
        // The key is laid out here rather than by `seed_from_u64`, whose expansion may change between versions.
        let mut key = *b"........snug atlas deck v1 seed.";
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(stream as u64);
        Self(rng)
    }

    /// A whole number from 0 to `n` − 1, each equally likely (to within `n`/2⁶⁴). 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// Puts `items` in a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// 32 lower-case hexadecimal digits.
    pub fn token(&mut self) -> String {
        format!("{:016x}{:016x}", self.0.next_u64(), self.0.next_u64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The generator is part of the rules: a daily and a challenge must come out the same after any upgrade.
    #[test]
    fn the_stream_of_a_seed_is_pinned() {
        let mut dice = Dice::new(42, Stream::Choice);
        let drawn: Vec<usize> = (0..8).map(|_| dice.below(1000)).collect();
        assert_eq!(drawn, PINNED_DRAWS);
        assert_eq!(Dice::new(42, Stream::Tokens).token(), PINNED_TOKEN);
    }
    const PINNED_DRAWS: [usize; 8] = [890, 315, 210, 277, 765, 802, 152, 286];
    const PINNED_TOKEN: &str = "444d4847baa0034d8816e4d66cd8e641";

    #[test]
    fn streams_differ_and_seeds_differ() {
        let token = |seed, stream| Dice::new(seed, stream).token();
        assert_ne!(token(1, Stream::Choice), token(1, Stream::Tokens));
        assert_ne!(token(1, Stream::Tokens), token(2, Stream::Tokens));
        let token = token(7, Stream::Tokens);
        assert_eq!(token.len(), 32);
        assert!(token.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    }

    #[test]
    fn below_reaches_everything_and_nothing_else() {
        let mut dice = Dice::new(3, Stream::Choice);
        let mut seen = [0; 5];
        for _ in 0..1000 {
            seen[dice.below(5)] += 1;
        }
        assert!(seen.iter().all(|&n| n > 120), "{seen:?}");
        assert_eq!(dice.below(1), 0);
        assert_eq!(dice.below(0), 0);
    }

    #[test]
    fn shuffle_keeps_the_items() {
        let mut items: Vec<u8> = (0..20).collect();
        Dice::new(9, Stream::Choice).shuffle(&mut items);
        assert_ne!(items, (0..20).collect::<Vec<u8>>());
        items.sort_unstable();
        assert_eq!(items, (0..20).collect::<Vec<u8>>());
    }
}
