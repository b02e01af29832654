//! What ends a tool before its time: `-W` and signals.

use super::ending::{Code, SUCCESS, TIMED_OUT};
use super::settings::Settings;
use core::time::Duration;
use std::io;

/// Waits for the end.
#[derive(Debug)]
pub(super) struct Stop {
    timeout: Option<Duration>,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    /// Listens for signals from now on.
    pub(super) fn new(settings: &Settings) -> io::Result<Self> {
        Ok(Self {
            timeout: settings.timeout,
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    /// What `work` ends with, unless the time is over or a signal comes first. The flag says so: then the will is to be
    /// published, as by the mosquitto tools.
    pub(super) async fn or(&mut self, work: impl Future<Output = Code>) -> (Code, bool) {
        let timeout = self.timeout;
        let time = async {
            match timeout {
                Some(timeout) => tokio::time::sleep(timeout).await,
                None => core::future::pending().await,
            }
        };
        #[cfg(unix)]
        let terminate = async {
            self.terminate.recv().await;
        };
        #[cfg(not(unix))]
        let terminate = core::future::pending::<()>();
        tokio::select! {
            code = work => (code, false),
            () = time => (TIMED_OUT, true),
            () = terminate => (SUCCESS, true),
            _ = tokio::signal::ctrl_c() => (SUCCESS, true),
        }
    }
}
