//! Runs `core/vectors/broker.txt` through the public API.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test panics when it fails")]

mod interpreter;

#[path = "../vector_file/mod.rs"]
#[expect(dead_code, clippy::expect_used, reason = "each test uses a part of it")]
mod vector_file;

use interpreter::Interpreter;
use vector_file::parse;

#[test]
fn every_transcript_of_the_broker_holds() {
    let cases = parse(include_str!("../../vectors/broker.txt"));
    assert!(cases.len() > 40);
    for case in &cases {
        let mut interpreter = Interpreter::new(case);
        for (key, value) in case.lines.iter().filter(|(key, _)| *key != "option") {
            if *key == "expect" {
                let (kind, what) = value.split_once(' ').unwrap_or((value, ""));
                assert_eq!(interpreter.next_of(kind, what).as_deref(), Some(what), "{}: {kind}", case.name);
            } else {
                assert_eq!(interpreter.left(), Vec::<String>::new(), "{}: nothing else comes before {key}", case.name);
                interpreter.step(key, value);
            }
        }
        assert_eq!(interpreter.left(), Vec::<String>::new(), "{}: nothing else comes", case.name);
    }
}
