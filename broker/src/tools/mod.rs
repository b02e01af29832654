//! `polymqtt pub`, `sub` and `rr`: the flags, the output and the exit codes of the mosquitto tools.

mod apply;
mod connect;
mod ending;
mod flags;
mod format;
mod journal;
mod json;
mod message;
mod output;
mod parse;
mod property;
mod publish;
mod request;
mod settings;
mod stop;
mod strftime;
mod subscribe;
mod url;
mod usage;

pub(crate) use settings::Tool;

use crate::command::{complain, say};
use ending::{Code, FAILURE};
use polymqtt::Client;
use settings::Settings;
use std::ffi::{OsStr, OsString};
use std::process::ExitCode;
use tokio::sync::mpsc::unbounded_channel;

impl Tool {
    /// The tool with this name.
    pub(crate) fn find(name: &OsStr) -> Option<Self> {
        [Self::Publish, Self::Subscribe, Self::Request].into_iter().find(|tool| name == tool.name())
    }
}

/// Runs a tool with the arguments after its name.
pub(crate) fn run(tool: Tool, arguments: &[OsString]) -> ExitCode {
    match parse::parse(tool, arguments) {
        Err(error) => {
            use std::io::Write;
            let name = tool.name();
            // The words of the mosquitto tools, without our name in front.
            let _ = writeln!(std::io::stderr(), "{error}\n\nUse 'polymqtt {name} --help' to see usage.");
            FAILURE.into()
        }
        Ok(parse::Request::Help) => {
            say(parse::help(tool).trim_end());
            ExitCode::SUCCESS
        }
        Ok(parse::Request::Version) => {
            say(format_args!("polymqtt {} version {}", tool.name(), env!("CARGO_PKG_VERSION")));
            ExitCode::SUCCESS
        }
        Ok(parse::Request::Run(settings)) => match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                let code = runtime.block_on(work(&settings));
                // A read from a terminal cannot be called off.
                runtime.shutdown_background();
                code.into()
            }
            Err(error) => {
                complain(error);
                FAILURE.into()
            }
        },
    }
}

async fn work(settings: &Settings) -> Code {
    let options = match connect::options(settings) {
        Ok(options) => options,
        Err(problem) => {
            complain(problem);
            return FAILURE;
        }
    };
    // What a former session has left for us may come before our subscriptions are acknowledged.
    let (sender, early) = unbounded_channel();
    let options = options.set_default_publish_handler(move |_, message| drop(sender.send(message)));
    let client = match Client::on_runtime(options, &tokio::runtime::Handle::current()) {
        Ok(client) => client,
        Err(error) => return ending::of_error(&error, settings),
    };
    let mut stop = match stop::Stop::new(settings) {
        Ok(stop) => stop,
        Err(error) => {
            complain(error);
            return FAILURE;
        }
    };
    let mut journal = journal::Journal::new(settings, &connect::client_identifier(settings));
    match settings.tool {
        Tool::Publish => publish::run(settings, &client, &mut journal).await,
        Tool::Subscribe => subscribe::run(settings, &client, early, &mut stop, &mut journal).await,
        Tool::Request => request::run(settings, &client, &mut stop, &mut journal).await,
    }
}
