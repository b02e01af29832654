//! A small seeded hash for topics and levels.
//!
//! Of the multiply-and-fold family: 16 bytes a step, one 64 by 64 bit multiplication each. It is not cryptographic.
//! What keeps a peer from choosing topics that collide is that it does not know the seed.

/// Hashes byte strings under a seed that the caller gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TopicHasher {
    key: u64,
    other_key: u64,
}

impl TopicHasher {
    pub(crate) fn new(seed: u64) -> Self {
        let key = fold(seed ^ SALT[0], SALT[1]) ^ seed;
        Self { key, other_key: fold(key ^ SALT[2], SALT[3]) ^ seed.rotate_left(32) }
    }

    pub(crate) fn hash(self, bytes: &[u8]) -> u64 {
        let (chunks, tail) = bytes.as_chunks::<16>();
        let mut state = self.key;
        for chunk in chunks {
            let (low, high) = halves(u128::from_le_bytes(*chunk));
            state = fold(low ^ self.other_key, high ^ state);
        }
        let (low, high) = read_tail(tail);
        state = fold(low ^ self.other_key, high ^ state);
        // `usize` is at most 64 bits wide everywhere; the length keeps "a" and "a\0" apart.
        fold(state ^ SALT[2], bytes.len() as u64 ^ self.key)
    }

    /// What a child with the level hash `level_hash` is found by below `parent`.
    pub(crate) fn child_tag(self, parent: u32, level_hash: u64) -> u32 {
        tag(fold(level_hash ^ self.other_key, (u64::from(parent) ^ self.key).wrapping_mul(SALT[1])))
    }
}

/// The part of a hash that a [`SlotTable`](super::slot_table::SlotTable) keeps.
pub(crate) const fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

fn fold(a: u64, b: u64) -> u64 {
    let (low, high) = halves(u128::from(a) * u128::from(b));
    low ^ high
}

const fn halves(value: u128) -> (u64, u64) {
    ((value & 0xffff_ffff_ffff_ffff) as u64, (value >> 64) as u64)
}

/// The last 0 to 15 bytes as two numbers; short tails are read with overlap, which the length in the end makes unique.
fn read_tail(tail: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (tail.first_chunk::<8>(), tail.last_chunk::<8>()) {
        (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (tail.first_chunk::<4>(), tail.last_chunk::<4>()) {
        (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into())
    } else if let (Some(first), Some(middle), Some(last)) = (tail.first(), tail.get(tail.len() / 2), tail.last()) {
        (u64::from(*first) | u64::from(*middle) << 8, (*last).into())
    } else {
        (0, 0)
    }
}

/// Digits of the square roots of 2, 3, 5 and 7: odd, and with nothing up their sleeve.
const SALT: [u64; 4] = [0x6a09_e667_f3bc_c909, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1];

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::format;

    use super::*;

    #[test]
    fn similar_texts_have_different_hashes() {
        let hasher = TopicHasher::new(0);
        let mut seen = BTreeSet::new();
        for number in 0..20_000 {
            assert!(seen.insert(hasher.hash(format!("device/{number}").as_bytes())));
        }
        let zeros = [0; 70];
        for length in 0..zeros.len() {
            assert!(seen.insert(hasher.hash(&zeros[..length])));
        }
    }

    #[test]
    fn tags_spread_over_their_whole_range() {
        let hasher = TopicHasher::new(7);
        let mut counts = [0_u32; 64];
        for number in 0..64_000 {
            let level = hasher.hash(format!("{number}").as_bytes());
            counts[(hasher.child_tag(3, level) >> 26) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn seed_and_parent_change_the_result() {
        let hash = |seed| TopicHasher::new(seed).hash(b"sport/tennis");
        assert_ne!(hash(0), hash(1));
        assert_eq!(hash(5), hash(5));
        let hasher = TopicHasher::new(0);
        assert_ne!(hasher.child_tag(0, 9), hasher.child_tag(1, 9));
    }
}
