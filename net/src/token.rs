//! The answer to a command, which comes later.

use crate::error::Error;
use crate::runtime::block_on;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The answer to a command: a future, and for blocking code [`Token::wait`].
///
/// The command is under way as soon as the method that gave the token returns; dropping the token cancels nothing.
/// Every token settles: with what the server said, or with the reason why it will never say anything.
#[must_use = "a token tells whether the command succeeded; `drop` it when that does not matter"]
pub struct Token<T> {
    slot: Arc<Slot<T>>,
}

/// What a [`Token`] and the IO task share.
pub(crate) struct Slot<T> {
    state: Mutex<State<T>>,
}

enum State<T> {
    Waiting(Option<Waker>),
    Settled(Result<T, Error>),
    Taken,
}

impl<T> Token<T> {
    /// A token that is settled from the beginning.
    pub(crate) fn settled(result: Result<T, Error>) -> Self {
        Self { slot: Arc::new(Slot { state: Mutex::new(State::Settled(result)) }) }
    }

    /// A token, and the slot that settles it.
    pub(crate) fn new() -> (Self, Arc<Slot<T>>) {
        let slot = Arc::new(Slot { state: Mutex::new(State::Waiting(None)) });
        (Self { slot: Arc::clone(&slot) }, slot)
    }

    /// Blocks this thread until the answer is there.
    ///
    /// Not for async code, where it would block a thread of the runtime: `.await` the token there.
    ///
    /// # Errors
    /// The command failed; [`Error::TokenTaken`] when [`Token::wait_timeout`] has already returned its answer.
    pub fn wait(self) -> Result<T, Error> {
        block_on(self, None).unwrap_or(Err(Error::TokenTaken))
    }

    /// Blocks this thread until the answer is there, but not longer than `timeout`.
    ///
    /// # Errors
    /// [`Error::WaitTimedOut`]: there is no answer yet. The command goes on, and one may wait again.
    /// Otherwise as [`Token::wait`].
    pub fn wait_timeout(&mut self, timeout: Duration) -> Result<T, Error> {
        // A timeout that is too long to be added is as good as none.
        let deadline = Instant::now().checked_add(timeout);
        block_on(self, deadline).unwrap_or(Err(Error::WaitTimedOut))
    }

    /// Whether the answer is there (or was taken), so that waiting would not block.
    pub fn is_settled(&self) -> bool {
        !matches!(*self.slot.lock(), State::Waiting(_))
    }
}

impl<T> Future for Token<T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.slot.lock();
        match &mut *state {
            State::Waiting(waker) => {
                match waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    None => *waker = Some(cx.waker().clone()),
                }
                return Poll::Pending;
            }
            State::Settled(_) | State::Taken => {}
        }
        match core::mem::replace(&mut *state, State::Taken) {
            State::Settled(result) => Poll::Ready(result),
            State::Waiting(_) | State::Taken => Poll::Ready(Err(Error::TokenTaken)),
        }
    }
}

impl<T> Slot<T> {
    /// Gives the answer. The waker of whoever waits is returned, to be called when no lock is held. Only the first
    /// answer counts.
    pub(crate) fn settle(&self, result: Result<T, Error>) -> Option<Waker> {
        let mut state = self.lock();
        match &mut *state {
            State::Waiting(waker) => {
                let waker = waker.take();
                *state = State::Settled(result);
                waker
            }
            State::Settled(_) | State::Taken => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Token<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("is_settled", &self.is_settled()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Token;
    use crate::error::Error;
    use core::time::Duration;

    #[test]
    fn a_blocked_thread_gets_the_answer() {
        let (token, slot) = Token::new();
        let thread = std::thread::spawn(move || token.wait());
        if let Some(waker) = slot.settle(Ok(5)) {
            waker.wake();
        }
        assert_eq!(thread.join().unwrap().unwrap(), 5);
    }

    #[test]
    fn only_the_first_answer_counts_and_it_is_taken_once() {
        let (mut token, slot) = Token::new();
        assert!(!token.is_settled());
        slot.settle(Ok(1));
        slot.settle(Ok(2));
        assert!(token.is_settled());
        assert_eq!(token.wait_timeout(Duration::ZERO).unwrap(), 1);
        assert!(matches!(token.wait(), Err(Error::TokenTaken)));
    }

    #[test]
    fn after_a_timeout_one_may_wait_again() {
        let (mut token, slot) = Token::new();
        assert!(matches!(token.wait_timeout(Duration::ZERO), Err(Error::WaitTimedOut)));
        slot.settle(Ok(1));
        assert_eq!(token.wait_timeout(Duration::MAX).unwrap(), 1);
    }

    #[tokio::test]
    async fn async_code_awaits_it() {
        let (token, slot) = Token::new();
        let task = tokio::spawn(token);
        tokio::task::yield_now().await;
        slot.settle(Ok("done")).unwrap().wake();
        assert_eq!(task.await.unwrap().unwrap(), "done");
    }
}
