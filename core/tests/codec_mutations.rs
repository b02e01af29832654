//! The vectors, damaged at random: nothing panics, and what is accepted is a packet in every respect.
//!
//! By default some ten thousand inputs are tried, the same in every run. `MUTATIONS=10000000 SEED=2` tries more and others;
//! use `--release` then.

#![expect(clippy::expect_used, clippy::panic, reason = "every function here is part of a test")]

mod codec_check;
#[expect(dead_code, reason = "texts in quotes of their own stand in the topic vectors only")]
mod vector_file;

use polymqtt_core::codec::{DecodeOptions, ProtocolVersion, Side};
use std::env;

#[test]
fn damaged_vectors_do_no_harm() {
    let seeds = seeds();
    assert!(seeds.len() > 1000, "{}", seeds.len());
    let mut random = Random(number("SEED").unwrap_or(1));
    for _ in 0..number("MUTATIONS").unwrap_or(10_000) {
        let mut bytes = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(4) {
            mutate(&mut bytes, &seeds, &mut random);
        }
        let versions = [ProtocolVersion::V5_0, ProtocolVersion::V5_0, ProtocolVersion::V3_1_1, ProtocolVersion::V3_1];
        let senders = [None, None, Some(Side::Client), Some(Side::Server)];
        let options = DecodeOptions {
            version: versions[random.below(4)],
            sender: senders[random.below(4)],
            ..DecodeOptions::default()
        };
        codec_check::check_any(&bytes, &options);
    }
}

/// Makes one change, of the kinds that a parser is sensitive to.
fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len().max(1));
    let len = random.below(9).min(bytes.len() - at.min(bytes.len()));
    let edges = [0x00, 0x01, 0x02, 0x03, 0x7F, 0x80, 0xC0, 0xED, 0xFE, 0xFF, b'#', b'+', b'/', b'$'];
    match random.below(8) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 if at < bytes.len() => bytes[at] = edges[random.below(edges.len())],
        2 if at < bytes.len() => bytes[at] = bytes[at].wrapping_add(1),
        3 => drop(bytes.drain(at..at + len)),
        4 => bytes.insert(at.min(bytes.len()), edges[random.below(edges.len())]),
        5 => bytes.truncate(at),
        6 => {
            // The rest of another packet.
            let other = &seeds[random.below(seeds.len())];
            bytes.truncate(at);
            bytes.extend_from_slice(&other[random.below(other.len().max(1)).min(other.len())..]);
        }
        // Most changes only matter when the Remaining Length still fits.
        _ if bytes.len() > 1 && bytes.len() < 130 => {
            bytes[1] = u8::try_from(bytes.len() - 2).expect("less than 130");
        }
        _ => bytes.push(edges[random.below(edges.len())]),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let texts = [include_str!("../vectors/codec.txt"), include_str!("../vectors/malformed.txt")];
    let cases = texts.iter().flat_map(|text| vector_file::parse(text));
    let digits = cases.filter_map(|case| case.raw("bytes")).filter(|digits| !digits.contains('{'));
    let byte = |digits: &str| u8::from_str_radix(digits, 16).expect("two hexadecimal digits");
    digits.map(|digits| digits.split(' ').map(byte).collect()).collect()
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

/// xorshift64*: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).expect("31 bits") % limit
    }
}
