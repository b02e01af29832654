//! `polymqtt broker` and `polymqtt passwd`.

pub(crate) mod broker;
pub(crate) mod passwd;

use std::process::ExitCode;

/// Everything went well.
pub(crate) const SUCCESS: ExitCode = ExitCode::SUCCESS;
/// Something failed while running.
pub(crate) const FAILURE: u8 = 1;
/// The command line or the configuration is wrong.
pub(crate) const USAGE: u8 = 2;
/// An address cannot be listened on.
pub(crate) const LISTEN: u8 = 3;

/// Writes a line for a person to stderr.
pub(crate) fn complain(text: impl core::fmt::Display) {
    use std::io::Write;
    // Where stderr is gone there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "polymqtt: {text}");
}

/// Writes a line to stdout and hands it on at once.
pub(crate) fn say(text: impl core::fmt::Display) {
    use std::io::Write;
    let mut stdout = std::io::stdout().lock();
    // Whoever started us and does not listen to us does not stop us.
    let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}
