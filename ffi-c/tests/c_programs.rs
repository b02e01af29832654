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

#[test]
fn the_example_in_the_readme_runs() {
    let readme = std::fs::read_to_string(folder().join("README.md")).expect("there is a README");
    let example = readme.split("```c\n").nth(1).and_then(|rest| rest.split("```").next()).expect("it has an example");
    let broker = start_broker();
    let example = example.replace("mqtt://localhost:1883", &broker.addresses()[0].url());
    let source = target().join("readme-example.c");
    std::fs::write(&source, example).expect("the folder can be written to");
    let program = target().join("c-test-readme");
    run(compiler("gcc").arg(source).arg(library()).args(LIBRARIES).arg("-o").arg(&program));
    let output = run(&mut Command::new(program));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "room/7/temperature: 21.5\n");
}

#[test]
fn the_gateway_collects_obeys_and_says_good_bye() {
    let program = target().join("c-test-sensor-collection");
    let source = folder().join("../examples/iot/sensor_collection.c");
    run(compiler("gcc").arg(source).arg(library()).args(LIBRARIES).arg("-o").arg(&program));
    let broker = start_broker();
    let url = broker.addresses()[0].url();
    let client = polymqtt::Client::new(polymqtt::ClientOptions::new().add_broker(&url)).expect("the URL is valid");
    client.connect().wait().expect("the broker accepts");
    let values = client.subscribe("gateway/#", polymqtt::QoS::AtLeastOnce).wait().expect("the broker grants");
    let mut gateway = Command::new(program).env("BROKER", &url).env("GATEWAY", "test").spawn().expect("it starts");

    let wait = core::time::Duration::from_secs(20);
    let mut told = Vec::new();
    let mut powers = 0;
    while told.last().is_none_or(|(topic, text)| topic != "gateway/test/status" || text != "offline") {
        let message = values.recv_timeout(wait).expect("the gateway goes on");
        let text = message.text().expect("it is text").to_owned();
        if message.topic() == "gateway/test/power" {
            assert!(text.starts_with("{\"value\":") && text.ends_with(",\"unit\":\"kW\"}"), "{text}");
            powers += 1;
            let command = match powers {
                1 => "interval 10",
                5 => "stop",
                _ => "nonsense",
            };
            client
                .publish("gateway/test/command", polymqtt::QoS::AtLeastOnce, false, command)
                .wait()
                .expect("it arrives");
        }
        told.push((message.topic().to_owned(), text));
    }
    assert_eq!(told[0], ("gateway/test/status".to_owned(), "online".to_owned()));
    assert!(powers >= 5);
    assert!(gateway.wait().expect("it was started").success());

    // Who comes later finds the last values.
    let later = polymqtt::Client::new(polymqtt::ClientOptions::new().add_broker(&url)).expect("the URL is valid");
    later.connect().wait().expect("the broker accepts");
    let retained = later.subscribe("gateway/test/+", polymqtt::QoS::AtLeastOnce).wait().expect("the broker grants");
    for _ in 0..4 {
        assert!(retained.recv_timeout(wait).expect("there are four").retained());
    }
}

#[test]
fn certificates_are_checked() {
    let folder = target().join("c-test-certificates");
    std::fs::create_dir_all(&folder).expect("the folder can be written to");
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("the folder can be written to");
        path
    };
    let certified = |name: &str| rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("the name is valid");
    let (server, other) = (certified("localhost"), certified("localhost"));
    let arguments = [
        write("certificate.pem", server.cert.pem()),
        write("key.pem", server.signing_key.serialize_pem()),
        write("other.pem", other.cert.pem()),
    ];
    let checked = compile("gcc", "tls", &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
    run(Command::new(checked).args(arguments));
}

#[test]
fn the_installed_library_is_found_by_pkg_config() {
    let prefix = target().join("c-test-prefix");
    let script = folder().join("install.sh");
    run(Command::new(script).arg(&prefix).arg(target()));
    let configuration = prefix.join("lib/pkgconfig");
    let flags = |how: &[&str]| {
        let mut command = Command::new("pkg-config");
        let output = run(command.args(how).arg("polymqtt").env("PKG_CONFIG_PATH", &configuration));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let program = target().join("c-test-installed");
    let mut command = Command::new("gcc");
    command.args(WARNINGS).args(flags(&["--cflags"])).arg(folder().join("tests/misuse.c"));
    run(command.args(flags(&["--libs"])).arg("-o").arg(&program));
    run(Command::new(&program).env("LD_LIBRARY_PATH", prefix.join("lib")));
    let needed = run(Command::new("readelf").arg("-d").arg(&program));
    assert!(String::from_utf8_lossy(&needed.stdout).contains("[libmqtt.so.0]"), "the SONAME is missing");
}

fn start_broker() -> polymqtt_broker::Broker {
    let listener = polymqtt_broker::config::Listener::tcp(([127, 0, 0, 1], 0).into());
    polymqtt_broker::Broker::builder().listen(listener).start().expect("there is a free port")
}

/// A compiler with our warnings and our header.
fn compiler(name: &str) -> Command {
    let mut command = Command::new(name);
    command.args(WARNINGS).arg("-I").arg(folder().join("include"));
    command
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
    let mut command = self::compiler(compiler);
    command.args(flags).arg(tests.join(format!("{name}.c"))).arg(tests.join("vectors.c")).arg(library());
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
