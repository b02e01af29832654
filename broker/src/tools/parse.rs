//! Reads the command line of `polymqtt pub`, `sub` and `rr`.

use super::flags::{Action, FLAGS, Flag};
use super::property;
use super::settings::{Settings, Tool};
use super::usage::UsageError;
use core::fmt::Write;
use polymqtt_core::codec::ProtocolVersion;
use std::ffi::{OsStr, OsString};

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    Run(Box<Settings>),
    Help,
    Version,
}

/// Reads the arguments after the name of the tool.
pub(crate) fn parse(tool: Tool, arguments: &[OsString]) -> Result<Request, UsageError> {
    let mut settings = Settings::new(tool);
    let mut rest = arguments.iter().map(OsString::as_os_str);
    while let Some(argument) = rest.next() {
        let name = argument.to_string_lossy();
        match name.as_ref() {
            "--help" => return Ok(Request::Help),
            "--version" => return Ok(Request::Version),
            _ => {}
        }
        let flag = FLAGS.iter().find(|flag| flag.is_called(&name) && flag.tools.contains(&tool));
        let flag = flag.ok_or_else(|| unknown(tool, &name))?;
        flag.apply(&name, &mut settings, &mut rest)?;
    }
    complete(&mut settings)?;
    Ok(Request::Run(Box::new(settings)))
}

impl Flag {
    fn is_called(&self, name: &str) -> bool {
        !name.is_empty() && (self.short == name || self.long == name)
    }

    fn apply<'a>(
        &self,
        name: &str,
        settings: &mut Settings,
        rest: &mut impl Iterator<Item = &'a OsStr>,
    ) -> Result<(), UsageError> {
        let missing = || UsageError::new(format!("Error: {name} argument given but no {} specified.\n", self.value));
        match self.action {
            Action::Switch(set) => set(settings),
            Action::Bytes(set) => set(settings, rest.next().ok_or_else(missing)?),
            Action::Text(set) => set(settings, text(name, rest.next().ok_or_else(missing)?)?),
            Action::Property => {
                settings.protocol_version = ProtocolVersion::V5_0;
                let mut texts = rest.map_while(OsStr::to_str);
                property::read(&mut settings.properties, &mut texts)
            }
            Action::Unsupported { reason } => {
                Err(UsageError::new(format!("Error: {name} is not supported: {reason}.\n")))
            }
        }
    }
}

fn text<'a>(name: &str, value: &'a OsStr) -> Result<&'a str, UsageError> {
    value.to_str().ok_or_else(|| UsageError::new(format!("Error: Malformed UTF-8 in {name} argument.\n")))
}

fn unknown(tool: Tool, name: &str) -> UsageError {
    let mut problem = format!("Error: Unknown option '{name}'.");
    let longs = FLAGS.iter().filter(|flag| flag.tools.contains(&tool) && !flag.long.is_empty()).map(|flag| flag.long);
    let nearest = longs.map(|long| (polymqtt_broker::config::distance(long, name), long)).min();
    if let Some((distance, long)) = nearest
        && name.starts_with("--")
        && distance <= 2
    {
        let _ = write!(problem, " Did you mean '{long}'?");
    }
    UsageError::new(problem)
}

/// What only shows when all flags are known.
fn complete(settings: &mut Settings) -> Result<(), UsageError> {
    let wrong = |problem: &str| Err(UsageError::new(problem));
    if settings.will.topic.is_none() {
        if settings.will.payload.is_some() {
            return wrong("Error: Will payload given, but no will topic given.");
        }
        if settings.will.retain {
            return wrong("Error: Will retain given, but no will topic given.");
        }
    }
    if settings.tls.certificate_file.is_some() != settings.tls.key_file.is_some() {
        return wrong("Error: Both certfile and keyfile must be provided if one of them is set.");
    }
    let has_own_identifier = settings.client_identifier.as_ref().is_some_and(|identifier| !identifier.is_empty());
    if settings.protocol_version.has_properties() {
        if !settings.clean_start && settings.session_expiry_interval_s.is_none() {
            settings.session_expiry_interval_s = Some(u32::MAX);
        }
        if settings.session_expiry_interval_s == Some(u32::MAX) && !has_own_identifier {
            return wrong("Error: You must provide a client id if you are using an infinite session expiry interval.");
        }
    } else if !settings.clean_start && !has_own_identifier {
        return wrong("Error: You must provide a client id if you are using the -c option.");
    }
    if settings.password.is_some() && settings.user_name.is_none() && !settings.protocol_version.has_properties() {
        return wrong(
            "Error: Problem setting username and/or password.\nBefore MQTT 5 a password (-P) needs a user name (-u).",
        );
    }
    if settings.no_retained && settings.retained_only {
        return wrong("\nError: Combining '-R' and '--retained-only' makes no sense.");
    }
    match settings.tool {
        Tool::Publish if settings.topics.is_empty() || settings.source.is_none() => {
            wrong("Error: Both topic and message must be supplied.")
        }
        Tool::Subscribe if settings.topics.is_empty() && settings.unsubscribe.is_empty() => {
            wrong("Error: You must specify a topic to subscribe to (-t) or unsubscribe from (-U).")
        }
        Tool::Request
            if settings.topics.is_empty() || settings.source.is_none() || settings.response_topic.is_none() =>
        {
            wrong("Error: All of topic, message, and response topic must be supplied.")
        }
        Tool::Publish | Tool::Subscribe | Tool::Request => Ok(()),
    }
}

/// The text of `--help`.
pub(crate) fn help(tool: Tool) -> String {
    let (what, usage) = match tool {
        Tool::Publish => ("Publishes a message and ends.", "-t topic {-m message | -f file | -l | -n | -s}"),
        Tool::Subscribe => ("Subscribes and prints every message that arrives.", "-t topic [-t topic ...]"),
        Tool::Request => (
            "Publishes a request and prints the response.",
            "-t topic -e response-topic {-m message | -f file | -n | -s}",
        ),
    };
    let name = tool.name();
    let mut text = format!(
        "{what} The flags are those of mosquitto_{name}.\n\nUsage: polymqtt {name} [-h host] [-p port] {usage} \
         [more flags]\n       polymqtt {name} --help\n\n"
    );
    for flag in FLAGS.iter().filter(|flag| flag.tools.contains(&tool)) {
        let names: Vec<&str> = [flag.short, flag.long].into_iter().filter(|name| !name.is_empty()).collect();
        let names = format!("{} {}", names.join(", "), flag.value);
        let _ = writeln!(text, "  {names:<38} {}", flag.help);
    }
    text + "\nExit codes: 0 success; 1 a mistake in the command line or no connection; the CONNACK code where the broker\nrefuses; 27 when -W has run out; 7 when the connection is lost.\n"
}

#[cfg(test)]
mod tests {
    use super::{Request, parse};
    use crate::tools::settings::{Settings, Source, Tool};
    use polymqtt_core::codec::{ProtocolVersion, QoS};
    use std::ffi::OsString;

    fn read(tool: Tool, line: &str) -> Result<Request, super::UsageError> {
        let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        parse(tool, &arguments)
    }

    fn settings(tool: Tool, line: &str) -> Settings {
        match read(tool, line) {
            Ok(Request::Run(settings)) => *settings,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn problem(tool: Tool, line: &str) -> String {
        read(tool, line).unwrap_err().to_string()
    }

    #[test]
    fn the_usual_flags_are_understood() {
        let settings = settings(
            Tool::Publish,
            "-h broker --port 1884 -t a/b -m -5 -q 1 --retain -u ann -P pw -i me -k 30 -V 5 -x 60 --repeat 3",
        );
        assert_eq!((settings.host.as_str(), settings.port), ("broker", Some(1884)));
        assert_eq!(settings.source, Some(Source::Argument(b"-5".to_vec())));
        assert_eq!((settings.qos, settings.retain, settings.repeat), (QoS::AtLeastOnce, true, 3));
        assert_eq!(settings.session_expiry_interval_s, Some(60));
        assert_eq!(settings.topics, ["a/b"]);
    }

    #[test]
    fn defaults_are_those_of_the_mosquitto_tools() {
        let publish = settings(Tool::Publish, "-t a -n");
        assert_eq!(publish.protocol_version, ProtocolVersion::V3_1_1);
        assert_eq!((publish.keep_alive_s, publish.in_flight_max, publish.clean_start), (60, 20, true));
        assert_eq!(settings(Tool::Request, "-t a -n -e b").protocol_version, ProtocolVersion::V5_0);
        assert_eq!(
            settings(Tool::Subscribe, "-t a -D connect receive-maximum 3").protocol_version,
            ProtocolVersion::V5_0
        );
        assert_eq!(settings(Tool::Subscribe, "-t a -c -i me -V 5").session_expiry_interval_s, Some(u32::MAX));
    }

    #[test]
    fn flags_after_a_property_are_still_read() {
        let settings = settings(Tool::Publish, "-D publish user-property a b -t t -D publish content-type c -m m");
        assert_eq!(settings.properties.publish.len(), 2);
        assert_eq!(settings.topics, ["t"]);
    }

    #[test]
    fn mistakes_are_told_in_the_words_of_the_mosquitto_tools() {
        for (line, expected) in [
            ("-t a", "Error: Both topic and message must be supplied."),
            ("-t a -m", "Error: -m argument given but no message specified."),
            ("-t a/# -m x", "Error: Invalid publish topic 'a/#', does it contain '+' or '#'?"),
            ("--bogus", "Error: Unknown option '--bogus'."),
            ("-t a -m x -q 3", "Error: Invalid QoS given: 3"),
            ("-t a -m x -n", "Error: Only one type of message can be sent at once."),
            ("-t a -m x -k 2", "Error: Invalid keepalive given, it must be between 5 and 65535 inclusive."),
            ("-t a -m x -C 1", "Error: Unknown option '-C'."),
            ("-t a -m x -c", "Error: You must provide a client id if you are using the -c option."),
            ("-t a -m x --will-payload x", "Error: Will payload given, but no will topic given."),
            ("-t a -m x --repeat 0", "Error: --repeat argument must be >0."),
            ("-t a -m x --proxy x", "Error: --proxy is not supported: "),
            ("-t a -m x --reatin", "Error: Unknown option '--reatin'. Did you mean '--retain'?"),
        ] {
            assert!(problem(Tool::Publish, line).starts_with(expected), "{line}: {}", problem(Tool::Publish, line));
        }
        assert!(problem(Tool::Subscribe, "-t a#").starts_with("Error: Invalid subscription topic 'a#', are all"));
        assert!(problem(Tool::Subscribe, "-t a -R --retained-only").contains("makes no sense"));
        assert!(problem(Tool::Request, "-t a -m x").starts_with("Error: All of topic, message, and response topic"));
    }

    #[test]
    fn help_and_version_stop_reading() {
        assert!(matches!(read(Tool::Publish, "-t a --help --bogus"), Ok(Request::Help)));
        assert!(matches!(read(Tool::Subscribe, "--version"), Ok(Request::Version)));
    }
}
