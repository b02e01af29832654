//! The transcripts once more, with bytes that went wrong on the way: whatever comes, the client does not panic, and what it
//! sends is what a client may send.

use crate::interpreter::Interpreter;
use crate::options::hex;
use crate::vector_file::{Case, parse};
use polymqtt_core::codec::{DecodeOptions, Decoder};
use std::collections::BTreeSet;

/// How many inputs to try; `POLYMQTT_FUZZ_INPUTS` asks for more.
const INPUTS: u64 = 20_000;

#[test]
fn mutated_transcripts_break_nothing() {
    let cases = parse(include_str!("../../vectors/client.txt"));
    let wanted = std::env::var("POLYMQTT_FUZZ_INPUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(INPUTS);
    let mut random = Random(0x5eed);
    let mut inputs = 0;
    while inputs < wanted {
        for case in &cases {
            let seed = random.0;
            let run = std::panic::catch_unwind(|| replay(case, &mut Random(seed)));
            inputs += run.unwrap_or_else(|_| panic!("case {} with seed {seed:#x}", case.name));
            random.next();
        }
    }
}

/// Carries out the steps of a case with mutated input; gives the number of inputs.
fn replay(case: &Case<'_>, random: &mut Random) -> u64 {
    let mut interpreter = Interpreter::new(case);
    let mut server = Server::new(&interpreter);
    let mut inputs = 0;
    for (key, value) in case.lines.iter().filter(|(key, _)| !matches!(*key, "option" | "expect")) {
        if *key == "connected" {
            server.decoder = decoder(&interpreter);
        }
        if *key == "input" {
            let mut bytes = hex(value);
            if random.below(2) == 0 {
                mutate(&mut bytes, random);
            }
            interpreter.input(&bytes);
            inputs += 1;
        } else {
            interpreter.step(key, value);
        }
        server.look(&mut interpreter);
    }
    interpreter.step("disconnect", "");
    server.look(&mut interpreter);
    inputs
}

/// The other end: reads what the client sends, and what it tells.
struct Server {
    decoder: Decoder,
    settled: BTreeSet<String>,
}

impl Server {
    fn new(interpreter: &Interpreter) -> Self {
        Self { decoder: decoder(interpreter), settled: BTreeSet::new() }
    }

    fn look(&mut self, interpreter: &mut Interpreter) {
        while let Some(bytes) = interpreter.next_of("transmit") {
            let bytes = hex(&bytes);
            let mut input = &bytes[..];
            while self.decoder.next(&mut input).expect("a client sends what is allowed").is_some() {}
        }
        for said in interpreter.take_said() {
            assert!(!said.contains('\n'));
            if let Some(token) = said.strip_prefix("event settled token=") {
                let token = token.split(' ').next().unwrap().to_owned();
                assert!(self.settled.insert(token), "a token settles once");
            }
        }
    }
}

fn decoder(interpreter: &Interpreter) -> Decoder {
    Decoder::new(DecodeOptions::from_client(interpreter.client.options().protocol_version))
}

/// Flips, cuts, doubles or inserts a few bytes.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        if bytes.is_empty() {
            bytes.push(random.byte());
        }
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.byte(),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, random.byte()),
            4 => {
                bytes.remove(at);
            }
            _ => bytes.extend_from_within(at..),
        }
    }
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}
