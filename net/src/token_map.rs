//! Answers by the tokens of the core.

use core::hash::{BuildHasherDefault, Hasher};
use std::collections::HashMap;

/// A map by tokens, which count up from 1: neighbours stay neighbours in memory.
pub(crate) type TokenMap<K, V> = HashMap<K, V, BuildHasherDefault<CountingHasher>>;

/// Hashes a number that counts up, which no peer chooses.
#[derive(Debug, Default)]
pub(crate) struct CountingHasher(u64);

impl Hasher for CountingHasher {
    fn finish(&self) -> u64 {
        // The table takes the place from the low bits, and tells the entries of a group apart by the seven highest.
        self.0 ^ (self.0 << 57)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::{CountingHasher, TokenMap};
    use core::hash::Hasher;

    #[test]
    fn neighbours_have_neighbouring_places_and_different_marks() {
        let hash = |number| {
            let mut hasher = CountingHasher::default();
            hasher.write_u64(number);
            hasher.finish()
        };
        for number in 1000..1128 {
            assert_eq!(hash(number + 1) & 0xFFFF, (hash(number) & 0xFFFF) + 1);
            assert_ne!(hash(number + 1) >> 57, hash(number) >> 57);
        }
    }

    #[test]
    fn it_is_a_map() {
        let mut map = TokenMap::default();
        for number in 0..10_000_u64 {
            map.insert(number, number);
            assert_eq!(map.remove(&(number / 2)), (number % 2 == 0).then_some(number / 2), "{number}");
        }
        assert_eq!(map.len(), 5000);
    }
}
