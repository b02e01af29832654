//! Writes the JavaScript and the TypeScript declarations around a WebAssembly file that was built with `wasm-bindgen`.
//!
//! The stock command does the same, but takes five minutes to compile, most of it for a test runner and a web server
//! that nobody here needs.

use std::path::PathBuf;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str =
    "usage: polymqtt-wasm-bindgen INPUT.wasm --out-dir DIR [--out-name NAME] [--target web|bundler|nodejs] [--debug]";

/// What the command line asked for.
#[derive(Debug)]
struct Arguments {
    input: PathBuf,
    out_dir: PathBuf,
    out_name: Option<String>,
    target: String,
    debug: bool,
}

fn main() -> ExitCode {
    let arguments = match parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match generate(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("wasm-bindgen on {}: {message}", arguments.input.display());
            ExitCode::FAILURE
        }
    }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let (mut input, mut out_dir, mut out_name) = (None, None, None);
    let (mut target, mut debug) = (String::from("web"), false);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--out-dir" => out_dir = Some(PathBuf::from(value()?)),
            "--out-name" => out_name = Some(value()?),
            "--target" => target = value()?,
            "--debug" => debug = true,
            flag if flag.starts_with('-') => return Err(format!("unknown option {flag}")),
            _ if input.is_some() => return Err(String::from("more than one input file")),
            _ => input = Some(PathBuf::from(word)),
        }
    }
    let input = input.ok_or("no input file")?;
    let out_dir = out_dir.ok_or("--out-dir is missing")?;
    Ok(Arguments { input, out_dir, out_name, target, debug })
}

fn generate(arguments: &Arguments) -> Result<(), String> {
    let mut bindgen = Bindgen::new();
    // The package says itself where its WebAssembly is. A default address would make bundlers copy the file a second time.
    bindgen.omit_default_module_path(true);
    bindgen.input_path(&arguments.input).typescript(true).debug(arguments.debug);
    if let Some(name) = &arguments.out_name {
        bindgen.out_name(name);
    }
    match arguments.target.as_str() {
        "web" => bindgen.web(true),
        "bundler" => bindgen.bundler(true),
        "nodejs" => bindgen.nodejs(true),
        other => return Err(format!("unknown target {other}: web, bundler or nodejs")),
    }
    .and_then(|bindgen| bindgen.generate(&arguments.out_dir))
    .map_err(|error| format!("{error:#}"))
}
