//! What the project does with itself: `cargo xtask help`.

mod build;
mod demo;
mod parts;
mod project;
mod setup;
mod test;
mod tidy;

use std::process::ExitCode;

use project::{Failure, Outcome, Project};

const HELP: &str = "\
cargo xtask COMMAND

  demo [--keep]     a broker and four programs in four languages, and what they say to each other
  test [PART...]    run these parts of the tests, or all; --list names them
  setup [WHAT...]   install what is missing: targets, chromium, debian, python, npm, wasm-bindgen
  help              this text
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Outcome {
    let project = Project::discover()?;
    let (command, rest) = words.split_first().map_or(("help", &[][..]), |(command, rest)| (command.as_str(), rest));
    match command {
        "demo" => demo::command(&project, rest),
        "test" => test::command(&project, rest),
        "setup" => setup::command(&project, rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(Failure(format!("no command {other}\n\n{HELP}"))),
    }
}
