//! `cargo xtask setup`: installs what is missing, and nothing else. Running it again costs about a second.

use std::fs;
use std::path::Path;

use crate::project::{Failure, Outcome, Project, at};

/// Something that has to be on the machine before a task can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The standard libraries for WebAssembly and for Cortex-M4F.
    Targets,
    /// The Python environment in `.setup/venv`.
    Python,
    /// The npm packages in `node_modules`.
    Npm,
    /// The tool that writes the JavaScript around our WebAssembly.
    WasmBindgen,
    /// A browser.
    Chromium,
    /// Everything else that Debian packages bring: the foreign broker and clients, valgrind, cross compiler, emulator.
    Debian,
}

impl Need {
    /// All of them, in the order in which they are installed.
    pub(crate) const ALL: [Self; 6] =
        [Self::Targets, Self::Chromium, Self::Debian, Self::Python, Self::Npm, Self::WasmBindgen];

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Targets => "targets",
            Self::Python => "python",
            Self::Npm => "npm",
            Self::WasmBindgen => "wasm-bindgen",
            Self::Chromium => "chromium",
            Self::Debian => "debian",
        }
    }

    /// Installs it unless it is there.
    pub(crate) fn meet(self, project: &Project) -> Outcome {
        match self {
            Self::Targets => targets(project),
            Self::Python => python(project),
            Self::Npm => npm(project),
            Self::WasmBindgen => wasm_bindgen(project),
            Self::Chromium => debian(project, &[("chromium", "chromium")]),
            Self::Debian => debian(project, PACKAGES),
        }
    }
}

/// Debian's packages: a program that shows that the package is there, and the package's name.
const PACKAGES: &[(&str, &str)] = &[
    ("mosquitto", "mosquitto"),
    ("mosquitto_pub", "mosquitto-clients"),
    ("valgrind", "valgrind"),
    ("clang", "clang"),
    ("pkg-config", "pkg-config"),
    ("arm-none-eabi-gcc", "gcc-arm-none-eabi"),
    ("/usr/lib/arm-none-eabi/include/newlib.h", "libnewlib-arm-none-eabi"),
    ("qemu-system-arm", "qemu-system-arm"),
    ("go", "golang"),
    ("javac", "default-jdk-headless"),
    ("mvn", "maven"),
];

/// `cargo xtask setup [WHAT...]`.
pub(crate) fn command(project: &Project, names: &[String]) -> Outcome {
    let mut needs = Vec::new();
    for name in names {
        let known = Need::ALL.into_iter().find(|need| need.name() == name);
        needs.push(known.ok_or_else(|| {
            let all: Vec<_> = Need::ALL.iter().map(|need| need.name()).collect();
            Failure(format!("nothing called {name} to set up; there are: {}", all.join(", ")))
        })?);
    }
    if needs.is_empty() {
        needs.extend(Need::ALL);
    }
    meet(project, &needs)
}

/// Installs those of the given needs that are missing.
pub(crate) fn meet(project: &Project, needs: &[Need]) -> Outcome {
    fs::create_dir_all(&project.setup).map_err(at(&project.setup))?;
    for need in needs {
        need.meet(project).map_err(|failure| Failure(format!("setting up {}: {failure}", need.name())))?;
    }
    Ok(())
}

fn targets(project: &Project) -> Outcome {
    const TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "thumbv7em-none-eabihf"];
    let missing: Vec<_> = TARGETS.into_iter().filter(|target| !target_present(project, target)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    project.step("rustup").args(["target", "add"]).args(&missing).run().map_err(|failure| {
        Failure(format!("{failure}; without rustup, install the standard library of {} by hand", missing.join(" and ")))
    })
}

/// Looks into the compiler's own folder, because not every compiler comes from rustup.
fn target_present(project: &Project, target: &str) -> bool {
    let libraries = project.step("rustc").args(["--print", "target-libdir", "--target", target]).capture();
    libraries.is_ok_and(|folder| {
        fs::read_dir(folder.trim())
            .is_ok_and(|files| files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libcore-")))
    })
}

fn python(project: &Project) -> Outcome {
    let wanted = project.root.join("tests/requirements.txt");
    let venv = project.setup.join("venv");
    with_stamp(&venv.join("installed.txt"), &[&wanted], || {
        if !project.python().exists() {
            project.step("python3").args(["-m", "venv"]).arg(&venv).run().map_err(|failure| {
                Failure(format!("{failure}; Debian splits this module off: apt-get install python3-venv"))
            })?;
        }
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        project.step(project.python()).args(pip).arg(&wanted).run()
    })
}

fn npm(project: &Project) -> Outcome {
    let lock = project.root.join("package-lock.json");
    let manifest = project.root.join("package.json");
    with_stamp(&project.root.join("node_modules/.installed"), &[&manifest, &lock], || {
        // No package here needs a script of its own to be installed; the ones that have any download browsers.
        project.step("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).run()
    })
}

fn wasm_bindgen(project: &Project) -> Outcome {
    let folder = project.root.join("xtask/wasm-bindgen");
    let manifest = folder.join("Cargo.toml");
    let sources = [manifest.as_path(), &folder.join("Cargo.lock"), &folder.join("src/main.rs")];
    with_stamp(&project.setup.join("wasm-bindgen/installed.txt"), &sources, || {
        let build = project.step("cargo").args(["build", "--locked", "--manifest-path"]).arg(&manifest);
        build.env("CARGO_TARGET_DIR", project.setup.join("wasm-bindgen")).run()
    })
}

fn debian(project: &Project, packages: &[(&str, &str)]) -> Outcome {
    let missing: Vec<_> =
        packages.iter().filter(|(program, _)| !installed(project, program)).map(|(_, p)| *p).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("install these yourself and try again: {}", missing.join(" "));
    let root = project.step("id").arg("-u").capture()?.trim() == "0";
    if !project.step("apt-get").arg("--version").succeeds() {
        return Err(Failure(format!("no apt-get on this machine; {by_hand} (names of Debian's packages)")));
    }
    if !root && !project.step("sudo").args(["-n", "true"]).succeeds() {
        return Err(Failure(format!("only root may install packages; {by_hand}")));
    }
    let apt = |arguments: &[&str]| {
        let step = if root { project.step("apt-get") } else { project.step("sudo").args(["-n", "apt-get"]) };
        step.args(["-qq", "-o", "Dpkg::Use-Pty=0"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive").run()
    };
    apt(&["update"])?;
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(&missing);
    apt(&arguments).map_err(|failure| Failure(format!("{failure}; {by_hand}")))
}

/// Whether a program is on the path, or, given with a slash, a file exists.
fn installed(project: &Project, program: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).exists();
    }
    project.step("sh").args(["-c", "command -v \"$0\"", program]).succeeds()
}

/// Does the work unless it was done before with exactly these files.
fn with_stamp(stamp: &Path, files: &[&Path], work: impl FnOnce() -> Outcome) -> Outcome {
    let mut wanted = String::new();
    for file in files {
        wanted += &fs::read_to_string(file).map_err(at(file))?;
    }
    if fs::read_to_string(stamp).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    work()?;
    fs::write(stamp, wanted).map_err(at(stamp))
}
