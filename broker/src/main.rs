//! The binary `polymqtt`: a broker and the tools around it.
#![forbid(unsafe_code)]

mod command;

use clap::{Args, Command, FromArgMatches};
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let matches = command().get_matches_from(arguments);
    match matches.subcommand() {
        Some(("broker", matches)) => command::broker::run(matches),
        Some(("passwd", matches)) => match command::passwd::Passwd::from_arg_matches(matches) {
            Ok(passwd) => command::passwd::run(&passwd),
            Err(error) => error.exit(),
        },
        _ => command::USAGE.into(),
    }
}

fn command() -> Command {
    Command::new("polymqtt")
        .about("An MQTT broker and the tools around it")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(command::broker::command())
        .subcommand(command::passwd::Passwd::augment_args(Command::new("passwd")))
}
