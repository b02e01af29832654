//! When to try again.

/// What to do when a connection ends or cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reconnect {
    /// Nothing: the client rests until [`Client::connect`](super::Client::connect).
    Never,
    /// Try again after a random time between 0 and a bound that doubles with each attempt: exponential backoff with full
    /// jitter, which spreads the clients of a server that comes back. Not after an end that would only repeat itself; see
    /// [`Disconnected::reconnect_at`](super::Disconnected::reconnect_at).
    Backoff {
        /// The bound before the first attempt, in milliseconds.
        delay_min_ms: u32,
        /// The highest bound, in milliseconds.
        delay_max_ms: u32,
        /// How many attempts in a row may fail; 0: any number.
        attempts_max: u32,
    },
}

impl Default for Reconnect {
    fn default() -> Self {
        Self::Backoff { delay_min_ms: 1000, delay_max_ms: 60_000, attempts_max: 0 }
    }
}

/// Counts attempts and draws delays.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    policy: Reconnect,
    attempts: u32,
    random: SplitMix64,
}

impl Backoff {
    pub(super) const fn new(policy: Reconnect, seed: u64) -> Self {
        Self { policy, attempts: 0, random: SplitMix64(seed) }
    }

    /// A connection ended that had lasted `lasted_ms`. One that outlived the delay before it starts the count anew; so a
    /// server that accepts and drops at once does not bring the delays down.
    pub(super) fn connection_lasted(&mut self, lasted_ms: u64) {
        if lasted_ms >= self.bound_ms() {
            self.attempts = 0;
        }
    }

    /// The user asked for a connection: starts the count anew.
    pub(super) const fn reset(&mut self) {
        self.attempts = 0;
    }

    /// Milliseconds until the next attempt; `None`: there is none.
    pub(super) fn next_delay_ms(&mut self) -> Option<u64> {
        match self.policy {
            Reconnect::Never => None,
            Reconnect::Backoff { attempts_max, .. } if attempts_max > 0 && self.attempts >= attempts_max => None,
            Reconnect::Backoff { .. } => {
                let bound = self.bound_ms();
                self.attempts = self.attempts.saturating_add(1);
                Some(self.random.below_or_at(bound))
            }
        }
    }

    fn bound_ms(&self) -> u64 {
        match self.policy {
            Reconnect::Never => 0,
            Reconnect::Backoff { delay_min_ms, delay_max_ms, .. } => {
                let doubled = u64::from(delay_min_ms) << self.attempts.min(32);
                doubled.min(u64::from(delay_max_ms))
            }
        }
    }
}

/// `SplitMix64`: a counter that rises by the golden ratio, and a finalizer that mixes it (Steele, Lea and Flood, 2014).
///
/// All that jitter needs: different seeds give different sequences, the same seed the same.
#[derive(Debug, Clone)]
struct SplitMix64(u64);

impl SplitMix64 {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `bound`; the bias of the remainder is below 2^-31 for the bounds in use.
    const fn below_or_at(&mut self, bound: u64) -> u64 {
        self.next() % bound.saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn backoff(seed: u64, attempts_max: u32) -> Backoff {
        Backoff::new(Reconnect::Backoff { delay_min_ms: 100, delay_max_ms: 1000, attempts_max }, seed)
    }

    #[test]
    fn the_generator_is_splitmix64() {
        // The first values for seed 0 as published with the algorithm.
        let mut random = SplitMix64(0);
        assert_eq!([random.next(), random.next()], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
    }

    #[test]
    fn delays_stay_below_a_bound_that_doubles() {
        let mut highest = [0; 8];
        for seed in 0..500 {
            let mut backoff = backoff(seed, 0);
            for (highest, bound) in highest.iter_mut().zip([100, 200, 400, 800, 1000, 1000, 1000, 1000]) {
                let delay = backoff.next_delay_ms().unwrap();
                assert!(delay <= bound);
                *highest = delay.max(*highest);
            }
        }
        assert!(
            highest.iter().zip([95, 190, 380, 760, 950, 950, 950, 950]).all(|(h, least)| *h >= least),
            "{highest:?}"
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_delays() {
        let delays = |seed| (0..5).scan(backoff(seed, 0), |b, _| b.next_delay_ms()).collect::<Vec<_>>();
        assert_eq!(delays(7), delays(7));
        assert_ne!(delays(7), delays(8));
    }

    #[test]
    fn attempts_are_limited_and_a_lasting_connection_starts_anew() {
        let mut backoff = backoff(1, 2);
        assert!(backoff.next_delay_ms().is_some());
        assert!(backoff.next_delay_ms().is_some());
        assert_eq!(backoff.next_delay_ms(), None);
        backoff.connection_lasted(10);
        assert_eq!(backoff.next_delay_ms(), None);
        backoff.connection_lasted(400);
        assert!(backoff.next_delay_ms().is_some());
        assert_eq!(Backoff::new(Reconnect::Never, 0).next_delay_ms(), None);
    }
}
