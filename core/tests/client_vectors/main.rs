//! Runs `core/vectors/client.txt` through the public API.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test panics when it fails")]

mod interpreter;
mod mutated;
mod options;

#[path = "../vector_file/mod.rs"]
#[expect(dead_code, reason = "each test uses a part of it")]
mod vector_file;

use interpreter::Interpreter;
use vector_file::parse;

#[test]
fn every_transcript_of_the_client_holds() {
    let cases = parse(include_str!("../../vectors/client.txt"));
    for case in &cases {
        let mut interpreter = Interpreter::new(case);
        for (key, value) in case.lines.iter().filter(|(key, _)| *key != "option") {
            if *key == "expect" {
                let (kind, what) = value.split_once(' ').unwrap_or((value, ""));
                assert_eq!(interpreter.next_of(kind).as_deref(), Some(what), "{}: {kind}", case.name);
            } else {
                assert_eq!(
                    interpreter.left(),
                    Vec::<String>::new(),
                    "{}: nothing else is said before {key}",
                    case.name
                );
                interpreter.step(key, value);
            }
        }
        assert_eq!(interpreter.left(), Vec::<String>::new(), "{}: nothing else is said", case.name);
    }
    assert!(cases.len() >= 40, "{} cases", cases.len());
}
