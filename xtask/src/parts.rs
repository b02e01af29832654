//! The parts of `cargo xtask test`, in the order in which they run: the quick ones first.

use crate::build;
use crate::demo;
use crate::project::{Outcome, Project, Step};
use crate::setup::Need;
use crate::tidy;

/// One part of the tests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What it shows, in a few words.
    pub(crate) about: &'static str,
    /// What has to be installed.
    pub(crate) needs: &'static [Need],
    /// Runs it.
    pub(crate) run: fn(&Project) -> Outcome,
}

/// All parts. A part either runs or fails; none is ever skipped.
pub(crate) const PARTS: &[Part] = &[
    part("fmt", "the formatting of Rust", &[], fmt),
    part("tidy", "rules about the text, and xtask's own tests", &[], tidy),
    part("clippy", "lints, none of them tolerated", &[Need::Targets], clippy),
    part("docs", "the reference documentation builds, and its links hold", &[], docs),
    part("no-std", "the core for WebAssembly and Cortex-M4F", &[Need::Targets], no_std),
    part("core", "codec, session, client and broker", &[], core),
    part("net", "the Rust client on real sockets", &[Need::Debian], net),
    part("broker", "the broker library and the program", &[Need::Debian], broker),
    part("c", "the C library, from C", &[Need::Debian], c),
    part("firmware", "the C library on an emulated microcontroller", &Need::ALL, firmware),
    part("python", "the Python package, its types and its documentation", &[Need::Python], python),
    part("js", "the npm package, and its types", BROWSER, js),
    part("foreign", "clients that no one here wrote, through our broker", &Need::ALL, foreign),
    part("matrix", "every language to every language, through every broker", &Need::ALL, matrix),
    part("mosquitto", "our clients through mosquitto", &Need::ALL, mosquitto),
    part("examples", "every example", &Need::ALL, examples),
    part("readme", "every program in the README", &Need::ALL, readme),
    part("demo", "the demonstration runs and ends by itself", demo::NEEDS, demo),
];

const fn part(name: &'static str, about: &'static str, needs: &'static [Need], run: fn(&Project) -> Outcome) -> Part {
    Part { name, about, needs, run }
}

const BROWSER: &[Need] = &[Need::Targets, Need::Chromium, Need::Npm, Need::WasmBindgen];

fn fmt(project: &Project) -> Outcome {
    project.cargo(["fmt", "--all", "--check"]).run()
}

fn tidy(project: &Project) -> Outcome {
    project.cargo(["test", "--quiet", "-p", "xtask"]).run()?;
    tidy::tidy(project)
}

fn clippy(project: &Project) -> Outcome {
    project.cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]).run()?;
    // On the host, the halves of bindings-js that exist only for WebAssembly are not compiled at all.
    let wasm = ["clippy", "-p", "polymqtt-js", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"];
    project.cargo(wasm).run()
}

fn docs(project: &Project) -> Outcome {
    project.cargo(["doc", "--workspace", "--no-deps", "--lib"]).env("RUSTDOCFLAGS", "-D warnings").run()
}

fn no_std(project: &Project) -> Outcome {
    for target in ["wasm32-unknown-unknown", "thumbv7em-none-eabihf"] {
        project.cargo(["build", "-p", "polymqtt-core", "--no-default-features", "--target", target]).run()?;
    }
    Ok(())
}

fn core(project: &Project) -> Outcome {
    project.cargo(["test", "-p", "polymqtt-core"]).run()
}

fn net(project: &Project) -> Outcome {
    project.cargo(["test", "-p", "polymqtt", "-p", "polymqtt-messaging"]).run()
}

fn broker(project: &Project) -> Outcome {
    project.cargo(["test", "-p", "polymqtt-broker"]).run()
}

fn foreign(project: &Project) -> Outcome {
    let broker = build::broker(project)?;
    pytest(project, &["tests/foreign", "--durations", "5"]).arg("--broker").arg(broker).run()
}

fn demo(project: &Project) -> Outcome {
    demo::run(project, false)
}

fn c(project: &Project) -> Outcome {
    project.cargo(["test", "-p", "polymqtt-c"]).run()
}

/// The firmware in QEMU, its UART joined to the broker's port; the Python client talks to it.
fn firmware(project: &Project) -> Outcome {
    let broker = build::broker(project)?;
    build::python_package(project)?;
    let program = build::firmware(project)?;
    project.step(project.python()).arg("examples/firmware/run.py").arg(program).arg(broker).run()
}

fn examples(project: &Project) -> Outcome {
    let broker = build::broker(project)?;
    build::c_library(project)?;
    build::python_package(project)?;
    build::npm_package(project)?;
    pytest(project, &["tests/examples"]).arg("--broker").arg(broker).run()
}

fn readme(project: &Project) -> Outcome {
    let broker = build::broker(project)?;
    build::c_library(project)?;
    build::python_package(project)?;
    build::npm_package(project)?;
    pytest(project, &["tests/readme"]).arg("--broker").arg(broker).run()
}

fn python(project: &Project) -> Outcome {
    build::python_package(project)?;
    let folder = project.root.join("bindings-python");
    project.step(project.python()).args(["-m", "pytest"]).dir(&folder).run()?;
    project.step(project.python()).args(["-m", "mypy"]).dir(&folder).run()?;
    let compiled = ["-m", "mypy.stubtest", "polymqtt._polymqtt", "polymqtt._reason_code"];
    project.step(project.python()).args(compiled).dir(&folder).run()
}

fn js(project: &Project) -> Outcome {
    build::npm_package(project)?;
    build::node(project, "bindings-js/scripts/test.mjs").run()
}

fn mosquitto(project: &Project) -> Outcome {
    matrix_of(project, &agents(project)?).args(["--broker", "mosquitto"]).run()
}

fn matrix(project: &Project) -> Outcome {
    let broker = build::broker(project)?;
    let agents = agents(project)?;
    let mut step = matrix_of(project, &agents).arg("--broker").arg(broker);
    for (name, _) in &agents {
        step = step.args(["--embedded", *name]);
    }
    step.run()
}

/// The program of each language that takes part in the matrix, and the command that starts it.
fn agents(project: &Project) -> Outcome<[(&'static str, String); 5]> {
    let rust = build::matrix_agent_rust(project)?;
    let c = build::matrix_agent_c(project)?;
    build::python_package(project)?;
    build::npm_package(project)?;
    Ok([
        ("rust", rust.display().to_string()),
        ("c", c.display().to_string()),
        ("python", format!("{} tests/matrix/agent_python.py", project.python().display())),
        ("page", String::from("node tests/matrix/agent_page.mjs")),
        ("node", String::from("node tests/matrix/agent_node.mjs")),
    ])
}

fn matrix_of(project: &Project, agents: &[(&str, String)]) -> Step {
    let arguments = agents.iter().map(|(name, command)| format!("--agent={name}={command}"));
    pytest(project, &["tests/matrix"]).args(arguments)
}

/// pytest in the project's own environment, with the settings in `tests/pytest.ini`.
fn pytest(project: &Project, arguments: &[&str]) -> Step {
    let settings = ["-m", "pytest", "-c", "tests/pytest.ini", "--rootdir", "tests"];
    project.step(project.python()).args(settings).args(arguments).env("PYTHONDONTWRITEBYTECODE", "1")
}
