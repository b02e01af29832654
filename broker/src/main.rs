//! The binary `polymqtt`: a broker and the tools around it.
#![forbid(unsafe_code)]

mod command;
mod tools;

use clap::{Args, Command, FromArgMatches};
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // These three have the flags of the mosquitto tools, where -h is the host: clap must not see them.
    if let Some(tool) = arguments.get(1).and_then(|name| tools::Tool::find(name)) {
        return tools::run(tool, &arguments[2..]);
    }
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
    let tool = |tool: tools::Tool, about| Command::new(tool.name()).about(about).disable_help_flag(true);
    Command::new("polymqtt")
        .about("An MQTT broker and the tools around it")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(command::broker::command())
        .subcommand(tool(tools::Tool::Publish, "Publishes a message (the flags of mosquitto_pub)"))
        .subcommand(tool(tools::Tool::Subscribe, "Subscribes and prints messages (the flags of mosquitto_sub)"))
        .subcommand(tool(tools::Tool::Request, "Sends a request and prints the response (the flags of mosquitto_rr)"))
        .subcommand(command::passwd::Passwd::augment_args(Command::new("passwd")))
}
