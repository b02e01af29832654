//! Answers that come later, and waiting for them without holding Python's lock.

use crate::error::client_error;
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use pyo3::exceptions::{PyTimeoutError, PyValueError};
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;
use std::time::Instant;

/// The answer to a command.
#[pyclass(module = "polymqtt", frozen)]
pub(crate) struct Token {
    state: Mutex<State>,
}

type Answer = PyResult<Py<PyAny>>;

enum State {
    Waiting(Pin<Box<dyn Future<Output = Answer> + Send>>),
    Settled(Answer),
}

impl Token {
    /// A token of the client, with what makes a Python object of its answer.
    pub(crate) fn new<T: Send + 'static>(
        token: polymqtt::Token<T>,
        into_py: impl FnOnce(Python<'_>, T) -> Answer + Send + 'static,
    ) -> Self {
        let answer = async move {
            match token.await {
                Ok(value) => Python::attach(|py| into_py(py, value)),
                Err(error) => Err(client_error(&error)),
            }
        };
        Self { state: Mutex::new(State::Waiting(Box::pin(answer))) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the answer is there now; if not, `waker` is woken when it is.
    fn poll(&self, waker: &Waker) -> bool {
        let mut state = self.lock();
        if let State::Waiting(future) = &mut *state {
            match future.as_mut().poll(&mut Context::from_waker(waker)) {
                Poll::Pending => return false,
                Poll::Ready(answer) => *state = State::Settled(answer),
            }
        }
        true
    }
}

#[pymethods]
impl Token {
    /// Waits for the answer: `timeout` seconds at most, then TimeoutError. What failed is raised.
    #[pyo3(signature = (timeout=None))]
    fn wait(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Py<PyAny>> {
        let settled = || poll_fn(|context| if self.poll(context.waker()) { Poll::Ready(()) } else { Poll::Pending });
        match self::wait(py, deadline(timeout)?, settled)? {
            Some(()) => self.result(py),
            None => Err(PyTimeoutError::new_err("no answer yet")),
        }
    }

    /// Whether the answer is there.
    fn done(&self, py: Python<'_>) -> bool {
        py.detach(|| self.poll(Waker::noop()))
    }

    /// The answer, which must be there.
    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match &*self.lock() {
            State::Settled(Ok(value)) => Ok(value.clone_ref(py)),
            State::Settled(Err(error)) => Err(error.clone_ref(py)),
            State::Waiting(_) => Err(PyTimeoutError::new_err("no answer yet")),
        }
    }

    /// Calls `callback` when the answer comes, from another thread; false: it is there already, and nothing is called.
    fn call_when_done(&self, py: Python<'_>, callback: Py<PyAny>) -> bool {
        let waker = callback_waker(callback);
        !py.detach(|| self.poll(&waker))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<Token {}>", if self.done(py) { "done" } else { "waiting" })
    }
}

impl core::fmt::Debug for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Token")
    }
}

/// When a wait of `timeout` seconds ends.
pub(crate) fn deadline(timeout: Option<f64>) -> PyResult<Option<Instant>> {
    let Some(timeout) = timeout else { return Ok(None) };
    let timeout = Duration::try_from_secs_f64(timeout.max(0.0))
        .map_err(|_| PyValueError::new_err(format!("timeout {timeout}: give seconds, or None to wait for ever")))?;
    Ok(Instant::now().checked_add(timeout))
}

/// Runs the futures that `make` gives until one is complete or the deadline has passed, without Python's lock, and lets
/// Ctrl-C through in between. A future that is not complete is dropped: it must lose nothing by that.
pub(crate) fn wait<F: Future<Output: Send>>(
    py: Python<'_>,
    deadline: Option<Instant>,
    make: impl Fn() -> F + Sync,
) -> PyResult<Option<F::Output>> {
    loop {
        let slice = Instant::now() + SIGNAL_CHECK;
        let until = deadline.map_or(slice, |deadline| deadline.min(slice));
        if let Some(output) = py.detach(|| run_until(make(), until)) {
            return Ok(Some(output));
        }
        py.check_signals()?;
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ok(None);
        }
    }
}

fn run_until<F: Future>(future: F, until: Instant) -> Option<F::Output> {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(output);
        }
        let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        std::thread::park_timeout(left);
    }
}

/// A waker that calls a Python function.
pub(crate) fn callback_waker(callback: Py<PyAny>) -> Waker {
    Waker::from(Arc::new(Callback(callback)))
}

struct Callback(Py<PyAny>);

impl Wake for Callback {
    fn wake(self: Arc<Self>) {
        Python::attach(|py| {
            // It fails when the event loop is closed: then nobody waits.
            if let Err(error) = self.0.call0(py) {
                let is_closed_loop = error.is_instance_of::<pyo3::exceptions::PyRuntimeError>(py);
                if !is_closed_loop {
                    error.write_unraisable(py, None);
                }
            }
        });
    }
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// How long Ctrl-C may take.
const SIGNAL_CHECK: Duration = Duration::from_millis(200);
