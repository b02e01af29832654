//! What the tests and the demonstration run: each built once, in the profile for development.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::project::{Outcome, Project, Step, at};

/// The broker's program.
pub(crate) fn broker(project: &Project) -> Outcome<PathBuf> {
    project.cargo(["build", "-p", "polymqtt-broker", "--bin", "polymqtt"]).run()?;
    Ok(project.target.join("debug/polymqtt"))
}

/// The Rust program of the demonstration.
pub(crate) fn demo_monitor(project: &Project) -> Outcome<PathBuf> {
    project.cargo(["build", "-p", "polymqtt-demo"]).run()?;
    Ok(project.target.join("debug/polymqtt-demo-monitor"))
}

/// The C program of the demonstration.
pub(crate) fn demo_sensor(project: &Project) -> Outcome<PathBuf> {
    c_program(project, Path::new("examples/demo/sensor.c"), "demo-sensor")
}

/// The Rust program of the matrix.
pub(crate) fn matrix_agent_rust(project: &Project) -> Outcome<PathBuf> {
    project.cargo(["build", "-p", "polymqtt-matrix-agent"]).run()?;
    Ok(project.target.join("debug/polymqtt-matrix-agent"))
}

/// The C program of the matrix.
pub(crate) fn matrix_agent_c(project: &Project) -> Outcome<PathBuf> {
    c_program(project, Path::new("tests/matrix/agent.c"), "matrix-agent-c")
}

/// Compiles one C file and links it with `libmqtt.a`.
pub(crate) fn c_program(project: &Project, source: &Path, name: &str) -> Outcome<PathBuf> {
    let folder = project.target.join("c");
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let library = c_library(project)?;
    let program = folder.join(name);
    let flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-g", "-Iffi-c/include"];
    let compiler = std::env::var("CC").unwrap_or_else(|_| String::from("cc"));
    let step = project.step(compiler).args(flags).arg(source).arg(library);
    step.args(["-lpthread", "-lm", "-ldl", "-o"]).arg(&program).run()?;
    Ok(program)
}

/// `libmqtt.a`, with the shared library beside it.
pub(crate) fn c_library(project: &Project) -> Outcome<PathBuf> {
    project.cargo(["build", "-p", "polymqtt-c"]).run()?;
    Ok(project.target.join("debug/libmqtt.a"))
}

/// The firmware with the library that needs no operating system; prints its size.
pub(crate) fn firmware(project: &Project) -> Outcome<PathBuf> {
    let target = ["--profile", "firmware", "--target", "thumbv7em-none-eabihf"];
    project.cargo(["build", "-p", "polymqtt-c", "--no-default-features"]).args(target).run()?;
    let folder = project.target.join("thumbv7em-none-eabihf/firmware");
    let program = folder.join("firmware.elf");
    project.step(project.root.join("examples/firmware/build.sh")).arg(folder.join("libmqtt.a")).arg(&program).run()?;
    Ok(program)
}

/// Installs the Python package into the project's environment.
pub(crate) fn python_package(project: &Project) -> Outcome {
    static DONE: OnceLock<()> = OnceLock::new();
    once(&DONE, || {
        let manifest = project.root.join("bindings-python/Cargo.toml");
        let step = project.step("maturin").args(["develop", "--quiet", "--manifest-path"]).arg(manifest);
        step.env("VIRTUAL_ENV", project.setup.join("venv")).run()
    })
}

/// Builds the npm package, and makes `import "polymqtt"` find it everywhere in the project.
pub(crate) fn npm_package(project: &Project) -> Outcome {
    static DONE: OnceLock<()> = OnceLock::new();
    once(&DONE, || {
        node(project, "bindings-js/scripts/build.mjs").run()?;
        let link = project.root.join("node_modules/polymqtt");
        if link.exists() {
            return Ok(());
        }
        std::os::unix::fs::symlink("../bindings-js", &link).map_err(at(&link))
    })
}

/// A script for Node.
pub(crate) fn node(project: &Project, script: &str) -> Step {
    project.step("node").arg(script)
}

/// What takes its time even when nothing has changed is done once in a run.
fn once(done: &OnceLock<()>, work: impl FnOnce() -> Outcome) -> Outcome {
    if done.get().is_none() {
        work()?;
        // A second thread would only have done the same.
        let _ = done.set(());
    }
    Ok(())
}
