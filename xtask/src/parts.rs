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
    Part { name: "fmt", about: "the formatting of Rust", needs: &[], run: fmt },
    Part { name: "tidy", about: "rules about the text, and xtask's own tests", needs: &[], run: tidy },
    Part { name: "clippy", about: "lints, none of them tolerated", needs: &[Need::Targets], run: clippy },
    Part { name: "docs", about: "the reference documentation builds, and its links hold", needs: &[], run: docs },
    Part { name: "no-std", about: "the core for WebAssembly and Cortex-M4F", needs: &[Need::Targets], run: no_std },
    Part { name: "core", about: "codec, session, client and broker", needs: &[], run: core },
    Part { name: "net", about: "the Rust client on real sockets", needs: &[], run: net },
    Part { name: "broker", about: "the broker library and the program", needs: &[], run: broker },
    Part {
        name: "matrix",
        about: "every language to every language, through every broker",
        needs: MATRIX,
        run: matrix,
    },
    Part { name: "demo", about: "the demonstration runs and ends by itself", needs: demo::NEEDS, run: demo },
    Part { name: "foreign", about: "clients that no one here wrote, through our broker", needs: FOREIGN, run: foreign },
];

const FOREIGN: &[Need] = &[Need::Debian, Need::Python, Need::Npm];

const MATRIX: &[Need] = &[Need::Targets, Need::Chromium, Need::Python, Need::Npm, Need::WasmBindgen];

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
    project.cargo(["test", "-p", "polymqtt"]).run()
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

fn matrix(project: &Project) -> Outcome {
    let broker = build::broker(project)?;
    let rust = build::matrix_agent_rust(project)?;
    let c = build::matrix_agent_c(project)?;
    build::python_package(project)?;
    build::npm_package(project)?;
    let agents = [
        format!("rust={}", rust.display()),
        format!("c={}", c.display()),
        format!("python={} tests/matrix/agent_python.py", project.python().display()),
        String::from("page=node tests/matrix/agent_page.mjs"),
        String::from("node=node tests/matrix/agent_node.mjs"),
    ];
    let mut step = pytest(project, &["tests/matrix"]).arg("--broker").arg(broker);
    for agent in &agents {
        let name = agent.split('=').next().unwrap_or_default();
        step = step.args(["--agent", agent, "--embedded", name]);
    }
    step.run()
}

/// pytest in the project's own environment, with the settings in `tests/pytest.ini`.
fn pytest(project: &Project, arguments: &[&str]) -> Step {
    let settings = ["-m", "pytest", "-c", "tests/pytest.ini", "--rootdir", "tests"];
    project.step(project.python()).args(settings).args(arguments).env("PYTHONDONTWRITEBYTECODE", "1")
}
