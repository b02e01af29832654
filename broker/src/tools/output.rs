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
    /// What has not been written yet.
    waiting: Vec<u8>,
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
            waiting: Vec::new(),
        }
    }

    /// Prints one message. With `more` it may wait for the next one, which is there already. The error is that of stdout,
    /// for example that nobody reads it any more.
    pub(super) fn print(&mut self, message: &Received<'_>, more: bool) -> io::Result<()> {
        let before = self.waiting.len();
        match &self.format {
            Some(format) => {
                if format::write(format, message, &Zoned::now(), self.pretty, &mut self.waiting) == Err(NotJson) {
                    self.waiting.truncate(before);
                    let topic = message.topic;
                    self.complaints.say(format_args!("Error: Message payload is not valid JSON on topic {topic}."));
                }
                self.end_line();
            }
            None if self.verbose && !message.payload.is_empty() => {
                self.waiting.extend(message.topic.bytes());
                self.waiting.push(b' ');
                self.waiting.extend(message.payload);
                self.end_line();
            }
            None if self.verbose && self.end_of_line => {
                self.waiting.extend(message.topic.bytes());
                self.waiting.extend(b" (null)\n");
            }
            None if !message.payload.is_empty() => {
                self.waiting.extend(message.payload);
                self.end_line();
            }
            None => {}
        }
        if more && self.waiting.len() < WAITING_BYTES_MAX { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(&self.waiting).and_then(|()| stdout.flush());
        self.waiting.clear();
        written
    }

    fn end_line(&mut self) {
        if self.end_of_line {
            self.waiting.push(b'\n');
        }
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        // Who does not read any more has been noticed before.
        let _ = self.flush();
    }
}

const WAITING_BYTES_MAX: usize = 64 * 1024;
