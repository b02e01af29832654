//! Rules about the text of the project that no compiler knows.
//!
//! Each rule takes a path and a text and returns what is wrong, so that the rules are tested on small samples below.

use std::fs;
use std::path::Path;

use crate::project::{Failure, Outcome, Project, at};

/// Longest source file. A file that grows beyond it holds more than one concept.
const LINES_MAX: usize = 800;

/// What stands for unfinished work. Written in two halves, so that this file does not break its own rule.
const FORBIDDEN: &[&str] = &[
    concat!("to", "do!("),
    concat!("unimplem", "ented!("),
    concat!("#[ign", "ore"),
    concat!("db", "g!("),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("pytest.mark.", "skip"),
];

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/fa", "rm/")];

/// Which of our packages each package may build on. Leaves never depend on each other.
const LAYERS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("net", &["polymqtt-core"]),
    ("broker", &["polymqtt-core", "polymqtt"]),
    ("ffi-c", &["polymqtt-core", "polymqtt", "polymqtt-broker"]),
    ("bindings-python", &["polymqtt-core", "polymqtt", "polymqtt-broker"]),
    ("bindings-js", &["polymqtt-core"]),
    ("examples/demo", &["polymqtt"]),
    ("examples/messaging", &["polymqtt"]),
    ("examples/messaging", &["polymqtt", "polymqtt-broker"]),
    ("tests/matrix/rust", &["polymqtt", "polymqtt-broker"]),
    ("xtask", &[]),
];

/// Which rooms of the core a room must not know about.
const ROOMS: &[(&str, &[&str])] = &[
    ("core/src/topic", &["codec", "session", "client", "broker"]),
    ("core/src/codec", &["session", "client", "broker"]),
    ("core/src/session", &["client", "broker"]),
    ("core/src/client", &["broker"]),
    ("core/src/broker", &["client"]),
];

/// Applies every rule to every tracked file.
pub(crate) fn tidy(project: &Project) -> Outcome {
    let listed = project.step("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).capture()?;
    let mut findings = Vec::new();
    let mut files = 0;
    for path in listed.lines().filter(|path| is_source(path)) {
        let full = project.root.join(path);
        if !full.exists() {
            continue;
        }
        let text = fs::read_to_string(&full).map_err(at(&full))?;
        files += 1;
        for rule in [length, words, machine_paths, dependence, rooms, documented, no_unsafe] {
            findings.extend(rule(path, &text).into_iter().map(|finding| format!("{path}: {finding}")));
        }
    }
    for (folder, _) in LAYERS {
        let manifest = project.root.join(folder).join("Cargo.toml");
        if !manifest.exists() {
            findings.push(format!("{folder}: the package that the table of layers names is not there"));
        }
    }
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {files} files, {} findings", findings.len());
    if findings.is_empty() { Ok(()) } else { Err(Failure(format!("{} findings", findings.len()))) }
}

fn is_source(path: &str) -> bool {
    const KINDS: &[&str] = &[
        "rs", "toml", "py", "pyi", "js", "mjs", "cjs", "ts", "html", "css", "c", "h", "go", "java", "xml", "md", "sh",
        "txt", "yml", "yaml",
    ];
    // CMakeLists, vectors and the like are .txt; .ci/run has no extension.
    extension(path).is_some_and(|kind| KINDS.contains(&kind)) || path == ".ci/run"
}

fn extension(path: &str) -> Option<&str> {
    Path::new(path).extension().and_then(|extension| extension.to_str())
}

fn length(path: &str, text: &str) -> Vec<String> {
    // Data and what a generator wrote may be as long as it has to be.
    let generated = path.contains("/vectors/") || path == "ffi-c/include/polymqtt.h" || path == "CHANGELOG.md";
    let lines = text.lines().count();
    if generated || lines <= LINES_MAX {
        return Vec::new();
    }
    vec![format!("{lines} lines; {LINES_MAX} at most: split it by concept")]
}

fn words(_: &str, text: &str) -> Vec<String> {
    lines_with(text, FORBIDDEN, "stands for unfinished work")
}

fn machine_paths(_: &str, text: &str) -> Vec<String> {
    lines_with(text, MACHINE_PATHS, "is a path of one machine")
}

fn lines_with(text: &str, words: &[&str], why: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for word in words.iter().filter(|word| line.contains(**word)) {
            findings.push(format!("line {}: `{word}` {why}", index + 1));
        }
    }
    findings
}

fn dependence(path: &str, text: &str) -> Vec<String> {
    let Some(folder) = path.strip_suffix("/Cargo.toml") else { return Vec::new() };
    let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == folder) else { return Vec::new() };
    let mut findings = Vec::new();
    let mut in_dependencies = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            // A test may use whatever it tests against; what is shipped may not.
            in_dependencies = section.contains("dependencies") && !section.contains("dev-dependencies");
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        if in_dependencies && name.starts_with("polymqtt") && !allowed.contains(&name) {
            findings.push(format!("depends on {name}, which is not below it"));
        }
    }
    findings
}

fn rooms(path: &str, text: &str) -> Vec<String> {
    let Some((_, unknown)) =
        ROOMS.iter().find(|(room, _)| path.starts_with(&format!("{room}/")) || path == format!("{room}.rs"))
    else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        // Documentation may point anywhere.
        if line.trim_start().starts_with("//") {
            continue;
        }
        for room in unknown.iter().filter(|room| line.contains(&format!("crate::{room}"))) {
            findings.push(format!("line {}: imports {room}, which is not below it", index + 1));
        }
    }
    findings
}

fn documented(path: &str, text: &str) -> Vec<String> {
    let ours = path.contains("/src/") && extension(path) == Some("rs");
    if !ours || text.trim_start().starts_with("//!") {
        return Vec::new();
    }
    vec![String::from("does not begin with a sentence about what it is for (//!)")]
}

fn no_unsafe(path: &str, text: &str) -> Vec<String> {
    if extension(path) != Some("rs") || path.starts_with("ffi-c/") || path == "xtask/src/tidy.rs" {
        return Vec::new();
    }
    let code = |line: &str| !line.trim_start().starts_with("//");
    let is_unsafe = |line: &str| ["unsafe {", "unsafe fn", "unsafe impl"].iter().any(|word| line.contains(word));
    let lines = text.lines().enumerate().filter(|(_, line)| code(line) && is_unsafe(line));
    lines.map(|(index, _)| format!("line {}: unsafe outside ffi-c", index + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found_and_data_is_not() {
        let text = "x\n".repeat(LINES_MAX + 1);
        assert_eq!(length("core/src/a.rs", &text).len(), 1);
        assert_eq!(length("core/vectors/a.txt", &text).len(), 0);
        assert_eq!(length("core/src/a.rs", &text[2..]).len(), 0);
    }

    #[test]
    fn unfinished_work_is_found_on_its_line() {
        let text = format!("fn a() {{\n    {}\"later\");\n}}", FORBIDDEN[0]);
        assert!(words("a.rs", &text)[0].starts_with("line 2:"));
        assert_eq!(words("a.rs", "fn a() {}").len(), 0);
    }

    #[test]
    fn a_path_of_this_machine_is_found() {
        assert_eq!(machine_paths("a.md", &format!("see {}x", MACHINE_PATHS[0])).len(), 1);
        assert_eq!(machine_paths("a.md", "see target/x").len(), 0);
    }

    #[test]
    fn a_dependence_upwards_is_found() {
        let manifest = "[dependencies]\npolymqtt-broker.workspace = true\n";
        assert_eq!(dependence("bindings-js/Cargo.toml", manifest).len(), 1);
        assert_eq!(dependence("ffi-c/Cargo.toml", manifest).len(), 0);
        assert_eq!(dependence("bindings-js/Cargo.toml", "[package]\npolymqtt-broker = 1\n").len(), 0);
        assert_eq!(dependence("core/Cargo.toml", "[dev-dependencies]\npolymqtt-broker = 1\n").len(), 0);
    }

    #[test]
    fn a_room_that_looks_up_is_found() {
        assert_eq!(rooms("core/src/client/mod.rs", "use crate::broker::Broker;").len(), 1);
        assert_eq!(rooms("core/src/client/mod.rs", "//! See [`crate::broker`].").len(), 0);
        assert_eq!(rooms("core/src/client/mod.rs", "use crate::session::Session;").len(), 0);
        assert_eq!(rooms("core/src/codec.rs", "use crate::session::Session;").len(), 1);
    }

    #[test]
    fn a_file_without_a_purpose_is_found() {
        assert_eq!(documented("core/src/a.rs", "use b;").len(), 1);
        assert_eq!(documented("core/src/a.rs", "//! A.\nuse b;").len(), 0);
        assert_eq!(documented("core/tests/a.rs", "use b;").len(), 0);
    }

    #[test]
    fn unsafe_outside_the_c_boundary_is_found() {
        assert_eq!(no_unsafe("net/src/a.rs", "unsafe { x() }").len(), 1);
        assert_eq!(no_unsafe("ffi-c/src/a.rs", "unsafe { x() }").len(), 0);
        assert_eq!(no_unsafe("net/src/a.rs", "#![forbid(unsafe_code)]").len(), 0);
    }
}
