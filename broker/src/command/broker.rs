//! `polymqtt broker`.

use super::{FAILURE, LISTEN, SUCCESS, USAGE, complain, say};
use clap::{Arg, ArgAction, ArgMatches, Command};
use polymqtt_broker::config::{BrokerConfig, ConfigError, KEYS, Layers, ValueKind};
use polymqtt_broker::{Broker, StartError};
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// The command with a flag for each key of the configuration.
pub(crate) fn command() -> Command {
    let command = Command::new("broker")
        .about("Runs the broker")
        .long_about(
            "Runs the broker until SIGTERM or SIGINT. Without any configuration it listens on this machine only: TCP on \
             port 1883, WebSocket on port 8083 at /mqtt.\n\nEvery key can stand in the configuration file (TOML), in an \
             environment variable (POLYMQTT_ and the key in capitals) and on the command line, which is the strongest.",
        )
        .after_help(
            "Exit codes: 0 ended by a signal, or --check found nothing wrong; 1 failed while running; 2 the command line or \
             the configuration is wrong; 3 an address cannot be listened on.",
        )
        .arg(
            Arg::new("config")
                .short('c')
                .long("config")
                .value_name("FILE")
                .value_parser(clap::value_parser!(PathBuf))
                .help("Reads this configuration file (or the one that POLYMQTT_CONFIG names)."),
        )
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help("Checks the configuration and the files that it names, prints it and ends."),
        );
    let defaults = BrokerConfig::default();
    KEYS.iter().fold(command, |command, key| {
        let default = key.value_in(&defaults);
        let default = if default.is_empty() { String::new() } else { format!(" [default: {default}]") };
        let help = format!("{}{default}", key.help);
        let arg = Arg::new(key.name).long(key.flag()).value_name(key.value_name).help(help);
        command.arg(match key.kind {
            ValueKind::Flag => {
                arg.num_args(0..=1).require_equals(true).default_missing_value("true").action(ArgAction::Set)
            }
            ValueKind::List => arg.action(ArgAction::Append),
            ValueKind::Number | ValueKind::Text => arg.action(ArgAction::Set).allow_hyphen_values(true),
        })
    })
}

/// Runs the command.
pub(crate) fn run(matches: &ArgMatches) -> ExitCode {
    let config = match configuration(matches, |name| std::env::var(name).ok()) {
        Ok(config) => config,
        Err(error) => {
            complain(error);
            return USAGE.into();
        }
    };
    if matches.get_flag("check") {
        return check(config);
    }
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_env_filter(EnvFilter::try_new(&config.log).unwrap_or_default())
        .init();
    // A connection is a file descriptor, and the usual limit is one for desktops.
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!("{limit} file descriptors at most"),
        Err(error) => tracing::warn!("the limit of file descriptors stays as it is: {error}"),
    }
    let signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => {
            complain(format_args!("cannot wait for signals: {error}"));
            return FAILURE.into();
        }
    };
    match Broker::builder().config(config).start() {
        Err(error) => fail(&error),
        Ok(broker) => {
            for address in broker.addresses() {
                say(format_args!("listening {address}"));
            }
            let name = signals.wait();
            tracing::info!("{name}: saying good-bye to the clients");
            // Somebody who asks twice does not want to wait.
            let impatient = std::thread::spawn(move || {
                signals.wait();
                std::process::exit(i32::from(FAILURE));
            });
            broker.shutdown();
            drop(impatient);
            SUCCESS
        }
    }
}

/// Puts the configuration together: flags before environment before file before defaults.
fn configuration(matches: &ArgMatches, variable: impl Fn(&str) -> Option<String>) -> Result<BrokerConfig, ConfigError> {
    let mut layers = Layers::new();
    let file = matches.get_one::<PathBuf>("config").cloned().or_else(|| variable("POLYMQTT_CONFIG").map(PathBuf::from));
    if let Some(file) = file {
        layers.add_file(&file)?;
    }
    layers.add_environment(variable);
    for key in KEYS {
        if let Some(values) = matches.get_many::<String>(key.name) {
            layers.add_flag(key, values.cloned().collect());
        }
    }
    let config = layers.resolve()?;
    config.check()?;
    EnvFilter::try_new(&config.log)
        .map_err(|error| ConfigError::Log { filter: config.log.clone(), problem: error.to_string() })?;
    Ok(config)
}

/// Starts the broker on no address at all: that reads every file and builds everything else.
fn check(config: BrokerConfig) -> ExitCode {
    let shown = shown(&config);
    match Broker::builder().config(BrokerConfig { listen: Vec::new(), ..config }).start() {
        Err(error) => fail(&error),
        Ok(broker) => {
            broker.shutdown();
            say(shown.trim_end());
            SUCCESS
        }
    }
}

/// The configuration as a file that says the same.
fn shown(config: &BrokerConfig) -> String {
    let line = |key: &polymqtt_broker::config::Key| {
        let value = key.value_in(config);
        match key.kind {
            _ if value.is_empty() => format!("# {} is not set\n", key.name),
            ValueKind::Flag | ValueKind::Number => format!("{} = {value}\n", key.name),
            ValueKind::Text => format!("{} = {}\n", key.name, toml::Value::from(value)),
            ValueKind::List => {
                let items = value.split(',').map(|item| toml::Value::from(item).to_string());
                format!("{} = [{}]\n", key.name, items.collect::<Vec<_>>().join(", "))
            }
        }
    };
    KEYS.iter().map(line).collect()
}

fn fail(error: &StartError) -> ExitCode {
    complain(error);
    match error {
        StartError::Listen { .. } => LISTEN.into(),
        StartError::System(_) => FAILURE.into(),
        StartError::Config(_) | StartError::Options(_) | StartError::Passwords(_) | StartError::Tls(_) => USAGE.into(),
    }
}

/// SIGTERM and SIGINT, or what the system has in their place.
struct Signals {
    runtime: tokio::runtime::Runtime,
    #[cfg(unix)]
    signals: std::sync::Mutex<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)>,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        #[cfg(unix)]
        let signals = {
            use tokio::signal::unix::{SignalKind, signal};
            let _guard = runtime.enter();
            std::sync::Mutex::new((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
        };
        Ok(Self {
            runtime,
            #[cfg(unix)]
            signals,
        })
    }

    /// Waits for the next one.
    fn wait(&self) -> &'static str {
        #[cfg(unix)]
        {
            let mut signals = self.signals.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let (terminate, interrupt) = &mut *signals;
            self.runtime.block_on(async {
                tokio::select! {
                    _ = terminate.recv() => "SIGTERM",
                    _ = interrupt.recv() => "SIGINT",
                }
            })
        }
        #[cfg(not(unix))]
        {
            // Without it there is nothing that could end us but being killed.
            let _ = self.runtime.block_on(tokio::signal::ctrl_c());
            "Ctrl-C"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{command, configuration, shown};
    use polymqtt_broker::config::{BrokerConfig, Layers};
    use std::path::Path;

    fn read(flags: &[&str], variables: &[(&str, &str)]) -> Result<BrokerConfig, String> {
        let matches =
            command().try_get_matches_from([&["broker"], flags].concat()).map_err(|error| error.to_string())?;
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        configuration(&matches, variable).map_err(|error| error.to_string())
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("polymqtt.toml");
        std::fs::write(&file, "shards = 1\nmaximum_qos = 0\nreceive_maximum = 1").unwrap();
        let file = file.to_str().unwrap();
        let variables = [("POLYMQTT_SHARDS", "2"), ("POLYMQTT_MAXIMUM_QOS", "1")];
        let config = read(&["-c", file, "--shards", "3"], &variables).unwrap();
        assert_eq!((config.shards, config.options.maximum_qos.as_u8(), config.options.receive_maximum), (3, 1, 1));
        let from_variable = [("POLYMQTT_CONFIG", file)];
        assert_eq!(read(&[], &from_variable).unwrap().shards, 1);
    }

    #[test]
    fn listeners_and_switches_are_flags_too() {
        let config = read(&["--listen", "127.0.0.1:0", "--listen", "ws://[::1]:0", "--allow-anonymous"], &[]).unwrap();
        assert_eq!(config.listen.len(), 2);
        assert_eq!(config.allow_anonymous, Some(true));
        assert!(!read(&["--retain-available=false"], &[]).unwrap().options.retain_available);
        assert!(read(&["--listen", "0.0.0.0:1883"], &[]).unwrap_err().contains("--allow-anonymous"));
        assert!(read(&["--store", "fjall"], &[]).unwrap_err().starts_with("--store: there is no store \"fjall\""));
        assert!(read(&["--log", "a=b=c"], &[]).unwrap_err().starts_with("log: "));
        assert!(read(&["--shard", "1"], &[]).unwrap_err().contains("--shards"));
    }

    #[test]
    fn what_check_prints_is_a_configuration_that_says_the_same() {
        let config = read(&["--listen", "unix:/a b", "--listen", "127.0.0.1:1"], &[]).unwrap();
        let mut layers = Layers::new();
        layers.add_toml(&shown(&config), Path::new("shown")).unwrap();
        assert_eq!(shown(&layers.resolve().unwrap()), shown(&config));
    }
}
