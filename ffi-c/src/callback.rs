//! Calls from the library into the application.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};

/// Lets callbacks through until it is closed, one at a time.
#[derive(Default)]
pub(crate) struct Gate {
    is_closed: AtomicBool,
    running: Mutex<()>,
    thread: Mutex<Option<ThreadId>>,
}

impl Gate {
    /// Calls `callback`, unless the gate is closed.
    pub(crate) fn enter(&self, callback: impl FnOnce()) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_closed.load(Ordering::Acquire) {
            self.set_thread(Some(thread::current().id()));
            callback();
            self.set_thread(None);
        }
        drop(running);
    }

    /// Lets nothing through any more, and waits until the callback that runs has returned (unless it is the caller).
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        let runs_here = *self.thread.lock().unwrap_or_else(PoisonError::into_inner) == Some(thread::current().id());
        if !runs_here {
            drop(self.running.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn set_thread(&self, thread: Option<ThreadId>) {
        *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = thread;
    }
}
