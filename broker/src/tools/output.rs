//! What the tools print.

use super::format::{self, NotJson};
use super::message::Received;
use super::settings::Settings;
use core::fmt;
use jiff::Zoned;
use std::io::{self, Write};

/// Prints messages to stdout as the settings say.
#[derive(Debug)]
pub(super) struct Printer {
    format: Option<String>,
    pretty: bool,
    verbose: bool,
    end_of_line: bool,
    complaints: Complaints,
    line: Vec<u8>,
}

/// Says to stderr what goes wrong, unless `--quiet`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Complaints {
    quiet: bool,
}

impl Complaints {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { quiet: settings.quiet }
    }

    pub(super) fn say(self, text: impl fmt::Display) {
        if !self.quiet {
            // Where stderr is gone there is nobody to tell.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }
}

impl Printer {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            format: settings.format.clone(),
            pretty: settings.pretty,
            verbose: settings.verbose,
            end_of_line: settings.end_of_line,
            complaints: Complaints::new(settings),
            line: Vec::new(),
        }
    }

    /// Prints one message. The error is that of stdout, for example that nobody reads it any more.
    pub(super) fn print(&mut self, message: &Received<'_>) -> io::Result<()> {
        self.line.clear();
        match &self.format {
            Some(format) => {
                if format::write(format, message, &Zoned::now(), self.pretty, &mut self.line) == Err(NotJson) {
                    self.line.clear();
                    let topic = message.topic;
                    self.complaints.say(format_args!("Error: Message payload is not valid JSON on topic {topic}."));
                }
                self.end_line();
            }
            None if self.verbose => {
                self.line.extend(message.topic.bytes());
                self.line.push(b' ');
                if message.payload.is_empty() {
                    self.line.extend(b"(null)\n");
                } else {
                    self.line.extend(message.payload);
                    self.end_line();
                }
                if message.payload.is_empty() && !self.end_of_line {
                    self.line.clear();
                }
            }
            None if message.payload.is_empty() => {}
            None => {
                self.line.extend(message.payload);
                self.end_line();
            }
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(&self.line)?;
        stdout.flush()
    }

    fn end_line(&mut self) {
        if self.end_of_line {
            self.line.push(b'\n');
        }
    }
}
