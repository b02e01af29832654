//! Compiles the C programs of this folder with the machine's compilers and runs them: plain, with sanitizers, in valgrind.
//!
//! A compiler or valgrind that is missing is a failed test with the name of what to install, never a skipped one.

#![expect(clippy::expect_used, clippy::panic, reason = "every function here is part of a test")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const WARNINGS: &[&str] = &["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-gdwarf-4", "-O1"];
const LIBRARIES: &[&str] = &["-lpthread", "-lm", "-ldl"];

#[test]
fn the_header_is_the_one_that_cbindgen_writes() {
    let generated = std::fs::read_to_string(env!("POLYMQTT_GENERATED_HEADER")).expect("the build script wrote it");
    let path = folder().join("include/polymqtt.h");
    if std::env::var_os("POLYMQTT_WRITE_HEADER").is_some() {
        std::fs::write(&path, &generated).expect("the folder can be written to");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "include/polymqtt.h is not what src says: run POLYMQTT_WRITE_HEADER=1 cargo test -p polymqtt-c"
    );
}

#[test]
fn the_header_compiles_as_c_and_as_cpp() {
    let header = folder().join("include/polymqtt.h");
    for (compiler, language, standard) in
        [("gcc", "c", "c99"), ("clang", "c", "c11"), ("gcc", "c++", "c++11"), ("clang", "c++", "c++17")]
    {
        let mut command = Command::new(compiler);
        command.args(["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-x", language]);
        run(command.arg(format!("-std={standard}")).arg("-Wno-unused-function").arg(&header));
    }
}

#[test]
fn codec_vectors_by_gcc_and_clang() {
    everywhere("codec", true);
}

#[test]
fn topic_vectors_by_gcc_and_clang() {
    everywhere("topic", true);
}

#[test]
fn clients_and_a_broker_in_one_program() {
    everywhere("end_to_end", false);
}

#[test]
fn client_transcripts_by_gcc_and_clang() {
    everywhere("client_transcripts", true);
}

#[test]
fn broker_transcripts_by_gcc_and_clang() {
    everywhere("broker_transcripts", true);
}

#[test]
fn misuse_is_refused_and_says_why() {
    everywhere("misuse", false);
}

/// One program: built by gcc with sanitizers and run, built by clang and run, and run again in valgrind.
fn everywhere(name: &str, with_vectors: bool) {
    let vectors = folder().join("../core/vectors");
    let arguments: &[&Path] = if with_vectors { &[&vectors] } else { &[] };
    let checked = compile("gcc", name, &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
    run(Command::new(checked).args(arguments));
    let plain = compile("clang", name, &[]);
    run(Command::new(&plain).args(arguments));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect"]);
    run(valgrind.arg(plain).args(arguments).arg("without-long-ones"));
}

/// Compiles `tests/NAME.c` and the helpers, and links it with `libmqtt.a`.
fn compile(compiler: &str, name: &str, flags: &[&str]) -> PathBuf {
    let program = target().join(format!("c-test-{name}-{compiler}"));
    let tests = folder().join("tests");
    let mut command = Command::new(compiler);
    command.args(WARNINGS).args(flags).arg("-I").arg(folder().join("include"));
    command.arg(tests.join(format!("{name}.c"))).arg(tests.join("vectors.c")).arg(library());
    run(command.args(LIBRARIES).arg("-o").arg(&program));
    program
}

/// Runs a command that must succeed.
fn run(command: &mut Command) -> Output {
    let program = command.get_program().to_owned();
    let output = command.output().unwrap_or_else(|error| {
        panic!("{} cannot be run ({error}): install gcc, clang and valgrind", program.display());
    });
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where cargo puts what it builds for this test.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    program.parent().expect("it is in a folder").to_owned()
}

/// The library that cargo built for this test.
fn library() -> PathBuf {
    let library = target().join("libmqtt.a");
    assert!(library.exists(), "{} is missing", library.display());
    library
}
