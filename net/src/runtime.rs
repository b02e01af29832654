//! Where clients run when no runtime is given, and how blocking code waits for them.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;
use std::thread::{self, Thread};
use std::time::Instant;
use tokio::runtime::{Builder, Handle};

/// The runtime of this process for clients that were not given one: a single thread, started by the first of them.
///
/// A child made by `fork` has no such thread, so it starts its own.
///
/// # Errors
/// The thread cannot be started.
pub(crate) fn background() -> io::Result<Handle> {
    let mut background = BACKGROUND.lock().unwrap_or_else(PoisonError::into_inner);
    let process_id = std::process::id();
    if let Some((owner, handle)) = &*background
        && *owner == process_id
    {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("polymqtt-io".to_owned())
        .spawn(move || runtime.block_on(core::future::pending::<()>()))?;
    *background = Some((process_id, handle.clone()));
    Ok(handle)
}

/// Runs a future on this thread; `None` when `deadline` comes first.
pub(crate) fn block_on<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    let mut future = pin!(future);
    let waker = UNPARK.with(Waker::clone);
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        match deadline {
            None => thread::park(),
            Some(deadline) => match deadline.checked_duration_since(Instant::now()) {
                Some(left) if !left.is_zero() => thread::park_timeout(left),
                _ => return None,
            },
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

thread_local! {
    /// One for each thread, so that who is polled again and again can tell that it is the same.
    static UNPARK: Waker = Waker::from(Arc::new(Unpark(thread::current())));
}

static BACKGROUND: Mutex<Option<(u32, Handle)>> = Mutex::new(None);

#[cfg(test)]
mod tests {
    use super::{background, block_on};
    use core::time::Duration;
    use std::time::Instant;

    #[test]
    fn a_future_on_the_background_thread_wakes_the_blocked_one() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        background().unwrap().spawn(async move { sender.send(thread_name()) });
        assert_eq!(block_on(receiver, None), Some(Ok(Some("polymqtt-io".to_owned()))));
    }

    #[test]
    fn a_deadline_ends_the_wait() {
        let deadline = Instant::now() + Duration::from_millis(1);
        assert_eq!(block_on(core::future::pending::<()>(), Some(deadline)), None);
        assert_eq!(block_on(core::future::ready(1), Some(deadline)), Some(1), "what is ready is never too late");
    }

    fn thread_name() -> Option<String> {
        std::thread::current().name().map(str::to_owned)
    }
}
